// A member's log as the checkers saw it last, with a running hash over every prefix. Comparing one entry
// by identity tells whether anything changed, so the usual event costs one comparison.

import { mix } from '../base/hash.js';
import type { LogIndex, Term } from '../base/ids.js';
import type { EntryView, MemberView } from './view.js';

/** What {@link LogMirror.sync} found. */
export interface LogChange {
  /** Entries up to here are as before. */
  readonly keptThrough: LogIndex;
  /** Entries above `keptThrough` that were there before and are gone. */
  readonly removed: number;
  /** The log was replaced by a snapshot at `keptThrough`, of which this mirror knew nothing. */
  readonly replaced: boolean;
}

export class LogMirror {
  private base: LogIndex = 0;
  private baseTerm: Term = 0;
  private baseChain = 0;
  private entries: EntryView[] = [];
  private chains: number[] = [];

  get lastIndex(): LogIndex {
    return this.base + this.entries.length;
  }

  get firstIndex(): LogIndex {
    return this.base + 1;
  }

  /** Forgets everything and begins after a snapshot whose prefix hash is known. */
  reset(index: LogIndex, term: Term, chain: number): void {
    this.base = index;
    this.baseTerm = term;
    this.baseChain = chain;
    this.entries = [];
    this.chains = [];
  }

  /** Hash over all entries up to `index`; 0 at index 0. Only for indexes this mirror holds. */
  chain(index: LogIndex): number {
    return index === this.base ? this.baseChain : this.chains[index - this.base - 1]!;
  }

  term(index: LogIndex): Term {
    return index === this.base ? this.baseTerm : (this.entries[index - this.base - 1]?.term ?? -1);
  }

  entry(index: LogIndex): EntryView | undefined {
    return this.entries[index - this.base - 1];
  }

  isCurrent(view: MemberView): boolean {
    const last = view.lastIndex;
    if (last !== this.lastIndex) return false;
    if (last === view.snapshotIndex) return view.snapshotTerm === this.term(last);
    return view.entry(last) === this.entry(last);
  }

  /** Drops what the member no longer has; the caller then takes what is new with {@link append}. */
  sync(view: MemberView): LogChange {
    const { snapshotIndex } = view;
    const before = this.lastIndex;
    let at = Math.min(view.lastIndex, before);
    while (
      at > snapshotIndex &&
      at > this.base &&
      view.entry(at) !== this.entries[at - this.base - 1]
    ) {
      at--;
    }
    if (at < snapshotIndex || at < this.base || this.differsAtSnapshot(view, at)) {
      return { keptThrough: snapshotIndex, removed: 0, replaced: true };
    }
    // To set the length costs a call into the runtime, even if it stays the same.
    if (at < before) {
      this.entries.length = at - this.base;
      this.chains.length = at - this.base;
    }
    return { keptThrough: at, removed: before - at, replaced: false };
  }

  private differsAtSnapshot(view: MemberView, at: LogIndex): boolean {
    return at === view.snapshotIndex && this.term(at) !== view.snapshotTerm;
  }

  append(entry: EntryView): void {
    const previous = this.chain(this.lastIndex);
    this.entries.push(entry);
    this.chains.push(chainEntry(previous, entry));
  }
}

/** Extends a prefix hash by one entry. Linear in the entry's data. */
export function chainEntry(previous: number, entry: EntryView): number {
  let h = mix(mix(previous, entry.term), entry.type);
  const { data } = entry;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    h = Math.imul(
      h ^ (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)),
      0x9e3779b1,
    );
    h ^= h >>> 15;
  }
  let rest = data.length;
  for (; at < data.length; at++) rest = (rest << 8) | data[at]!;
  return mix(h, rest);
}
