// No split brain: at most one leader in a term, and every leader holds what was committed before it.

import type { ProcessId, Term } from '../../base/ids.js';
import type { CommittedLog } from '../committed-log.js';
import type { LogMirror } from '../log-mirror.js';
import type { MemberView } from '../view.js';
import { hold, type Invariant } from './invariant.js';

export const ELECTION_SAFETY: Invariant = {
  id: 'RAFT-ELECTION-SAFETY',
  source: 'Raft thesis, figure 3.2, Election Safety',
  explain: 'At most one leader is elected in a term; two leaders of one term are a split brain.',
};

export const LEADER_COMPLETENESS: Invariant = {
  id: 'RAFT-LEADER-COMPLETENESS',
  source: 'Raft thesis, figure 3.2, Leader Completeness',
  explain: 'An entry committed in one term is in the log of every leader of later terms.',
};

/** Judges every election. O(1) each. */
export class ElectionJudge {
  private readonly leaderOf = new Map<Term, ProcessId>();

  elected(view: MemberView, mirror: LogMirror, committed: CommittedLog): void {
    const { id, term } = view;
    const earlier = this.leaderOf.get(term);
    hold(
      earlier === undefined || earlier === id,
      ELECTION_SAFETY,
      () => `n${id} leads term ${term}, but n${earlier} was elected in that term before`,
    );
    this.leaderOf.set(term, id);

    const index = committed.lastCommittedBefore(term);
    if (index < mirror.firstIndex - 1) return; // compacted, so it was applied here
    hold(
      mirror.lastIndex >= index && mirror.chain(index) === committed.chain(index),
      LEADER_COMPLETENESS,
      () =>
        mirror.lastIndex < index
          ? `n${id} leads term ${term} with a log that ends at ${mirror.lastIndex}, but entry ${index} was committed before`
          : `n${id} leads term ${term} with another entry at ${index} (term ${mirror.term(index)}) than the one committed before (term ${committed.entry(index)?.term})`,
    );
  }
}
