// What a proof about registers under transactions may leave out.

import { endedAs, type Operation } from '../../history.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
  MultiRegisterState,
  MultiRegisterValue,
} from '../objects/multi-register.js';
import type { Part, ProofRules } from './proof-rules.js';
import { valueWords } from './values.js';

type MultiRegisterOperation = Operation<MultiRegisterInput, MultiRegisterOutput>;

/** `stateOf` makes the state in which only this register was written. */
export function multiRegisterProof(
  stateOf: (key: string, value: MultiRegisterValue) => MultiRegisterState,
): ProofRules<MultiRegisterState, MultiRegisterInput, MultiRegisterOutput> {
  return {
    settles({ accesses }, output) {
      const [access] = accesses;
      if (access === undefined || accesses.length > 1) return undefined;
      const value = access.kind === 'write' ? access.value : output.values[0];
      return value === undefined ? undefined : stateOf(access.key, value);
    },
    unseen,
    parts: { of: ({ input }) => input.accesses.map(({ key }) => key), seen },
    sight({ accesses }, output) {
      const [access] = accesses;
      if (access?.kind !== 'read' || accesses.length > 1) return null;
      const value = output.values[0];
      if (value === undefined) return null;
      return { what: `read ${valueWords(access.key)}`, saw: valueWords(String(value)) };
    },
  };
}

/** What a transaction did to these registers, at the same moment. */
function seen(
  operation: MultiRegisterOperation,
  keys: ReadonlySet<Part>,
): MultiRegisterOperation | null {
  const { input, output, outcome, returnUs } = operation;
  const accesses = input.accesses.filter(({ key }) => keys.has(key));
  if (accesses.length === input.accesses.length) return operation;
  if (accesses.length === 0) return null;
  const values = output?.values.filter((_, i) => keys.has(input.accesses[i]!.key));
  const less = { ...operation, input: { accesses } };
  return endedAs(less, outcome, values === undefined ? null : { values }, returnUs);
}

/** What writes only values that no answer shows had been written over wherever somebody looked. */
function unseen(
  optional: readonly MultiRegisterOperation[],
  answered: readonly MultiRegisterOperation[],
): ReadonlySet<number> {
  const seen = new Map<string, Set<MultiRegisterValue>>();
  for (const { input, output } of answered) {
    input.accesses.forEach(({ kind, key }, i) => {
      const value = output?.values[i];
      if (kind === 'write' || value === undefined) return;
      const values = seen.get(key) ?? new Set();
      seen.set(key, values.add(value));
    });
  }
  const out = new Set<number>();
  for (const { id, input } of optional) {
    const needed = input.accesses.some(
      ({ kind, key, value }) => kind === 'write' && seen.get(key)?.has(value) === true,
    );
    if (!needed) out.add(id);
  }
  return out;
}
