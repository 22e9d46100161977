// The fewest transactions that no order satisfies, of a history that none does: transactions are left out
// together with those that read from them. What is left of an order when they go is an order of the others,
// so if these have none, neither have all.
// Not here: that there is none (placement-search.ts).

import type { RegisterTransaction } from '../transaction.js';
import { type SearchedLevel, searchPlacement } from './placement-search.js';
import { INITIAL, traceReads } from './sessions.js';

/** Parts tried in all. What has been reached by then is what comes out. */
const STEPS_MAX = 200_000;

/** `history` must have no order that satisfies `level`. At most n searches, each of fewer transactions. */
export function smallestUnordered(
  history: readonly RegisterTransaction[],
  level: SearchedLevel,
): RegisterTransaction[] {
  let kept = history.filter(({ outcome }) => outcome !== 'fail');
  let left = STEPS_MAX;
  for (const victim of [...kept]) {
    if (left <= 0) break;
    if (!kept.includes(victim)) continue;
    const gone = readersOf(victim, kept);
    const rest = kept.filter((one) => !gone.has(one.id));
    const result = traceReads(rest);
    if (rest.length === 0 || !('traced' in result)) continue;
    const placement = searchPlacement(result.traced, level, left);
    left -= placement.steps + 1;
    if (placement.kind === 'none') kept = rest;
  }
  return kept;
}

/** The ids of a transaction and of all that read from it, directly or through others. */
function readersOf(
  victim: RegisterTransaction,
  kept: readonly RegisterTransaction[],
): ReadonlySet<number> {
  const result = traceReads(kept);
  const gone = new Set([victim.id]);
  if (!('traced' in result)) return gone;
  const { transactions } = result.traced;
  for (let size = 0; size !== gone.size; ) {
    size = gone.size;
    for (const { id, reads } of transactions) {
      if (reads.some(({ source }) => source !== INITIAL && gone.has(transactions[source]!.id))) {
        gone.add(id);
      }
    }
  }
  return gone;
}
