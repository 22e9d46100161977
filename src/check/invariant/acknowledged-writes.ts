// No acknowledged write is lost: what a client was told is done is in the committed log when it is told,
// and on every member when the run has healed.

import type { CommittedLog } from '../committed-log.js';
import type { LogMirror } from '../log-mirror.js';
import type { MemberView } from '../view.js';
import { hold, type Invariant } from './invariant.js';

export const ACKNOWLEDGED_WRITE: Invariant = {
  id: 'ACKNOWLEDGED-WRITE-KEPT',
  source: 'etcd documentation, KV API guarantees (durability)',
  explain: 'A write that a client was told succeeded is committed, once, and is never lost.',
};

/** Which client made a request. */
export type ClientOf = (id: number) => number;

/**
 * Follows requests by id through the committed log. A request counts once: a repetition, or one that
 * comes after a younger request of the same client, must have no effect (Raft thesis 6.3), and the
 * history is judged as if it had none. O(1) a request.
 */
export class WriteJudge {
  private readonly effective = new Set<number>();
  private readonly newestOf = new Map<number, number>();
  private readonly clientOf: ClientOf;

  constructor(clientOf: ClientOf) {
    this.clientOf = clientOf;
  }

  /** An entry carrying request `id` was committed. */
  committed(id: number): void {
    const client = this.clientOf(id);
    if (id <= (this.newestOf.get(client) ?? 0)) return;
    this.newestOf.set(client, id);
    this.effective.add(id);
  }

  /** Requests that took effect, in the order of the log. */
  inOrder(): readonly number[] {
    return [...this.effective];
  }

  isCommitted(id: number): boolean {
    return this.effective.has(id);
  }

  /** A client was told that the write succeeded. */
  acknowledged(id: number, label: () => string): void {
    hold(
      this.effective.has(id),
      ACKNOWLEDGED_WRITE,
      () => `${label()} was acknowledged, but no member has committed it`,
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
