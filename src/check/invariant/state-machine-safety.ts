// Committed means for ever: every member commits and applies the same entry at the same index, only after
// a quorum has it durably, and equal logs make equal stores.

import type { LogIndex, ProcessId } from '../../base/ids.js';
import type { CommittedLog } from '../committed-log.js';
import type { LogMirror } from '../log-mirror.js';
import type { DurabilityView, MemberView } from '../view.js';
import { BrokenInvariant, type Invariant } from './invariant.js';

export const STATE_MACHINE_SAFETY: Invariant = {
  id: 'RAFT-STATE-MACHINE-SAFETY',
  source: 'Raft thesis, figure 3.2, State Machine Safety',
  explain: 'No two members ever commit different entries at the same index.',
};

export const COMMIT_ON_QUORUM: Invariant = {
  id: 'RAFT-COMMIT-ON-QUORUM',
  source: 'Raft thesis, sections 3.5 and 3.8',
  explain: 'An entry is committed only after a majority of the disks have promised to keep it.',
};

export const APPLY_AFTER_COMMIT: Invariant = {
  id: 'RAFT-APPLY-AFTER-COMMIT',
  source: 'Raft thesis, section 3.5',
  explain: 'A member applies an entry only after it knows that the entry is committed.',
};

export const EQUAL_STORES: Invariant = {
  id: 'STORE-EQUAL-AT-EQUAL-INDEX',
  source: 'etcd server/etcdserver/corrupt.go (hash check)',
  explain:
    'Two members that have applied the same entries hold the same keys, values and revisions, and know the same requests.',
};

/** Judges every advance of a commit or applied index. O(entries advanced + members). */
export class CommitJudge {
  private readonly storeHashes = new Map<LogIndex, { hash: number; member: ProcessId }>();
  private readonly committed: CommittedLog;
  private readonly durability: DurabilityView;
  private readonly members: readonly ProcessId[];

  constructor(committed: CommittedLog, durability: DurabilityView, members: readonly ProcessId[]) {
    this.committed = committed;
    this.durability = durability;
    this.members = members;
  }

  /** The commit index of a member moved up from `from`. Returns the first index nobody had committed yet. */
  committedThrough(view: MemberView, mirror: LogMirror, from: LogIndex): LogIndex {
    const { committed } = this;
    const fresh = committed.lastIndex + 1;
    const first = Math.max(from + 1, mirror.firstIndex);
    for (let index = first; index <= view.commitIndex; index++) {
      const entry = mirror.entry(index);
      if (entry === undefined) {
        throw new BrokenInvariant(
          STATE_MACHINE_SAFETY,
          `n${view.id} calls index ${index} committed, but its log ends at ${mirror.lastIndex}`,
        );
      }
      if (index > committed.lastIndex) committed.append(entry, mirror.chain(index), view.term);
      else this.sameAsCommitted(view, mirror, index);
    }
    if (committed.lastIndex >= fresh) this.onQuorum(view, committed.lastIndex);
    return fresh;
  }

  /** What a member has kept through `index` must be what was committed. */
  sameAsCommitted(view: MemberView, mirror: LogMirror, index: LogIndex): void {
    if (mirror.chain(index) === this.committed.chain(index)) return;
    throw new BrokenInvariant(
      STATE_MACHINE_SAFETY,
      `n${view.id} commits entry ${index} of term ${mirror.term(index)}, but the entry committed there before is of term ${this.committed.entry(index)?.term}, or what precedes it differs`,
    );
  }

  private onQuorum(view: MemberView, index: LogIndex): void {
    const term = this.committed.entry(index)!.term;
    const holders: ProcessId[] = [];
    for (const member of this.members) {
      if (this.durability.durableEntryTerm(member, index) === term) holders.push(member);
    }
    const quorum = Math.floor(this.members.length / 2) + 1;
    if (holders.length >= quorum) return;
    throw new BrokenInvariant(
      COMMIT_ON_QUORUM,
      `n${view.id} calls entry ${index} (term ${term}) committed, but only ${holders.length} of ${this.members.length} disks have promised to keep it (${holders.map((id) => `n${id}`).join(', ') || 'none'}; ${quorum} are needed)`,
    );
  }

  applied(view: MemberView): void {
    const { id, appliedIndex, commitIndex } = view;
    if (appliedIndex > commitIndex) {
      throw new BrokenInvariant(
        APPLY_AFTER_COMMIT,
        `n${id} has applied through index ${appliedIndex}, but its commit index is ${commitIndex}`,
      );
    }
    const hash = view.storeHash();
    const known = this.storeHashes.get(appliedIndex);
    if (known === undefined) this.storeHashes.set(appliedIndex, { hash, member: id });
    else if (known.hash !== hash) {
      throw new BrokenInvariant(
        EQUAL_STORES,
        `at applied index ${appliedIndex} the store of n${id} hashes to ${hex(hash)}, that of n${known.member} to ${hex(known.hash)}`,
      );
    }
  }
}

function hex(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, '0');
}
