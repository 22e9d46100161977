// Counters only grow: term, commit index and applied index of one incarnation; one vote in a term, for
// ever; and what a disk has promised to keep is there again after a restart.

import type { ProcessId, Term } from '../../base/ids.js';
import type { DurabilityView, MemberView, Promised } from '../view.js';
import { BrokenInvariant, hold, type Invariant } from './invariant.js';

export const MONOTONE: Invariant = {
  id: 'RAFT-MONOTONE',
  source: 'Raft thesis, figure 3.1 (state that "increases monotonically")',
  explain: 'The term, the commit index and the applied index of a running member never go back.',
};

export const ONE_VOTE: Invariant = {
  id: 'RAFT-ONE-VOTE',
  source: 'Raft thesis, section 3.4',
  explain: 'A member votes for at most one candidate in a term, also across restarts.',
};

export const RECOVERY: Invariant = {
  id: 'RECOVERY-KEEPS-PROMISES',
  source: 'Raft thesis, section 3.8',
  explain:
    'After a restart a member has at least the term, the vote and the log its disk promised to keep.',
};

/** Values of one member as they were seen last. */
export interface Seen {
  term: Term;
  vote: ProcessId;
  commitIndex: number;
  appliedIndex: number;
}

/** Judges every change of term, vote and indexes. O(1). */
export class MonotoneJudge {
  /** Votes that were sent, by member, then term. */
  private readonly votes = new Map<ProcessId, Map<Term, ProcessId>>();
  private readonly durability: DurabilityView;

  constructor(durability: DurabilityView) {
    this.durability = durability;
  }

  changed(view: MemberView, seen: Seen): void {
    notBack(view.id, 'term', seen.term, view.term);
    notBack(view.id, 'commit index', seen.commitIndex, view.commitIndex);
    notBack(view.id, 'applied index', seen.appliedIndex, view.appliedIndex);
    if (view.vote === seen.vote || view.term !== seen.term || seen.vote === 0) return;
    const { id, term, vote } = view;
    const before = seen.vote;
    throw new BrokenInvariant(
      ONE_VOTE,
      `n${id} changed its vote in term ${term} from n${before} to ${vote === 0 ? 'nobody' : `n${vote}`}`,
    );
  }

  /** Whom `member` has told that it votes for it in `term`; undefined: nobody. */
  voteOf(member: ProcessId, term: Term): ProcessId | undefined {
    return this.votes.get(member)?.get(term);
  }

  /** A vote left the member: from now on it binds, whatever crashes. */
  voted(member: ProcessId, term: Term, candidate: ProcessId): void {
    let ofMember = this.votes.get(member);
    if (ofMember === undefined) {
      ofMember = new Map();
      this.votes.set(member, ofMember);
    }
    const earlier = ofMember.get(term);
    if (earlier === undefined) ofMember.set(term, candidate);
    else {
      hold(
        earlier === candidate,
        ONE_VOTE,
        () =>
          `n${member} votes for n${candidate} in term ${term}, in which it voted for n${earlier} before`,
      );
    }
  }

  /** A member has finished recovery. */
  recovered(view: MemberView): void {
    const promised = this.durability.promisedBefore(view.id);
    const { term, vote } = promised;
    hold(
      view.term >= term,
      RECOVERY,
      () =>
        `n${view.id} came back in term ${view.term}, but its disk had promised to keep term ${term}`,
    );
    hold(
      view.term > term || vote === 0 || view.vote === vote,
      RECOVERY,
      () =>
        `n${view.id} came back in term ${term} with ${view.vote === 0 ? 'no vote' : `a vote for n${view.vote}`}, but its disk had promised to keep its vote for n${vote}`,
    );
    keptLog(view, promised);
  }
}

/** The end of the promised log is there, unless a later leader's entries have replaced it. */
function keptLog(view: MemberView, promised: Promised): void {
  const { lastIndex: index, lastTerm: term } = promised;
  if (index <= view.snapshotIndex) return;
  const entry = view.entry(index);
  const lastTerm = view.entry(view.lastIndex)?.term ?? view.snapshotTerm;
  hold(
    (entry !== undefined && entry.term >= term) || lastTerm > term,
    RECOVERY,
    () =>
      `n${view.id} came back with a log that ends at ${view.lastIndex} (term ${lastTerm}), but its disk had promised to keep it through ${index} (term ${term})`,
  );
}

function notBack(id: ProcessId, what: string, before: number, now: number): void {
  if (now >= before) return;
  throw new BrokenInvariant(MONOTONE, `the ${what} of n${id} went back from ${before} to ${now}`);
}
