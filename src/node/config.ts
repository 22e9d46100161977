// Configuration of one member. Everything tunable is here, so that a test can draw hostile values.

import type { Micros, ProcessId } from '../base/ids.js';

export interface MemberConfig {
  readonly id: ProcessId;
  readonly clusterId: number;
  /** Voters of the first configuration; later ones come from snapshots. */
  readonly initialMembers: readonly ProcessId[];
  /** Length of one Raft tick. */
  readonly tickUs: Micros;
  /** Ticks without a leader before an election: drawn anew from [n, n + jitter) every time. */
  readonly electionTicks: number;
  readonly electionJitterTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  /** Bytes of entry data in one MsgApp; at least one entry is always sent. */
  readonly maxMessageBytes: number;
  readonly maxInflightMessages: number;
  /** Bytes of proposals that may wait for commitment before new ones are dropped. */
  readonly maxUncommittedBytes: number;
  /** Bytes of one WAL segment. */
  readonly segmentBytes: number;
  /** Applied entries between snapshots. */
  readonly snapshotEntries: number;
  /** Entries kept in memory behind a snapshot for followers that lag a little. */
  readonly catchUpEntries: number;
  readonly snapshotChunkBytes: number;
  /** After this long without an answer from the cluster a client is told that the request timed out. */
  readonly requestTimeoutUs: Micros;
  /**
   * The member has never run: an empty directory is what it should find. Otherwise one is a disk that has
   * lost everything, and the member refuses to start under its old id.
   */
  readonly bootstrap: boolean;
}

/** etcd's defaults where it has them: 100 ms heartbeats, 1 s elections, 64 MB segments. */
export const DEFAULT_MEMBER_CONFIG: Omit<MemberConfig, 'id' | 'clusterId' | 'initialMembers'> = {
  tickUs: 100_000,
  electionTicks: 10,
  electionJitterTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  maxMessageBytes: 512 * 1024,
  maxInflightMessages: 512,
  maxUncommittedBytes: 1024 * 1024 * 1024,
  segmentBytes: 64_000_000,
  snapshotEntries: 10_000,
  catchUpEntries: 5_000,
  snapshotChunkBytes: 256 * 1024,
  requestTimeoutUs: 7_000_000,
  bootstrap: true,
};
