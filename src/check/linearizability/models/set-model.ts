// A set with add, remove, a question about one element, and a read of all. Elements are independent
// objects as long as nobody reads the whole set.

import type { Model } from '../model.js';
import type { SetElement, SetInput, SetOutput, SetState } from '../objects/set.js';
import { checkByLevels } from '../ordering/set-levels.js';
import { setProof } from '../proof/set-proof.js';
import { valueHash } from './text-hash.js';

const EMPTY: SetState = { elements: [], hash: 0 };
const ELEMENTS_SHOWN = 8;

export function setModel(): Model<SetState, SetInput, SetOutput> {
  return {
    name: 'set',
    init: () => EMPTY,
    step,
    hash: ({ hash }) => hash,
    equals: (a, b) =>
      a === b ||
      (a.hash === b.hash &&
        a.elements.length === b.elements.length &&
        a.elements.every((element, i) => element === b.elements[i])),
    isPure: isLook,
    isNeedless: isLook,
    // Either way the element's part of the set is then as the operation says.
    isBlind: ({ kind }, output) =>
      (kind === 'add' || kind === 'remove') && (output === null || output.kind === kind),
    touches: (input) => (input.kind === 'read' ? null : [input.element]),
    operationKey: (input, output) => JSON.stringify([input, output]),
    decide: (operations, start) => (start === EMPTY ? checkByLevels(operations, describe) : null),
    proof: setProof((elements) => elements.reduce(toggled, EMPTY)),
    describeOperation: describe,
    describeState: ({ elements }) => describeElements(elements),
    explain(state, input) {
      if (input.kind === 'read') return `the set is ${describeElements(state.elements)}`;
      const held = has(state, input.element) ? 'holds' : 'does not hold';
      return `the set ${held} ${JSON.stringify(input.element)}`;
    },
  };
}

function step(state: SetState, input: SetInput, output: SetOutput | null): SetState | undefined {
  if (output !== null && output.kind !== input.kind) return undefined;
  switch (input.kind) {
    case 'add':
      return has(state, input.element) ? state : toggled(state, input.element);
    case 'remove':
      return has(state, input.element) ? toggled(state, input.element) : state;
    case 'contains':
      if (output?.kind !== 'contains') return state;
      return output.found === has(state, input.element) ? state : undefined;
    case 'read':
      if (output?.kind !== 'read') return state;
      return isAll(state, output.elements) ? state : undefined;
  }
}

function isLook({ kind }: SetInput): boolean {
  return kind === 'contains' || kind === 'read';
}

function isAll(state: SetState, elements: readonly SetElement[]): boolean {
  if (elements.length !== state.elements.length) return false;
  const sorted = [...elements].sort(compare);
  return sorted.every((element, i) => element === state.elements[i]);
}

function toggled(state: SetState, element: SetElement): SetState {
  const at = indexOf(state, element);
  const elements = state.elements.slice();
  if (elements[at] === element) elements.splice(at, 1);
  else elements.splice(at, 0, element);
  return { elements, hash: state.hash ^ valueHash(1, element) };
}

function has(state: SetState, element: SetElement): boolean {
  return state.elements[indexOf(state, element)] === element;
}

/** Where the element is, or belongs. O(log n). */
function indexOf({ elements }: SetState, element: SetElement): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(elements[middle]!, element) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: SetElement, b: SetElement): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function describe(input: SetInput, output: SetOutput | null): string {
  if (input.kind === 'read') {
    return output?.kind === 'read' ? `read -> ${describeElements(output.elements)}` : 'read';
  }
  const text = `${input.kind} ${JSON.stringify(input.element)}`;
  return output?.kind === 'contains' ? `${text} -> ${output.found ? 'yes' : 'no'}` : text;
}

function describeElements(elements: readonly SetElement[]): string {
  const shown = elements.slice(0, ELEMENTS_SHOWN).map((element) => JSON.stringify(element));
  const rest = elements.length - shown.length;
  return `{${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}}`;
}
