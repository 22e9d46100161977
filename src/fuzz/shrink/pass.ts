// What a shrinking pass is: a source of simpler plans that is told which of them fail as the original does.
// Not here: running them (shrink.ts), and the passes.

import type { Plan } from '../../scenario/plan.js';

/**
 * Yields candidates, a few at a time, and receives the first of them that fails alike, or null. Every candidate
 * is simpler than the plan that the pass stands on, which is the last one received.
 */
export type Candidates = Generator<readonly Plan[], void, Plan | null>;

export interface Pass {
  /** What it makes simpler, as progress and results name it. */
  readonly name: string;
  /** @param width how many candidates run at the same time */
  candidates(plan: Plan, width: number): Candidates;
}

/** A list inside a plan from which elements can be taken. */
export interface Parts {
  count(plan: Plan): number;
  without(plan: Plan, from: number, to: number): Plan;
}

/**
 * Takes out chunks of n, n/2, n/4, ... elements down to `sizeMin` of them, from the end (Zeller's ddmin, reduced
 * to complements). With k of n elements needed it yields about 2 k log2(n / k) candidates.
 */
export function* eliminate(
  plan: Plan,
  width: number,
  parts: Parts,
  sizeMin: (count: number) => number,
): Candidates {
  let current = plan;
  const least = Math.max(1, sizeMin(parts.count(plan)));
  for (let size = parts.count(current); size >= least; size >>>= 1) {
    let end = parts.count(current);
    while (end > 0) {
      const ends: number[] = [];
      for (let at = end; at > 0 && ends.length < width; at -= size) ends.push(at);
      const batch = ends.map((at) => parts.without(current, Math.max(0, at - size), at));
      const accepted: Plan | null = yield batch;
      const taken = accepted === null ? ends.length - 1 : indexOfLike(batch, accepted);
      if (accepted !== null) current = accepted;
      end = Math.min(Math.max(0, ends[taken]! - size), parts.count(current));
    }
  }
}

/** A candidate may come back with another seed, which decides only what the plan leaves open. */
function indexOfLike(batch: readonly Plan[], accepted: Plan): number {
  return batch.findIndex(({ faults, clients }) => {
    return faults === accepted.faults && clients === accepted.clients;
  });
}

/** Tries one simpler plan after the other, each made from the last one that failed alike. */
export function* oneByOne(
  plan: Plan,
  variants: (plan: Plan) => Iterable<(plan: Plan) => Plan | null>,
): Candidates {
  let current = plan;
  for (const simpler of variants(plan)) {
    const candidate = simpler(current);
    if (candidate === null) continue;
    current = (yield [candidate]) ?? current;
  }
}
