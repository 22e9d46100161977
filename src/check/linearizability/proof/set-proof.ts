// What a proof about a set may leave out.

import { endedAs, type Operation } from '../../history.js';
import type { SetElement, SetInput, SetOutput, SetState } from '../objects/set.js';
import type { Part, ProofRules } from './proof-rules.js';

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
    parts: { of: elementsOf, seen },
  };
}

function elementsOf({ input, output }: SetOperation): readonly Part[] {
  if (input.kind !== 'read') return [input.element];
  return output?.kind === 'read' ? output.elements : [];
}

/** Who reads the whole set looks at each element; where one alone matters, that is to ask for this one. */
function seen(operation: SetOperation, elements: ReadonlySet<Part>): SetOperation | null {
  const { input, output, outcome, returnUs } = operation;
  if (input.kind !== 'read') return elements.has(input.element) ? operation : null;
  if (output?.kind !== 'read') return operation;
  const held = output.elements.filter((element) => elements.has(element));
  const [only] = elements;
  // That an element is listed twice no set can answer.
  if (only === undefined || elements.size > 1 || held.length > 1) {
    return endedAs(operation, outcome, { kind: 'read', elements: held }, returnUs);
  }
  const asked = { ...operation, input: { kind: 'contains', element: only } } as const;
  return endedAs(asked, outcome, { kind: 'contains', found: held.length === 1 }, returnUs);
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
