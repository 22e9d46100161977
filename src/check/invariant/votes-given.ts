// Elections rest on votes as commitment rests on acknowledgements, so votes are judged when they are counted, before
// anybody wins with them, and again when somebody does. A rule: what comes of it, two leaders say better.

import type { ProcessId, Term } from '../../base/ids.js';
import type { DurabilityView, MemberView } from '../view.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const VOTES_ARE_GIVEN: Invariant = {
  id: 'RAFT-VOTES-ARE-GIVEN',
  source: 'Raft thesis, section 3.4',
  explain:
    'A candidate counts only votes that members have given it in its term, and leads only when a majority of them has.',
};

/** Whom a member has told that it votes for it in a term; undefined: nobody. */
export type VoteOf = (member: ProcessId, term: Term) => ProcessId | undefined;

/** Judges the votes a candidate counts: null if they are in order. O(members) for an event at a candidate. */
export class VoteCountJudge {
  private readonly durability: DurabilityView;
  private readonly members: readonly ProcessId[];
  private readonly voteOf: VoteOf;

  constructor(durability: DurabilityView, members: readonly ProcessId[], voteOf: VoteOf) {
    this.durability = durability;
    this.members = members;
    this.voteOf = voteOf;
  }

  counted(candidate: MemberView): BrokenRule | null {
    for (const member of this.members) {
      if (!candidate.countsVoteOf(member) || this.isGiven(candidate, member)) continue;
      const message = `n${candidate.id} counts a vote of n${member} in term ${candidate.term}, in which ${this.what(candidate, member)}`;
      return { invariant: VOTES_ARE_GIVEN, message };
    }
    return null;
  }

  elected(leader: MemberView): BrokenRule | null {
    const voters = this.members.filter((member) => this.isGiven(leader, member));
    const quorum = Math.floor(this.members.length / 2) + 1;
    if (voters.length >= quorum) return null;
    const message = `n${leader.id} leads term ${leader.term}, but only ${voters.length} of ${this.members.length} members have voted for it (${voters.map((id) => `n${id}`).join(', ') || 'none'}; ${quorum} are needed)`;
    return { invariant: VOTES_ARE_GIVEN, message };
  }

  /** Nobody hears of a member's vote for itself, but it counts once it is durable, like any other. */
  private isGiven({ id, term }: MemberView, member: ProcessId): boolean {
    if (member !== id) return this.voteOf(member, term) === id;
    const durableTerm = this.durability.durableTerm(id);
    return durableTerm > term || (durableTerm === term && this.durability.durableVote(id) === id);
  }

  private what({ id, term }: MemberView, member: ProcessId): string {
    if (member === id) return 'its disk has not promised to keep that vote';
    const given = this.voteOf(member, term);
    return given === undefined ? 'that has voted for nobody' : `that has voted for n${given}`;
  }
}
