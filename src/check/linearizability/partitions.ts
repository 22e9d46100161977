// Cuts a history into parts that can be judged one by one: as the model declares, or derived from what
// the operations touch. Linearizability is local (Herlihy and Wing 1990, theorem 1), if the objects are
// independent: whether operations of different parts act independently is tried out before it is
// believed, and a merged order is replayed on the whole object by whoever checks the evidence.
// Not here: judging the parts (search.ts).

import type { Operation } from '../history.js';
import type { Model } from './model.js';

export interface Partition<I, O> {
  /** What `Model.partition` says of these operations; null if the partition is derived, or is all. */
  readonly name: string | number | null;
  /** In call order, without failed ones. */
  readonly operations: readonly Operation<I, O>[];
  /** True if every operation touches one and the same part of the object, or the model has no parts. */
  readonly isOnePart: boolean;
}

export interface Partitioning<I, O> {
  readonly partitions: readonly Partition<I, O>[];
  /** True if their orders have to be merged into one of the whole object. */
  readonly isDerived: boolean;
}

type Key = string | number;

/** How many neighbours of different parts are tried in both orders. */
const TRIED_MAX = 256;

/** In order of first appearance. O(n) nearly, O(n log n) if the history is not in call order. */
export function partitionsOf<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): Partitioning<I, O> {
  const failed = history.some(({ outcome }) => outcome === 'fail');
  const real = inCallOrder(failed ? history.filter(({ outcome }) => outcome !== 'fail') : history);
  const declared = declaredGroups(real, model);
  if (declared !== null && areIndependent(real, declared.groupOf, model)) {
    const partitions = declared.groups.map(({ name, operations }) => ({
      name,
      operations,
      isOnePart: isOnePart(operations, model),
    }));
    return { partitions, isDerived: false };
  }
  const derived = derivedGroups(real, model);
  if (derived !== null && areIndependent(real, derived.groupOf, model)) {
    const partitions = derived.groups.map(({ operations }) => ({
      name: null,
      operations,
      isOnePart: isOnePart(operations, model),
    }));
    return { partitions, isDerived: true };
  }
  const all = { name: null, operations: real, isOnePart: isOnePart(real, model) };
  return { partitions: [all], isDerived: false };
}

interface Group<I, O> {
  readonly name: Key;
  readonly operations: Operation<I, O>[];
}

interface Groups<I, O> {
  readonly groups: readonly Group<I, O>[];
  /** By place in the history. */
  readonly groupOf: Int32Array;
}

function declaredGroups<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): Groups<I, O> | null {
  if (model.partition === undefined) return null;
  return grouped(operations, ({ input }) => model.partition!(input));
}

/** Null if there would be one group alone. */
function derivedGroups<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): Groups<I, O> | null {
  if (model.touches === undefined) return null;
  const parents = new Map<Key, Key>();
  const rootOf = (key: Key): Key => {
    let root = key;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) {
      const over = parents.get(up) ?? up;
      parents.set(root, over);
      root = over;
    }
    return root;
  };
  for (const { input } of operations) {
    const parts = model.touches(input);
    if (parts === null || parts.length === 0) return null;
    for (const part of parts) {
      if (!parents.has(part)) parents.set(part, part);
      parents.set(rootOf(part), rootOf(parts[0]!));
    }
  }
  const groups = grouped(operations, ({ input }) => rootOf(model.touches!(input)![0]!));
  return groups !== null && groups.groups.length > 1 ? groups : null;
}

function grouped<I, O>(
  operations: readonly Operation<I, O>[],
  nameOf: (operation: Operation<I, O>) => Key | null,
): Groups<I, O> | null {
  const groups: Group<I, O>[] = [];
  const numbers = new Map<Key, number>();
  const groupOf = new Int32Array(operations.length);
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i]!;
    const name = nameOf(operation);
    if (name === null) return null;
    let number = numbers.get(name);
    if (number === undefined) {
      number = groups.length;
      numbers.set(name, number);
      groups.push({ name, operations: [] });
    }
    groups[number]!.operations.push(operation);
    groupOf[i] = number;
  }
  return { groups, groupOf };
}

function isOnePart<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): boolean {
  if (model.touches === undefined) return true;
  let only: Key | undefined;
  for (const { input } of operations) {
    const parts = model.touches(input);
    if (parts === null || parts.length === 0) return false;
    only ??= parts[0]!;
    if (parts.some((part) => part !== only)) return false;
  }
  return true;
}

/**
 * Tries neighbours of different groups in both orders: neither may change whether the other can answer
 * as it did, nor may the order change what becomes of the object. A model that is wrong about its parts
 * is found out by most histories, and then only costs time.
 */
function areIndependent<S, I, O>(
  operations: readonly Operation<I, O>[],
  groupOf: Int32Array,
  model: Model<S, I, O>,
): boolean {
  let state = model.init();
  let tried = 0;
  for (let i = 1; i < operations.length && tried < TRIED_MAX; i++) {
    if (groupOf[i] === groupOf[i - 1]) continue;
    tried++;
    const a = operations[i - 1]!;
    const b = operations[i]!;
    const afterA = act(state, a, model);
    const afterB = act(state, b, model);
    if (isLegal(state, b, model) !== isLegal(afterA, b, model)) return false;
    if (isLegal(state, a, model) !== isLegal(afterB, a, model)) return false;
    const after = act(afterA, b, model);
    if (!model.equals(after, act(afterB, a, model))) return false;
    state = after;
  }
  return true;
}

function isLegal<S, I, O>(state: S, { input, output }: Operation<I, O>, model: Model<S, I, O>) {
  return model.step(state, input, output) !== undefined;
}

/** The state after the operation, whatever it answered. */
function act<S, I, O>(state: S, { input, output }: Operation<I, O>, model: Model<S, I, O>): S {
  return model.step(state, input, output) ?? model.step(state, input, null) ?? state;
}

/** Stable, so that the order of a recorder breaks ties. Sorting is skipped when nothing is to do. */
function inCallOrder<I, O>(operations: readonly Operation<I, O>[]): readonly Operation<I, O>[] {
  for (let i = 1; i < operations.length; i++) {
    if (operations[i]!.callUs < operations[i - 1]!.callUs) {
      return [...operations].sort((a, b) => a.callUs - b.callUs || a.id - b.id);
    }
  }
  return operations;
}
