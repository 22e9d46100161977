// Client requests that wait inside a member: writes for their entry to be applied, reads for a
// ReadIndex and for the state machine to reach it. Both are kept in order of arrival, which is the
// order of their deadlines.

import { assert } from '../base/assert.js';
import type { LogIndex, Micros, ProcessId } from '../base/ids.js';
import type { Random } from '../base/random.js';
import type { RangeRequest, TxnRequest } from '../etcdpb/kv.js';

interface Waiting {
  readonly from: ProcessId;
  readonly deadlineUs: Micros;
}

/** Proposals by request id. */
export class PendingWrites {
  private readonly waiting = new Map<number, Waiting>();

  add(id: number, from: ProcessId, deadlineUs: Micros): void {
    this.waiting.set(id, { from, deadlineUs });
  }

  /** Removes the request and returns who waits for it, undefined if nobody does here. */
  take(id: number): ProcessId | undefined {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return undefined;
    this.waiting.delete(id);
    return waiting.from;
  }

  /** Ids whose deadline has passed, still waiting. O(expired). */
  expired(now: Micros): number[] {
    const ids: number[] = [];
    for (const [id, { deadlineUs }] of this.waiting) {
      if (deadlineUs > now) break;
      ids.push(id);
    }
    return ids;
  }
}

export interface PendingRead extends Waiting {
  readonly id: number;
  readonly request: RangeRequest | TxnRequest;
}

/** A ReadIndex round that gets no answer is asked again after so many ticks, under a new number. */
const ROUND_TICKS_MAX = 5;

/**
 * Linearizable reads (thesis 6.4), in rounds: one ReadIndex serves every read that arrived before it
 * was asked, and reads that arrive later wait for the next. A round's number is never used twice, not
 * even by a later incarnation, so that no late answer can serve reads it does not cover.
 */
export class PendingReads {
  private waiting: PendingRead[] = [];
  private inRound: PendingRead[] = [];
  /** Reads whose index is known, by that index. */
  private confirmed: { readonly index: LogIndex; readonly reads: PendingRead[] }[] = [];
  private round = 0;
  private roundTicks = 0;
  private lastRound = 0;

  /** Starts the numbering of this incarnation at a random place. */
  begin(random: Random): void {
    this.lastRound = (random.int32() >>> 0) * 1048576 + random.below(1024) * 1024;
  }

  add(read: PendingRead): void {
    this.waiting.push(read);
  }

  /** The number of a round that should be asked now, 0 if none. */
  nextRound(): number {
    if (this.round !== 0 || this.waiting.length === 0) return 0;
    this.inRound = this.waiting;
    this.waiting = [];
    this.round = ++this.lastRound;
    this.roundTicks = 0;
    return this.round;
  }

  /** The round could not be asked: its reads wait on, ahead of younger ones. */
  abandonRound(round: number): void {
    assert(round === this.round, 'only the current round can be abandoned', { round });
    this.waiting = this.inRound.concat(this.waiting);
    this.inRound = [];
    this.round = 0;
  }

  tick(): void {
    if (this.round === 0) return;
    this.roundTicks++;
    if (this.roundTicks >= ROUND_TICKS_MAX) this.abandonRound(this.round);
  }

  indexKnown(round: number, index: LogIndex): void {
    if (round !== this.round) return;
    this.confirmed.push({ index, reads: this.inRound });
    this.inRound = [];
    this.round = 0;
  }

  /** Removes and returns reads that a state machine at `applied` may answer; null if there are none. */
  takeReady(applied: LogIndex): PendingRead[] | null {
    if (this.confirmed.length === 0) return null;
    let ready: PendingRead[] | null = null;
    const later = [];
    for (const group of this.confirmed) {
      if (group.index <= applied) ready = ready === null ? group.reads : ready.concat(group.reads);
      else later.push(group);
    }
    this.confirmed = later;
    return ready;
  }

  /** Removes and returns reads whose deadline has passed. */
  expired(now: Micros): PendingRead[] {
    const oldest = this.inRound[0] ?? this.waiting[0] ?? this.confirmed[0]?.reads[0];
    if (oldest === undefined) return [];
    return this.takeWhere((read) => read.deadlineUs <= now);
  }

  private takeWhere(gone: (read: PendingRead) => boolean): PendingRead[] {
    const taken: PendingRead[] = [];
    const keep = (read: PendingRead): boolean => {
      if (!gone(read)) return true;
      taken.push(read);
      return false;
    };
    this.confirmed = this.confirmed
      .map(({ index, reads }) => ({ index, reads: reads.filter(keep) }))
      .filter(({ reads }) => reads.length > 0);
    this.inRound = this.inRound.filter(keep);
    this.waiting = this.waiting.filter(keep);
    return taken;
  }
}
