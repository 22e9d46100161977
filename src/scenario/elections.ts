// Election timeouts as a plan has them. Members draw them from a port; where a plan has a list for a member, the port
// gives what the list says for the term that the member is in. So a plan can say who campaigns for each term.

import type { ProcessId, Term } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import type { Random } from '../base/random.js';
import type { Plan } from './plan.js';

/** A list may name timeouts of less than so many times the least one; longer ones are as long as that. */
const LONGEST = 5;

/** From which timeouts a member draws: so many ticks at least, and so many to choose from. */
export function timeoutsOf({ electionTicks, knobs }: Plan, id: ProcessId) {
  const told = electionTicks?.[id - 1];
  const least = asInteger(knobs.electionTicks);
  if (told === undefined) return { electionTicks: least, electionJitterTicks: least };
  if (typeof told === 'number') return { electionTicks: asInteger(told), electionJitterTicks: 1 };
  return { electionTicks: least, electionJitterTicks: LONGEST * least };
}

/**
 * A member's randomness, with the election timeouts as the plan lists them.
 * @param termOf the term that the member is in
 */
export function toldElections(
  plan: Plan,
  id: ProcessId,
  options: { readonly random: Random; readonly termOf: () => Term },
): Random {
  const { random, termOf } = options;
  const told = plan.electionTicks?.[id - 1];
  if (typeof told !== 'object') return random;
  const { electionTicks: least, electionJitterTicks: jitter } = timeoutsOf(plan, id);
  return {
    int32: () => random.int32(),
    below: (bound) => {
      const drawn = random.below(bound);
      if (bound !== jitter) return drawn;
      const ticks = told[termOf()] ?? told.at(-1)!;
      return Math.min(Math.max(0, asInteger(ticks) - least), jitter - 1);
    },
    chance: (ppm) => random.chance(ppm),
    pick: (items) => random.pick(items),
    shuffle: (items) => random.shuffle(items),
    exponential: (mean) => random.exponential(mean),
    get drawCount() {
      return random.drawCount;
    },
  };
}
