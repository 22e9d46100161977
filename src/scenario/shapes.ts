// Fault shapes: what a scenario says goes wrong, as arbitraries over timed faults. A shape draws its times
// from the stretch of the run in which faults act; every drawn fault is explicit in the plan.

import fc from 'fast-check';
import type { Micros } from '../base/ids.js';
import type { Awaited, Fault, FaultKind, RecordKind, Target } from './plan.js';

/** Where a shape is used. */
export interface Setting {
  readonly members: number;
  readonly fromUs: Micros;
  readonly untilUs: Micros;
}

/** Draws the faults of one kind for a whole run. */
export type Shape = (setting: Setting) => fc.Arbitrary<Fault[]>;

/** Draws one fault. */
export type OneFault = (setting: Setting) => fc.Arbitrary<Fault>;

/** Draws several faults that belong together. */
export type Incident = (setting: Setting) => fc.Arbitrary<Fault[]>;

/** Inclusive bounds of a time span. */
export type Span = readonly [min: Micros, max: Micros];

/** So many times in a run, at random moments. */
export function repeatedly(
  kind: OneFault | Incident,
  times: readonly [min: number, max: number],
): Shape {
  return (setting) =>
    fc
      .array<Fault | Fault[]>(kind(setting), {
        minLength: times[0],
        maxLength: times[1],
        size: 'max',
      })
      .map((drawn) => drawn.flat());
}

/**
 * Swarm testing (Groce et al., ISSTA 2012): first a subset of the kinds, then how often each happens. A run
 * with few kinds goes deeper into each than a run with all of them.
 */
export function swarm(kinds: readonly (OneFault | Incident)[], timesMax: number): Shape {
  return (setting) =>
    fc
      .tuple(
        ...kinds.map((kind) =>
          fc.record({
            chosen: fc.integer({ min: 0, max: 2 }),
            weight: fc.integer({ min: 1, max: timesMax }),
            faults: fc.array<Fault | Fault[]>(kind(setting), {
              minLength: timesMax,
              maxLength: timesMax,
            }),
          }),
        ),
      )
      .map((drawn) =>
        drawn.flatMap(({ chosen, weight, faults }) =>
          chosen === 2 ? faults.slice(0, weight).flat() : [],
        ),
      );
}

/**
 * Storms with calm between them: in every cycle the faults come early, so that something is committed
 * before the next storm puts it at risk. Faults that never let anything commit test nothing.
 */
export function storms(
  options: { readonly every: Micros; readonly calm: Span },
  ...shapes: readonly Shape[]
): Shape {
  return (setting) =>
    fc
      .record({
        calmUs: span(options.calm),
        drawn: fc.tuple(...shapes.map((shape) => shape(setting))),
      })
      .map(({ calmUs, drawn }) =>
        drawn.flat().map((fault): Fault => {
          const passedUs = Math.max(0, fault.atUs - setting.fromUs);
          const inCycleUs = passedUs % options.every;
          const squeezed = Math.floor((inCycleUs * (options.every - calmUs)) / options.every);
          return { ...fault, atUs: setting.fromUs + passedUs - inCycleUs + squeezed };
        }),
      );
}

/** Has faults begin in the last stretch of the run: those that last long enough are on when it ends. */
export function towardsTheEnd(stretchUs: Micros, shape: Shape): Shape {
  return (setting) =>
    shape({ ...setting, fromUs: Math.max(setting.fromUs, setting.untilUs - stretchUs) });
}

function moment({ fromUs, untilUs }: Setting): fc.Arbitrary<Micros> {
  return fc.integer({ min: fromUs, max: Math.max(fromUs, untilUs - 1) });
}

function span([min, max]: Span): fc.Arbitrary<Micros> {
  return fc.integer({ min, max });
}

/** One member or the leader, drawn evenly between the two ideas. */
function anyOne({ members }: Setting): fc.Arbitrary<Target> {
  return fc
    .integer({ min: -members, max: members })
    .map((n): Target => (n <= 0 ? ['leader'] : [n]));
}

/** Any non-empty set of members; as a bit mask, so that it is one draw. */
function some({ members }: Setting): fc.Arbitrary<number[]> {
  return fc.integer({ min: 1, max: (1 << members) - 1 }).map((mask) => {
    const ids: number[] = [];
    for (let id = 1; id <= members; id++) if (mask & (1 << (id - 1))) ids.push(id);
    return ids;
  });
}

/** At most a minority, the same members however often it is asked in a run. */
export function minority(members: number): number[] {
  return Array.from({ length: Math.floor((members - 1) / 2) }, (_, i) => i + 1);
}

function order({ members }: Setting): fc.Arbitrary<number[]> {
  const ids = Array.from({ length: members }, (_, i) => i + 1);
  return fc.shuffledSubarray(ids, { minLength: members, maxLength: members });
}

/** Has a fault wait for the next election, and begin so long after it. */
export function justElected(fault: OneFault, after: Span): OneFault {
  return (setting) =>
    fc
      .record({ fault: fault(setting), thenUs: span(after) })
      .map(({ fault, thenUs }): Fault => ({ ...fault, waitFor: { event: 'election', thenUs } }));
}

/** Has a fault wait until something happens to a member, and strike that member so long after it. */
export function when(event: Awaited, fault: OneFault, after: Span): OneFault {
  return (setting) =>
    fc.record({ fault: fault(setting), thenUs: span(after) }).map(({ fault, thenUs }): Fault => {
      const waitFor = { event, thenUs };
      if ('target' in fault) return { ...fault, target: ['it'], waitFor };
      if ('from' in fault) return { ...fault, from: ['it'], to: [], waitFor };
      return { ...fault, waitFor };
    });
}

/** At a random moment, or so long after one of these events, at the member to which it happened. */
export function anyTime(fault: OneFault, events: readonly Awaited[], after: Span): OneFault {
  return (setting) =>
    fc.oneof(fault(setting), ...events.map((event) => when(event, fault, after)(setting)));
}

/**
 * Kills a member, or cuts its power, at a point of what it does with entries: they are appended and not synced,
 * they are acknowledged, they are applied; or while it receives a snapshot, or comes back.
 */
export function crashAtPoint(options: {
  readonly points?: readonly Awaited[];
  readonly how: 'kill' | 'power-loss' | 'either';
  readonly down: Span;
  readonly after?: Span;
}): OneFault {
  const { how, down, after = [0, 300] } = options;
  const points = options.points ?? ['append', 'promise', 'apply', 'snapshot', 'restart'];
  return (setting) =>
    fc.oneof(
      ...points.map((point) => when(point, crash({ how, who: 'one', down }), after)(setting)),
    );
}

/** Kills a member that has sent some of the messages of one event: the others never leave it. */
export function crashWhileSending(options: {
  readonly messages: readonly [min: number, max: number];
  readonly down: Span;
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('kill-sending' as const),
      atUs: moment(setting),
      target: anyOne(setting),
      messages: fc.integer({ min: options.messages[0], max: options.messages[1] }),
      downUs: span(options.down),
    });
}

/** Several faults in one moment, where the first one strikes. */
export function together(...faults: readonly OneFault[]): Incident {
  return (setting) =>
    fc.tuple(...faults.map((fault) => fault(setting))).map((drawn) => {
      const [first] = drawn;
      if (first === undefined) return [];
      const { atUs } = first;
      const target = 'target' in first ? { target: first.target } : {};
      return drawn.map(
        (fault): Fault => ({ ...fault, atUs, ...('target' in fault ? target : {}) }),
      );
    });
}

/** Faults of a disk, and a crash of the same member soon after: before it writes anything more. */
export function thenCrash(
  faults: OneFault | Incident,
  options: {
    readonly how: 'kill' | 'power-loss' | 'either';
    readonly down: Span;
    readonly after: Span;
  },
): Incident {
  return (setting) =>
    fc
      .record({
        drawn: (faults(setting) as fc.Arbitrary<Fault | Fault[]>).map((drawn) => [drawn].flat()),
        crash: crash({ how: options.how, who: 'one', down: options.down })(setting),
        afterUs: span(options.after),
      })
      .map(({ drawn, crash, afterUs }) => {
        const [first] = drawn;
        if (first === undefined || !('target' in first)) return drawn;
        const { target } = first;
        return [...drawn, { ...crash, atUs: first.atUs + afterUs, target }];
      });
}

/** A power loss, and faults of the disk that has lost power, before it is read again. */
export function afterPowerLoss(
  faults: OneFault | Incident,
  options: { readonly down: Span; readonly after: Span },
): Incident {
  return (setting) =>
    fc
      .record({
        drawn: (faults(setting) as fc.Arbitrary<Fault | Fault[]>).map((drawn) => [drawn].flat()),
        loss: crash({ how: 'power-loss', who: 'one', down: options.down })(setting),
        afterUs: span(options.after),
      })
      .map(({ drawn, loss, afterUs }) => {
        const [first] = drawn;
        if (first === undefined || !('target' in first)) return drawn;
        const { target, atUs } = first;
        return [
          { ...loss, atUs, target },
          ...drawn.map((one) => ({ ...one, atUs: atUs + afterUs })),
        ];
      });
}

/** A fault that comes and goes: several times in a row, with pauses between. */
export function flapping(
  fault: OneFault,
  options: { readonly times: readonly [min: number, max: number]; readonly pause: Span },
): Incident {
  return (setting) =>
    fc
      .record({
        fault: fault(setting),
        times: fc.integer({ min: options.times[0], max: options.times[1] }),
        pauseUs: span(options.pause),
      })
      .map(({ fault, times, pauseUs }) => {
        const lastsUs = 'forUs' in fault ? fault.forUs : 'downUs' in fault ? fault.downUs : 0;
        return Array.from(
          { length: times },
          (_, i): Fault => ({ ...fault, atUs: fault.atUs + i * (lastsUs + pauseUs) }),
        );
      });
}

/**
 * Cuts members off one after the other, and lets them back in another order (FoundationDB's swizzle-clogging): each
 * comes back to a cluster that is not the one it left.
 */
export function swizzle(options: {
  readonly step: Span;
  readonly how: 'isolate' | 'kill';
}): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        out: order(setting),
        back: order(setting),
        count: fc.integer({ min: 2, max: setting.members }),
        stepUs: span(options.step),
      })
      .map(({ atUs, out, back, count, stepUs }) => {
        const chosen = out.slice(0, count);
        const returning = back.filter((id) => chosen.includes(id));
        return chosen.map((id, i): Fault => {
          const forUs = (count - i + returning.indexOf(id)) * stepUs;
          const at = { atUs: atUs + i * stepUs, target: [id] };
          return options.how === 'kill'
            ? { kind: 'kill', ...at, downUs: forUs }
            : { kind: 'isolate', ...at, forUs, direction: 'both', clients: 'both' };
        });
      });
}

/** A member that is alive and slow: its disk, and every link from it. */
export function slowMember(options: { readonly for: Span; readonly extra: Span }): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        forUs: span(options.for),
        id: fc.integer({ min: 1, max: setting.members }),
        extraUs: span(options.extra),
        factor: fc.integer({ min: 3, max: 30 }),
      })
      .map(({ atUs, forUs, id, extraUs, factor }) => {
        const lossless = { lossPpm: 0, duplicatePpm: 0, reorderPpm: 0 };
        return [
          { kind: 'degrade', atUs, forUs, from: [id], to: [], extraUs, ...lossless },
          { kind: 'disk-throttle', atUs, forUs, target: [id], factor },
        ];
      });
}

/** The ways in which a leader is lost for so long: killed, without power, cut off, or left with a minority. */
export function leaderFalls(lasting: Span): readonly OneFault[] {
  return [
    crash({ how: 'either', who: 'leader', down: lasting }),
    isolateLeader({ for: lasting }),
    leaderInMinority({ for: lasting }),
  ];
}

/**
 * One new leader after the other is struck down, each by one of these faults, while its first entries are
 * with a minority: logs of several terms that diverge, and old leaders that come back in another order
 * (Raft thesis, figure 3.7).
 */
export function successiveLeaders(options: {
  readonly count: readonly [min: number, max: number];
  readonly after: Span;
  readonly faults: readonly OneFault[];
}): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        first: fc.oneof(...options.faults.map((fault) => fault(setting))),
        next: fc.array(
          fc.oneof(...options.faults.map((fault) => justElected(fault, options.after)(setting))),
          { minLength: options.count[0] - 1, maxLength: options.count[1] - 1, size: 'max' },
        ),
      })
      .map(({ atUs, first, next }) => [first, ...next].map((fault): Fault => ({ ...fault, atUs })));
}

/** Members go down one after the other, the next when the one before is back, until a majority has. */
export function rollingRestart(options: { readonly down: Span; readonly pause: Span }): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        ids: order(setting),
        how: fc.constantFrom('power-loss' as const, 'kill' as const),
        downUs: span(options.down),
        pauseUs: span(options.pause),
      })
      .map(({ atUs, ids, how, downUs, pauseUs }) =>
        ids.slice(0, Math.floor(setting.members / 2) + 1).map(
          (id, step): Fault => ({
            kind: how,
            atUs: atUs + step * (downUs + pauseUs),
            target: [id],
            downUs,
          }),
        ),
      );
}

/**
 * A member is cut off for so long that the others compact their logs, and is struck again while it
 * receives what it missed.
 */
export function interruptedCatchUp(options: {
  readonly cutOff: Span;
  readonly back: Span;
}): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        id: fc.integer({ min: 1, max: setting.members }),
        cutOffUs: span(options.cutOff),
        backUs: span(options.back),
        strike: fc.constantFrom('power-loss', 'kill', 'isolate', 'clog', 'leader'),
        againUs: span([20_000, 500_000]),
      })
      .map(({ atUs, id, cutOffUs, backUs, strike, againUs }) => {
        const at = { atUs: atUs + cutOffUs + backUs };
        const both = { direction: 'both' as const, clients: 'both' as const };
        const again: Fault =
          strike === 'power-loss' || strike === 'kill'
            ? { kind: strike, ...at, target: [id], downUs: againUs }
            : strike === 'isolate'
              ? { kind: 'isolate', ...at, forUs: againUs, target: [id], ...both }
              : strike === 'clog'
                ? { kind: 'clog', ...at, forUs: againUs, from: [], to: [id] }
                : { kind: 'power-loss', ...at, target: ['leader'], downUs: againUs };
        return [{ kind: 'isolate', atUs, forUs: cutOffUs, target: [id], ...both }, again];
      });
}

type Clients = 'both' | 'inside' | 'outside';
type Direction = 'both' | 'in' | 'out';

/** Cuts the leader off from the other members. */
export function isolateLeader(options: {
  readonly for: Span;
  readonly direction?: Direction;
  readonly clients?: Clients;
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('isolate' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: fc.constant<Target>(['leader']),
      direction: oneOrDrawn<Direction>(options.direction, ['both', 'both', 'in', 'out']),
      clients: oneOrDrawn<Clients>(options.clients, ['both', 'inside', 'outside']),
    });
}

/** Cuts any member off. */
export function isolateAnyone(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('isolate' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: anyOne(setting),
      direction: oneOrDrawn<Direction>(undefined, ['both', 'both', 'in', 'out']),
      clients: oneOrDrawn<Clients>(undefined, ['both', 'inside', 'outside']),
    });
}

/** The leader and one more on one side, the rest on the other: an old leader that still has company. */
export function leaderInMinority(options: {
  readonly for: Span;
  readonly clients?: Clients;
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('split' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      groups: fc
        .integer({ min: 1, max: setting.members })
        .map((companion): Target[] => [['leader', companion]]),
      clients: oneOrDrawn<Clients>(options.clients, ['both', 'inside', 'outside']),
    });
}

/** Three groups of two, two and one (of five): no side has a majority. */
export function twoTwoOne(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('split' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      groups: order(setting).map((ids): Target[] => {
        const size = Math.max(1, Math.floor(ids.length / 2));
        return [ids.slice(0, size), ids.slice(size, 2 * size)];
      }),
      clients: fc.constant('both' as const),
    });
}

/** Two groups of any sizes. */
export function split(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('split' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      groups: some(setting).map((ids): Target[] => [ids]),
      clients: oneOrDrawn<Clients>(undefined, ['both', 'inside', 'outside']),
    });
}

export function majorityRing(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('ring' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      order: order(setting),
    });
}

export function bridge(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('bridge' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      order: order(setting),
    });
}

/** Slow, lossy, duplicating, reordering links from some members to some. */
export function badLinks(options: {
  readonly for: Span;
  readonly extra?: Span;
  readonly lossPpm?: readonly [number, number];
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('degrade' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      from: anyOne(setting),
      to: some(setting),
      extraUs: span(options.extra ?? [0, 200_000]),
      lossPpm: span(options.lossPpm ?? [0, 500_000]),
      duplicatePpm: fc.integer({ min: 0, max: 300_000 }),
      reorderPpm: fc.integer({ min: 0, max: 500_000 }),
    });
}

/** What one member says to another is heard again long after, when terms and leaders have changed. */
export function echoes(options: {
  readonly for: Span;
  readonly later: Span;
  readonly duplicatePpm: readonly [number, number];
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('degrade' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      from: some(setting),
      to: some(setting),
      extraUs: fc.constant(0),
      lossPpm: fc.constant(0),
      duplicatePpm: span(options.duplicatePpm),
      reorderPpm: fc.constant(0),
      echoUs: span(options.later),
    });
}

/**
 * What members say to the leader comes later and later, and then nobody hears the leader any more: long
 * after the others have elected another one, it receives answers from when they followed it. In steps,
 * because a leader that hears nothing for an election timeout steps down.
 */
export function unheardLeader(options: {
  readonly steps: readonly [min: number, max: number];
  readonly later: Span;
  readonly for: Span;
}): Incident {
  return (setting) =>
    fc
      .record({
        atUs: moment(setting),
        steps: fc.integer({ min: options.steps[0], max: options.steps[1] }),
        extraUs: span(options.later),
        forUs: span(options.for),
        muteAfterUs: span([0, 200_000]),
      })
      .map(({ atUs, steps, extraUs, forUs, muteAfterUs }) => {
        const target: Target = ['leader'];
        const from = Array.from({ length: setting.members }, (_, i) => i + 1);
        const muteAtUs = atUs + 2 * steps * extraUs + muteAfterUs;
        const later = Array.from({ length: steps }, (_, step): Fault => {
          const beginUs = atUs + 2 * step * extraUs;
          const lossless = { lossPpm: 0, duplicatePpm: 0, reorderPpm: 0 };
          const forStepUs = muteAtUs + forUs - beginUs;
          const links = { from, to: target, extraUs, ...lossless };
          return { kind: 'degrade', atUs: beginUs, forUs: forStepUs, ...links };
        });
        const mute = { target, direction: 'out' as const, clients: 'both' as const };
        return [...later, { kind: 'isolate', atUs: muteAtUs, forUs, ...mute }];
      });
}

/** Links that hold everything back, then let it go at once: old messages come back late. */
export function clog(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('clog' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      from: anyOne(setting),
      to: some(setting),
    });
}

/** Kills or cuts the power of one member, or of several at once. */
export function crash(options: {
  readonly how: 'kill' | 'power-loss' | 'either';
  readonly who: 'one' | 'leader' | 'some' | 'all' | readonly number[];
  readonly down: Span;
}): OneFault {
  return (setting) => {
    const everyone = Array.from({ length: setting.members }, (_, i) => i + 1);
    const target: fc.Arbitrary<Target> =
      options.who === 'one'
        ? anyOne(setting)
        : options.who === 'leader'
          ? fc.constant<Target>(['leader'])
          : options.who === 'some'
            ? some(setting)
            : fc.constant<Target>(options.who === 'all' ? everyone : [...options.who]);
    const how =
      options.how === 'either'
        ? fc.constantFrom('power-loss' as const, 'kill' as const)
        : fc.constant(options.how);
    return fc
      .record({ how, atUs: moment(setting), target, downUs: span(options.down) })
      .map(({ how, ...rest }): Fault => ({ kind: how, ...rest }));
  };
}

/** Stops a member in its tracks; to the others it is silent, to itself no time passed. */
export function pause(options: { readonly for: Span; readonly who?: 'leader' }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('pause' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: options.who === 'leader' ? fc.constant<Target>(['leader']) : anyOne(setting),
    });
}

export function clockJump(options: { readonly by: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('clock-jump' as const),
      atUs: moment(setting),
      target: anyOne(setting),
      byUs: span(options.by),
    });
}

/** A clock that runs slow (down to -500,000 ppm, half speed) or fast (up to double). */
export function clockDrift(options: {
  readonly for: Span;
  readonly ppm: readonly [number, number];
}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('clock-drift' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: anyOne(setting),
      ppm: span(options.ppm),
    });
}

/** Disk faults that strike once, at the next matching operation. */
export type StrikeKind =
  | 'short-write'
  | 'write-error'
  | 'sync-error'
  | 'writeback-error'
  | 'latent-error'
  | 'bit-rot';

/** Damage that no member can repair alone is limited to a minority of the members. */
const DAMAGE: ReadonlySet<FaultKind> = new Set(['latent-error', 'bit-rot']);

export function diskStrike(kind: StrikeKind): OneFault {
  return (setting) => {
    const target: fc.Arbitrary<Target> = DAMAGE.has(kind)
      ? fc.constantFrom(...minority(setting.members)).map((id): Target => [id])
      : anyOne(setting);
    return fc
      .record({
        atUs: moment(setting),
        target,
        path: fc.constantFrom('wal/', '', 'snap/'),
        code: fc.constantFrom('EIO' as const, 'ENOSPC' as const),
      })
      .map(({ path, code, ...rest }): Fault => {
        if (kind === 'write-error') return { kind, ...rest, code };
        if (kind === 'sync-error' || kind === 'latent-error' || kind === 'bit-rot') {
          return { kind, ...rest, path };
        }
        return { kind, ...rest };
      });
  };
}

/** Faults that need a path and no more. */
type PathKind = 'misdirected-write' | 'misdirected-read';

/** Whom the faults below hit: a plan's members to choose from, all by default. */
interface Aim {
  readonly who?: readonly number[] | 'leader';
  readonly path?: string;
  /** Only records of one of these kinds, in the log. */
  readonly record?: RecordKind | readonly RecordKind[];
}

/** The fields that say which bytes of a disk a fault is aimed at. */
function bytesOf({ path = 'wal/', record }: Aim) {
  const kinds = record === undefined || typeof record === 'string' ? record : [...record];
  return {
    path: fc.constant(path),
    // Where nothing is said nothing is drawn.
    ...(kinds === undefined
      ? {}
      : { record: typeof kinds === 'string' ? fc.constant(kinds) : fc.constantFrom(...kinds) }),
  };
}

function aimed({ who }: Aim, setting: Setting): fc.Arbitrary<Target> {
  if (who === 'leader') return fc.constant<Target>(['leader']);
  if (who === undefined) return anyOne(setting);
  return fc.constantFrom(...who).map((id): Target => [id]);
}

/** A sector, or a page, of zeros where there was something. */
export function zeroed(options: Aim & { readonly unit?: 'sector' | 'page' } = {}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('zeroed' as const),
      atUs: moment(setting),
      target: aimed(options, setting),
      ...bytesOf(options),
      unit: oneOrDrawn<'sector' | 'page'>(options.unit, ['sector', 'page']),
    });
}

/** One byte, or a run of sectors, of durable data; see {@link diskStrike} for the cautious variant. */
export function decay(kind: 'bit-rot' | 'latent-error', options: Aim = {}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant(kind),
      atUs: moment(setting),
      target: aimed(options, setting),
      ...bytesOf(options),
    });
}

/** A write or a read that goes to the wrong sector. */
export function misdirected(kind: PathKind, options: Aim = {}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant(kind),
      atUs: moment(setting),
      target: aimed(options, setting),
      ...bytesOf(options),
    });
}

/** A read gets what was there before. */
export function staleRead(options: Aim & { readonly sticky?: boolean } = {}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('stale-read' as const),
      atUs: moment(setting),
      target: aimed(options, setting),
      ...bytesOf(options),
      sticky: fc.constant(options.sticky ?? false),
    });
}

/** Syncs that say they have written and have not. */
export function lyingSync(options: Aim & { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('lying-sync' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: aimed(options, setting),
      mode: fc.constant('until-power-loss' as const),
    });
}

/** A file that lost its end or its name. */
export function fileFault(options: Aim & { readonly how?: 'cut' | 'lost' } = {}): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('file-fault' as const),
      atUs: moment(setting),
      target: aimed(options, setting),
      path: fc.constant(options.path ?? 'wal/'),
      how: oneOrDrawn<'cut' | 'lost'>(options.how, ['cut', 'lost']),
    });
}

/** The file system turns read-only, for a while. */
export function readOnly(options: Aim & { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('read-only' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: aimed(options, setting),
    });
}

/** A machine loses power and its disk is what it was a while ago (a restored snapshot of it). */
export function rollback(options: Aim & { readonly by: Span; readonly down: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('rollback' as const),
      // It has to be over, and noticed, before everything heals.
      atUs: moment({ ...setting, untilUs: setting.untilUs - options.by[1] - options.down[1] }),
      forUs: span(options.by),
      target: aimed(options, setting),
      downUs: span(options.down),
    });
}

/** A machine comes back with an empty disk and its old name. */
export function wipe(options: Aim & { readonly down: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('wipe' as const),
      atUs: moment(setting),
      target: aimed(options, setting),
      downUs: span(options.down),
    });
}

/** No space left, for a while. */
export function diskFull(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('disk-full' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: anyOne(setting),
    });
}

/** Nothing comes back from the disk, for a while. */
export function diskStall(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('disk-stall' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: anyOne(setting),
    });
}

/** Everything takes several times as long, for a while. */
export function diskThrottle(options: { readonly for: Span }): OneFault {
  return (setting) =>
    fc.record({
      kind: fc.constant('disk-throttle' as const),
      atUs: moment(setting),
      forUs: span(options.for),
      target: some(setting),
      factor: fc.integer({ min: 3, max: 30 }),
    });
}

function oneOrDrawn<T extends string>(
  chosen: T | undefined,
  choices: readonly [T, ...T[]],
): fc.Arbitrary<T> {
  return chosen === undefined ? fc.constantFrom(...choices) : fc.constant(chosen);
}
