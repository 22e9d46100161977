// What a proof about one key of the key-value store with append may leave out.

import type { Operation } from '../../history.js';
import type { KvInput, KvOutput, KvState } from '../models/kv-model.js';
import type { ProofRules } from './proof-rules.js';
import { valueWords } from './values.js';

type KvOperation = Operation<KvInput, KvOutput>;

/** `stateOf` makes the state in which only this key has a value. Needs partitions by key. */
export function kvProof(
  stateOf: (key: string, value: string) => KvState,
): ProofRules<KvState, KvInput, KvOutput> {
  return {
    settles(input, output) {
      if (input.kind === 'put') return stateOf(input.key, input.value);
      if (input.kind === 'append' || output.value === null) return undefined;
      return stateOf(input.key, output.value);
    },
    unseen,
    isHopeless,
    sight: (input, output) =>
      input.kind === 'get' && output.value !== null
        ? { what: `get ${valueWords(input.key)}`, saw: valueWords(output.value) }
        : null,
  };
}

/**
 * What a key holds grows until the next put. A get is out of reach if what it returned does not begin with
 * what the key holds, nor with what a put yet to come writes.
 */
function isHopeless(
  { entries }: KvState,
  answered: readonly KvOperation[],
  optional: readonly KvOperation[],
): boolean {
  return answered.some(({ input, output }) => {
    const value = input.kind === 'get' ? output?.value : null;
    const held = entries.find(({ key }) => key === input.key)?.value ?? '';
    if (value == null || value.startsWith(held)) return false;
    const begins = (other: KvOperation): boolean =>
      other.input.kind === 'put' &&
      other.input.key === input.key &&
      value.startsWith(other.input.value);
    return !answered.some(begins) && !optional.some(begins);
  });
}

/** A value that is part of no value read was in place at no answered get: the next put had come. */
function unseen(
  optional: readonly KvOperation[],
  answered: readonly KvOperation[],
): ReadonlySet<number> {
  const seen: string[] = [];
  for (const { input, output } of answered) {
    if (input.kind === 'get' && output !== null) seen.push(output.value ?? '');
  }
  const out = new Set<number>();
  for (const { id, input } of optional) {
    if (input.kind === 'get' || input.value === '') continue;
    if (!seen.some((value) => value.includes(input.value))) out.add(id);
  }
  return out;
}
