// An immutable map in key order: a weight-balanced tree (Adams 1993) whose versions share all that did
// not change, so that a history of a million writes keeps a million states in O(log n) memory each.
// Not here: anything about etcd.

import { assert } from '../../../base/assert.js';

type Key = string | number;

export type OrderedMap<K, V> = Node<K, V> | null;

class Node<K, V> {
  readonly key: K;
  readonly value: V;
  readonly left: OrderedMap<K, V>;
  readonly right: OrderedMap<K, V>;
  readonly size: number;

  constructor(key: K, value: V, left: OrderedMap<K, V>, right: OrderedMap<K, V>, size: number) {
    this.key = key;
    this.value = value;
    this.left = left;
    this.right = right;
    this.size = size;
  }
}

/** A subtree may be this many times as heavy as its sibling; 3 and 2 are the proven pair. */
const WEIGHT_RATIO_MAX = 3;
const DOUBLE_ROTATION_RATIO = 2;

export function sizeOf(map: OrderedMap<unknown, unknown>): number {
  return map === null ? 0 : map.size;
}

/** O(log n). */
export function valueAt<K extends Key, V>(map: OrderedMap<K, V>, key: K): V | undefined {
  let node = map;
  while (node !== null) {
    if (key === node.key) return node.value;
    node = key < node.key ? node.left : node.right;
  }
  return undefined;
}

/** O(log n). */
export function withEntry<K extends Key, V>(map: OrderedMap<K, V>, key: K, value: V): Node<K, V> {
  if (map === null) return new Node<K, V>(key, value, null, null, 1);
  if (key === map.key) return new Node(key, value, map.left, map.right, map.size);
  if (key < map.key) {
    return balance(map.key, map.value, withEntry(map.left, key, value), map.right);
  }
  return balance(map.key, map.value, map.left, withEntry(map.right, key, value));
}

/** Another value for a key that is there, which leaves the shape of the tree as it is. O(log n). */
export function withValue<K extends Key, V>(map: OrderedMap<K, V>, key: K, value: V): Node<K, V> {
  if (map === null) assert(false, 'the key is in the map', { key });
  const { left, right, size } = map;
  if (key === map.key) return new Node(key, value, left, right, size);
  if (key < map.key) {
    return new Node(map.key, map.value, withValue(left, key, value), right, size);
  }
  return new Node(map.key, map.value, left, withValue(right, key, value), size);
}

/** O(log n). */
export function withoutKey<K extends Key, V>(map: OrderedMap<K, V>, key: K): OrderedMap<K, V> {
  if (map === null) return null;
  if (key === map.key) return joinTwo(map.left, map.right);
  if (key < map.key) {
    const left = withoutKey(map.left, key);
    return left === map.left ? map : balance(map.key, map.value, left, map.right);
  }
  const right = withoutKey(map.right, key);
  return right === map.right ? map : balance(map.key, map.value, map.left, right);
}

/** Without the keys in [from, to); `to` null is no end. O(log n). */
export function withoutInterval<K extends Key, V>(
  map: OrderedMap<K, V>,
  from: K,
  to: K | null,
): OrderedMap<K, V> {
  return joinTwo(below(map, from), to === null ? null : notBelow(map, to));
}

/** How many keys are below `key`. O(log n). */
export function rankOf<K extends Key>(map: OrderedMap<K, unknown>, key: K): number {
  let rank = 0;
  let node = map;
  while (node !== null) {
    if (key <= node.key) node = node.left;
    else {
      rank += sizeOf(node.left) + 1;
      node = node.right;
    }
  }
  return rank;
}

/** The values of the keys in [from, to), in order; `to` null is no end. O(log n + result). */
export function valuesIn<K extends Key, V>(map: OrderedMap<K, V>, from: K, to: K | null): V[] {
  const values: V[] = [];
  gather(map, from, to, values);
  return values;
}

/** All values in key order. O(n). */
export function valuesOf<K extends Key, V>(map: OrderedMap<K, V>): V[] {
  const values: V[] = [];
  gatherAll(map, values);
  return values;
}

/** All keys in order. O(n). */
export function keysOf<K extends Key>(map: OrderedMap<K, unknown>): K[] {
  const keys: K[] = [];
  gatherKeys(map, keys);
  return keys;
}

function gatherKeys<K extends Key>(map: OrderedMap<K, unknown>, keys: K[]): void {
  if (map === null) return;
  gatherKeys(map.left, keys);
  keys.push(map.key);
  gatherKeys(map.right, keys);
}

function gather<K extends Key, V>(map: OrderedMap<K, V>, from: K, to: K | null, values: V[]): void {
  if (map === null) return;
  const startsBefore = from <= map.key;
  const endsAfter = to === null || to > map.key;
  if (startsBefore) gather(map.left, from, to, values);
  if (startsBefore && endsAfter) values.push(map.value);
  if (endsAfter) gather(map.right, from, to, values);
}

function gatherAll<V>(map: OrderedMap<unknown, V>, values: V[]): void {
  if (map === null) return;
  gatherAll(map.left, values);
  values.push(map.value);
  gatherAll(map.right, values);
}

function node<K extends Key, V>(
  key: K,
  value: V,
  left: OrderedMap<K, V>,
  right: OrderedMap<K, V>,
): Node<K, V> {
  return new Node(key, value, left, right, sizeOf(left) + sizeOf(right) + 1);
}

/** A node whose subtrees were balanced before one of them changed by one entry. */
function balance<K extends Key, V>(
  key: K,
  value: V,
  left: OrderedMap<K, V>,
  right: OrderedMap<K, V>,
): Node<K, V> {
  const leftSize = sizeOf(left);
  const rightSize = sizeOf(right);
  if (leftSize + rightSize <= 1) return node(key, value, left, right);
  if (right !== null && rightSize > WEIGHT_RATIO_MAX * leftSize) {
    const { left: inner, right: outer } = right;
    if (inner === null || sizeOf(inner) < DOUBLE_ROTATION_RATIO * sizeOf(outer)) {
      return node(right.key, right.value, node(key, value, left, inner), outer);
    }
    return node(
      inner.key,
      inner.value,
      node(key, value, left, inner.left),
      node(right.key, right.value, inner.right, outer),
    );
  }
  if (left !== null && leftSize > WEIGHT_RATIO_MAX * rightSize) {
    const { left: outer, right: inner } = left;
    if (inner === null || sizeOf(inner) < DOUBLE_ROTATION_RATIO * sizeOf(outer)) {
      return node(left.key, left.value, outer, node(key, value, inner, right));
    }
    return node(
      inner.key,
      inner.value,
      node(left.key, left.value, outer, inner.left),
      node(key, value, inner.right, right),
    );
  }
  return node(key, value, left, right);
}

/** Joins trees of any sizes around a key between them. */
function join<K extends Key, V>(
  left: OrderedMap<K, V>,
  key: K,
  value: V,
  right: OrderedMap<K, V>,
): Node<K, V> {
  if (left === null) return withEntry(right, key, value);
  if (right === null) return withEntry(left, key, value);
  if (WEIGHT_RATIO_MAX * left.size < right.size) {
    return balance(right.key, right.value, join(left, key, value, right.left), right.right);
  }
  if (WEIGHT_RATIO_MAX * right.size < left.size) {
    return balance(left.key, left.value, left.left, join(left.right, key, value, right));
  }
  return node(key, value, left, right);
}

function joinTwo<K extends Key, V>(
  left: OrderedMap<K, V>,
  right: OrderedMap<K, V>,
): OrderedMap<K, V> {
  if (left === null) return right;
  if (right === null) return left;
  let first = right;
  while (first.left !== null) first = first.left;
  return join(left, first.key, first.value, withoutKey(right, first.key));
}

/** The entries with keys below `key`. */
function below<K extends Key, V>(map: OrderedMap<K, V>, key: K): OrderedMap<K, V> {
  if (map === null) return null;
  if (key <= map.key) return below(map.left, key);
  return join(map.left, map.key, map.value, below(map.right, key));
}

/** The entries with keys at or above `key`. */
function notBelow<K extends Key, V>(map: OrderedMap<K, V>, key: K): OrderedMap<K, V> {
  if (map === null) return null;
  if (map.key < key) return notBelow(map.right, key);
  return join(notBelow(map.left, key), map.key, map.value, map.right);
}
