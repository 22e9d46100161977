// Orders that keep real time, put together from smaller ones. An operation of an order is given the
// moment when it can take effect at the earliest: the latest call up to it. In an order that keeps real
// time that is no later than its return.

import type { Operation } from '../history.js';

type AnyOperation = Operation<unknown, unknown>;

/**
 * One order of all operations from orders of independent objects. It keeps real time if they do
 * (linearizability is local), and is legal if they are and the objects are independent. O(n log n).
 */
export function mergeOrders(
  orders: readonly (readonly number[])[],
  operations: readonly AnyOperation[],
): number[] {
  const callOf = new Map(operations.map(({ id, callUs }) => [id, callUs]));
  const moments: { readonly id: number; readonly atUs: number }[] = [];
  for (const order of orders) {
    let atUs = Number.NEGATIVE_INFINITY;
    for (const id of order) {
      atUs = Math.max(atUs, callOf.get(id) ?? atUs);
      moments.push({ id, atUs });
    }
  }
  // Stable, so that each order stays as it was.
  moments.sort((a, b) => (a.atUs === b.atUs ? 0 : a.atUs < b.atUs ? -1 : 1));
  return moments.map(({ id }) => id);
}

/** Adds operations that are legal anywhere to an order. O(n log n) if there are any. */
export function insertAnywhere(
  order: readonly number[],
  added: readonly AnyOperation[],
  operations: readonly AnyOperation[],
): readonly number[] {
  if (added.length === 0) return order;
  return mergeOrders([order, ...added.map(({ id }) => [id])], operations);
}
