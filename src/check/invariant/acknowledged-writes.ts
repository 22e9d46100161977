// No acknowledged write is lost: what a client was told is done is in the committed log when it is told,
// and on every member when the run has healed.

import type { LogIndex } from '../../base/ids.js';
import type { CommittedLog } from '../committed-log.js';
import type { LogMirror } from '../log-mirror.js';
import type { MemberView } from '../view.js';
import { hold, type Invariant } from './invariant.js';

export const ACKNOWLEDGED_WRITE: Invariant = {
  id: 'ACKNOWLEDGED-WRITE-KEPT',
  source: 'etcd documentation, KV API guarantees (durability)',
  explain: 'A write that a client was told succeeded is committed, once, and is never lost.',
};

/** Follows requests by id through the committed log. O(1) a request. */
export class WriteJudge {
  private readonly committedAt = new Map<number, LogIndex>();

  /** An entry carrying request `id` was committed for the first time. */
  committed(id: number, index: LogIndex): void {
    const earlier = this.committedAt.get(id);
    hold(
      earlier === undefined,
      ACKNOWLEDGED_WRITE,
      () => `request ${id} is committed twice, at index ${earlier} and at index ${index}`,
    );
    this.committedAt.set(id, index);
  }

  isCommitted(id: number): boolean {
    return this.committedAt.has(id);
  }

  /** A client was told that the write succeeded. */
  acknowledged(id: number, label: string): void {
    hold(
      this.committedAt.has(id),
      ACKNOWLEDGED_WRITE,
      () => `${label} was acknowledged, but no member has committed it`,
    );
  }

  /** After healing: the member's log ends where the committed log ends, and is the same. */
  kept(view: MemberView, mirror: LogMirror, committed: CommittedLog): void {
    const { lastIndex } = committed;
    hold(
      view.appliedIndex >= lastIndex && mirror.chain(lastIndex) === committed.chain(lastIndex),
      ACKNOWLEDGED_WRITE,
      () =>
        `after healing n${view.id} has applied through ${view.appliedIndex}, but entries through ${lastIndex} were committed, or its log differs from them`,
    );
  }
}
