// Several registers under short transactions: each reads and writes some of them in order, at once.
// A transaction sees its own writes. Registers that no transaction joins are judged apart.

import { mix } from '../../../base/hash.js';
import type { Model } from '../model.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
  MultiRegisterState,
  MultiRegisterValue,
} from '../objects/multi-register.js';
import { checkByWriters } from '../ordering/registers-order.js';
import { multiRegisterProof } from '../proof/multi-register-proof.js';
import { textHash, valueHash } from './text-hash.js';

const EMPTY: MultiRegisterState = { registers: [], hash: 0 };

/** Registers that hold `initial` at first: one value for all, or one by key. */
export function multiRegisterModel(
  initial: MultiRegisterValue | ReadonlyMap<string, MultiRegisterValue> = null,
): Model<MultiRegisterState, MultiRegisterInput, MultiRegisterOutput> {
  const initialOf = (key: string): MultiRegisterValue =>
    initial instanceof Map ? (initial.get(key) ?? null) : (initial as MultiRegisterValue);
  const heldIn = (state: MultiRegisterState, key: string): MultiRegisterValue => {
    const register = state.registers[indexOf(state, key)];
    return register !== undefined && register.key === key ? register.value : initialOf(key);
  };
  return {
    name: 'multi-register',
    init: () => EMPTY,
    step(state, { accesses }, output) {
      let after = state;
      for (let i = 0; i < accesses.length; i++) {
        const { kind, key, value } = accesses[i]!;
        if (kind === 'write') {
          after = withValue(after, key, value, initialOf(key));
          continue;
        }
        const seen = output?.values[i];
        if (seen !== undefined && seen !== heldIn(after, key)) return undefined;
      }
      return after;
    },
    hash: ({ hash }) => hash,
    equals,
    isPure: ({ accesses }) => accesses.every(({ kind }) => kind === 'read'),
    isBlind: ({ accesses }) =>
      accesses.length > 0 && accesses.every(({ kind }) => kind === 'write'),
    isNeedless: ({ accesses }) => accesses.every(({ kind }) => kind === 'read'),
    touches: ({ accesses }) => accesses.map(({ key }) => key),
    register: {
      accessOf({ accesses }, output) {
        const [access] = accesses;
        if (access === undefined || accesses.length > 1) return null;
        if (access.kind === 'write') return { kind: 'write', value: access.value };
        return { kind: 'read', value: output?.values[0] };
      },
      valueIn: (state, { accesses }) => heldIn(state, accesses[0]!.key),
    },
    decide(operations, start) {
      const keys = new Set(operations.flatMap(({ input }) => input.accesses.map(({ key }) => key)));
      return start !== EMPTY || keys.size < 2 ? null : checkByWriters(operations, initialOf);
    },
    operationKey: (input, output) => JSON.stringify([input.accesses, output?.values ?? null]),
    proof: multiRegisterProof((key, value) => withValue(EMPTY, key, value, initialOf(key))),
    describeOperation: describe,
    describeState: ({ registers }) =>
      registers.map(({ key, value }) => `${key}=${JSON.stringify(value)}`).join(' ') || 'untouched',
    explain(state, { accesses }, output) {
      let after = state;
      for (let i = 0; i < accesses.length; i++) {
        const { kind, key, value } = accesses[i]!;
        if (kind === 'write') after = withValue(after, key, value, initialOf(key));
        else if (output?.values[i] !== undefined && output.values[i] !== heldIn(after, key)) {
          return `register ${key} holds ${JSON.stringify(heldIn(after, key))}`;
        }
      }
      return 'it is legal here';
    },
  };
}

/** The state with one register changed; the same object if it is not. A value held at first has no entry. */
function withValue(
  state: MultiRegisterState,
  key: string,
  value: MultiRegisterValue,
  initial: MultiRegisterValue,
): MultiRegisterState {
  const at = indexOf(state, key);
  const found = state.registers[at];
  const old = found !== undefined && found.key === key ? found : undefined;
  if (value === (old === undefined ? initial : old.value)) return state;
  const registers = state.registers.slice();
  let { hash } = state;
  if (old !== undefined) {
    registers.splice(at, 1);
    hash ^= old.hash;
  }
  if (value !== initial) {
    const register = { key, value, hash: mix(textHash(3, key), valueHash(5, value)) };
    registers.splice(at, 0, register);
    hash ^= register.hash;
  }
  return { registers, hash };
}

function indexOf({ registers }: MultiRegisterState, key: string): number {
  let at = 0;
  while (at < registers.length && registers[at]!.key < key) at++;
  return at;
}

function equals(a: MultiRegisterState, b: MultiRegisterState): boolean {
  if (a === b) return true;
  if (a.hash !== b.hash || a.registers.length !== b.registers.length) return false;
  return a.registers.every((register, i) => {
    const other = b.registers[i]!;
    return register.key === other.key && register.value === other.value;
  });
}

function describe({ accesses }: MultiRegisterInput, output: MultiRegisterOutput | null): string {
  const parts = accesses.map(({ kind, key, value }, i) => {
    if (kind === 'write') return `write ${key} ${JSON.stringify(value)}`;
    const seen = output?.values[i];
    return seen === undefined ? `read ${key}` : `read ${key} -> ${JSON.stringify(seen)}`;
  });
  return parts.length === 1 ? parts[0]! : `txn [${parts.join(', ')}]`;
}
