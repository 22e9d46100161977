// A pass that does not take anything out: it puts a small plan in the place of a large one. Three members, a few puts,
// and leaders that are cut off soon after they were elected, one after the other, for a while or for long, with a few
// pauses before each (small-scope hypothesis: most bugs show in small cases, if all of these are tried). For failures
// that need certain elections in a row, of which nothing can be taken out one by one.

import type { Fault, Plan, PlannedOperation } from '../../scenario/plan.js';
import type { Pass } from './pass.js';
import { quiet } from './simpler.js';

/** Leaders in a row, the last one among them. */
const REIGNS = [2, 3, 4];
const MEMBERS = 3;
/** With fewer faults than this there is not much to gain. */
const FAULTS_MIN = 4;
/** In flights of a message: before anything arrives, after it has, after the answer, and so on. */
const FLIGHTS = [0.5, 1.5, 2.5, 4.5, 5.5, 6.5];
/** How long a leader is cut off, in least election timeouts: until another one leads, or until two others have led. */
const ABSENCES = [1.6, 3.6];
const PUTS = 4;
const PUT: PlannedOperation = { afterUs: 0, kind: 'put', key: 0, other: 0 };
/** Puts of two clients are closer together than a message flies. */
const STAGGER_US = 300;
/** Short timeouts make for short runs. */
const TIMING = { tickUs: 10_000, electionTicks: 10, heartbeatTicks: 1 };
/** A client that asks until somebody leads. */
const STUBBORN = { retries: 300, afterUs: 1000 };
/** Election timeouts of the members: the first two take turns, and the third makes their quorum. */
const WAITS = [1, 1.3, 3];
const SLACK_US = 200_000;

/** A leader after the other is elected, and cut off before long. */
export const fallenLeaders: Pass = {
  name: 'leaders that fall, and nothing else',
  *candidates(plan, width) {
    if (plan.members < MEMBERS || plan.faults.length < FAULTS_MIN) return;
    const base = emptied(plan);
    for (const count of REIGNS) {
      const batch: Plan[] = [];
      for (const candidate of successions(base, count)) {
        batch.push(candidate);
        if (batch.length < width) continue;
        if ((yield batch.splice(0)) !== null) return;
      }
      if (batch.length > 0 && (yield batch) !== null) return;
    }
  },
};

function* successions(plan: Plan, count: number): Generator<Plan> {
  const { electionTicks: least, tickUs } = plan.knobs;
  const electionTicks = WAITS.map((timeouts) => timeouts * least);
  const durationUs = Math.ceil(2 * (count + 2) * least * tickUs) + SLACK_US;
  for (const absences of choices(ABSENCES, count - 1)) {
    for (const flights of choices(FLIGHTS, count - 1)) {
      const faults = flights.map((flight, i) => {
        return cutOff(i, flight * plan.network.minUs, absences[i]! * least * tickUs);
      });
      yield { ...plan, electionTicks, faults, durationUs };
    }
  }
}

/** Nothing happens in a cluster of three, but a client for each asks for puts. */
function emptied(plan: Plan): Plan {
  const { core: _, reseed: __, ...rest } = quiet(plan);
  return {
    ...rest,
    members: MEMBERS,
    clients: Array.from({ length: MEMBERS }, (_, i) => ({
      operations: new Array<PlannedOperation>(PUTS).fill({ ...PUT, afterUs: i * STAGGER_US }),
      stubborn: STUBBORN,
    })),
    knobs: { ...rest.knobs, ...TIMING },
    disks: rest.disks.slice(0, MEMBERS),
    clocks: rest.clocks.slice(0, MEMBERS),
    operationsMin: 0,
    healUs: 0,
  };
}

/** Every choice of so many numbers out of these. */
function choices(numbers: readonly number[], count: number): number[][] {
  let found: number[][] = [[]];
  for (let length = 0; length < count; length++) {
    found = found.flatMap((before) => numbers.map((number) => [...before, number]));
  }
  return found;
}

/** Cuts off the next who is elected, that many microseconds later. */
function cutOff(index: number, thenUs: number, forUs: number): Fault {
  return {
    kind: 'isolate',
    // Elections set off those that have waited longest.
    atUs: index,
    waitFor: { event: 'election', thenUs: Math.round(thenUs) },
    forUs: Math.round(forUs),
    target: ['it'],
    direction: 'both',
    clients: 'both',
  };
}
