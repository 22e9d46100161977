// Executes transactions one after another: small on purpose, because every serial order is checked by it.
// What nobody in the history wrote, somebody unseen may have: it is put in where it is first read.

import type { Key, ListTransaction, RegisterTransaction, Value } from './transaction.js';

/**
 * Returns null if in `order`, which is part of `history`, every list reads as it stands at its place,
 * else what does not. O(elements read).
 */
export function replayLists(
  order: readonly ListTransaction[],
  history: readonly ListTransaction[],
): string | null {
  const written = new Map<Key, Set<Value>>();
  for (const { operations } of history) {
    for (const [f, key, value] of operations) {
      if (f === 'append') written.set(key, (written.get(key) ?? new Set()).add(value));
    }
  }
  const lists = new Map<Key, Value[]>();
  for (const { id, operations, outcome } of order) {
    for (const [f, key, value] of operations) {
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      if (f === 'append') list.push(value);
      else if (outcome === 'ok') {
        const read = value ?? [];
        for (let place = 0; place < read.length; place++) {
          const unseen = place === list.length && written.get(key)?.has(read[place]!) !== true;
          if (unseen) list.push(read[place]!);
          if (list[place] !== read[place]) {
            return `T${id} read ${key} otherwise than it stands at its place`;
          }
        }
        if (read.length !== list.length) return `T${id} read too little of ${key} for its place`;
      }
    }
  }
  return null;
}

/** The same for registers. */
export function replayRegisters(
  order: readonly RegisterTransaction[],
  history: readonly RegisterTransaction[],
): string | null {
  const written = new Map<Key, Set<Value>>();
  for (const { operations } of history) {
    for (const [f, key, value] of operations) {
      if (f === 'w') written.set(key, (written.get(key) ?? new Set()).add(value));
    }
  }
  const state = new Map<Key, Value>();
  for (const { id, operations, outcome } of order) {
    for (const [f, key, value] of operations) {
      if (f === 'w') state.set(key, value);
      else if (outcome === 'ok') {
        if (value !== null && written.get(key)?.has(value) !== true) state.set(key, value);
        if ((state.get(key) ?? null) !== value) {
          return `T${id} read ${key} = ${String(value)}, but it is ${String(state.get(key) ?? null)} at its place`;
        }
      }
    }
  }
  return null;
}
