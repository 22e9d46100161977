// A follower's log only grows behind what it has told its leader it holds, until there is another term: the leader
// counts on it, whether or not it has committed anything with it yet.

import type { LogIndex, ProcessId, Term } from '../../base/ids.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const ACKNOWLEDGED_ENTRIES: Invariant = {
  id: 'RAFT-ACKNOWLEDGED-IS-KEPT',
  source: 'Raft thesis, section 3.5 and figure 3.1, AppendEntries RPC, steps 3 and 4',
  explain:
    'What a member has acknowledged to a leader it neither drops nor replaces while the term of that leader lasts.',
};

/** The most that one incarnation of a member has acknowledged in its newest term. O(1). */
export class Acknowledged {
  private term: Term = 0;
  private index: LogIndex = 0;

  /** An acknowledgement leaves the member. */
  sent(term: Term, index: LogIndex): void {
    if (term === this.term) this.index = Math.max(this.index, index);
    else if (term > this.term) {
      this.term = term;
      this.index = index;
    }
  }

  /** The log of `member`, in `term`, is as before through `keptThrough` only. Null if it may be. */
  cut(member: ProcessId, term: Term, keptThrough: LogIndex): BrokenRule | null {
    if (term !== this.term || keptThrough >= this.index) return null;
    const message = `n${member} has acknowledged its log through index ${this.index} in term ${term}, and in the same term dropped what was above index ${keptThrough}`;
    return { invariant: ACKNOWLEDGED_ENTRIES, message };
  }
}
