// Which keys have a history, by key and in key order (etcd's treeIndex): a Map for point lookups
// and a two-level list of sorted blocks for ranges, touched only when a key comes or goes.
// Not here: the histories themselves, and whether a key is alive.

import { assert } from '../../base/assert.js';
import type { ByteString } from '../../base/ids.js';
import { KeyIndex } from './key-index.js';

/** A full block is split in halves. Small enough that shifting inside one costs tens of ns. */
const BLOCK_KEYS_MAX = 128;

/** `rangeEnd` of "all keys from `key` on". */
export const FROM_KEY = '\0';

export class TreeIndex {
  private readonly byKey = new Map<ByteString, KeyIndex>();
  /** Sorted by key, across and inside blocks; no block is empty. */
  private readonly blocks: KeyIndex[][] = [];

  /** Number of keys with a history. */
  get size(): number {
    return this.byKey.size;
  }

  /** O(1). */
  get(key: ByteString): KeyIndex | undefined {
    return this.byKey.get(key);
  }

  /** Adds a key without versions. O(log n + block). */
  create(key: ByteString): KeyIndex {
    assert(!this.byKey.has(key), 'a key is indexed once');
    const index = new KeyIndex(key);
    this.byKey.set(key, index);
    const { blocks } = this;
    if (blocks.length === 0) {
      blocks.push([index]);
      return index;
    }
    const at = this.blockOf(key);
    const block = blocks[at]!;
    block.splice(lowerBound(block, key), 0, index);
    if (block.length > BLOCK_KEYS_MAX) blocks.splice(at + 1, 0, block.splice(BLOCK_KEYS_MAX / 2));
    return index;
  }

  /** Forgets a key. O(log n + block). */
  remove(index: KeyIndex): void {
    const { key } = index;
    const known = this.byKey.delete(key);
    assert(known, 'a key is removed once');
    const { blocks } = this;
    const at = this.blockOf(key);
    const block = blocks[at]!;
    const position = lowerBound(block, key);
    assert(block[position] === index, 'map and blocks hold the same keys');
    block.splice(position, 1);
    if (block.length === 0) blocks.splice(at, 1);
  }

  /**
   * Appends the keys in the range to `out`, in key order. `rangeEnd` '' is the single key, '\0' all
   * keys from `key` on, anything else [key, rangeEnd). O(log n + result).
   */
  collect(key: ByteString, rangeEnd: ByteString, out: KeyIndex[]): void {
    if (rangeEnd === '') {
      const index = this.byKey.get(key);
      if (index !== undefined) out.push(index);
      return;
    }
    const { blocks } = this;
    if (blocks.length === 0) return;
    const unbounded = rangeEnd === FROM_KEY;
    let at = this.blockOf(key);
    let position = lowerBound(blocks[at]!, key);
    for (; at < blocks.length; at++, position = 0) {
      const block = blocks[at]!;
      for (; position < block.length; position++) {
        const index = block[position]!;
        if (!unbounded && index.key >= rangeEnd) return;
        out.push(index);
      }
    }
  }

  /** All keys in order. */
  all(): KeyIndex[] {
    return this.blocks.flat();
  }

  /** The last block that begins at or before `key`, else the first. */
  private blockOf(key: ByteString): number {
    const { blocks } = this;
    let low = 1;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (blocks[middle]![0]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Position of the first entry of the block whose key is not below `key`. */
function lowerBound(block: readonly KeyIndex[], key: ByteString): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
