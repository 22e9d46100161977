// Whether some order of reads and commits satisfies a level from prefix consistency to strict
// serializability, completely: what is forced first, then a search over what is open. Answers with the order,
// or with a proof that there is none.

import { OrderSearch } from './order-search.js';
import { Polygraph, type SearchedLevel } from './polygraph.js';
import { ProofLog } from './proof-log.js';
import { needed, type RefutationStep } from './refutation.js';
import { Saturation } from './saturation.js';
import type { Sessions } from './sessions.js';
import type { StepBudget } from './step-budget.js';

/** `reads` and `writes` of a transaction, or both at once; by position. */
export interface Part {
  readonly transaction: number;
  readonly does: 'reads' | 'writes' | 'both';
}

export type Searched =
  | { readonly kind: 'order'; readonly parts: readonly Part[] }
  | { readonly kind: 'none'; readonly proof: readonly RefutationStep[] }
  | { readonly kind: 'undecided' };

/** Beyond so many moments the rows of bits take more than half a gigabyte. */
export const MOMENTS_MAX = 45_000;
/** To begin costs as much for each moment and each arc. */
const STEPS_AN_ARC = 16;

/** Exponential in the worst case, in the number of pairs whose order is open. Undecided: budget, or moments. */
export function searchOrder(
  sessions: Sessions,
  level: SearchedLevel,
  budget: StepBudget,
): Searched {
  const polygraph = new Polygraph(sessions, level);
  if (polygraph.momentsCount > MOMENTS_MAX) return { kind: 'undecided' };
  budget.spend(STEPS_AN_ARC * (polygraph.momentsCount + polygraph.certain.length));
  const saturation = new Saturation(polygraph, budget);
  const proof = new ProofLog(sessions, polygraph, saturation);
  const saturated = saturation.run();
  if (saturated.kind === 'undecided') return saturated;
  if (saturated.kind === 'cycle') {
    proof.cycle(saturated.cycle.map((at) => saturation.arcs[at]!));
    return { kind: 'none', proof: needed(proof.steps) };
  }
  const search = new OrderSearch(polygraph, saturation, saturated.order, proof, budget);
  const result = search.run();
  if (result === 'undecided') return { kind: 'undecided' };
  if (result === 'none') return { kind: 'none', proof: needed(proof.steps) };
  const splits = polygraph.momentsCount > polygraph.count;
  const parts = search.order().map((moment): Part => {
    const does = !splits ? 'both' : moment < polygraph.count ? 'reads' : 'writes';
    return { transaction: polygraph.owner(moment), does };
  });
  return { kind: 'order', parts };
}
