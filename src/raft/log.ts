// The Raft log of one node, held in memory from the last compaction on, with the watermarks that say
// how far it is handed out for writing, durable, committed and applied.
// Not here: the disk, and the content of snapshots. The driver reports what it made durable.
// Keeps: committed entries are never cut, and nothing is applied before it is durable here.

import { assert } from '../base/assert.js';
import type { LogIndex, Term } from '../base/ids.js';
import { type Entry, NO_ENTRIES, type SnapshotMetadata } from './raftpb.js';

/** {@link RaftLog.term}: the entry lies before the log and its term is forgotten. Equals no term. */
export const TERM_COMPACTED: Term = -1;
/** {@link RaftLog.term}: the log does not reach that far. Equals no term. */
export const TERM_UNAVAILABLE: Term = -2;
/** {@link RaftLog.maybeAppend}: the entry before the new ones does not match. */
export const APPEND_REJECTED: LogIndex = -1;

/** Where the log of a restarted node begins and ends. */
export interface RaftLogState {
  /** The snapshot the log starts after; null for a log that starts at 1. */
  readonly snapshot: SnapshotMetadata | null;
  /** Durable entries, without gaps. */
  readonly entries: readonly Entry[];
  readonly committed: LogIndex;
  readonly applied: LogIndex;
}

/** Entries that were handed to the driver and are not yet reported durable. */
class AppendInFlight {
  readonly index: LogIndex;
  readonly term: Term;
  readonly epoch: number;

  constructor(index: LogIndex, term: Term, epoch: number) {
    this.index = index;
    this.term = term;
    this.epoch = epoch;
  }
}

export class RaftLog {
  /** Index before the first entry held. */
  offset: LogIndex;
  /** Term of the entry at {@link offset}. */
  offsetTerm: Term;
  /** Highest index known to be on a quorum. */
  committed: LogIndex;
  /** Highest index handed out to be applied. */
  applying: LogIndex;
  /** Highest index applied to the state machine. */
  applied: LogIndex;
  /** Highest index that is durable on this node. */
  stable: LogIndex;
  /** Highest index handed out to be made durable. */
  inProgress: LogIndex;
  /** The newest snapshot this node has or is installing: what a follower far behind is sent. */
  snapshot: SnapshotMetadata | null;
  /** A received snapshot that is not durable yet. It stands for the whole log before it. */
  pendingSnapshot: SnapshotMetadata | null = null;
  private pendingHandedOut = false;

  private list: Entry[];
  // Counts how often entries that were already handed out were replaced.
  private epoch = 0;
  private readonly appends: AppendInFlight[] = [];
  // Followers in step are all sent the same entries: they share one array.
  private sharedFrom: LogIndex = 0;
  private sharedEnd: LogIndex = 0;
  private shared: readonly Entry[] = NO_ENTRIES;

  constructor(state: RaftLogState) {
    const { snapshot, entries, committed, applied } = state;
    this.snapshot = snapshot;
    this.offset = snapshot === null ? 0 : snapshot.index;
    this.offsetTerm = snapshot === null ? 0 : snapshot.term;
    this.list = [];
    for (const entry of entries) this.push(entry);
    const last = this.lastIndex();
    assert(committed >= this.offset, 'a snapshot holds only what is committed', {
      committed,
      snapshotIndex: this.offset,
    });
    assert(committed <= last, 'the log ends before its commit index; were entries lost?', {
      committed,
      last,
    });
    assert(applied >= this.offset && applied <= committed, 'applied is within the committed log', {
      applied,
      committed,
      offset: this.offset,
    });
    this.committed = committed;
    this.applying = applied;
    this.applied = applied;
    this.stable = last;
    this.inProgress = last;
  }

  /** Index of the newest snapshot, 0 if there is none. May be above {@link firstIndex}. */
  get snapshotIndex(): LogIndex {
    return this.snapshot === null ? 0 : this.snapshot.index;
  }

  get snapshotTerm(): Term {
    return this.snapshot === null ? 0 : this.snapshot.term;
  }

  firstIndex(): LogIndex {
    return this.offset + 1;
  }

  lastIndex(): LogIndex {
    return this.offset + this.list.length;
  }

  lastTerm(): Term {
    const { list } = this;
    return list.length === 0 ? this.offsetTerm : list[list.length - 1]!.term;
  }

  /**
   * Term of the entry at `index`; 0 only for index 0 of a log that starts there. Before the log it
   * is {@link TERM_COMPACTED}, after it {@link TERM_UNAVAILABLE}, both negative. O(1).
   */
  term(index: LogIndex): Term {
    const at = index - this.offset;
    if (at < 0) return TERM_COMPACTED;
    if (at === 0) return this.offsetTerm;
    if (at > this.list.length) return TERM_UNAVAILABLE;
    return this.list[at - 1]!.term;
  }

  matchTerm(index: LogIndex, term: Term): boolean {
    return this.term(index) === term;
  }

  /** The entry at `index`, the same object every time; undefined outside of the log. */
  entry(index: LogIndex): Entry | undefined {
    const at = index - this.offset - 1;
    return at < 0 ? undefined : this.list[at];
  }

  /**
   * Entries in [from, end), cut after `bytesMax` bytes of data but never empty if from < end.
   * The array may be shared: do not change it.
   */
  entries(from: LogIndex, end: LogIndex, bytesMax: number): readonly Entry[] {
    if (from >= end) return NO_ENTRIES;
    const { list, offset } = this;
    assert(from > offset, 'these entries are compacted', { from, offset });
    assert(end <= this.lastIndex() + 1, 'the log ends before', { end, last: this.lastIndex() });
    let cut = from + 1;
    let bytes = list[from - offset - 1]!.data.length;
    while (cut < end) {
      bytes += list[cut - offset - 1]!.data.length;
      if (bytes > bytesMax) break;
      cut++;
    }
    if (from !== this.sharedFrom || cut !== this.sharedEnd) {
      this.shared = list.slice(from - offset - 1, cut - offset - 1);
      this.sharedFrom = from;
      this.sharedEnd = cut;
    }
    return this.shared;
  }

  /** Raft section 5.4.1: the log with the later last term wins; with equal terms, the longer one. */
  isUpToDate(lastIndex: LogIndex, lastTerm: Term): boolean {
    const ownTerm = this.lastTerm();
    if (lastTerm !== ownTerm) return lastTerm > ownTerm;
    return lastIndex >= this.lastIndex();
  }

  /** Appends an entry this node made as a leader. A leader only ever appends. */
  appendAsLeader(entry: Entry): void {
    this.push(entry);
  }

  /**
   * A follower's append: if the log holds (prevIndex, prevTerm), adds the entries that it does not
   * have yet and commits what the leader says. Returns the index of the last of them, or
   * {@link APPEND_REJECTED}.
   */
  maybeAppend(
    prevIndex: LogIndex,
    prevTerm: Term,
    entries: readonly Entry[],
    leaderCommit: LogIndex,
  ): LogIndex {
    if (!this.matchTerm(prevIndex, prevTerm)) return APPEND_REJECTED;
    const lastNewIndex = prevIndex + entries.length;
    const conflictAt = this.findConflict(entries);
    if (conflictAt < entries.length) this.appendFrom(entries, conflictAt);
    // Entries after lastNewIndex may be left over from another leader: they are not covered.
    this.commitTo(Math.min(leaderCommit, lastNewIndex));
    return lastNewIndex;
  }

  /**
   * The largest index up to `index` whose term is not above `term`, to skip whole terms when logs
   * diverge. Where the log was compacted the search ends.
   */
  findConflictByTerm(index: LogIndex, term: Term): LogIndex {
    let at = index;
    while (at > this.offset && this.term(at) > term) at--;
    return at;
  }

  /** Moves the commit index up. Never down: an older value is ignored. */
  commitTo(index: LogIndex): void {
    if (index <= this.committed) return;
    const last = this.lastIndex();
    assert(index <= last, 'commit is past the end of the log; was it truncated or lost?', {
      index,
      last,
    });
    this.committed = index;
  }

  /** Whether there is something to write that was not handed out. */
  hasNextEntries(): boolean {
    return this.inProgress < this.offset + this.list.length;
  }

  /** Hands out the entries to write next. */
  takeNextEntries(): readonly Entry[] {
    if (!this.hasNextEntries()) return NO_ENTRIES;
    const last = this.lastIndex();
    const next = this.entries(this.inProgress + 1, last + 1, Number.POSITIVE_INFINITY);
    this.inProgress = last;
    this.appends.push(new AppendInFlight(last, this.lastTerm(), this.epoch));
    return next;
  }

  hasNextSnapshot(): boolean {
    return this.pendingSnapshot !== null && !this.pendingHandedOut;
  }

  takeNextSnapshot(): SnapshotMetadata | null {
    if (!this.hasNextSnapshot()) return null;
    this.pendingHandedOut = true;
    return this.pendingSnapshot;
  }

  /** Whether there is something to apply that was not handed out. */
  hasNextCommitted(): boolean {
    if (this.applying >= this.committed) return false;
    if (this.applying >= this.stable) return false;
    // A snapshot comes before the entries after it, and must be durable and applied first.
    return this.pendingSnapshot === null && this.applying >= this.offset;
  }

  /** Hands out the entries to apply next: committed, and durable here. */
  takeNextCommitted(bytesMax: number): readonly Entry[] {
    if (!this.hasNextCommitted()) return NO_ENTRIES;
    const end = Math.min(this.committed, this.stable) + 1;
    const next = this.entries(this.applying + 1, end, bytesMax);
    this.applying += next.length;
    return next;
  }

  /**
   * The write of the entries handed out up to (index, term) is durable. Call it in order, once for
   * every hand-out; one call may stand for earlier hand-outs that are durable with it.
   */
  stableTo(term: Term, index: LogIndex): void {
    const { appends } = this;
    let at = 0;
    while (at < appends.length && !isAppendOf(appends[at]!, term, index)) at++;
    const append = appends[at];
    assert(append !== undefined, 'no such append is in flight; are they reported in order?', {
      term,
      index,
      inFlight: appends.length,
    });
    for (; at >= 0; at--) appends.shift();
    // (index, term) alone does not say which write this was: the entry may since have been replaced,
    // and even be back, with the write that brings it back still under way. The newest write covers
    // the whole log, so nothing is lost by waiting for it.
    if (append.epoch !== this.epoch) return;
    this.stable = index;
  }

  /** The installed snapshot at `index` is durable. Ignored if a newer one has replaced it. */
  stableSnapshot(index: LogIndex): void {
    if (this.pendingSnapshot === null) return;
    if (this.pendingSnapshot.index !== index) return;
    this.pendingSnapshot = null;
    this.pendingHandedOut = false;
  }

  appliedTo(index: LogIndex): void {
    const { applied, committed, stable } = this;
    assert(index >= applied, 'the state machine went back', { index, applied });
    assert(index <= committed, 'something uncommitted was applied', { index, committed });
    assert(index <= stable, 'something was applied before it was durable', { index, stable });
    this.applied = index;
    if (this.applying < index) this.applying = index;
  }

  /** Replaces the log by a snapshot that the leader sent. */
  restore(snapshot: SnapshotMetadata): void {
    assert(snapshot.index > this.committed, 'a snapshot must not take back the commit index', {
      snapshotIndex: snapshot.index,
      committed: this.committed,
    });
    this.snapshot = snapshot;
    this.pendingSnapshot = snapshot;
    this.pendingHandedOut = false;
    this.list = [];
    this.forgetShared();
    this.offset = snapshot.index;
    this.offsetTerm = snapshot.term;
    this.committed = snapshot.index;
    this.stable = snapshot.index;
    this.inProgress = snapshot.index;
    this.epoch++;
  }

  /**
   * A local snapshot is durable: remembers it for followers far behind and drops the entries before
   * `keepFrom`. Linear in the entries kept.
   */
  compact(snapshot: SnapshotMetadata, keepFrom: LogIndex): void {
    const { index } = snapshot;
    assert(index <= this.applied, 'a snapshot holds only what is applied', {
      index,
      applied: this.applied,
    });
    assert(keepFrom <= index + 1, 'compaction would leave a gap after the snapshot', {
      keepFrom,
      index,
    });
    // A newer one was received meanwhile.
    if (index < this.snapshotIndex) return;
    if (index >= this.offset) {
      assert(this.matchTerm(index, snapshot.term), 'the snapshot is of another history', {
        index,
        snapshotTerm: snapshot.term,
        logTerm: this.term(index),
      });
    }
    this.snapshot = snapshot;
    if (keepFrom <= this.firstIndex()) return;
    const newOffset = keepFrom - 1;
    const newOffsetTerm = this.term(newOffset);
    this.list = this.list.slice(newOffset - this.offset);
    this.offset = newOffset;
    this.offsetTerm = newOffsetTerm;
  }

  /** Position of the first entry that the log does not hold; entries.length if it holds them all. */
  private findConflict(entries: readonly Entry[]): number {
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at]!;
      if (!this.matchTerm(entry.index, entry.term)) return at;
    }
    return entries.length;
  }

  private appendFrom(entries: readonly Entry[], position: number): void {
    this.truncateFrom(entries[position]!.index);
    for (let at = position; at < entries.length; at++) this.push(entries[at]!);
  }

  private truncateFrom(index: LogIndex): void {
    assert(index > this.committed, 'a committed entry would be overwritten', {
      index,
      committed: this.committed,
    });
    const lastKept = index - 1;
    if (lastKept >= this.lastIndex()) return;
    this.list.length = lastKept - this.offset;
    this.forgetShared();
    if (this.stable > lastKept) this.stable = lastKept;
    if (this.inProgress > lastKept) {
      this.inProgress = lastKept;
      this.epoch++;
    }
  }

  private push(entry: Entry): void {
    const next = this.offset + this.list.length + 1;
    const lastTerm = this.lastTerm();
    assert(entry.index === next, 'a gap in the log', { index: entry.index, next });
    assert(entry.term >= lastTerm, 'terms decrease along the log', { term: entry.term, lastTerm });
    this.list.push(entry);
  }

  private forgetShared(): void {
    this.shared = NO_ENTRIES;
    this.sharedFrom = 0;
    this.sharedEnd = 0;
  }
}

function isAppendOf(append: AppendInFlight, term: Term, index: LogIndex): boolean {
  return append.index === index && append.term === term;
}
