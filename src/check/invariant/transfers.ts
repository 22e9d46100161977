// Leadership is handed over in good order: to a member that holds all its leader holds, so that it can win. Raft stays
// safe without, and the cluster is without a leader meanwhile.

import type { ProcessId } from '../../base/ids.js';
import type { DurabilityView, MemberView } from '../view.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const TRANSFER_TO_EQUAL: Invariant = {
  id: 'RAFT-TRANSFER-TO-EQUAL',
  source: 'Raft thesis, section 3.10, step 2',
  explain:
    'A leader tells another member to take over only when the log of that is as long as its own.',
};

/** `leader` tells `member` to campaign: null if it may. O(1). */
export function handsOver(
  durability: DurabilityView,
  leader: MemberView,
  member: ProcessId,
): BrokenRule | null {
  const { lastIndex } = leader;
  const lastTerm = leader.entry(lastIndex)?.term ?? leader.snapshotTerm;
  if (durability.durableEntryTerm(member, lastIndex) === lastTerm) return null;
  // It may have held it, and have followed another leader since.
  if (durability.durableTerm(member) > leader.term) return null;
  const message = `n${leader.id}, leader of term ${leader.term}, tells n${member} to take over, whose disk has not promised to keep the leader's log through index ${lastIndex}`;
  return { invariant: TRANSFER_TO_EQUAL, message };
}
