// What a leader counts: the index through which it takes a member's log to be like its own is what commitment
// rests on, so it is judged before anything is committed with it, and also where nothing ever is.

import type { LogIndex, ProcessId, Term } from '../../base/ids.js';
import type { DurabilityView, MemberView } from '../view.js';
import { BrokenInvariant, type Invariant } from './invariant.js';

export const MATCH_IS_KEPT: Invariant = {
  id: 'RAFT-MATCH-IS-KEPT',
  source: 'Raft thesis, section 3.5 and figure 3.1, matchIndex',
  explain:
    'What a leader counts a member to hold, the disk of that member has promised in that term to keep.',
};

/** Judges every advance of what a leader counts. O(members) for an event at a leader. */
export class MatchJudge {
  private readonly durability: DurabilityView;
  private readonly members: readonly ProcessId[];

  constructor(durability: DurabilityView, members: readonly ProcessId[]) {
    this.durability = durability;
    this.members = members;
  }

  /**
   * `known` holds what the leader counted after the event before, by member, and is brought up to date.
   * @returns whether it counts otherwise now
   */
  counted(leader: MemberView, known: LogIndex[], termAt: (index: LogIndex) => Term): boolean {
    let changed = false;
    for (const member of this.members) {
      const match = leader.matchIndex(member);
      if (match === known[member]) continue;
      if (match > (known[member] ?? 0)) this.judge(leader, member, match, termAt(match));
      known[member] = match;
      changed = true;
    }
    return changed;
  }

  private judge(leader: MemberView, member: ProcessId, match: LogIndex, term: Term): void {
    const { durability } = this;
    const kept = durability.durableEntryTerm(member, match);
    if (kept === term) return;
    // It may have promised, and have followed another leader since.
    const promised = durability.durableThrough(member, leader.term) >= match;
    const elsewhere = durability.durableTerm(member) > leader.term;
    // Below a snapshot that it was sent nobody knows which entries it had.
    if (promised && (elsewhere || kept < 0)) return;
    throw new BrokenInvariant(
      MATCH_IS_KEPT,
      `n${leader.id}, leader of term ${leader.term}, counts n${member} to hold entry ${match} (term ${term}), but its disk has promised ${kept < 0 ? 'none there' : `one of term ${kept} there`}`,
    );
  }
}
