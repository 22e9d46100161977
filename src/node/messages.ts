// What members and clients send each other. Raft's own messages travel as they are; the rest carries
// client requests, their answers, and snapshots in chunks.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import type { KvRequest, KvResult } from '../etcdpb/kv.js';
import type { Entry, Message, SnapshotMetadata } from '../raft/raftpb.js';
import type { LogGap } from '../storage/log-repair.js';

/**
 * Request ids: the client's number times this, plus a count that grows with every request the client
 * makes, never reused. Members rely on the order to tell a repeated request from a new one.
 */
export const REQUESTS_PER_CLIENT = 16777216;

/** A client asks a member. */
export interface ClientRequest {
  readonly kind: 'request';
  readonly id: number;
  readonly request: KvRequest;
}

export interface ClientResponse {
  readonly kind: 'response';
  readonly id: number;
  readonly result: KvResult;
}

/** Asks the leader to hand over to `target`. Not answered: who leads is the answer. */
export interface MoveLeader {
  readonly kind: 'move-leader';
  readonly target: ProcessId;
}

/** One piece of the snapshot taken at (`term`, `index`). */
export interface SnapshotChunk {
  readonly kind: 'snapshot-chunk';
  readonly index: LogIndex;
  readonly term: Term;
  readonly totalBytes: number;
  /** CRC-32C of the whole snapshot. */
  readonly totalCrc: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Everything below `offset` has arrived; `stored`: the whole snapshot is durable on the receiver. */
export interface SnapshotAck {
  readonly kind: 'snapshot-ack';
  readonly index: LogIndex;
  readonly term: Term;
  readonly offset: number;
  readonly stored: boolean;
}

/** A member asks for entries that damage has taken from its log. */
export interface LogRequest extends LogGap {
  readonly kind: 'log-request';
}

/** Answers a {@link LogRequest}, whose anchor it repeats. */
export interface LogPart {
  readonly kind: 'log-part';
  readonly anchorIndex: LogIndex;
  readonly anchorTerm: Term;
  /** The first of them, or as many as fit. Empty: see below. */
  readonly entries: readonly Entry[];
  /** They are compacted: this snapshot stands for them. */
  readonly snapshot: SnapshotMetadata | null;
  /** The sender leads this term and does not have the anchor; its log ends there. 0: not so. */
  readonly ledTerm: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** Asks for a piece of a snapshot; answered by a {@link SnapshotChunk}. */
export interface SnapshotRequest {
  readonly kind: 'snapshot-request';
  readonly index: LogIndex;
  readonly term: Term;
  readonly offset: number;
}

export type NodeMessage =
  | Message
  | ClientRequest
  | ClientResponse
  | MoveLeader
  | SnapshotChunk
  | SnapshotAck
  | LogRequest
  | LogPart
  | SnapshotRequest;
