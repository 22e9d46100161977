// Majorities and joint majorities: when is something agreed, when is a vote decided.
// Not here: who acknowledged what (progress.ts, tracker.ts).
// Keeps: two quorums of one configuration, or of the two halves of a joint one, always share a voter.

import { assert } from '../base/assert.js';
import type { ProcessId } from '../base/ids.js';

export type VoteResult = 'VotePending' | 'VoteLost' | 'VoteWon';

/** What each voter has acknowledged: a log index or a read round, 0 if nothing is known. */
export interface Acknowledged {
  of(id: ProcessId): number;
}

// Up to this many voters the selection below needs no allocation.
const SCRATCH_VOTERS = 7;
// One scratch for all instances: every call overwrites what it reads.
const scratch: number[] = new Array<number>(SCRATCH_VOTERS).fill(0);

/** A set of voters that decides by simple majority. Ids are ascending and distinct. */
export class MajorityConfig {
  readonly ids: readonly ProcessId[];
  /** How many voters make a quorum. */
  readonly quorum: number;

  constructor(ids: readonly ProcessId[]) {
    const ascending = [...ids].sort((a, b) => a - b);
    for (let i = 1; i < ascending.length; i++) {
      const id = ascending[i];
      assert(ascending[i - 1] !== id, 'a voter is listed twice', { id });
    }
    this.ids = ascending;
    this.quorum = Math.floor(ascending.length / 2) + 1;
  }

  has(id: ProcessId): boolean {
    return this.ids.includes(id);
  }

  /**
   * The largest value that a quorum has acknowledged. Infinity without voters, so that an absent
   * half of a joint configuration does not hold back the other. O(voters squared), no allocation
   * up to 7 voters.
   */
  committedIndex(acknowledged: Acknowledged): number {
    const { ids } = this;
    const count = ids.length;
    if (count === 0) return Number.POSITIVE_INFINITY;
    const ascending = count <= SCRATCH_VOTERS ? scratch : new Array<number>(count).fill(0);
    for (let filled = 0; filled < count; filled++) {
      const value = acknowledged.of(ids[filled]!);
      let at = filled;
      while (at > 0 && ascending[at - 1]! > value) {
        ascending[at] = ascending[at - 1]!;
        at--;
      }
      ascending[at] = value;
    }
    return ascending[count - this.quorum]!;
  }

  /** Decides a vote from the answers so far; voters without an answer may still go either way. */
  voteResult(votes: ReadonlyMap<ProcessId, boolean>): VoteResult {
    if (this.ids.length === 0) return 'VoteWon';
    let granted = 0;
    let missing = 0;
    for (const id of this.ids) {
      const vote = votes.get(id);
      if (vote === undefined) missing++;
      else if (vote) granted++;
    }
    if (granted >= this.quorum) return 'VoteWon';
    if (granted + missing >= this.quorum) return 'VotePending';
    return 'VoteLost';
  }
}

/**
 * Two majorities that must both agree while the membership changes (thesis 4.3). Outside of a
 * change the outgoing half is empty and the incoming half decides alone.
 */
export class JointConfig {
  readonly incoming: MajorityConfig;
  readonly outgoing: MajorityConfig;

  constructor(incoming: readonly ProcessId[], outgoing: readonly ProcessId[]) {
    this.incoming = new MajorityConfig(incoming);
    this.outgoing = new MajorityConfig(outgoing);
  }

  /** All voters of both halves, ascending. */
  ids(): ProcessId[] {
    const all = new Set([...this.incoming.ids, ...this.outgoing.ids]);
    return [...all].sort((a, b) => a - b);
  }

  has(id: ProcessId): boolean {
    return this.incoming.has(id) || this.outgoing.has(id);
  }

  /** True if `id` is all there is to a quorum. */
  isOnlyVoter(id: ProcessId): boolean {
    return this.outgoing.ids.length === 0 && this.incoming.ids.length === 1 && this.has(id);
  }

  committedIndex(acknowledged: Acknowledged): number {
    const incoming = this.incoming.committedIndex(acknowledged);
    if (this.outgoing.ids.length === 0) return incoming;
    const outgoing = this.outgoing.committedIndex(acknowledged);
    return Math.min(incoming, outgoing);
  }

  voteResult(votes: ReadonlyMap<ProcessId, boolean>): VoteResult {
    const incoming = this.incoming.voteResult(votes);
    const outgoing = this.outgoing.voteResult(votes);
    if (incoming === outgoing) return incoming;
    if (incoming === 'VoteLost' || outgoing === 'VoteLost') return 'VoteLost';
    return 'VotePending';
  }
}
