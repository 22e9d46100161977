// A scenario: a name, a sentence, and a way to draw plans. Compiling one with a seed is a pure function;
// the drawn plan remembers how it was drawn, so that fast-check can make it smaller.

import fc from 'fast-check';
import { assert } from '../base/assert.js';
import type { Micros } from '../base/ids.js';
import { randomStream } from '../base/random.js';
import type { ClientStorm } from './client-storm.js';
import { fullArray } from './full-array.js';
import type { DamageMode, Fault, Knobs, Plan, PlannedClient } from './plan.js';
import { PLAN_FORMAT, quorumOf } from './plan.js';
import type { Setting, Shape } from './shapes.js';
import { seconds } from './units.js';
import { mixed, type Workload } from './workload-mix.js';

/** What {@link scenario} makes, and what a scenario module exports. */
export interface Scenario {
  readonly name: string;
  /** What happens, in one sentence. */
  readonly about: string;
  /** Plans of this scenario; the seed is filled in by {@link compilePlan}. */
  readonly arbitrary: fc.Arbitrary<Plan>;
}

/** Inclusive bounds from which a value is drawn uniformly. */
export type Range = readonly [min: number, max: number];

export interface ScenarioOptions {
  readonly about: string;
  readonly members?: number;
  readonly clients?: number;
  /** How long faults and clients act, in virtual time. */
  readonly duration?: Micros;
  readonly workload?: Workload;
  /** More clients, which all ask at once, now and then. */
  readonly clientStorms?: readonly ClientStorm[];
  /** What goes wrong, over time. */
  readonly faults?: readonly Shape[];
  /** Replaces drawn knobs. */
  readonly knobs?: Partial<Record<keyof Knobs, fc.Arbitrary<number> | fc.Arbitrary<boolean>>>;
  /** Replaces the ordinary network: milliseconds of latency, losses in a million. */
  readonly network?: Partial<Record<keyof Plan['network'], Range>>;
  /** Replaces the ordinary disk latencies, in microseconds. */
  readonly disks?: { readonly syncMinUs?: Range; readonly syncMeanUs?: Range };
  readonly clocks?: { readonly offsetUs?: Range; readonly driftPpm?: Range };
  /** Which damage to durable bytes may strike, and is then there to stay; see the plan. */
  readonly damage?: DamageMode;
  /** Time allowed to converge after healing. */
  readonly heal?: Micros;
  /**
   * What is healed at the end and has to make progress then. Default `everything`; `core`: a drawn quorum or more,
   * with all others broken for good. Members ask for pre-votes then.
   */
  readonly liveness?: 'everything' | 'core';
}

/** Defines a scenario. Options left out are drawn from ranges that are hostile but survivable. */
export function scenario(name: string, options: ScenarioOptions): Scenario {
  assert(/^[a-z0-9][a-z0-9-]*$/.test(name), 'a scenario name is words joined by hyphens', { name });
  return { name, about: options.about, arbitrary: planArbitrary(name, options) };
}

/** The plan of (scenario, seed). The same two give the same plan, on any machine. */
export function compilePlan(scenario: Scenario, seed: string): Plan {
  return withSeed(drawPlan(scenario, seed).value, seed);
}

function withSeed(plan: Plan, seed: string): Plan {
  return { ...plan, seed };
}

function drawPlan(scenario: Scenario, seed: string): fc.Value<Plan> {
  const stream = randomStream(seed, `plan/${scenario.name}`);
  const generator = {
    clone: () => generator,
    next: () => stream.int32(),
    getState: () => [],
  };
  return scenario.arbitrary.generate(new fc.Random(generator), undefined);
}

/** Faults begin after the first leader had time to be elected. */
export const FAULTS_FROM_US = seconds(1);

/**
 * With fewer completed operations, or a smaller share of those planned, a run has tested nothing. Of 10,000 seeds of
 * `everything` the poorest completed 20 of 2,750.
 */
const OPERATIONS_MIN = 10;
const OPERATIONS_SHARE_MIN = 1 / 180;

/** Trips of an election until the voters hear whom they have elected: the request, the vote, the first append. */
const ELECTION_TRIPS = 3;

function planArbitrary(name: string, options: ScenarioOptions): fc.Arbitrary<Plan> {
  const members = options.members ?? 5;
  const clients = options.clients ?? 5;
  const durationUs = options.duration ?? seconds(20);
  const workload = options.workload ?? mixed({});
  const setting: Setting = { members, fromUs: FAULTS_FROM_US, untilUs: durationUs };
  const hasCore = options.liveness === 'core';
  const shapes = (options.faults ?? []).map((shape) => shape(setting));
  const operations = workload.operationsIn(durationUs);
  const operationsMin = Math.max(
    OPERATIONS_MIN,
    Math.floor(clients * operations * OPERATIONS_SHARE_MIN),
  );
  const drawn = fc.record({
    format: fc.constant(PLAN_FORMAT as typeof PLAN_FORMAT),
    scenario: fc.constant(name),
    seed: fc.constant('0'),
    members: fc.constant(members),
    // Before the operations, because fast-check shrinks fields in this order.
    faults: fc.tuple(...shapes).map(inOrder),
    clients: clientsArbitrary(
      exactly(clients, fc.record({ operations: fullArray(workload.operation, operations) })),
      (options.clientStorms ?? []).map((storm) => storm(setting)),
    ),
    knobs: knobsArbitrary({ ...options.knobs, ...(hasCore ? { preVote: fc.constant(true) } : {}) }),
    network: fc.record({
      minUs: range(options.network?.minUs ?? [100, 2_000]),
      tailUs: range(options.network?.tailUs ?? [100, 5_000]),
      lossPpm: range(options.network?.lossPpm ?? [0, 2_000]),
      duplicatePpm: range(options.network?.duplicatePpm ?? [0, 2_000]),
      reorderPpm: range(options.network?.reorderPpm ?? [0, 20_000]),
      capacity: range(options.network?.capacity ?? [50, 1_000]),
    }),
    disks: exactly(
      members,
      fc.record({
        profile: diskProfile,
        syncMinUs: range(options.disks?.syncMinUs ?? [50, 200]),
        syncMeanUs: range(options.disks?.syncMeanUs ?? [100, 3_000]),
        tearPpm: range([0, 500_000]),
      }),
    ),
    clocks: exactly(
      members,
      fc.record({
        offsetUs: range(options.clocks?.offsetUs ?? [-1_000_000, 1_000_000]),
        driftPpm: range(options.clocks?.driftPpm ?? [-200, 200]),
      }),
    ),
    durationUs: fc.constant(durationUs),
    healUs: fc.constant(options.heal ?? seconds(30)),
    ...(options.damage === undefined ? {} : { damage: fc.constant(options.damage) }),
    ...(hasCore ? { core: coreArbitrary(members) } : {}),
    operationsMin: fc.constant(operationsMin),
  });
  return drawn.map(withTimeToElect);
}

/**
 * Raft makes progress only if a message takes far less than an election timeout (thesis, section 3.9): members that
 * campaign again before anybody can hear that somebody has won never elect anyone, and no fault is needed for that.
 */
function withTimeToElect(plan: Plan): Plan {
  const { knobs, network } = plan;
  const tripUs = network.minUs + network.tailUs;
  const ticksMin = Math.ceil((ELECTION_TRIPS * tripUs) / knobs.tickUs);
  if (knobs.electionTicks >= ticksMin) return plan;
  return { ...plan, knobs: { ...knobs, electionTicks: ticksMin } };
}

/** A quorum or more, but never all of them if a quorum is fewer. */
function coreArbitrary(members: number): fc.Arbitrary<number[]> {
  const minLength = quorumOf(members);
  const ids = Array.from({ length: members }, (_, i) => i + 1);
  return fc.subarray(ids, { minLength, maxLength: Math.max(minLength, members - 1) });
}

/** Ordinary clients, then those of storms. */
function clientsArbitrary(
  ordinary: fc.Arbitrary<PlannedClient[]>,
  storms: readonly fc.Arbitrary<PlannedClient[]>[],
): fc.Arbitrary<PlannedClient[]> {
  return storms.length === 0 ? ordinary : fc.tuple(ordinary, ...storms).map((all) => all.flat());
}

function inOrder(drawn: Fault[][]): Fault[] {
  // Array.sort is stable: faults of one instant keep the order of their shapes.
  return drawn.flat().sort((a, b) => a.atUs - b.atUs);
}

/** Profiles by weight, as file systems are met, with one adversary in four. */
const diskProfile = fc
  .integer({ min: 0, max: 19 })
  .map((n): Plan['disks'][number]['profile'] =>
    n < 7 ? 'ext4-ordered' : n < 11 ? 'xfs' : n < 14 ? 'btrfs' : n < 15 ? 'ext4-journal' : 'alice',
  );

function knobsArbitrary(replaced: NonNullable<ScenarioOptions['knobs']>): fc.Arbitrary<Knobs> {
  const drawn: { readonly [K in keyof Knobs]: fc.Arbitrary<Knobs[K]> } = {
    tickUs: fc.constantFrom(20_000, 20_000, 50_000),
    electionTicks: range([4, 12]),
    heartbeatTicks: fc.constantFrom(1, 1, 1, 2),
    preVote: fc.constantFrom(true, true, true, false),
    maxInflightMessages: fc.constantFrom(1, 2, 4, 16, 256),
    maxMessageBytes: fc.constantFrom(0, 256, 4096, 65536),
    segmentBytes: fc.constantFrom(8192, 16384, 65536, 262144),
    snapshotEntries: fc.constantFrom(5, 10, 20, 50, 200, 1000),
    catchUpEntries: fc.constantFrom(0, 0, 5, 20, 100),
    snapshotChunkBytes: fc.constantFrom(1024, 4096, 16384),
    requestTimeoutUs: range([200_000, 1_500_000]),
    clientTimeoutUs: range([100_000, 800_000]),
    restartUs: range([20_000, 500_000]),
    valueBytes: fc.constantFrom(0, 0, 0, 300, 1_000),
  };
  return fc.record({ ...drawn, ...(replaced as Partial<typeof drawn>) });
}

function range([min, max]: Range): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

function exactly<T>(count: number, one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: count, maxLength: count });
}
