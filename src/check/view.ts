// What the invariants may see of a running member: Raft's public state, by the thesis's names.
// Implemented where the simulated world is put together; nothing here can change a member.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';

/** An entry as the invariants see it. The same log slot gives the same object until it is replaced. */
export interface EntryView {
  readonly term: Term;
  readonly index: LogIndex;
  readonly type: number;
  readonly data: Uint8Array;
}

export type Role = 'StateFollower' | 'StatePreCandidate' | 'StateCandidate' | 'StateLeader';

export interface MemberView {
  readonly id: ProcessId;
  readonly term: Term;
  /** Candidate voted for in `term`, 0 for none. */
  readonly vote: ProcessId;
  readonly role: Role;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** The log begins after this index. */
  readonly snapshotIndex: LogIndex;
  readonly snapshotTerm: Term;
  /** On a leader: through which index it counts this member's log to be like its own; 0 for nothing. */
  matchIndex(member: ProcessId): LogIndex;
  /** On a candidate: whether it counts this member's vote for itself; false on all others. */
  countsVoteOf(member: ProcessId): boolean;
  /** Undefined outside (snapshotIndex, lastIndex]. */
  entry(index: LogIndex): EntryView | undefined;
  /** Of all that entries change: equal states give equal hashes. O(1). */
  storeHash(): number;
}

/** The newest state that a disk has promised to keep. */
export interface Promised {
  readonly term: Term;
  readonly vote: ProcessId;
  /** Where the log ends, and the term of its last entry; 0 and -1 without one. */
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** What a member's disk has promised to keep, learned from the disk and not from the member. */
export interface DurabilityView {
  /** Term of the entry at `index` if it and all before it are durable on the member, else -1. */
  durableEntryTerm(member: ProcessId, index: LogIndex): Term;
  /** How far the log was durable, at its best, while `term` was the newest durable term; 0 if never. */
  durableThrough(member: ProcessId, term: Term): LogIndex;
  /** The newest durable term and the vote in it. */
  durableTerm(member: ProcessId): Term;
  durableVote(member: ProcessId): ProcessId;
  /**
   * What was durable when Raft last ran on the member before its restart. What it has written since, while it
   * recovered, makes that no less.
   */
  promisedBefore(member: ProcessId): Promised;
}
