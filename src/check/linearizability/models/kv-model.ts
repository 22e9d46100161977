// Get, put and append over string keys whose values are '' at first. Keys are independent objects.
// States carry their hash along, since a value appended to a hundred times is long. Given the history,
// the model knows which puts can have begun a value that was read, and drops orders of appends that
// the read refutes.

import type { Operation } from '../../history.js';
import type { Model, RegisterAccess } from '../model.js';
import type { KvEntry, KvInput, KvOutput, KvState } from '../objects/kv.js';
import { kvProof } from '../proof/kv-proof.js';
import { checkByGrowingZones } from '../zones/growing-zones.js';
import { textHash } from './text-hash.js';

const EMPTY: KvState = { entries: [], hash: 0 };

export interface KvModelOptions {
  /** False searches all keys as one object: slower, and the same verdict. */
  readonly byKey?: boolean;
  /** The history to be judged, to prune the search. */
  readonly history?: readonly Operation<KvInput, KvOutput>[];
  /** Where that history starts; default: where no key holds anything. */
  readonly initial?: KvState;
}

export function kvModel(options: KvModelOptions = {}): Model<KvState, KvInput, KvOutput> {
  const expired =
    options.history === undefined ? undefined : pruneBy(options.history, options.initial ?? EMPTY);
  const model: Model<KvState, KvInput, KvOutput> = {
    name: 'kv',
    init: () => EMPTY,
    step,
    hash: (state) => state.hash,
    equals,
    isPure: (input) => input.kind === 'get',
    isNeedless: (input) => input.kind === 'get',
    ...(expired === undefined ? {} : { expired }),
    isBlind: (input, output) => accessOf(input, output)?.kind === 'write',
    touches: (input) => [input.key],
    register: { accessOf, valueIn: (state, input) => textOf(state, input.key) },
    operationKey: (input, output) => JSON.stringify([input, output]),
    describeOperation: describe,
    describeState: (state) =>
      state.entries.map(({ key, value }) => `${key}=${JSON.stringify(value)}`).join(' ') || 'empty',
    explain: (state, input) => `key ${input.key} holds ${JSON.stringify(textOf(state, input.key))}`,
  };
  if (options.byKey === false) return model;
  return {
    ...model,
    partition: (input) => input.key,
    decide(operations, initial) {
      const [first] = operations;
      return first === undefined
        ? null
        : checkByGrowingZones(operations, textOf(initial, first.input.key), describe);
    },
    proof: kvProof(stateOf),
  };
}

/** The state in which one key alone was put. */
function stateOf(key: string, value: string): KvState {
  return step(EMPTY, { kind: 'put', key, value }, null)!;
}

function step(state: KvState, input: KvInput, output: KvOutput | null): KvState | undefined {
  if (input.kind === 'get') {
    return output === null || output.value === textOf(state, input.key) ? state : undefined;
  }
  if (output !== null && output.value !== null) return undefined;
  const { key, value } = input;
  const { entries } = state;
  const at = indexOf(entries, key);
  const old = at < entries.length && entries[at]!.key === key ? entries[at]! : undefined;
  const start = old === undefined || input.kind === 'put' ? '' : old.value;
  const entry: KvEntry = {
    key,
    value: start + value,
    base: input.kind === 'put' ? value : (old?.base ?? null),
    hash: textHash(old === undefined || start === '' ? textHash(7, key) : old.hash, value),
  };
  const next = entries.slice();
  if (old === undefined) next.splice(at, 0, entry);
  else next[at] = entry;
  return { entries: next, hash: state.hash ^ entry.hash ^ (old === undefined ? 0 : old.hash) };
}

/**
 * A read value grew from '' or from the value of one put, by appends. If only one put can have begun
 * it and that one is the state's last, or if none can and there was none yet, then the state must be
 * a beginning of the value: otherwise no later state equals it.
 */
function pruneBy(
  history: readonly Operation<KvInput, KvOutput>[],
  initial: KvState,
): (state: KvState, input: KvInput, output: KvOutput | null) => boolean {
  const puts = new Map<string, string[]>();
  for (const { key, base } of initial.entries) if (base !== null) puts.set(key, [base]);
  for (const { input, outcome } of history) {
    if (input.kind !== 'put' || outcome === 'fail') continue;
    const values = puts.get(input.key);
    if (values === undefined) puts.set(input.key, [input.value]);
    else values.push(input.value);
  }
  const beginnings = new Map<string, readonly string[]>();
  const beginningsOf = (key: string, value: string): readonly string[] => {
    const id = `${key.length} ${key}${value}`;
    const known = beginnings.get(id);
    if (known !== undefined) return known;
    const found = (puts.get(key) ?? []).filter((put) => value.startsWith(put));
    beginnings.set(id, found);
    return found;
  };
  return (state, input, output) => {
    if (input.kind !== 'get' || output === null || output.value === null) return false;
    const entry = state.entries[indexOf(state.entries, input.key)];
    if (entry === undefined || entry.key !== input.key) return false;
    const candidates = beginningsOf(input.key, output.value);
    const base = candidates.length === 0 ? null : candidates[0]!;
    if (candidates.length > 1 || entry.base !== base) return false;
    return !output.value.startsWith(entry.value);
  };
}

function accessOf(input: KvInput, output: KvOutput | null): RegisterAccess | null {
  if (input.kind === 'get')
    return { kind: 'read', value: output === null ? undefined : output.value };
  return input.kind === 'put' && (output === null || output.value === null)
    ? { kind: 'write', value: input.value }
    : null;
}

function indexOf(entries: readonly KvEntry[], key: string): number {
  let at = 0;
  while (at < entries.length && entries[at]!.key < key) at++;
  return at;
}

function textOf(state: KvState, key: string): string {
  const entry = state.entries[indexOf(state.entries, key)];
  return entry !== undefined && entry.key === key ? entry.value : '';
}

function equals(a: KvState, b: KvState): boolean {
  if (a === b) return true;
  if (a.hash !== b.hash || a.entries.length !== b.entries.length) return false;
  for (let i = 0; i < a.entries.length; i++) {
    const left = a.entries[i]!;
    const right = b.entries[i]!;
    if (left === right) continue;
    if (left.key !== right.key || left.value !== right.value || left.base !== right.base)
      return false;
  }
  return true;
}

function describe(input: KvInput, output: KvOutput | null): string {
  const { kind, key } = input;
  if (kind !== 'get') return `${kind} ${key} ${JSON.stringify(input.value)}`;
  return output === null ? `get ${key}` : `get ${key} -> ${JSON.stringify(output.value)}`;
}
