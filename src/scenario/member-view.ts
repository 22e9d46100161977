// Our node as the invariants see it: Raft's public state, read where it lies. One view an incarnation.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import type { EntryView, MemberView, Role } from '../check/view.js';
import type { Member } from '../node/member.js';
import type { Raft } from '../raft/raft.js';

export class RaftMemberView implements MemberView {
  readonly id: ProcessId;
  private readonly member: Member;
  private shown: Readonly<Record<string, string | number>> = {};

  constructor(member: Member) {
    this.member = member;
    this.id = member.config.id;
  }

  /** Recovery has finished, so there is state to look at. */
  get isRunning(): boolean {
    return this.member.raft !== null;
  }

  /** It has found durable entries damaged and asks its peers for them. */
  get isRepairing(): boolean {
    return this.member.isRepairing;
  }

  private get raft(): Raft {
    return this.member.raft!;
  }

  get term(): Term {
    return this.raft.term;
  }

  get vote(): ProcessId {
    return this.raft.vote;
  }

  get role(): Role {
    return this.raft.state;
  }

  get commitIndex(): LogIndex {
    return this.raft.log.committed;
  }

  get appliedIndex(): LogIndex {
    return this.member.appliedIndex;
  }

  get lastIndex(): LogIndex {
    return this.raft.log.lastIndex();
  }

  get snapshotIndex(): LogIndex {
    return this.raft.log.firstIndex() - 1;
  }

  get snapshotTerm(): Term {
    return this.raft.log.term(this.snapshotIndex);
  }

  entry(index: LogIndex): EntryView | undefined {
    return this.raft.log.entry(index);
  }

  storeHash(): number {
    return this.member.store.hash();
  }

  /** Fields that differ from the last call, null if none. For traces. */
  changes(): Record<string, string | number> | null {
    const now: Record<string, string | number> = {
      role: this.role.slice(5).toLowerCase(),
      term: this.term,
      vote: this.vote,
      lead: this.raft.lead,
      last: this.lastIndex,
      commit: this.commitIndex,
      applied: this.appliedIndex,
      snapshot: this.snapshotIndex,
      revision: this.member.store.revision,
    };
    let changed: Record<string, string | number> | null = null;
    for (const [name, value] of Object.entries(now)) {
      if (this.shown[name] === value) continue;
      changed ??= {};
      changed[name] = value;
    }
    this.shown = now;
    return changed;
  }
}
