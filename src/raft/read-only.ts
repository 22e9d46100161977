// Linearizable reads that wait for the leader to prove it still leads (thesis 6.4, etcd's
// ReadOnlySafe).
// Not here: lease reads, which trust clocks; waiting until the index is applied (the node does).
// Keeps: a read is confirmed only by acknowledgements sent after the read had arrived.

import { assert } from '../base/assert.js';
import type { LogIndex, ProcessId } from '../base/ids.js';

/** One read that waits; `round` 0 while the leader may not start it yet. */
export class ReadRequest {
  readonly from: ProcessId;
  readonly requestId: number;
  readonly index: LogIndex;
  readonly round: number;

  constructor(from: ProcessId, requestId: number, index: LogIndex, round: number) {
    this.from = from;
    this.requestId = requestId;
    this.index = index;
    this.round = round;
  }
}

const NO_REQUESTS: readonly ReadRequest[] = [];

/** The leader's queue of reads, in order of their rounds. */
export class ReadOnly {
  // Survives changes of leadership: a number that was sent once never means another round.
  private lastRound = 0;
  private deferred: ReadRequest[] = [];
  private pending: ReadRequest[] = [];

  /** Keeps a read that came before the leader had committed an entry of its own term. */
  defer(from: ProcessId, requestId: number): void {
    this.deferred.push(new ReadRequest(from, requestId, 0, 0));
  }

  /** Hands over the deferred reads, oldest first. */
  takeDeferred(): readonly ReadRequest[] {
    if (this.deferred.length === 0) return NO_REQUESTS;
    const taken = this.deferred;
    this.deferred = [];
    return taken;
  }

  /** Opens a new round of heartbeats. The caller sends it after adding its reads. */
  openRound(): number {
    // Not the request's id: a client repeats that, and late acknowledgements of the first attempt
    // would then confirm the second (etcd issue 20418).
    this.lastRound++;
    return this.lastRound;
  }

  add(from: ProcessId, requestId: number, index: LogIndex, round: number): void {
    const newest = this.latestRound();
    assert(round >= newest, 'rounds are opened in order', { round, newest });
    this.pending.push(new ReadRequest(from, requestId, index, round));
  }

  /** The newest round that still waits, 0 if none: what periodic heartbeats repeat. */
  latestRound(): number {
    const { pending } = this;
    return pending.length === 0 ? 0 : pending[pending.length - 1]!.round;
  }

  /** Removes and returns the reads of all rounds up to `round`, which a quorum acknowledged. */
  confirm(round: number): readonly ReadRequest[] {
    const { pending } = this;
    let count = 0;
    while (count < pending.length && pending[count]!.round <= round) count++;
    if (count === 0) return NO_REQUESTS;
    return pending.splice(0, count);
  }

  /** Drops all reads: leadership was lost, and with it the right to answer. */
  reset(): void {
    if (this.deferred.length > 0) this.deferred = [];
    if (this.pending.length > 0) this.pending = [];
  }
}
