// How a leader commits: by an entry of its own term, never by counting copies of what earlier leaders left behind, which
// a later leader may still replace. Harm needs several leaders to fall in the right order; the rule is broken before.

import type { Term } from '../../base/ids.js';
import type { MemberView } from '../view.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const OWN_TERM_COMMITS: Invariant = {
  id: 'RAFT-COMMITS-OWN-TERM',
  source: 'Raft thesis, section 3.6.2 and figure 3.7',
  explain:
    'A leader moves its commit index only to an entry of its own term; older ones are committed along with that.',
};

/** A leader has moved its commit index to an entry of `term`: null if that is in order. O(1). */
export function committedAsLeader(leader: MemberView, term: Term): BrokenRule | null {
  if (term === leader.term) return null;
  const message = `n${leader.id}, leader of term ${leader.term}, commits entry ${leader.commitIndex} of term ${term} by counting who has it`;
  return { invariant: OWN_TERM_COMMITS, message };
}
