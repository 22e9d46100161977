// Logs agree: the same index and term means the same entry and the same history, and a leader only ever
// appends to its own log.

import type { LogChange, LogMirror } from '../log-mirror.js';
import type { MemberView } from '../view.js';
import { BrokenInvariant, type Invariant } from './invariant.js';

export const LOG_MATCHING: Invariant = {
  id: 'RAFT-LOG-MATCHING',
  source: 'Raft thesis, figure 3.2, Log Matching',
  explain:
    'If two logs hold an entry with the same index and term, they are identical up to that entry.',
};

export const LEADER_APPEND_ONLY: Invariant = {
  id: 'RAFT-LEADER-APPEND-ONLY',
  source: 'Raft thesis, figure 3.2, Leader Append-Only',
  explain: 'A leader never overwrites or deletes entries of its own log.',
};

/** Indexes and terms as one map key: terms stay far below 2^21 in a run. */
const TERM_SHIFT = 4294967296;

/** Judges every change of a log. O(1) an entry. */
export class LogJudge {
  private readonly chainAt = new Map<number, number>();

  changed(view: MemberView, change: LogChange, ledThisTermBefore: boolean): void {
    if (change.removed === 0 || !ledThisTermBefore) return;
    throw new BrokenInvariant(
      LEADER_APPEND_ONLY,
      `n${view.id}, leading term ${view.term}, dropped ${change.removed} entries of its own log above index ${change.keptThrough}`,
    );
  }

  /** Called for every new entry, after the mirror took it. */
  appended(view: MemberView, mirror: LogMirror): void {
    const index = mirror.lastIndex;
    const key = mirror.term(index) * TERM_SHIFT + index;
    const chain = mirror.chain(index);
    const known = this.chainAt.get(key);
    if (known === undefined) this.chainAt.set(key, chain);
    else if (known !== chain) {
      throw new BrokenInvariant(
        LOG_MATCHING,
        `n${view.id} has an entry at index ${index}, term ${mirror.term(index)}, whose content or history differs from the one another member has there`,
      );
    }
  }
}
