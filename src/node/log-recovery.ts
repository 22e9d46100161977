// Gets back from the peers what damage has taken out of this member's log, before it runs Raft; and
// answers peers that do the same. Asks one peer at a time, the next one when a tick brought nothing new; one that
// sends a snapshot is given longer.
// Not here: what is missing and why filling it is safe (storage/log-repair.ts).

import type { ProcessId } from '../base/ids.js';
import { FailStop } from '../ports/process.js';
import type { Raft } from '../raft/raft.js';
import type { SnapshotMetadata } from '../raft/raftpb.js';
import type { LogGap, LogRepair } from '../storage/log-repair.js';
import type { Recovered, Storage } from '../storage/storage.js';
import type { LogPart, LogRequest, NodeMessage, SnapshotChunk } from './messages.js';
import { SnapshotReceiver } from './snapshot-transfer.js';

export interface LogRecoveryHost {
  readonly peers: readonly ProcessId[];
  /** Ticks without progress after which it stops the process. */
  readonly patienceTicks: number;
  send(to: ProcessId, message: NodeMessage): void;
  /** The log is whole, and durable. */
  done(recovered: Recovered): void;
}

/** Ticks without another piece of a snapshot after which another peer is asked. */
const PEER_PATIENCE_TICKS = 10;

/** Drives one {@link LogRepair} to its end. */
export class LogRecovery {
  readonly log: LogRepair;
  private readonly storage: Storage;
  private readonly host: LogRecoveryHost;
  private nextPeer = 0;
  private idleTicks = 0;
  /** Something arrived since the last tick, and the next request is on its way. */
  private advanced = false;
  private wanted: { readonly from: ProcessId; readonly metadata: SnapshotMetadata } | null = null;
  private receiver: SnapshotReceiver | null = null;
  /** A snapshot, or the whole log, is being written. */
  private writing = false;

  constructor(log: LogRepair, storage: Storage, host: LogRecoveryHost) {
    this.log = log;
    this.storage = storage;
    this.host = host;
  }

  /** Asks again. Throws FailStop('corruption') when nobody has helped for too long. */
  tick(): void {
    this.storage.confirm();
    if (this.writing) return;
    if (this.advanced) {
      this.advanced = false;
      this.idleTicks = 0;
      return;
    }
    const gap = this.log.gap();
    if (gap === null) return;
    this.idleTicks++;
    if (this.idleTicks > this.host.patienceTicks) {
      const { from, to } = gap;
      throw new FailStop(
        'corruption',
        `entries ${from} to ${to} are damaged, and no peer gave them`,
      );
    }
    const { wanted, receiver } = this;
    if (wanted !== null && this.idleTicks % PEER_PATIENCE_TICKS !== 0) {
      // A snapshot comes in many pieces, and each may take longer than a tick: what has arrived of it stays.
      this.requestChunk(wanted.from, wanted.metadata, receiver?.receivedBytes ?? 0);
      return;
    }
    this.wanted = null;
    this.receiver = null;
    const { peers } = this.host;
    this.ask(peers[this.nextPeer++ % peers.length]!, gap);
  }

  receivePart(from: ProcessId, part: LogPart): void {
    const gap = this.log.gap();
    if (this.writing || gap === null) return;
    if (part.anchorIndex !== gap.anchorIndex || part.anchorTerm !== gap.anchorTerm) return;
    if (part.snapshot !== null) this.want(from, part.snapshot, gap);
    else if (part.entries.length > 0) {
      if (this.log.fill(gap, part.entries)) this.proceed(from);
    } else if (part.ledTerm > 0 && part.ledTerm >= this.log.hardState.term) {
      if (this.log.follow(part.lastIndex, part.lastTerm)) this.proceed(from);
    }
  }

  receiveChunk(from: ProcessId, chunk: SnapshotChunk): void {
    const { wanted } = this;
    if (this.writing || wanted === null || wanted.from !== from) return;
    const { metadata } = wanted;
    if (chunk.index !== metadata.index || chunk.term !== metadata.term) return;
    if (this.receiver === null || !this.receiver.matches(from, chunk)) {
      if (chunk.offset !== 0) return;
      this.receiver = new SnapshotReceiver(from, chunk);
    }
    const { receiver } = this;
    const before = receiver.receivedBytes;
    const offset = receiver.accept(chunk);
    // One that was asked for twice asks for nothing more.
    if (offset === before) return;
    this.advanced = true;
    const data = receiver.content();
    if (data === null) {
      this.requestChunk(from, metadata, offset);
      return;
    }
    receiver.complete = true;
    this.writing = true;
    this.storage.receiveSnapshot(metadata, data, () => {
      this.writing = false;
      this.wanted = null;
      this.receiver = null;
      this.log.adopt(metadata, data);
      this.proceed(from);
    });
  }

  private proceed(from: ProcessId): void {
    this.advanced = true;
    const gap = this.log.gap();
    if (gap !== null) {
      this.ask(from, gap);
      return;
    }
    this.writing = true;
    this.storage.finishRepair(this.log, (recovered) => this.host.done(recovered));
  }

  private ask(peer: ProcessId, gap: LogGap): void {
    this.host.send(peer, { kind: 'log-request', ...gap });
  }

  private want(from: ProcessId, metadata: SnapshotMetadata, gap: LogGap): void {
    if (this.wanted !== null || metadata.index < gap.from) return;
    this.wanted = { from, metadata };
    this.requestChunk(from, metadata, 0);
  }

  private requestChunk(to: ProcessId, metadata: SnapshotMetadata, offset: number): void {
    const { index, term } = metadata;
    this.host.send(to, { kind: 'snapshot-request', index, term, offset });
  }
}

/** What a running member can say. */
export function answerFromRaft(raft: Raft, request: LogRequest, bytesMax: number): LogPart {
  const { log } = raft;
  const { from, to, anchorIndex, anchorTerm, endIndex, endTerm } = request;
  const firstIndex = log.firstIndex();
  const belongs = log.term(anchorIndex) === anchorTerm || log.term(endIndex) === endTerm;
  if (anchorIndex < firstIndex - 1 || (belongs && from < firstIndex)) {
    return { ...nothing(request), snapshot: log.pendingSnapshot === null ? log.snapshot : null };
  }
  if (belongs) return { ...nothing(request), entries: log.entries(from, to + 1, bytesMax) };
  const leads = raft.state === 'StateLeader';
  const end = { lastIndex: log.lastIndex(), lastTerm: log.lastTerm() };
  return { ...nothing(request), ledTerm: leads ? raft.term : 0, ...end };
}

/** What a member with holes in its own log can say: only what it has for sure. */
export function answerFromHoles(log: LogRepair, request: LogRequest): LogPart {
  const { from, to, anchorIndex, anchorTerm, endIndex, endTerm } = request;
  const { baseIndex } = log;
  const belongs = log.term(anchorIndex) === anchorTerm || log.term(endIndex) === endTerm;
  if (anchorIndex <= baseIndex || (belongs && from <= baseIndex)) {
    return { ...nothing(request), snapshot: log.base?.metadata ?? null };
  }
  return { ...nothing(request), entries: belongs ? log.entries(from, to) : [] };
}

function nothing({ anchorIndex, anchorTerm }: LogRequest): LogPart {
  const end = { ledTerm: 0, lastIndex: 0, lastTerm: 0 };
  return { kind: 'log-part', anchorIndex, anchorTerm, entries: [], snapshot: null, ...end };
}
