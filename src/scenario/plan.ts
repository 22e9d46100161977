// A plan: one run as data. Cluster shape, knobs, client operations and the fault schedule, all explicit
// and timed, versioned and validated. The engine runs plans and nothing else; a scenario only makes them.

import { z } from 'zod';
import { SEED_PATTERN } from '../base/random.js';

/** Raise when a field changes meaning: plans saved in failure files name their format. */
export const PLAN_FORMAT = 1;

const us = z.int().min(0);
const ppm = z.int().min(0).max(1_000_000);
const member = z.int().min(1).max(99);

/**
 * Whom a fault hits: member ids; `leader`, which means whoever leads when the fault begins (the newest term
 * wins), or member 1 if nobody does; and `it`, the member to which happened what the fault has waited for.
 */
const who = z.union([member, z.literal('leader'), z.literal('it')]);
const target = z.array(who).min(1);

/** What a fault can wait for; each happens to one member. */
export const AWAITED = [
  /** It was elected, in a term newer than any before. */
  'election',
  /** It has appended entries to its log, and has not synced them yet. */
  'append',
  /** It has acknowledged entries, or granted a vote. */
  'promise',
  /** It has applied entries. */
  'apply',
  /** It has been sent the first chunk of a snapshot. */
  'snapshot',
  /** It has started again, and is about to read its log. */
  'boot',
  /** It asks its peers for entries that damage has taken. */
  'repair',
  /** It has started again and recovered. */
  'restart',
] as const;
export type Awaited = (typeof AWAITED)[number];

const timed = {
  atUs: us,
  /**
   * Set: it waits from `atUs` on for something to happen to a member, and begins so long after that. Every
   * such event sets off one fault, the one that has waited longest; without one it never begins.
   */
  waitFor: z.strictObject({ event: z.enum(AWAITED), thenUs: us }).optional(),
};
const lasting = { ...timed, forUs: us };

/** Cuts links between `target` and all other members. */
const isolate = z.strictObject({
  kind: z.literal('isolate'),
  ...lasting,
  target,
  /** `in`: they hear nothing; `out`: nobody hears them. */
  direction: z.enum(['both', 'in', 'out']),
  /** Which side the clients can reach while it lasts. */
  clients: z.enum(['both', 'inside', 'outside']),
});

/** Cuts all links between groups; members in no group form one more. */
const split = z.strictObject({
  kind: z.literal('split'),
  ...lasting,
  groups: z.array(target).min(1),
  clients: z.enum(['both', 'inside', 'outside']),
});

/** Every member reaches a majority, but no two the same one (Jepsen's majorities ring). */
const ring = z.strictObject({ kind: z.literal('ring'), ...lasting, order: z.array(member) });

/** Two halves that only one member, the first of `order`, can reach. */
const bridge = z.strictObject({ kind: z.literal('bridge'), ...lasting, order: z.array(member) });

/** Makes links worse, in one direction. Empty `from` or `to`: every process. */
const degrade = z.strictObject({
  kind: z.literal('degrade'),
  ...lasting,
  from: z.array(who),
  to: z.array(who),
  extraUs: us,
  lossPpm: ppm,
  duplicatePpm: ppm,
  reorderPpm: ppm,
  /** How much later copies come, on average; up to eight times that. */
  echoUs: us.optional(),
});

/** Holds messages on links until it ends, then delivers them all. */
const clog = z.strictObject({
  kind: z.literal('clog'),
  ...lasting,
  from: z.array(who),
  to: z.array(who),
});

/** Kills a member in the middle of an event: when it has sent so many of the messages that it is sending. */
const killSending = z.strictObject({
  kind: z.literal('kill-sending'),
  ...timed,
  target,
  messages: z.int().min(1).max(100),
  downUs: us,
});
const kill = z.strictObject({ kind: z.literal('kill'), ...timed, target, downUs: us });
const powerLoss = z.strictObject({ kind: z.literal('power-loss'), ...timed, target, downUs: us });
const pause = z.strictObject({ kind: z.literal('pause'), ...lasting, target });

const clockJump = z.strictObject({
  kind: z.literal('clock-jump'),
  ...timed,
  target,
  byUs: z.int(),
});
const clockDrift = z.strictObject({
  kind: z.literal('clock-drift'),
  ...lasting,
  target,
  ppm: z.int().min(-500_000).max(1_000_000),
});

/** What the log consists of; see storage/wal/record.ts. */
export const RECORD_KINDS = [
  'segment-header',
  'batch-header',
  'metadata',
  'entry',
  'hard-state',
  /** The last hard state, and the headers of batches that repeat it. */
  'newest-hard-state',
  /** Entries in the place of others that the same segment holds: a log that was cut and written anew. */
  'replacing-entry',
  /** Whole: the last batches of the segment that is being written, where a torn write may lie too. */
  'newest-batch',
  /** The newest batches before one that a power loss has torn, whose header proves them durable. */
  'proven-batch',
  'snapshot-marker',
  'confirm',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** Only files whose path begins with `path`, '' for all; and in the log only records of this kind. */
const aim = { path: z.string(), record: z.enum(RECORD_KINDS).optional() };

const shortWrite = z.strictObject({ kind: z.literal('short-write'), ...timed, target });
const writeError = z.strictObject({
  kind: z.literal('write-error'),
  ...timed,
  target,
  code: z.enum(['EIO', 'ENOSPC']),
});
const syncError = z.strictObject({
  kind: z.literal('sync-error'),
  ...timed,
  target,
  /** Only files whose path begins so; '' for all. */
  path: z.string(),
});
const writebackError = z.strictObject({ kind: z.literal('writeback-error'), ...timed, target });
const diskFull = z.strictObject({ kind: z.literal('disk-full'), ...lasting, target });
const latentError = z.strictObject({
  kind: z.literal('latent-error'),
  ...timed,
  target,
  ...aim,
});
const bitRot = z.strictObject({ kind: z.literal('bit-rot'), ...timed, target, ...aim });
/** A confirmed sector or page reads as zeros. */
const zeroed = z.strictObject({
  kind: z.literal('zeroed'),
  ...timed,
  target,
  ...aim,
  unit: z.enum(['sector', 'page']),
});
const misdirectedWrite = z.strictObject({
  kind: z.literal('misdirected-write'),
  ...timed,
  target,
  ...aim,
});
const misdirectedRead = z.strictObject({
  kind: z.literal('misdirected-read'),
  ...timed,
  target,
  ...aim,
});
/** A later read of a sector gives what it held when this began. */
const staleRead = z.strictObject({
  kind: z.literal('stale-read'),
  ...timed,
  target,
  ...aim,
  sticky: z.boolean(),
});
/** Syncs report success and do not write everything; a power loss, or `drop-now`, shows it. */
const lyingSync = z.strictObject({
  kind: z.literal('lying-sync'),
  ...lasting,
  target,
  mode: z.enum(['until-power-loss', 'drop-now']),
});
/** The file system loses the end of a file, or its name. */
const fileFault = z.strictObject({
  kind: z.literal('file-fault'),
  ...timed,
  target,
  path: z.string(),
  how: z.enum(['cut', 'lost']),
});
const readOnly = z.strictObject({ kind: z.literal('read-only'), ...lasting, target });
/**
 * When it ends, power is lost and the whole disk is as it was when it began. Like `wipe`, it spares whoever
 * leads, and strikes the member after it instead.
 */
const rollback = z.strictObject({ kind: z.literal('rollback'), ...lasting, target, downUs: us });
/** Power is lost, and the disk is empty. */
const wipe = z.strictObject({ kind: z.literal('wipe'), ...timed, target, downUs: us });
const diskStall = z.strictObject({ kind: z.literal('disk-stall'), ...lasting, target });
const diskThrottle = z.strictObject({
  kind: z.literal('disk-throttle'),
  ...lasting,
  target,
  factor: z.int().min(2).max(100),
});

const fault = z.discriminatedUnion('kind', [
  isolate,
  split,
  ring,
  bridge,
  degrade,
  clog,
  kill,
  killSending,
  powerLoss,
  pause,
  clockJump,
  clockDrift,
  shortWrite,
  writeError,
  syncError,
  writebackError,
  diskFull,
  latentError,
  bitRot,
  zeroed,
  misdirectedWrite,
  misdirectedRead,
  staleRead,
  lyingSync,
  fileFault,
  readOnly,
  rollback,
  wipe,
  diskStall,
  diskThrottle,
]);

/** One scheduled fault. Times are virtual microseconds from the start of the run. */
export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
export type Target = z.infer<typeof target>;
export type Who = z.infer<typeof who>;

/** In the order in which they are drawn. */
export const OPERATION_KINDS = [
  'put',
  'get',
  'get-serializable',
  'delete',
  'cas',
  'txn',
  'range',
  'delete-range',
  'compact',
  'compact-all',
  'old-read',
  'query',
  'change-over',
  'deep-txn',
  'move-leader',
  'append-lists',
  'read-lists',
] as const;

/** Keys are numbered: key 0 is `k0`. What a compare expects is what the client last saw of the key. */
const operation = z.strictObject({
  /** Pause after the client's previous operation ended. */
  afterUs: us,
  /** Not begun before this virtual time either; so operations keep their times when others are taken out. */
  notBeforeUs: us.optional(),
  kind: z.enum(OPERATION_KINDS),
  key: z.int().min(0).max(999),
  /**
   * The second key of `txn` and of what is done to lists, the last one of `range` and `delete-range`, the member of
   * `move-leader`; of `old-read`, `query`, `change-over` and `deep-txn` it says which of its kind (rare-requests.ts).
   */
  other: z.int().min(0).max(999),
});

/** One operation of a client; values are made unique by client and position. */
export type PlannedOperation = z.infer<typeof operation>;
export type OperationKind = PlannedOperation['kind'];

const client = z.strictObject({
  operations: z.array(operation),
  /** How often it tries an operation again that failed through nobody's fault, and after which pause; by default twice, 5 ms. */
  stubborn: z.strictObject({ retries: z.int().min(0).max(1000), afterUs: us }).optional(),
});

/** One client, from its first operation to its last. */
export type PlannedClient = z.infer<typeof client>;

const planShape = z.strictObject({
  format: z.literal(PLAN_FORMAT),
  scenario: z.string().min(1),
  /** Decides the residual choices of the run: latencies, fates of pages, election timeouts. */
  seed: z.string().regex(SEED_PATTERN),
  /** From these moments on other seeds decide them: two plans that differ in this alone run alike until then. */
  reseed: z.array(z.strictObject({ atUs: us, seed: z.string().regex(SEED_PATTERN) })).optional(),
  members: z.int().min(1).max(9),
  faults: z.array(fault),
  /** Clients in order; the first has id c1. */
  clients: z.array(client).max(64),
  knobs: z.strictObject({
    tickUs: z.int().min(1000),
    electionTicks: z.int().min(2),
    heartbeatTicks: z.int().min(1),
    preVote: z.boolean(),
    maxInflightMessages: z.int().min(1),
    maxMessageBytes: z.int().min(0),
    segmentBytes: z.int().min(4096),
    /** A snapshot is taken after so many applied entries, and so many older ones stay in the log. */
    snapshotEntries: z.int().min(1),
    catchUpEntries: z.int().min(0),
    snapshotChunkBytes: z.int().min(64),
    /** When a member gives up on a client's request, and a client on a member. */
    requestTimeoutUs: us,
    clientTimeoutUs: us,
    /** How long a process that stopped itself stays down. */
    restartUs: us,
    /** Values are padded to so many bytes: large ones spread a write over sectors and pages. */
    valueBytes: z.int().min(0).max(1_000_000).optional(),
  }),
  network: z.strictObject({
    minUs: us,
    tailUs: us,
    lossPpm: ppm,
    duplicatePpm: ppm,
    reorderPpm: ppm,
    capacity: z.int().min(1),
  }),
  /** One per member. */
  disks: z.array(
    z.strictObject({
      profile: z.enum(['ext4-ordered', 'xfs', 'btrfs', 'ext4-journal', 'alice']),
      syncMinUs: us,
      syncMeanUs: us,
      tearPpm: ppm,
    }),
  ),
  /** One per member. */
  clocks: z.array(z.strictObject({ offsetUs: z.int(), driftPpm: z.int() })),
  /** Faults end here at the latest: then everything, or the core, is healed and must converge within `healUs`. */
  durationUs: us,
  healUs: us,
  /**
   * Which damage to durable bytes may strike: none at all (`crash-only`), every member but each on its own
   * share of the log (`helix`), or anything on a minority (`nodes`). What strikes is survivable, so it is
   * not taken back at the end: the members have to repair it. Left out: no limit, and all is taken back.
   */
  damage: z.enum(['crash-only', 'helix', 'nodes']).optional(),
  /**
   * A quorum of the members, or more: at the end only they are healed, and the links among them; whatever is
   * wrong with the others stays so for good. Only with pre-votes: without them Raft lets a member that hears
   * nothing depose leaders for ever. Left out: everything is healed.
   */
  core: z.array(member).optional(),
  /** Fewer completed operations than this make the run vacuous. */
  operationsMin: z.int().min(0),
  /**
   * One per member, if set: its election timeout, the same every time. Then nobody draws who campaigns first, and
   * the plan means the same whatever the code draws. Left out: drawn anew from [n, 2n), as the knobs have it.
   */
  electionTicks: z.array(z.int().min(2)).optional(),
});

export const planSchema = planShape
  .refine(({ core, members }) => core === undefined || isQuorum(core, members), {
    path: ['core'],
    message: 'the core is a quorum of the members, each named once',
  })
  .refine(({ core, knobs }) => core === undefined || knobs.preVote, {
    path: ['knobs', 'preVote'],
    message: 'a core is promised progress only if members ask for pre-votes',
  });

function isQuorum(core: readonly number[], members: number): boolean {
  const distinct = new Set(core);
  if (distinct.size < core.length || core.some((id) => id > members)) return false;
  return core.length >= quorumOf(members);
}

/** How many of so many members are a majority. */
export function quorumOf(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** See {@link planSchema}. */
export type Plan = z.infer<typeof planSchema>;
export type Knobs = Plan['knobs'];
export type DamageMode = NonNullable<Plan['damage']>;
