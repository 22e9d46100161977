// What was said in an earlier term is over: whoever takes it for news mixes two terms up, whether or not that does any
// harm this time. Seen at the message itself, long before two leaders or a lost entry would tell.

import type { ProcessId, Term } from '../../base/ids.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const OLD_TERMS_ARE_OVER: Invariant = {
  id: 'RAFT-OLD-TERMS-ARE-OVER',
  source: 'Raft thesis, section 3.3 and figure 3.1, rules for servers',
  explain:
    'A message of an earlier term changes neither the state nor the log of who receives it, nor what that counts.',
};

/** A message that a member received in a later term than the one it was sent in. */
export interface OldMessage {
  readonly from: ProcessId;
  readonly type: string;
  readonly term: Term;
}

/** What to say when the event in which `member`, in `term`, took `message` has changed something there. */
export function changedByOldMessage(
  member: ProcessId,
  term: Term,
  message: OldMessage,
): BrokenRule {
  const what = `n${member}, in term ${term}, changed what it holds or counts for ${message.type} of term ${message.term} from n${message.from}`;
  return { invariant: OLD_TERMS_ARE_OVER, message: what };
}
