// The definition of linearizability, word for word: tries every order and every fate of operations
// without answer. For at most about seven operations. Shares no code with the search.

import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';

export function isLinearizable<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): boolean {
  const placed = operations.map(({ outcome }) => outcome === 'fail');
  const explore = (state: S): boolean => {
    if (operations.every(({ outcome }, i) => placed[i] === true || outcome !== 'ok')) return true;
    for (let i = 0; i < operations.length; i++) {
      if (placed[i] === true) continue;
      const { input, output, outcome, callUs } = operations[i]!;
      const mustWait = operations.some(
        (other, j) => placed[j] === false && other.outcome === 'ok' && other.returnUs < callUs,
      );
      if (mustWait) continue;
      const next = model.step(state, input, outcome === 'ok' ? output : null);
      if (next === undefined) continue;
      placed[i] = true;
      const found = explore(next);
      placed[i] = false;
      if (found) return true;
    }
    return false;
  };
  return explore(model.init());
}
