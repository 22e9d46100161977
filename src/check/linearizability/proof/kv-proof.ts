// What a proof about one key of the key-value store with append may leave out.

import type { Operation } from '../../history.js';
import type { KvInput, KvOutput, KvState } from '../objects/kv.js';
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
    reduced: reducedOver(stateOf),
    sight: (input, output) =>
      input.kind === 'get' && output.value !== null
        ? { what: `get ${valueWords(input.key)}`, saw: valueWords(output.value) }
        : null,
  };
}

/** Stands for every text that no answer begins with; not where an answer begins with this. */
const NOTHING_READ = '\uffff';

/**
 * What a key holds grows until the next put. What no answer yet to come begins with is as good as anything else
 * that none does; and an answer is out of reach that begins neither with that nor with what a put to come writes.
 */
function reducedOver(stateOf: (key: string, value: string) => KvState) {
  return (
    state: KvState,
    answered: readonly KvOperation[],
    optional: readonly KvOperation[],
  ): KvState | undefined => {
    let isSeen = false;
    for (const { input, output } of answered) {
      const value = input.kind === 'get' ? output?.value : null;
      if (value == null) continue;
      const held = state.entries.find(({ key }) => key === input.key)?.value ?? '';
      if (value.startsWith(held) || value.startsWith(NOTHING_READ)) {
        isSeen = true;
        continue;
      }
      const begins = (other: KvOperation): boolean =>
        other.input.kind === 'put' &&
        other.input.key === input.key &&
        value.startsWith(other.input.value);
      if (!answered.some(begins) && !optional.some(begins)) return undefined;
    }
    const [entry, ...others] = state.entries;
    if (isSeen || entry === undefined || others.length > 0) return state;
    return stateOf(entry.key, NOTHING_READ);
  };
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
