// What a leader knows about one follower, and how fast it may send to it (etcd tracker/progress.go).
// Not here: the messages themselves (raft.ts).
// Keeps: match only grows while the leader's term lasts, and match < next.

import { assert } from '../base/assert.js';
import type { LogIndex, ProcessId } from '../base/ids.js';

/**
 * - StateProbe: where the logs meet is not known; one append at a time until it is.
 * - StateReplicate: appends are pipelined, up to the inflight limit.
 * - StateSnapshot: the log was compacted below what is needed; appends wait for the snapshot.
 */
export type ProgressState = 'StateProbe' | 'StateReplicate' | 'StateSnapshot';

/** The last index of every append that is on its way, oldest first: a ring that grows on demand. */
export class Inflights {
  private readonly capacity: number;
  private buffer: LogIndex[];
  private start = 0;
  count = 0;

  constructor(capacity: number) {
    assert(capacity > 0, 'at least one message must be allowed in flight', { capacity });
    this.capacity = capacity;
    this.buffer = new Array<LogIndex>(Math.min(capacity, 8)).fill(0);
  }

  full(): boolean {
    return this.count >= this.capacity;
  }

  add(lastIndex: LogIndex): void {
    assert(!this.full(), 'the window is full', { count: this.count, capacity: this.capacity });
    if (this.count === this.buffer.length) this.grow();
    let at = this.start + this.count;
    if (at >= this.buffer.length) at -= this.buffer.length;
    this.buffer[at] = lastIndex;
    this.count++;
  }

  /** Frees every message whose entries are all acknowledged by an answer for `index`. */
  freeUpTo(index: LogIndex): void {
    while (this.count > 0 && this.buffer[this.start]! <= index) {
      this.start++;
      if (this.start === this.buffer.length) this.start = 0;
      this.count--;
    }
  }

  reset(): void {
    this.start = 0;
    this.count = 0;
  }

  private grow(): void {
    const grown = new Array<LogIndex>(Math.min(this.capacity, this.buffer.length * 2)).fill(0);
    for (let i = 0; i < this.count; i++) {
      grown[i] = this.buffer[(this.start + i) % this.buffer.length]!;
    }
    this.buffer = grown;
    this.start = 0;
  }
}

export class Progress {
  readonly id: ProcessId;
  isLearner: boolean;
  /** Highest index known to be durable on the follower. */
  match: LogIndex = 0;
  /** Next index to send. Everything between match and next is on its way. */
  next: LogIndex;
  state: ProgressState = 'StateProbe';
  /** In StateSnapshot: the index of the snapshot that was sent. */
  pendingSnapshot: LogIndex = 0;
  /** Highest commit index sent in a message that may still arrive. */
  sentCommit: LogIndex = 0;
  /** Heard from since the last quorum check. */
  recentActive = false;
  /** Nothing may be sent until an answer or a heartbeat response clears this. */
  flowPaused = false;
  /** Highest read round acknowledged in this term. */
  ackedRound = 0;
  readonly inflights: Inflights;

  constructor(id: ProcessId, isLearner: boolean, next: LogIndex, inflightsMax: number) {
    this.id = id;
    this.isLearner = isLearner;
    this.next = next;
    this.inflights = new Inflights(inflightsMax);
  }

  /** Forgets everything: a new term begins. */
  resetForTerm(lastIndex: LogIndex): void {
    this.enter('StateProbe');
    this.match = 0;
    this.next = lastIndex + 1;
    this.sentCommit = 0;
    this.recentActive = false;
    this.ackedRound = 0;
  }

  becomeProbe(): void {
    if (this.state === 'StateSnapshot') {
      // If the snapshot arrived, the follower has everything up to it.
      const { pendingSnapshot } = this;
      this.enter('StateProbe');
      this.next = Math.max(this.match + 1, pendingSnapshot + 1);
    } else {
      this.enter('StateProbe');
      this.next = this.match + 1;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.enter('StateReplicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: LogIndex): void {
    this.enter('StateSnapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  isPaused(): boolean {
    if (this.state === 'StateSnapshot') return true;
    return this.flowPaused;
  }

  /** An append with `count` entries, starting at next, was sent. */
  sentEntries(count: number): void {
    if (this.state === 'StateReplicate') {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1);
      }
      // A message beyond the window is a probe: nothing more until something comes back.
      this.flowPaused = this.inflights.full();
      return;
    }
    assert(this.state === 'StateProbe', 'no append is sent while a snapshot is pending', {
      id: this.id,
      state: this.state,
    });
    if (count > 0) this.flowPaused = true;
  }

  /** Whether telling the follower `commit` now could move its commit index. */
  canBumpCommit(commit: LogIndex): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** The follower acknowledged everything up to `index`. False if that was known. */
  maybeUpdate(index: LogIndex): boolean {
    if (index <= this.match) return false;
    this.match = index;
    if (this.next <= index) this.next = index + 1;
    this.flowPaused = false;
    return true;
  }

  /**
   * The follower rejected the append after `rejected` and its log may match at `matchHint`.
   * False if the rejection is stale, in which case nothing changes.
   */
  maybeDecrement(rejected: LogIndex, matchHint: LogIndex): boolean {
    if (this.state === 'StateReplicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      this.sentCommit = Math.min(this.sentCommit, this.next - 1);
      return true;
    }
    // While probing, only the one append at next - 1 can be rejected.
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, matchHint + 1), this.match + 1);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    this.flowPaused = false;
    return true;
  }

  private enter(state: ProgressState): void {
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }
}
