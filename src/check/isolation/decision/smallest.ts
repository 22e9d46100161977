// The fewest transactions that no order satisfies, of a history that none does. To leave transactions out
// is to know less about the order of the others, so a proof that needs no word of them is one of the whole.
// Not here: that there is none (search.ts).

import type { SearchedLevel } from './polygraph.js';
import { mentioned, type RefutationStep } from './refutation.js';
import { searchOrder } from './search.js';
import { INITIAL, type Sessions } from './sessions.js';
import { StepBudget } from './step-budget.js';

/** Steps spent in all. What has been reached by then is what comes out. */
const STEPS_MAX = 10_000_000;

/** `proof` must be one for `sessions`. At most O(n) searches for each transaction that can go, each smaller. */
export function smallestProof(
  sessions: Sessions,
  level: SearchedLevel,
  proof: readonly RefutationStep[],
): readonly RefutationStep[] {
  const budget = new StepBudget(STEPS_MAX);
  let best = proof;
  let kept = mentioned(best);
  for (let size = Math.max(1, kept.length >> 1); size >= 1 && !budget.isSpent; ) {
    let shrunk = false;
    for (let at = 0; at < kept.length && !budget.isSpent; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      const result = searchOrder(restricted(sessions, new Set(rest)), level, budget);
      if (result.kind !== 'none') {
        at += size;
        continue;
      }
      best = result.proof;
      kept = mentioned(best);
      shrunk = true;
    }
    if (size === 1 && !shrunk) break;
    size = size > 1 ? size >> 1 : 1;
  }
  return best;
}

/** What the history says about these transactions alone, by their ids. */
function restricted({ transactions, sessions }: Sessions, ids: ReadonlySet<number>): Sessions {
  const positions = new Map<number, number>();
  for (const [t, { id }] of transactions.entries())
    if (ids.has(id)) positions.set(t, positions.size);
  const kept = [...positions.keys()].map((t) => {
    const reads = transactions[t]!.reads.flatMap(({ key, source }) => {
      if (source === INITIAL) return [{ key, source }];
      const position = positions.get(source);
      return position === undefined ? [] : [{ key, source: position }];
    });
    return { ...transactions[t]!, reads };
  });
  const lists = sessions.map((session) =>
    session.flatMap((t) => {
      const position = positions.get(t);
      return position === undefined ? [] : [position];
    }),
  );
  return { transactions: kept, sessions: lists };
}
