// A log with holes, while its member gets back what damage has taken: what is missing, what peers may be
// given of the rest, and what to write when all is there. Pure: no disk, no network, no clock.
// Keeps: an entry is put only where it was before; nothing intact is ever given up for a peer's word.
//
// Why this is safe: a member with holes does not run Raft. To the others it is down, so it promises
// nothing, and what it promised before is in its log again, entry by entry, before it runs. By Log
// Matching, whoever holds the entry behind a hole, with its term, holds what belongs into the hole. A
// snapshot is of committed entries, so it stands for whatever it covers. Only what a leader of the
// member's own term or a later one does not hold is given up, for what that leader holds instead.

import { assert } from '../base/assert.js';
import type { LogIndex, Term } from '../base/ids.js';
import type { Entry, HardState, SnapshotMetadata } from '../raft/raftpb.js';
import type { SnapshotContent } from './snapshot/snapshot-file.js';

/**
 * Entries [from, to] are missing. They belong to the log that has `anchorTerm` at `anchorIndex`, right
 * behind them or at their end, and `endTerm` at `endIndex`, where it ends: either names all that comes before.
 */
export interface LogGap {
  readonly from: LogIndex;
  readonly to: LogIndex;
  readonly anchorIndex: LogIndex;
  readonly anchorTerm: Term;
  readonly endIndex: LogIndex;
  readonly endTerm: Term;
}

export class LogRepair {
  /** As it was found. */
  readonly hardState: HardState;
  /** The log begins after it. */
  base: SnapshotContent | null;
  /** A snapshot came from a peer, and the log has to say so. */
  received = false;
  private slots: (Entry | null)[];
  private lastTerm: Term;
  private readonly foundLastTerm: Term;
  /** Entries were given up that a later leader has replaced. */
  private gaveUp = false;
  /** What was filled or given up begins here. */
  private changedFrom = Number.MAX_SAFE_INTEGER;

  /** `slots` follow `base`; `lastTerm` is that of the last one, which may be missing itself. */
  constructor(
    hardState: HardState,
    base: SnapshotContent | null,
    slots: readonly (Entry | null)[],
    lastTerm: Term,
  ) {
    this.hardState = hardState;
    this.base = base;
    this.slots = [...slots];
    this.lastTerm = lastTerm;
    this.foundLastTerm = lastTerm;
  }

  get baseIndex(): LogIndex {
    return this.base === null ? 0 : this.base.metadata.index;
  }

  get lastIndex(): LogIndex {
    return this.baseIndex + this.slots.length;
  }

  /** The first hole; null if there is none left. */
  gap(): LogGap | null {
    const { slots, baseIndex } = this;
    const first = slots.indexOf(null);
    if (first < 0) return null;
    let end = first;
    while (end < slots.length && slots[end] === null) end++;
    const behind = slots[end];
    const from = baseIndex + 1 + first;
    const to = baseIndex + end;
    const { lastIndex: endIndex, lastTerm: endTerm } = this;
    const anchorTerm = behind == null ? endTerm : behind.term;
    // Terms never decrease along a log: between two entries of one term all are of that term. Then the last of what is
    // missing is known well enough to ask for it from peers that do not hold what is behind it.
    const isOfOneTerm = this.term(from - 1) === anchorTerm;
    const anchorIndex = isOfOneTerm || behind == null ? to : behind.index;
    return { from, to, anchorIndex, anchorTerm, endIndex, endTerm };
  }

  /** The term of what is at `index`; 0 if it is unknown or outside of the log. */
  term(index: LogIndex): Term {
    if (this.base !== null && index === this.baseIndex) return this.base.metadata.term;
    if (index === this.lastIndex && index > 0) return this.lastTerm;
    return this.slots[index - this.baseIndex - 1]?.term ?? 0;
  }

  /** Entries from `from` on, up to `to` or the next hole. */
  entries(from: LogIndex, to: LogIndex): Entry[] {
    const found: Entry[] = [];
    for (let index = from; index <= to; index++) {
      const entry = this.slots[index - this.baseIndex - 1];
      if (entry == null) break;
      found.push(entry);
    }
    return found;
  }

  /** Takes entries for the hole `gap` from who holds its anchor. False: they are not what was asked for. */
  fill(gap: LogGap, entries: readonly Entry[]): boolean {
    const current = this.gap();
    if (current === null || current.from !== gap.from || current.to !== gap.to) return false;
    let index = gap.from;
    for (const entry of entries) {
      if (index > gap.to) break;
      if (entry.index !== index) return false;
      this.slots[index - this.baseIndex - 1] = entry;
      this.changedFrom = Math.min(this.changedFrom, index);
      index++;
    }
    return index > gap.from;
  }

  /**
   * A leader of this member's term, or of a later one, does not hold what follows the first hole. So that
   * was never committed with this member's help: any leader of that time would have it (Leader
   * Completeness), and later ones were promised nothing. Behind what is known to be committed the log
   * becomes the leader's, which ends at (`lastIndex`, `lastTerm`). False if that cannot be recorded.
   */
  follow(lastIndex: LogIndex, lastTerm: Term): boolean {
    const gap = this.gap();
    if (gap === null) return false;
    const kept = Math.max(this.baseIndex, Math.min(gap.from - 1, this.hardState.commit));
    if (lastIndex < kept || (kept === 0 && lastIndex === 0)) return false;
    const last = this.slots[kept - this.baseIndex - 1];
    this.slots.length = kept - this.baseIndex;
    this.gaveUp = true;
    if (lastIndex > kept) {
      while (this.lastIndex < lastIndex) this.slots.push(null);
      this.lastTerm = lastTerm;
    } else if (last == null) {
      this.lastTerm = this.base!.metadata.term;
      this.received = true;
    } else {
      this.lastTerm = last.term;
      // Written again, it replaces all that followed it.
      this.changedFrom = Math.min(this.changedFrom, kept);
    }
    return true;
  }

  /** A snapshot that covers the beginning of the first hole, at least. Its file is durable. */
  adopt(metadata: SnapshotMetadata, data: Uint8Array): void {
    const { index, term } = metadata;
    assert(index > this.baseIndex, 'a snapshot takes the log forward', { index });
    const own = index <= this.lastIndex ? this.slots[index - this.baseIndex - 1] : undefined;
    // Another entry than the committed one here: all that follows it was never committed either.
    const differs = own != null && own.term !== term;
    const kept = differs ? [] : this.slots.slice(index - this.baseIndex);
    this.slots = kept;
    if (differs) this.gaveUp = true;
    if (kept.length === 0) this.lastTerm = term;
    this.base = { metadata, data };
    this.received = true;
  }

  /** What has to be written, behind the base's marker if that was received. */
  rewritten(): Entry[] {
    assert(this.gap() === null, 'the log is whole');
    const from = this.received ? this.baseIndex + 1 : this.changedFrom;
    return this.entries(Math.max(from, this.baseIndex + 1), this.lastIndex);
  }

  /**
   * The hard state to continue with. What came from peers may be of a later term, in which this member has
   * voted for nobody; and a snapshot is committed. A log that ends with an entry of its own term only ever grows in
   * that term, as the next recovery will take for granted: one that was cut is in a later term.
   */
  continued(): HardState {
    const { term, vote, commit } = this.hardState;
    // The leader that replaced entries of this term is of a later one.
    const least = this.gaveUp && this.foundLastTerm === term ? term + 1 : term;
    const continuedTerm = Math.max(this.lastTerm, least);
    return {
      term: continuedTerm,
      vote: continuedTerm > term ? 0 : vote,
      commit: Math.max(commit, this.baseIndex),
    };
  }

  /** The whole log after the base. */
  wholeLog(): Entry[] {
    return this.entries(this.baseIndex + 1, this.lastIndex);
  }
}
