// Passes that replace what a plan contains by something simpler: a quiet world, ordinary settings, shorter and
// rounder times, plain operations on one key. Numbers become smaller by fast-check's integer shrinker.

import fc from 'fast-check';
import { RunningHash } from '../../base/hash.js';
import type { Micros } from '../../base/ids.js';
import type { Fault, Knobs, Plan, PlannedOperation, Who } from '../../scenario/plan.js';
import { oneByOne, type Pass } from './pass.js';

/** What a reader need not think about. */
const ORDINARY_KNOBS: Knobs = {
  tickUs: 20_000,
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  maxInflightMessages: 256,
  maxMessageBytes: 65_536,
  segmentBytes: 262_144,
  snapshotEntries: 1000,
  catchUpEntries: 100,
  snapshotChunkBytes: 16_384,
  requestTimeoutUs: 1_000_000,
  clientTimeoutUs: 500_000,
  restartUs: 100_000,
  valueBytes: 0,
};

const QUIET_NETWORK: Plan['network'] = {
  minUs: 1000,
  tailUs: 0,
  lossPpm: 0,
  duplicatePpm: 0,
  reorderPpm: 0,
  capacity: 1000,
};

const ORDINARY_DISK: Plan['disks'][number] = {
  profile: 'ext4-ordered',
  syncMinUs: 100,
  syncMeanUs: 0,
  tearPpm: 0,
};

const TRUE_CLOCK: Plan['clocks'][number] = { offsetUs: 0, driftPpm: 0 };

type Edit = (plan: Plan) => Plan | null;

const quietNetwork: Edit = (plan) => ({ ...plan, network: QUIET_NETWORK });
const ordinaryKnobs: Edit = (plan) => ({ ...plan, knobs: ORDINARY_KNOBS });
const ordinaryDisks: Edit = (plan) => ({ ...plan, disks: plan.disks.map(() => ORDINARY_DISK) });
const trueClocks: Edit = (plan) => ({ ...plan, clocks: plan.clocks.map(() => TRUE_CLOCK) });

/** The plan with messages and disks that take constant time, and clocks that agree. */
export function quiet(plan: Plan): Plan {
  return trueClocks(ordinaryDisks(quietNetwork(plan)!)!)!;
}

/** Messages and disks that take constant time, clocks that agree. */
export const quietWorld: Pass = {
  name: 'a quiet world',
  candidates: (plan) =>
    oneByOne(plan, () => [
      quiet,
      quietNetwork,
      (now) => ({ ...now, network: { ...now.network, tailUs: 0 } }),
      ordinaryDisks,
      (now) => ({ ...now, disks: now.disks.map((disk) => ({ ...disk, syncMeanUs: 0 })) }),
      trueClocks,
    ]),
};

/** One seed for all of the run, if another one does not take over needlessly. */
export const fewerSeeds: Pass = {
  name: 'fewer seeds',
  candidates: (plan) => oneByOne(plan, seedEdits),
};

function* seedEdits({ reseed = [] }: Plan): Generator<Edit> {
  if (reseed.length === 0) return;
  yield ({ reseed: _, ...rest }) => rest;
  for (const { atUs } of reseed) {
    yield (now) =>
      (now.reseed ?? []).length < 2
        ? null
        : { ...now, reseed: now.reseed!.filter((one) => one.atUs !== atUs) };
  }
}

/** Ordinary settings: all at once, then each part, then each field. */
export const ordinaryWorld: Pass = {
  name: 'an ordinary world',
  candidates: (plan) => oneByOne(plan, worldEdits),
};

function* worldEdits(plan: Plan): Generator<Edit> {
  yield (now) => trueClocks(ordinaryDisks(quietNetwork(ordinaryKnobs(now)!)!)!);
  yield trueClocks;
  yield quietNetwork;
  yield ordinaryDisks;
  yield ordinaryKnobs;
  for (const name of Object.keys(ORDINARY_KNOBS) as (keyof Knobs)[]) {
    yield (now) =>
      now.knobs[name] === ORDINARY_KNOBS[name]
        ? null
        : { ...now, knobs: { ...now.knobs, [name]: ORDINARY_KNOBS[name] } };
  }
  for (const name of Object.keys(QUIET_NETWORK) as (keyof Plan['network'])[]) {
    yield (now) =>
      now.network[name] === QUIET_NETWORK[name]
        ? null
        : { ...now, network: { ...now.network, [name]: QUIET_NETWORK[name] } };
  }
  yield (now) => ({
    ...now,
    network: { ...now.network, minUs: now.network.minUs + now.network.tailUs, tailUs: 0 },
  });
  for (let i = 0; i < plan.disks.length; i++) {
    yield (now) => withElement(now, 'disks', i, ORDINARY_DISK);
    yield (now) => withSteadySyncs(now, i);
    yield (now) =>
      i >= now.disks.length
        ? null
        : withElement(now, 'disks', i, { ...now.disks[i]!, tearPpm: 0, syncMeanUs: 0 });
  }
}

/** Timeouts tried as the members could have drawn them, and then with faults that last longer: elections move. */
const ELECTIONS_TRIED = 120;
const LONGER_TRIED = 480;
const LONGER = 3;
const LONGER_END_US = 2_000_000;

/**
 * Election timeouts that are the same every time, one for each member. In a quiet world nothing of what matters is
 * drawn then, and the plan fails whatever the code draws, in whichever order.
 */
export const steadyElections: Pass = {
  name: 'nobody draws who campaigns first',
  *candidates(plan, width) {
    if (plan.electionTicks !== undefined) return;
    for (let from = 0; from < ELECTIONS_TRIED + LONGER_TRIED; from += width) {
      const batch = Array.from({ length: width }, (_, i) => withElections(plan, from + i));
      if ((yield batch) !== null) return;
    }
  },
};

function withElections(plan: Plan, variant: number): Plan {
  const { electionTicks: ticks } = plan.knobs;
  const wide = variant >= ELECTIONS_TRIED && variant % 2 === 1;
  const least = wide ? Math.max(2, ticks >>> 1) : ticks;
  const span = wide ? 2 * ticks : ticks;
  const electionTicks = Array.from({ length: plan.members }, (_, i) => {
    const hash = new RunningHash();
    hash.text(plan.seed);
    hash.int(variant);
    hash.int(i);
    return least + ((hash.low() >>> 0) % span);
  });
  if (variant < ELECTIONS_TRIED) return { ...plan, electionTicks };
  const faults = plan.faults.map((fault) =>
    'forUs' in fault ? { ...fault, forUs: LONGER * fault.forUs } : fault,
  );
  return { ...plan, electionTicks, faults, durationUs: plan.durationUs + LONGER_END_US };
}

/** A disk that always takes as long as it takes on average. */
function withSteadySyncs(plan: Plan, index: number): Plan | null {
  const disk = plan.disks[index];
  if (disk === undefined || disk.syncMeanUs <= disk.syncMinUs) return null;
  return withElement(plan, 'disks', index, { ...disk, syncMinUs: disk.syncMeanUs });
}

function withElement(
  plan: Plan,
  list: 'disks',
  index: number,
  element: Plan['disks'][number],
): Plan | null {
  const old = plan[list][index];
  if (old === undefined || JSON.stringify(old) === JSON.stringify(element)) return null;
  return { ...plan, [list]: plan[list].map((one, i) => (i === index ? element : one)) };
}

/** Faults that hit fewer, do less, and end sooner. */
export const simplerFaults: Pass = {
  name: 'simpler faults',
  candidates: (plan) => oneByOne(plan, faultEdits),
};

function* faultEdits(plan: Plan): Generator<Edit> {
  for (let index = 0; index < plan.faults.length; index++) {
    for (const edit of editsOf(plan.faults[index]!)) yield (now) => withFault(now, index, edit);
  }
}

function withFault(plan: Plan, index: number, edit: (fault: Fault) => Fault | null): Plan | null {
  const old = plan.faults[index];
  const next = old === undefined ? null : edit(old);
  if (next === null || JSON.stringify(next) === JSON.stringify(old)) return null;
  return { ...plan, faults: plan.faults.map((fault, i) => (i === index ? next : fault)) };
}

type FaultEdit = (fault: Fault) => Fault | null;

function* editsOf(drawn: Fault): Generator<FaultEdit> {
  yield (fault) => (fault.kind === 'power-loss' ? { ...fault, kind: 'kill' } : null);
  yield (fault) => ('clients' in fault ? { ...fault, clients: 'both' } : null);
  yield (fault) => ('direction' in fault ? { ...fault, direction: 'both' } : null);
  yield (fault) => ('record' in fault ? anyRecord(fault) : null);
  yield (fault) => ('path' in fault && !('record' in fault) ? { ...fault, path: '' } : null);
  if ('target' in drawn) {
    for (let i = 0; i < drawn.target.length; i++) {
      yield (fault) => withoutTarget(fault, drawn.target[i]!);
    }
  }
  if (drawn.kind === 'split') {
    for (let i = 0; i < drawn.groups.length; i++) yield (fault) => withoutGroup(fault, i);
  }
  if (drawn.kind === 'degrade') {
    for (const name of ['reorderPpm', 'duplicatePpm', 'lossPpm', 'extraUs'] as const) {
      yield (fault) => (fault.kind === 'degrade' ? { ...fault, [name]: 0 } : null);
    }
    yield withoutEcho;
    yield (fault) =>
      fault.kind === 'degrade' && fault.lossPpm > 0 ? { ...fault, lossPpm: 1_000_000 } : null;
  }
  for (const name of ['forUs', 'downUs'] as const) {
    if (!(name in drawn)) continue;
    for (const us of smaller((drawn as unknown as Record<typeof name, Micros>)[name])) {
      yield (fault) => shortened(fault, name, us);
    }
  }
}

/** The fault aimed at a kind of file, whatever of it that meets. */
function anyRecord(fault: Extract<Fault, { record?: unknown }>): Fault {
  const { record: _, ...whole } = fault;
  return whole;
}

function withoutEcho(fault: Fault): Fault | null {
  if (fault.kind !== 'degrade' || fault.echoUs === undefined) return null;
  const { echoUs: _, ...prompt } = fault;
  return prompt;
}

function shortened(fault: Fault, name: 'forUs' | 'downUs', us: Micros): Fault | null {
  if (!(name in fault)) return null;
  const current = (fault as unknown as Record<typeof name, Micros>)[name];
  return us < current ? ({ ...fault, [name]: us } as Fault) : null;
}

function withoutTarget(fault: Fault, who: Who): Fault | null {
  if (!('target' in fault) || fault.target.length < 2) return null;
  return { ...fault, target: fault.target.filter((one) => one !== who) };
}

function withoutGroup(fault: Fault, index: number): Fault | null {
  if (fault.kind !== 'split' || fault.groups.length < 2) return null;
  return { ...fault, groups: fault.groups.filter((_, i) => i !== index) };
}

/** Shorter spans, in whole hundredths of a second, the most ambitious first. */
function* smaller(us: Micros): Generator<Micros> {
  const steps = Math.ceil(us / STEP_US);
  for (const { value } of fc.integer({ min: 0, max: steps }).shrink(steps, undefined)) {
    if (value * STEP_US < us) yield value * STEP_US;
  }
}

const STEP_US = 10_000;

/** Operations of the plainest kind on the first key. */
export const simplerOperations: Pass = {
  name: 'simpler operations',
  candidates: (plan) => oneByOne(plan, operationEdits),
};

function* operationEdits(plan: Plan): Generator<Edit> {
  yield (now) => allOperations(now, (operation) => ({ ...operation, key: 0, other: 0 }));
  yield patientClients;
  for (let client = 0; client < plan.clients.length; client++) {
    yield (now) => patientClients(now, client);
    for (const { atUs } of plan.faults) {
      for (const byUs of AROUND_US) yield (now) => askedOnce(now, client, atUs + byUs);
    }
  }
  for (let client = 0; client < plan.clients.length; client++) {
    for (let at = 0; at < plan.clients[client]!.operations.length; at++) {
      for (const kind of ['put', 'get'] as const) {
        yield (now) =>
          withOperation(now, client, at, (operation) =>
            operation.kind === 'put' || operation.kind === 'get'
              ? operation
              : { ...operation, kind },
          );
      }
      yield (now) => withOperation(now, client, at, (old) => ({ ...old, key: 0 }));
      yield (now) => withOperation(now, client, at, (old) => ({ ...old, other: 0 }));
    }
  }
}

/** From the moment of a fault: when a single request may meet what a stubborn client has waited for. */
const AROUND_US = [0, -1000, 1000, -2000, 2000, -5000, 5000];

/** A stubborn client with one operation, which asks for it once, at this moment. */
function askedOnce(plan: Plan, only: number, notBeforeUs: Micros): Plan | null {
  const client = plan.clients[only];
  if (client?.stubborn === undefined || client.operations.length !== 1 || notBeforeUs < 0)
    return null;
  const operations = [{ ...client.operations[0]!, afterUs: 0, notBeforeUs }];
  return { ...plan, clients: plan.clients.map((old, i) => (i === only ? { operations } : old)) };
}

/** Clients, or one of them, that give up as soon as any does. */
function patientClients(plan: Plan, only?: number): Plan | null {
  let changed = false;
  const clients = plan.clients.map((client, i) => {
    if (client.stubborn === undefined || (only !== undefined && only !== i)) return client;
    changed = true;
    return { operations: client.operations };
  });
  return changed ? { ...plan, clients } : null;
}

function allOperations(plan: Plan, edit: (old: PlannedOperation) => PlannedOperation): Plan | null {
  const clients = plan.clients.map(({ operations, ...rest }) => ({
    ...rest,
    operations: operations.map(edit),
  }));
  return JSON.stringify(clients) === JSON.stringify(plan.clients) ? null : { ...plan, clients };
}

function withOperation(
  plan: Plan,
  client: number,
  at: number,
  edit: (old: PlannedOperation) => PlannedOperation,
): Plan | null {
  const old = plan.clients[client]?.operations[at];
  if (old === undefined) return null;
  const next = edit(old);
  if (JSON.stringify(next) === JSON.stringify(old)) return null;
  const clients = plan.clients.map((one, i) =>
    i === client
      ? { ...one, operations: one.operations.map((o, k) => (k === at ? next : o)) }
      : one,
  );
  return { ...plan, clients };
}
