// The definition of serializability, word for word: some order of the transactions that took effect executes.

import type {
  ListTransaction,
  RegisterTransaction,
  Transaction,
  Value,
} from '../../../src/check/isolation/transaction.js';

export type AnyTransaction = ListTransaction | RegisterTransaction;

/** Whether some order of the transactions executes: tries every one; what has no answer is in it or not. */
export function hasOrder(
  transactions: readonly AnyTransaction[],
  level: string,
  sessions = false,
): boolean {
  const live = transactions.filter(({ outcome }) => outcome !== 'fail');
  const place = (
    left: readonly AnyTransaction[],
    lists: ReadonlyMap<unknown, Value[]>,
  ): boolean => {
    if (left.every(({ outcome }) => outcome !== 'ok')) return true;
    return left.some((one) => {
      if (!mayBeNext(one, left, level, sessions)) return false;
      const after = execute(one, lists);
      return (
        after !== null &&
        place(
          left.filter((other) => other !== one),
          after,
        )
      );
    });
  };
  return place(live, new Map());
}

export function mayBeNext(
  one: Transaction<unknown>,
  left: readonly Transaction<unknown>[],
  level: string,
  sessions: boolean,
): boolean {
  return left.every((other) => {
    if (other === one || other.outcome !== 'ok') return true;
    const before = other.process === one.process && other.calledAt < one.calledAt;
    if (sessions && before) return false;
    if (level === 'strict-serializable') return other.returnedAt >= one.calledAt;
    return true;
  });
}

export function execute(
  one: AnyTransaction,
  lists: ReadonlyMap<unknown, Value[]>,
): ReadonlyMap<unknown, Value[]> | null {
  const after = new Map(lists);
  for (const [f, key, value] of one.operations) {
    const list = after.get(key) ?? [];
    if (f === 'append') after.set(key, [...list, value]);
    else if (f === 'w') after.set(key, [value]);
    else if (one.outcome === 'ok') {
      const read = value === null ? [] : Array.isArray(value) ? value : [value];
      if (read.join() !== list.join()) return null;
    }
  }
  return after;
}
