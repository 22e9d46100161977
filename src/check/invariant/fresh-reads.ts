// Linearizable reads are of the present: whoever answers one has applied all that anybody had committed before it was
// asked. Stricter than what clients can see, to whom a read of the past shows only if what it misses had been answered
// and changed something. So it is no violation to stop at: what clients saw tells the better story, if they saw it.

import type { LogIndex, ProcessId } from '../../base/ids.js';
import type { Invariant } from './invariant.js';

export const READ_SEES_COMMITTED: Invariant = {
  id: 'READ-SEES-COMMITTED',
  source: 'Raft thesis, section 6.4',
  explain:
    'A member answers a linearizable read only when it has applied all that was committed when the read was asked.',
};

/** A read that was answered from the past. */
export interface StaleRead {
  readonly id: number;
  readonly member: ProcessId;
  readonly appliedIndex: LogIndex;
  /** How far anybody had committed when it was asked. */
  readonly committedIndex: LogIndex;
}

/**
 * Follows linearizable reads by id. A member may commit only what the newest term's leader has, and a leader confirms
 * a read by a quorum that has not left its term since: so nothing newer was committed before. O(1) a request.
 */
export class ReadJudge {
  private readonly asked = new Map<number, LogIndex>();

  /** A client asks, when members have committed through `committedIndex`. */
  began(id: number, committedIndex: LogIndex): void {
    this.asked.set(id, committedIndex);
  }

  /** The client waits no longer. */
  ended(id: number): void {
    this.asked.delete(id);
  }

  /** A member answers, with what it read. Null if that is of the present, or nobody waits for it. */
  answered(id: number, member: ProcessId, appliedIndex: LogIndex): StaleRead | null {
    const committedIndex = this.asked.get(id);
    if (committedIndex === undefined || appliedIndex >= committedIndex) return null;
    return { id, member, appliedIndex, committedIndex };
  }
}
