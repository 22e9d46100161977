// Our node as the invariants see it: Raft's public state, read where it lies. One view an incarnation.

import { mix } from '../base/hash.js';
import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import type { EntryView, MemberView, Role } from '../check/view.js';
import type { Member } from '../node/member.js';
import type { Raft } from '../raft/raft.js';

export class RaftMemberView implements MemberView {
  readonly id: ProcessId;
  private readonly member: Member;
  /** Values of {@link SHOWN} at the last call of {@link changes}. */
  private readonly shown: (string | number)[] = [];

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

  matchIndex(member: ProcessId): LogIndex {
    return this.raft.tracker.get(member)?.match ?? 0;
  }

  countsVoteOf(member: ProcessId): boolean {
    const { state, tracker } = this.raft;
    return state === 'StateCandidate' && tracker.votes.get(member) === true;
  }

  entry(index: LogIndex): EntryView | undefined {
    return this.raft.log.entry(index);
  }

  storeHash(): number {
    const { store, sessions } = this.member;
    return mix(store.hash(), sessions.hash());
  }

  /** Fields that differ from the last call, null if none. For traces. */
  changes(): Record<string, string | number> | null {
    let changed: Record<string, string | number> | null = null;
    for (let i = 0; i < SHOWN.length; i++) {
      const [name, read] = SHOWN[i]!;
      const value = read(this.member, this.raft);
      if (value === this.shown[i]) continue;
      this.shown[i] = value;
      changed ??= {};
      changed[name] = value;
    }
    return changed;
  }
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  StateFollower: 'follower',
  StatePreCandidate: 'precandidate',
  StateCandidate: 'candidate',
  StateLeader: 'leader',
};

/** What a trace shows of a member. */
const SHOWN: readonly (readonly [
  name: string,
  read: (member: Member, raft: Raft) => string | number,
])[] = [
  ['role', (_, raft) => ROLE_WORDS[raft.state]],
  ['term', (_, raft) => raft.term],
  ['vote', (_, raft) => raft.vote],
  ['lead', (_, raft) => raft.lead],
  ['last', (_, raft) => raft.log.lastIndex()],
  ['commit', (_, raft) => raft.log.committed],
  ['applied', (member) => member.appliedIndex],
  ['snapshot', (_, raft) => raft.log.firstIndex() - 1],
  ['revision', (member) => member.store.revision],
];
