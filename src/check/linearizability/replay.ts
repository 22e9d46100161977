// Checks a witness: that an order explains a history, in real time and in values.
// Shares no code with the search on purpose, so that a bug there cannot vouch for itself.

import type { Operation } from '../history.js';
import type { Model } from './model.js';
import type { PartitionOrder } from './result.js';

/** Returns null if `orders` prove that `operations` are linearizable, else what is wrong. O(n). */
export function replay<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  orders: readonly PartitionOrder[],
): string | null {
  const byId = new Map<number, Operation<I, O>>();
  for (const operation of operations) byId.set(operation.id, operation);
  const placed = new Set<number>();
  const partitions = new Set<string | number | null>();
  for (const { partition, ids } of orders) {
    if (partitions.has(partition)) return `partition ${String(partition)} has two orders`;
    partitions.add(partition);
    if (partition === null && orders.length > 1)
      return 'an order of everything has others beside it';
    let state = model.init();
    let latestCallUs = -Infinity;
    for (const id of ids) {
      const operation = byId.get(id);
      if (operation === undefined) return `operation ${id} is not in the history`;
      if (operation.outcome === 'fail') return `operation ${id} failed, but is in the order`;
      if (placed.has(id)) return `operation ${id} is in the order twice`;
      placed.add(id);
      if (partition !== null && model.partition?.(operation.input) !== partition) {
        return `operation ${id} is not in partition ${String(partition)}`;
      }
      const answered = operation.outcome === 'ok';
      if (answered && operation.returnUs < latestCallUs) {
        return `operation ${id} returned before one that precedes it was called`;
      }
      latestCallUs = Math.max(latestCallUs, operation.callUs);
      const next = model.step(state, operation.input, answered ? operation.output : null);
      if (next === undefined) return `operation ${id} is not legal at its place`;
      state = next;
    }
  }
  for (const { id, outcome } of operations) {
    if (outcome === 'ok' && !placed.has(id))
      return `operation ${id} took effect, but is in no order`;
  }
  return null;
}
