// Covered by fsync: whatever a member vouches for in a message was promised by its disk before the
// message left. Judged from the disk's own record, never from what the member believes.

import type { LogIndex, ProcessId, Term } from '../../base/ids.js';
import type { DurabilityView } from '../view.js';
import { BrokenInvariant, hold, type Invariant } from './invariant.js';

export const DURABLE_BEFORE_SEND: Invariant = {
  id: 'DURABLE-BEFORE-SEND',
  source: 'Raft thesis, section 3.8 ("before responding to RPCs")',
  explain:
    'Every vote and every acknowledgement that leaves a member is backed by bytes its disk has promised to keep.',
};

/** Judges messages at the moment they are sent. O(1) amortised. */
export class SendJudge {
  private readonly durability: DurabilityView;

  constructor(durability: DurabilityView) {
    this.durability = durability;
  }

  /** `member` tells somebody that it voted for `candidate` in `term`, itself included. */
  vote(member: ProcessId, term: Term, candidate: ProcessId): void {
    const durableTerm = this.durability.durableTerm(member);
    const durableVote = this.durability.durableVote(member);
    hold(
      durableTerm > term || (durableTerm === term && durableVote === candidate),
      DURABLE_BEFORE_SEND,
      () =>
        `n${member} sends its vote for n${candidate} in term ${term}, but its disk has promised only term ${durableTerm} with ${durableVote === 0 ? 'no vote' : `a vote for n${durableVote}`}`,
    );
  }

  /**
   * `member` tells the leader of `term` that its log matches through `index`. The log may have been
   * overwritten since by a later leader, so what counts is how far it was durable in that term.
   */
  append(member: ProcessId, term: Term, index: LogIndex): void {
    const durable = this.durability.durableThrough(member, term);
    if (durable >= index) return;
    throw new BrokenInvariant(
      DURABLE_BEFORE_SEND,
      `n${member} acknowledges its log through index ${index} to the leader of term ${term}, but its disk has promised in that term to keep it ${durable === 0 ? 'nowhere' : `only through index ${durable}`} (durable term ${this.durability.durableTerm(member)})`,
    );
  }
}
