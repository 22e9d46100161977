// The definition of linearizability, word for word: tries every order and every fate of operations
// without answer. For at most about eight operations. Shares no code with the search.

import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';

export function isLinearizable<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): boolean {
  // Sets of operations are bits of an integer, which is all the cleverness there is.
  if (operations.length > 31) throw new Error('too many operations to try all orders');
  const waitsFor = operations.map(({ callUs }) =>
    bitsOf(operations, (other) => other.outcome === 'ok' && other.returnUs < callUs),
  );
  const mandatory = bitsOf(operations, ({ outcome }) => outcome === 'ok');
  const failed = bitsOf(operations, ({ outcome }) => outcome === 'fail');
  const explore = (state: S, placed: number): boolean => {
    if ((mandatory & ~placed) === 0) return true;
    for (let i = 0; i < operations.length; i++) {
      if ((placed & (1 << i)) !== 0 || (waitsFor[i]! & ~placed) !== 0) continue;
      const { input, output, outcome } = operations[i]!;
      const next = model.step(state, input, outcome === 'ok' ? output : null);
      if (next !== undefined && explore(next, placed | (1 << i))) return true;
    }
    return false;
  };
  return explore(model.init(), failed);
}

function bitsOf<T>(items: readonly T[], belongs: (item: T) => boolean): number {
  let bits = 0;
  for (let i = 0; i < items.length; i++) if (belongs(items[i]!)) bits |= 1 << i;
  return bits;
}
