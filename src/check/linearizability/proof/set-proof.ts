// What a proof about a set may leave out.

import type { Operation } from '../../history.js';
import type { SetElement, SetInput, SetOutput, SetState } from '../models/set-model.js';
import type { ProofRules } from './proof-rules.js';

type SetOperation = Operation<SetInput, SetOutput>;

/** `stateOf` makes the set of these elements. */
export function setProof(
  stateOf: (elements: readonly SetElement[]) => SetState,
): ProofRules<SetState, SetInput, SetOutput> {
  return {
    // Of the element's part; after a read of the whole set nothing is apart.
    settles(input, output) {
      if (input.kind === 'read' || output.kind === 'read') return undefined;
      const held = output.kind === 'contains' ? output.found : input.kind === 'add';
      return stateOf(held ? [input.element] : []);
    },
    unseen,
  };
}

/** An add that no answer shows can go, and a remove of what no answer misses: nobody looked in between. */
function unseen(
  optional: readonly SetOperation[],
  answered: readonly SetOperation[],
): ReadonlySet<number> {
  const present = new Set<SetElement>();
  const missed = new Set<SetElement>();
  let missesAny = false;
  for (const { input, output } of answered) {
    if (output?.kind === 'read') {
      missesAny = true;
      for (const element of output.elements) present.add(element);
    } else if (output?.kind === 'contains' && input.kind === 'contains') {
      (output.found ? present : missed).add(input.element);
    }
  }
  const out = new Set<number>();
  for (const { id, input } of optional) {
    if (input.kind === 'add' && !present.has(input.element)) out.add(id);
    if (input.kind === 'remove' && !missesAny && !missed.has(input.element)) out.add(id);
  }
  return out;
}
