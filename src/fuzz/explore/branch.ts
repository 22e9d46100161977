// Goes to where a run reached something new, and on from there by another chance: the run is had again, and at that
// moment another seed takes over. Costs a whole run, as no state can be kept; FoundationDB's `--reseed-time` does so too.

import type { Micros } from '../../base/ids.js';
import type { Random } from '../../base/random.js';
import type { Plan } from '../../scenario/plan.js';
import type { Candidate } from '../candidate.js';
import type { Parent } from './territory.js';

export function branched({ candidate, momentsUs }: Parent, _: unknown, random: Random): Candidate {
  const reseed = takenOver(candidate.change?.reseed ?? [], random.pick(momentsUs), random);
  return { seed: candidate.seed, change: { ...candidate.change, reseed } };
}

type Reseed = NonNullable<Plan['reseed']>;

/** What was decided before `atUs` stays, and a drawn seed decides the rest. One draw. */
export function takenOver(reseed: Reseed, atUs: Micros, random: Random): Reseed {
  const before = reseed.filter((one) => one.atUs < atUs);
  return [...before, { atUs, seed: String(random.int32() >>> 0) }];
}
