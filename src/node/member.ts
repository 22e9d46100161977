// One member of the cluster: drives Raft, the durable storage and the MVCC store over ports, and answers
// clients. A synchronous state machine; it is the same object in production and in simulation.
//
// Keeps: nothing that vouches for state (votes, acknowledgements, answers to writes) leaves before that
// state is durable; a linearizable read is answered only from a state at least as new as its ReadIndex.
// Not here: consensus (raft/), durability (storage/), etcd's semantics (storage/mvcc).

import { assert } from '../base/assert.js';
import { ByteReader, ByteWriter, Slab } from '../base/bytes.js';
import { crc32c } from '../base/crc32c.js';
import type { LogIndex, Micros, ProcessId } from '../base/ids.js';
import type { EtcdError } from '../etcdpb/errors.js';
import { ErrNoLeader, ErrTimeout, ErrTooManyRequests } from '../etcdpb/errors.js';
import type { KvResult } from '../etcdpb/kv.js';
import { FailStop, type Ports, type Process } from '../ports/process.js';
import { Raft, type ReadState, type Ready } from '../raft/raft.js';
import {
  type ConfState,
  type Entry,
  EntryNormal,
  Message,
  type SnapshotMetadata,
} from '../raft/raftpb.js';
import { KvStore } from '../storage/mvcc/store.js';
import { type Recovered, Storage } from '../storage/storage.js';
import { decodeProposal, encodeProposal } from './codec.js';
import type { MemberConfig } from './config.js';
import { answerFromHoles, answerFromRaft, LogRecovery } from './log-recovery.js';
import type {
  ClientRequest,
  NodeMessage,
  SnapshotAck,
  SnapshotChunk,
  SnapshotRequest,
} from './messages.js';
import { PendingReads, PendingWrites } from './pending.js';
import { Sessions } from './sessions.js';
import { SnapshotReceiver, SnapshotSender } from './snapshot-transfer.js';

/** Committed entries that may wait to be applied before new requests are refused (etcd: 5000). */
const APPLY_LAG_MAX = 5000;
/** Election timeouts without progress after which a repair is given up; the next start tries again. */
const REPAIR_PATIENCE_TIMEOUTS = 20;

/** What to do once everything appended so far is durable. */
interface AfterAppend {
  messages: readonly Message[];
  /** Last entry of the batch, 0 if it had none. */
  readonly lastTerm: number;
  readonly lastIndex: LogIndex;
  /** The snapshot to install, held here because another may be received meanwhile. */
  readonly install: StoredSnapshot | null;
}

/** A snapshot received from the leader, durable here, waiting for Raft to install it. */
interface StoredSnapshot {
  readonly index: LogIndex;
  readonly term: number;
  readonly data: Uint8Array;
}

/** See the head of this file. Public fields are for reading: status, metrics, checks. */
export class Member implements Process<NodeMessage> {
  readonly config: MemberConfig;
  /** Null until recovery has finished. */
  raft: Raft | null = null;
  store = new KvStore();
  sessions = new Sessions();
  appliedIndex: LogIndex = 0;

  private readonly ports: Ports<NodeMessage>;
  private storage: Storage | null = null;
  private nextTickUs: Micros = 0;
  private readonly writes = new PendingWrites();
  private readonly reads = new PendingReads();
  private readonly afterAppend: AfterAppend[] = [];
  private readonly reader = new ByteReader(new Uint8Array(0));
  private readonly writer = new ByteWriter(1024);
  private readonly slab = new Slab();
  private readonly snapshotWriter = new ByteWriter(4096);
  private snapshotInProgress = false;
  private lastSnapshotIndex: LogIndex = 0;
  private readonly senders = new Map<ProcessId, SnapshotSender>();
  private receiver: SnapshotReceiver | null = null;
  private stored: StoredSnapshot | null = null;
  /** While the log has holes: Raft does not run before they are filled. */
  private recovery: LogRecovery | null = null;

  constructor(ports: Ports<NodeMessage>, config: MemberConfig) {
    assert(
      config.initialMembers.includes(config.id),
      'a member belongs to its first configuration',
    );
    this.ports = ports;
    this.config = config;
  }

  /** The log has holes, and the peers are asked for what belongs in them. */
  get isRepairing(): boolean {
    return this.recovery !== null;
  }

  start(): void {
    const { id, clusterId, segmentBytes, snapshotChunkBytes, bootstrap } = this.config;
    Storage.open(
      this.ports.disk,
      { memberId: id, clusterId, segmentBytes, snapshotChunkBytes, bootstrap },
      (recovered) => this.recovered(recovered),
    );
  }

  receive(from: ProcessId, message: NodeMessage): void {
    // Until recovery has finished this member has nothing to say, and promises nothing.
    if (this.raft === null) {
      if (this.recovery !== null) this.receiveWhileRepairing(this.recovery, from, message);
      return;
    }
    if (message instanceof Message) this.receiveRaft(this.raft, message);
    else {
      switch (message.kind) {
        case 'request':
          this.receiveRequest(this.raft, from, message);
          break;
        case 'move-leader':
          if (this.raft.state === 'StateLeader') this.raft.transferLeader(message.target);
          break;
        case 'snapshot-chunk':
          this.receiveChunk(from, message);
          break;
        case 'snapshot-ack':
          this.receiveSnapshotAck(this.raft, from, message);
          break;
        case 'log-request':
          this.ports.network.send(
            from,
            answerFromRaft(this.raft, message, this.config.maxMessageBytes),
          );
          break;
        case 'snapshot-request':
          this.answerSnapshotRequest(from, message);
          break;
        case 'log-part':
        case 'response':
          break; // late, or members ask nothing of each other this way
      }
    }
    this.pump(this.raft);
  }

  wake(): void {
    const { raft, recovery } = this;
    if (recovery !== null) {
      recovery.tick();
      this.ports.clock.setDeadline(this.ports.clock.monotonicUs() + this.config.tickUs);
    }
    if (raft === null) return;
    const now = this.ports.clock.monotonicUs();
    if (now >= this.nextTickUs) {
      // After a pause one tick is enough: to make up for the missed ones would rush elections.
      this.nextTickUs = Math.max(this.nextTickUs + this.config.tickUs, now + 1);
      this.tick(raft, now);
    }
    this.ports.clock.setDeadline(this.nextTickUs);
    this.pump(raft);
  }

  private recovered(recovered: Recovered): void {
    const { config, ports } = this;
    const { storage, repair } = recovered;
    this.storage = storage;
    if (repair === null) {
      this.run(recovered);
      return;
    }
    const peers = config.initialMembers.filter((id) => id !== config.id);
    if (peers.length === 0)
      throw new FailStop('corruption', 'entries are damaged, and no peer has them');
    this.recovery = new LogRecovery(repair, storage, {
      peers,
      patienceTicks: REPAIR_PATIENCE_TIMEOUTS * config.electionTicks,
      send: (to, message) => ports.network.send(to, message),
      done: (whole) => {
        this.recovery = null;
        this.run(whole);
      },
    });
    ports.clock.setDeadline(ports.clock.monotonicUs() + config.tickUs);
    this.recovery.tick();
  }

  private receiveWhileRepairing(
    recovery: LogRecovery,
    from: ProcessId,
    message: NodeMessage,
  ): void {
    if (message instanceof Message) return;
    switch (message.kind) {
      case 'log-request':
        this.ports.network.send(from, answerFromHoles(recovery.log, message));
        break;
      case 'snapshot-request':
        this.answerSnapshotRequest(from, message);
        break;
      case 'log-part':
        recovery.receivePart(from, message);
        break;
      case 'snapshot-chunk':
        recovery.receiveChunk(from, message);
        break;
      default:
        break;
    }
  }

  private answerSnapshotRequest(to: ProcessId, { index, term, offset }: SnapshotRequest): void {
    assert(this.storage !== null, 'a member that answers has storage');
    const data = this.storage.readSnapshot({ index, term });
    if (data === null || offset > data.length) return;
    const end = Math.min(data.length, offset + this.config.snapshotChunkBytes);
    const totals = { totalBytes: data.length, totalCrc: crc32c(data) };
    const piece = { index, term, ...totals, offset, data: data.subarray(offset, end) };
    this.ports.network.send(to, { kind: 'snapshot-chunk', ...piece });
  }

  private run({ hardState, entries, snapshot }: Recovered): void {
    const { config } = this;
    if (snapshot !== null) {
      this.restoreState(snapshot.data);
      this.appliedIndex = snapshot.metadata.index;
      this.lastSnapshotIndex = snapshot.metadata.index;
    }
    this.raft = new Raft(
      {
        id: config.id,
        electionTick: config.electionTicks,
        electionJitter: config.electionJitterTicks,
        heartbeatTick: config.heartbeatTicks,
        maxSizePerMsg: config.maxMessageBytes,
        maxInflightMsgs: config.maxInflightMessages,
        maxUncommittedSize: config.maxUncommittedBytes,
        maxCommittedSizePerReady: config.maxMessageBytes,
        preVote: config.preVote,
        checkQuorum: true,
        random: this.ports.random,
      },
      {
        hardState,
        confState: snapshot === null ? initialConfState(config) : snapshot.metadata.confState,
        snapshot: snapshot === null ? { index: 0, term: 0 } : snapshot.metadata,
        entries,
        applied: this.appliedIndex,
      },
    );
    this.reads.begin(this.ports.random);
    this.nextTickUs = this.ports.clock.monotonicUs() + config.tickUs;
    this.ports.clock.setDeadline(this.nextTickUs);
    this.pump(this.raft);
  }

  private tick(raft: Raft, now: Micros): void {
    raft.tick();
    this.storage?.confirm();
    for (const id of this.writes.expired(now)) this.answerWrite(id, fail(ErrTimeout));
    for (const read of this.reads.expired(now)) this.answer(read.from, read.id, fail(ErrTimeout));
    this.reads.tick();
    this.requestReadIndex(raft);
    for (const sender of this.senders.values()) {
      if (raft.state !== 'StateLeader') this.senders.delete(sender.to);
      else if (sender.tick()) sender.pump((chunk) => this.ports.network.send(sender.to, chunk));
      else {
        this.senders.delete(sender.to);
        raft.reportSnapshot(sender.to, false);
      }
    }
  }

  private receiveRaft(raft: Raft, message: Message): void {
    if (message.to !== this.config.id) return;
    if (message.type === 'MsgSnap' && !this.holdsSnapshot(message)) return;
    if (message.type === 'MsgHeartbeat' && message.term >= raft.term) {
      expectKept(message, raft.log.lastIndex());
    }
    raft.step(message);
  }

  /** Does what Raft asks until it asks for nothing more. */
  private pump(raft: Raft): void {
    while (raft.hasReady()) this.handleReady(raft, raft.ready());
  }

  private handleReady(raft: Raft, ready: Ready): void {
    // Not of, here and below: arrays of more than one kind come by, and their iterator is a call each.
    const { messages } = ready;
    for (let i = 0; i < messages.length; i++) this.send(raft, messages[i]!);
    this.persist(raft, ready);
    if (ready.committedEntries.length > 0) this.applyAll(raft, ready.committedEntries);
    for (const readState of ready.readStates) this.readIndexKnown(readState);
    this.answerReads();
  }

  /** Hands a Ready to the storage; what must wait for its durability waits in `afterAppend`. */
  private persist(raft: Raft, ready: Ready): void {
    const { storage } = this;
    assert(storage !== null, 'Raft runs on open storage');
    const messages = ready.messagesAfterAppend;
    if (!ready.mustSync) {
      // The commit index alone need not be durable: it is relearned from the log.
      if (messages.length === 0) return;
      const pending = this.afterAppend.at(-1);
      if (pending === undefined) this.sendAfterAppend(raft, messages);
      else pending.messages = [...pending.messages, ...messages];
      return;
    }
    const last = ready.entries.at(-1);
    this.afterAppend.push({
      messages,
      lastTerm: last === undefined ? 0 : last.term,
      lastIndex: last === undefined ? 0 : last.index,
      install: ready.snapshot === null ? null : this.takeStored(ready.snapshot),
    });
    storage.append(
      { hardState: raft.hardState(), entries: ready.entries, snapshot: ready.snapshot },
      this.onDurable,
    );
  }

  /** Everything of the oldest waiting Ready is durable. */
  private readonly onDurable = (): void => {
    const { raft } = this;
    const done = this.afterAppend.shift();
    assert(raft !== null && done !== undefined, 'storage completes what was appended, once');
    if (done.install !== null) this.installSnapshot(raft, done.install);
    if (done.lastIndex > 0) raft.stableTo(done.lastTerm, done.lastIndex);
    this.sendAfterAppend(raft, done.messages);
    this.pump(raft);
  };

  private sendAfterAppend(raft: Raft, messages: readonly Message[]): void {
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      if (message.to === this.config.id) raft.step(message);
      else this.send(raft, message);
    }
  }

  private send(raft: Raft, message: Message): void {
    if (message.type === 'MsgSnap') this.beginSnapshotTransfer(raft, message);
    else this.ports.network.send(message.to, message);
  }

  // --- writes -----------------------------------------------------------------------------------

  private receiveRequest(raft: Raft, from: ProcessId, message: ClientRequest): void {
    const { id, request } = message;
    const refused = KvStore.validate(request);
    if (refused !== null) this.answer(from, id, fail(refused));
    else if (KvStore.isReadOnly(request) && KvStore.isSerializable(request)) {
      this.answer(from, id, this.store.read(request));
    } else if (KvStore.isReadOnly(request)) {
      this.reads.add({ id, from, request, deadlineUs: this.deadline() });
      this.requestReadIndex(raft);
    } else if (raft.log.committed - this.appliedIndex > APPLY_LAG_MAX) {
      this.answer(from, id, fail(ErrTooManyRequests));
    } else if (raft.propose(encodeProposal({ id, request }, this.writer, this.slab))) {
      this.writes.add(id, from, this.deadline());
    } else {
      this.answer(from, id, fail(ErrNoLeader));
    }
  }

  private deadline(): Micros {
    return this.ports.clock.monotonicUs() + this.config.requestTimeoutUs;
  }

  private applyAll(raft: Raft, entries: readonly Entry[]): void {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      const { index } = entry;
      if (index !== this.appliedIndex + 1) {
        const applied = this.appliedIndex;
        assert(false, 'entries are applied in order, without gaps', { index, applied });
      }
      const written = this.apply(entry);
      this.appliedIndex = index;
      // Last, so that nobody hears of what is not counted as applied yet.
      if (written !== null) this.answerWrite(written.id, written.result);
    }
    raft.appliedTo(this.appliedIndex);
    this.maybeSnapshot(raft);
  }

  /** What an entry has written, if it asks for anything. */
  private apply(entry: Entry): { readonly id: number; readonly result: KvResult } | null {
    // An empty entry is how a new leader commits what its predecessors left behind.
    if (entry.type !== EntryNormal || entry.data.length === 0) return null;
    const { id, request } = decodeProposal(this.reader.use(entry.data));
    // A proposal that the network brought in twice has had its effect and its answer.
    if (!this.sessions.admit(id)) return null;
    return { id, result: this.store.apply(request) };
  }

  private answerWrite(id: number, result: KvResult): void {
    const from = this.writes.take(id);
    if (from !== undefined) this.answer(from, id, result);
  }

  private answer(to: ProcessId, id: number, result: KvResult): void {
    this.ports.network.send(to, { kind: 'response', id, result });
  }

  // --- linearizable reads -----------------------------------------------------------------------

  /** Asks for one ReadIndex on behalf of all reads that wait, unless one is under way. */
  private requestReadIndex(raft: Raft): void {
    const round = this.reads.nextRound();
    if (round === 0) return;
    if (!raft.readIndex(round)) this.reads.abandonRound(round);
  }

  private readIndexKnown(state: ReadState): void {
    this.reads.indexKnown(state.requestId, state.index);
  }

  private answerReads(): void {
    const ready = this.reads.takeReady(this.appliedIndex);
    if (ready === null) return;
    for (const read of ready) this.answer(read.from, read.id, this.store.read(read.request));
    if (this.raft !== null) this.requestReadIndex(this.raft);
  }

  // --- snapshots --------------------------------------------------------------------------------

  private maybeSnapshot(raft: Raft): void {
    if (this.appliedIndex - this.lastSnapshotIndex < this.config.snapshotEntries) return;
    this.takeSnapshot(raft);
  }

  /** Unless one is under way, or nothing has been applied since the last. */
  private takeSnapshot(raft: Raft): void {
    if (this.snapshotInProgress || this.appliedIndex === this.lastSnapshotIndex) return;
    assert(this.storage !== null, 'a member that applies has storage');
    const metadata: SnapshotMetadata = {
      index: this.appliedIndex,
      term: raft.log.term(this.appliedIndex),
      confState: raft.confState(),
    };
    this.snapshotInProgress = true;
    this.storage.saveSnapshot(metadata, this.serializeState(), () => this.snapshotSaved(metadata));
  }

  /** Valid until the next call. */
  private serializeState(): Uint8Array {
    const { snapshotWriter } = this;
    snapshotWriter.reset();
    this.store.serialize(snapshotWriter);
    this.sessions.serialize(snapshotWriter);
    return snapshotWriter.bytes();
  }

  /** The content of the snapshot of this index, if that is where the state is. */
  private stateAt(index: LogIndex): Uint8Array | null {
    return index === this.appliedIndex ? this.serializeState().slice() : null;
  }

  private restoreState(data: Uint8Array): void {
    const reader = new ByteReader(data);
    this.store = KvStore.restore(reader);
    this.sessions = Sessions.restore(reader);
    reader.expectEnd();
  }

  /** The snapshot and its marker are durable: older history may go. */
  private snapshotSaved(metadata: SnapshotMetadata): void {
    const { raft, storage } = this;
    assert(raft !== null && storage !== null, 'snapshots are saved by a running member');
    this.snapshotInProgress = false;
    if (metadata.index <= this.lastSnapshotIndex) return; // a newer one was installed meanwhile
    this.lastSnapshotIndex = metadata.index;
    raft.compact(metadata, Math.max(1, metadata.index + 1 - this.config.catchUpEntries));
    storage.release(metadata.index);
    this.pump(raft);
  }

  private beginSnapshotTransfer(raft: Raft, message: Message): void {
    const running = this.senders.get(message.to);
    assert(message.snapshot !== null && this.storage !== null, 'MsgSnap carries a snapshot');
    if (running !== undefined && running.message.snapshot?.index === message.snapshot.index) return;
    const data =
      this.storage.readSnapshot(message.snapshot) ?? this.stateAt(message.snapshot.index);
    if (data === null) {
      // Its file is damaged, and no other may come for long if nobody writes.
      raft.reportSnapshot(message.to, false);
      this.takeSnapshot(raft);
      return;
    }
    const sender = new SnapshotSender(message, data, this.config.snapshotChunkBytes);
    this.senders.set(message.to, sender);
    sender.pump((chunk) => this.ports.network.send(sender.to, chunk));
  }

  private receiveSnapshotAck(raft: Raft, from: ProcessId, ack: SnapshotAck): void {
    const sender = this.senders.get(from);
    if (sender === undefined || raft.state !== 'StateLeader') return;
    if (sender.acknowledge(ack)) {
      this.senders.delete(from);
      this.ports.network.send(from, sender.message);
      raft.reportSnapshot(from, true);
    } else {
      sender.pump((chunk) => this.ports.network.send(from, chunk));
    }
  }

  private receiveChunk(from: ProcessId, chunk: SnapshotChunk): void {
    if (this.stored?.index === chunk.index && this.stored.term === chunk.term) {
      this.acknowledgeChunk(from, chunk, chunk.totalBytes, true);
      return;
    }
    // From the leader only, which says so in heartbeats meanwhile. What an older leader began to send
    // may be ahead of what this one has, so its remains must not stand in the way.
    if (from !== this.raft?.lead) return;
    if (this.receiver === null || !this.receiver.matches(from, chunk)) {
      if (this.receiver?.supersedes(from, chunk)) return;
      this.receiver = new SnapshotReceiver(from, chunk);
    }
    const { receiver } = this;
    this.acknowledgeChunk(from, chunk, receiver.accept(chunk), false);
    const data = receiver.content();
    if (data === null) return;
    receiver.complete = true;
    this.storeReceived(from, receiver, chunk, data);
  }

  private storeReceived(
    from: ProcessId,
    receiver: SnapshotReceiver,
    chunk: SnapshotChunk,
    data: Uint8Array,
  ): void {
    assert(this.storage !== null && this.raft !== null, 'a member that receives has storage');
    const { index, term } = chunk;
    // The membership travels with MsgSnap, the file names the content: (term, index) decides it.
    const metadata: SnapshotMetadata = { index, term, confState: this.raft.confState() };
    this.storage.receiveSnapshot(metadata, data, () => {
      if (this.receiver === receiver) this.receiver = null;
      this.stored = { index, term, data };
      this.acknowledgeChunk(from, chunk, data.length, true);
    });
  }

  private acknowledgeChunk(
    to: ProcessId,
    chunk: SnapshotChunk,
    offset: number,
    stored: boolean,
  ): void {
    const { index, term } = chunk;
    this.ports.network.send(to, { kind: 'snapshot-ack', index, term, offset, stored });
  }

  private holdsSnapshot(message: Message): boolean {
    const { snapshot } = message;
    assert(snapshot !== null, 'MsgSnap carries a snapshot');
    return this.stored?.index === snapshot.index && this.stored.term === snapshot.term;
  }

  private takeStored(metadata: SnapshotMetadata): StoredSnapshot {
    const { stored } = this;
    assert(
      stored !== null && stored.index === metadata.index && stored.term === metadata.term,
      'Raft installs only what was received: its MsgSnap was let through for that',
      { index: metadata.index },
    );
    this.stored = null;
    return stored;
  }

  /** The marker of a received snapshot is durable: the state machine jumps to it. */
  private installSnapshot(raft: Raft, { index, data }: StoredSnapshot): void {
    assert(index > this.appliedIndex, 'a snapshot never takes the state machine back', {
      snapshot: index,
      applied: this.appliedIndex,
    });
    this.restoreState(data);
    this.appliedIndex = index;
    this.lastSnapshotIndex = index;
    raft.stableSnapshot(index);
    raft.appliedTo(index);
    this.storage?.release(index);
  }
}

/**
 * A leader's heartbeat names an index through which this member has acknowledged the log. If the log ends
 * before, the disk has lied, was wiped or went back in time: none of what this member ever promised is
 * sure to be there, so it must not vote or acknowledge under its id again.
 */
function expectKept(heartbeat: Message, lastIndex: LogIndex): void {
  if (heartbeat.commit <= lastIndex) return;
  throw new FailStop(
    'lost-data',
    `the leader knows that this member had entry ${heartbeat.commit}, but its log ends at ${lastIndex}`,
  );
}

function fail(error: EtcdError): KvResult {
  return { ok: false, error };
}

function initialConfState(config: MemberConfig): ConfState {
  return {
    voters: config.initialMembers,
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
}
