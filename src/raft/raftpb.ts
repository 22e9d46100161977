// Raft's messages and durable records, named as in etcd's raftpb so that its transcripts can be
// replayed against ours. Objects are immutable once built, but for Message.entries while building.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';

/** Entry types: 0 EntryNormal, 1 EntryConfChangeV2. */
export type EntryType = 0 | 1;
export const EntryNormal: EntryType = 0;
export const EntryConfChangeV2: EntryType = 1;

/** One slot of the log. `data` must not be changed after the entry was proposed. */
export class Entry {
  readonly term: Term;
  readonly index: LogIndex;
  readonly type: EntryType;
  readonly data: Uint8Array;

  constructor(term: Term, index: LogIndex, type: EntryType, data: Uint8Array) {
    this.term = term;
    this.index = index;
    this.type = type;
    this.data = data;
  }
}

/** What must be durable before a node answers: thesis figure 3.1, "persistent state". */
export interface HardState {
  readonly term: Term;
  /** The candidate voted for in `term`, 0 for none. */
  readonly vote: ProcessId;
  readonly commit: LogIndex;
}

/** The membership as of some index. Two voter sets while a joint change is under way (thesis 4.3). */
export interface ConfState {
  readonly voters: readonly ProcessId[];
  readonly learners: readonly ProcessId[];
  readonly votersOutgoing: readonly ProcessId[];
  readonly learnersNext: readonly ProcessId[];
  readonly autoLeave: boolean;
}

/** Names a snapshot: the state after applying `index`. The content is the node's concern. */
export interface SnapshotMetadata {
  readonly index: LogIndex;
  readonly term: Term;
  readonly confState: ConfState;
}

/** Message types of etcd's raft. Local ones (MsgHup, MsgBeat, ...) never cross the network. */
export const MESSAGE_TYPES = [
  'MsgHup',
  'MsgBeat',
  'MsgProp',
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgSnap',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgUnreachable',
  'MsgSnapStatus',
  'MsgCheckQuorum',
  'MsgTransferLeader',
  'MsgTimeoutNow',
  'MsgReadIndex',
  'MsgReadIndexResp',
  'MsgPreVote',
  'MsgPreVoteResp',
] as const;

export type MessageType = (typeof MESSAGE_TYPES)[number];

export const NO_ENTRIES: readonly Entry[] = [];

/**
 * One message, all fields always present so that every message has the same hidden class.
 * The meaning of a field depends on the type, as in etcd's raft.
 */
export class Message {
  type: MessageType;
  to: ProcessId;
  from: ProcessId;
  /** 0 on local messages and on MsgProp and MsgReadIndex, which are outside any term. */
  term: Term = 0;
  /** MsgApp: term of the entry at `index`. MsgVote: term of the last entry. MsgAppResp reject: hint's term. */
  logTerm: Term = 0;
  /** MsgApp: index before `entries`. MsgAppResp: last matching index, or the rejected one. MsgVote: last index. */
  index: LogIndex = 0;
  entries: readonly Entry[] = NO_ENTRIES;
  commit: LogIndex = 0;
  /** Candidate voted for, in messages that echo a hard state. */
  vote: ProcessId = 0;
  snapshot: SnapshotMetadata | null = null;
  reject = false;
  /** MsgAppResp reject: the highest index at which the follower's log may match. */
  rejectHint: LogIndex = 0;
  /** MsgHeartbeat and its response: the read round, 0 for none. MsgReadIndex: the request's id. */
  context = 0;
  /** MsgVote, MsgPreVote: the campaign was started by a leadership transfer. */
  transfer = false;

  constructor(type: MessageType, to: ProcessId, from: ProcessId) {
    this.type = type;
    this.to = to;
    this.from = from;
  }
}
