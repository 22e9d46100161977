// Linearizable reads cost a round: whoever answers one has it from a leader to whom a majority has said, after the read
// was asked, that it still follows. Without that nothing tells an old leader that it is one; most often it is none, and
// the answer is right by luck. So, like READ-SEES-COMMITTED, it is no violation to stop at.

import type { ProcessId, Term } from '../../base/ids.js';
import type { Invariant } from './invariant.js';

export const READ_IS_CONFIRMED: Invariant = {
  id: 'READ-IS-CONFIRMED',
  source: 'Raft thesis, section 6.4, step 3',
  explain:
    'A linearizable read is answered only after a majority of the members has followed one leader since it was asked.',
};

export const READ_IN_ITS_TERM: Invariant = {
  id: 'READ-IN-ITS-TERM',
  source: 'Raft thesis, section 6.4, steps 1 and 2',
  explain:
    'A leader tells the index of a read only in the term in which it was asked: what it knew as an earlier leader is over.',
};

/**
 * Who has followed whom, and when last. Moments are event counts. O(terms) for an answer to a read, O(1) for a message.
 */
export class FollowerJudge {
  private readonly followersNeeded: number;
  /** By term, by member: the last moment at which it answered a heartbeat of that term's leader. */
  private readonly followedAt = new Map<Term, number[]>();
  private readonly asked = new Map<number, number>();

  constructor(memberCount: number) {
    // The leader is with itself.
    this.followersNeeded = Math.floor(memberCount / 2);
  }

  /** `member` answers a heartbeat of the leader of `term`. */
  followed(member: ProcessId, term: Term, moment: number): void {
    let ofTerm = this.followedAt.get(term);
    if (ofTerm === undefined) {
      ofTerm = [];
      this.followedAt.set(term, ofTerm);
    }
    ofTerm[member] = moment;
  }

  /** A client asks for a linearizable read. */
  began(id: number, moment: number): void {
    this.asked.set(id, moment);
  }

  /** The client waits no longer. */
  ended(id: number): void {
    this.asked.delete(id);
  }

  /** A member answers: whether a majority has followed one leader since; true if nobody waits for it. */
  isConfirmed(id: number): boolean {
    const askedAt = this.asked.get(id);
    if (askedAt === undefined || this.followersNeeded === 0) return true;
    for (const ofTerm of this.followedAt.values()) {
      let followers = 0;
      for (const moment of ofTerm) if (moment > askedAt) followers++;
      if (followers >= this.followersNeeded) return true;
    }
    return false;
  }
}

/** Follows questions for a read's index between members, by who is asked and the question's number. O(1) each. */
export class QuestionJudge {
  private readonly askedIn = new Map<ProcessId, Map<number, Term>>();

  /** `leader`, which leads `term`, receives a question. */
  asked(leader: ProcessId, term: Term, question: number): void {
    let ofLeader = this.askedIn.get(leader);
    if (ofLeader === undefined) {
      ofLeader = new Map();
      this.askedIn.set(leader, ofLeader);
    }
    // A copy that comes later is asked anew.
    ofLeader.set(question, term);
  }

  /** `leader` answers in `term`. The term in which it was asked if that is another one, else null. */
  answered(leader: ProcessId, term: Term, question: number): Term | null {
    const askedIn = this.askedIn.get(leader)?.get(question);
    return askedIn === undefined || askedIn === term ? null : askedIn;
  }
}
