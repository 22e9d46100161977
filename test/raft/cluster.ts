// A cluster of Raft nodes in memory, for tests: a bag of messages, disks whose writes complete when
// told to, state machines that are lists. After every event the properties of Raft are judged.
// Not here: time and randomness; a test decides what happens next.

import type { LogIndex, ProcessId, Term } from '../../src/base/ids.js';
import { type Random, randomStream } from '../../src/base/random.js';
import { Raft, type RaftConfig } from '../../src/raft/raft.js';
import type {
  ConfState,
  Entry,
  HardState,
  Message,
  SnapshotMetadata,
} from '../../src/raft/raftpb.js';

export interface ClusterOptions {
  readonly voters: readonly ProcessId[];
  readonly learners?: readonly ProcessId[];
  readonly votersOutgoing?: readonly ProcessId[];
  readonly seed?: string;
  /** Writes complete at once; else a test calls {@link Cluster.sync}. */
  readonly autoSync?: boolean;
  readonly config?: Partial<Omit<RaftConfig, 'id' | 'random'>>;
}

interface Write {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  readonly snapshot: SnapshotMetadata | null;
  readonly messages: readonly Message[];
}

/** What a state machine has applied, by index from 1: `term:data`. */
type History = readonly string[];

interface PendingRead {
  readonly requestId: number;
  /** What was committed anywhere when the read began. */
  readonly atLeast: LogIndex;
}

export class TestNode {
  readonly id: ProcessId;
  raft!: Raft;
  up = true;
  // Durable.
  hardState: HardState = { term: 0, vote: 0, commit: 0 };
  entries: Entry[] = [];
  snapshot: SnapshotMetadata | null = null;
  // Volatile.
  writes: Write[] = [];
  history: string[] = [];
  answered: { readonly requestId: number; readonly index: LogIndex }[] = [];
  lastCommit = 0;

  constructor(id: ProcessId) {
    this.id = id;
  }

  /** Data of the entries applied, without the empty ones of new leaders. */
  data(): string[] {
    return this.history.map((item) => item.split(':')[1]!).filter((text) => text !== '');
  }

  snapshotIndex(): LogIndex {
    return this.snapshot === null ? 0 : this.snapshot.index;
  }

  durableTerm(index: LogIndex): Term {
    if (index === 0) return 0;
    if (index === this.snapshotIndex()) return this.snapshot!.term;
    return this.entries[index - this.snapshotIndex() - 1]?.term ?? -1;
  }
}

export class Cluster {
  readonly nodes = new Map<ProcessId, TestNode>();
  inFlight: Message[] = [];
  /** Messages for which this is false are lost when sent. */
  passes: (m: Message) => boolean = () => true;
  readonly counts = { elections: 0, snapshots: 0, overwritten: 0, reads: 0, restarts: 0 };

  private readonly options: ClusterOptions;
  private readonly random: Random;
  private readonly confState: ConfState;
  private requestIds = 0;
  // For the judgement.
  private readonly leaders = new Map<Term, ProcessId>();
  private readonly leaderLogs = new Map<ProcessId, { term: Term; last: LogIndex }>();
  private readonly known = new Map<string, { entry: Entry; previous: Term }>();
  private readonly committed: Term[] = [0];
  private readonly applied: string[] = [''];
  private readonly states = new Map<LogIndex, History>();
  private readonly reads = new Map<ProcessId, PendingRead[]>();

  constructor(options: ClusterOptions) {
    this.options = options;
    this.random = randomStream(options.seed ?? '1', 'test/raft');
    this.confState = {
      voters: options.voters,
      learners: options.learners ?? [],
      votersOutgoing: options.votersOutgoing ?? [],
      learnersNext: [],
      autoLeave: false,
    };
    const ids = new Set([
      ...options.voters,
      ...(options.learners ?? []),
      ...(options.votersOutgoing ?? []),
    ]);
    for (const id of ids) {
      const node = new TestNode(id);
      this.nodes.set(id, node);
      this.boot(node);
    }
  }

  node(id: ProcessId): TestNode {
    return this.nodes.get(id)!;
  }

  raft(id: ProcessId): Raft {
    return this.node(id).raft;
  }

  /** The leader of the highest term among the nodes that are up. */
  leader(): Raft | undefined {
    let best: Raft | undefined;
    for (const { up, raft } of this.nodes.values()) {
      if (!up || raft.state !== 'StateLeader') continue;
      if (best === undefined || raft.term > best.term) best = raft;
    }
    return best;
  }

  /** The highest index any node has ever called committed. */
  committedIndex(): LogIndex {
    return this.committed.length - 1;
  }

  // --- events ------------------------------------------------------------------------------------

  tick(id: ProcessId, count = 1): void {
    const node = this.node(id);
    if (!node.up) return;
    for (let i = 0; i < count; i++) {
      node.raft.tick();
      this.handle(node);
    }
  }

  campaign(id: ProcessId): void {
    this.raft(id).campaign();
    this.handle(this.node(id));
  }

  propose(id: ProcessId, text: string): boolean {
    const node = this.node(id);
    if (!node.up) return false;
    const accepted = node.raft.propose(Buffer.from(text));
    this.handle(node);
    return accepted;
  }

  /** Starts a read and returns its id, 0 if the node knew no leader. */
  read(id: ProcessId): number {
    const node = this.node(id);
    if (!node.up) return 0;
    const requestId = ++this.requestIds;
    const atLeast = this.committedIndex();
    if (!node.raft.readIndex(requestId)) return 0;
    const waiting = this.reads.get(id) ?? [];
    waiting.push({ requestId, atLeast });
    this.reads.set(id, waiting);
    this.handle(node);
    return requestId;
  }

  transfer(id: ProcessId, to: ProcessId): void {
    const node = this.node(id);
    if (!node.up) return;
    node.raft.transferLeader(to);
    this.handle(node);
  }

  /** A local snapshot at what is applied, keeping `keep` entries before it. */
  compact(id: ProcessId, keep = 0): void {
    const node = this.node(id);
    const { raft } = node;
    const index = raft.log.applied;
    if (!node.up || index <= raft.log.snapshotIndex) return;
    if (raft.log.pendingSnapshot !== null || node.writes.length > 0) return;
    const metadata = { index, term: raft.log.term(index), confState: raft.confState() };
    node.entries = node.entries.slice(index - node.snapshotIndex());
    node.snapshot = metadata;
    this.states.set(index, [...node.history]);
    raft.compact(metadata, Math.max(index + 1 - keep, 1));
    this.handle(node);
  }

  /** Steps one message, wherever it was taken from. */
  deliver(m: Message): void {
    const node = this.node(m.to);
    if (!node.up) return;
    node.raft.step(m);
    this.handle(node);
  }

  /** Delivers in order until nothing is in flight. */
  settle(stepsMax = 20_000): void {
    for (let step = 0; this.inFlight.length > 0; step++) {
      if (step > stepsMax) throw new Error('the cluster does not come to rest');
      this.deliver(this.inFlight.shift()!);
    }
  }

  /** Ticks everyone once and delivers everything, `count` times. */
  rounds(count: number): void {
    for (let i = 0; i < count; i++) {
      for (const id of this.nodes.keys()) this.tick(id);
      this.settle();
    }
  }

  /** The oldest write of a node becomes durable. */
  sync(id: ProcessId): void {
    const node = this.node(id);
    if (!node.up) return;
    this.syncOne(node);
    this.handle(node);
  }

  syncAll(id: ProcessId): void {
    while (this.node(id).writes.length > 0) this.sync(id);
  }

  /** Loses what is not durable; the first `lucky` writes became so unnoticed. */
  crash(id: ProcessId, lucky = 0): void {
    const node = this.node(id);
    for (const write of node.writes.slice(0, lucky)) this.makeDurable(node, write);
    node.writes = [];
    node.up = false;
    this.reads.delete(id);
    this.leaderLogs.delete(id);
  }

  restart(id: ProcessId): void {
    const node = this.node(id);
    node.up = true;
    this.counts.restarts++;
    this.boot(node);
    this.handle(node);
  }

  /** Makes messages between the groups be lost, also those in flight. */
  partition(...groups: readonly (readonly ProcessId[])[]): void {
    this.passes = (m) => groups.some((group) => group.includes(m.from) && group.includes(m.to));
    this.inFlight = this.inFlight.filter((m) => this.passes(m));
  }

  heal(): void {
    this.passes = () => true;
  }

  // --- the driver of one node ----------------------------------------------------------------------

  private boot(node: TestNode): void {
    const { snapshot, hardState, entries } = node;
    const index = node.snapshotIndex();
    node.writes = [];
    node.answered = [];
    node.history = snapshot === null ? [] : [...this.states.get(index)!];
    const last = index + entries.length;
    node.lastCommit = 0;
    node.raft = new Raft(
      {
        electionTick: 10,
        electionJitter: 10,
        heartbeatTick: 1,
        maxSizePerMsg: 1 << 20,
        maxInflightMsgs: 16,
        maxUncommittedSize: 1 << 30,
        maxCommittedSizePerReady: 1 << 20,
        preVote: false,
        checkQuorum: false,
        ...this.options.config,
        id: node.id,
        random: this.random,
      },
      {
        hardState: { ...hardState, commit: Math.min(hardState.commit, last) },
        confState: snapshot === null ? this.confState : snapshot.confState,
        snapshot: { index, term: snapshot === null ? 0 : snapshot.term },
        entries: [...entries],
        applied: index,
      },
    );
  }

  /** Does what the node asks, then judges it. Public for tests that call a Raft directly. */
  handle(node: TestNode): void {
    this.judge(node);
    while (node.up && (node.raft.hasReady() || (this.options.autoSync && node.writes.length > 0))) {
      const ready = node.raft.ready();
      expectTrue(ready.mustSync || ready.entries.length === 0, 'entries without a sync');
      for (const m of ready.messages) this.send(node, m);
      const { hardState, entries, snapshot, messagesAfterAppend: messages } = ready;
      if (hardState !== null || entries.length + messages.length > 0 || snapshot !== null) {
        node.writes.push({ hardState, entries, snapshot, messages });
      }
      for (const entry of ready.committedEntries) this.apply(node, entry);
      if (ready.committedEntries.length > 0)
        node.raft.appliedTo(ready.committedEntries.at(-1)!.index);
      for (const state of ready.readStates) this.answer(node, state.requestId, state.index);
      if (this.options.autoSync) this.syncOne(node);
      this.judge(node);
    }
  }

  private syncOne(node: TestNode): void {
    const write = node.writes.shift();
    if (write === undefined) return;
    this.makeDurable(node, write);
    const { raft } = node;
    if (write.snapshot !== null) {
      const { index } = write.snapshot;
      raft.stableSnapshot(index);
      node.history = [...this.states.get(index)!];
      raft.appliedTo(index);
      this.counts.snapshots++;
    }
    const last = write.entries.at(-1);
    if (last !== undefined) raft.stableTo(last.term, last.index);
    for (const m of write.messages) {
      if (m.to === node.id) {
        this.judgeCovered(node, m);
        raft.step(Object.freeze(m));
        this.judge(node);
      } else {
        this.send(node, m);
      }
    }
  }

  private makeDurable(node: TestNode, write: Write): void {
    if (write.hardState !== null) node.hardState = write.hardState;
    if (write.snapshot !== null) {
      node.snapshot = write.snapshot;
      node.entries = [];
    }
    const first = write.entries[0];
    if (first === undefined) return;
    const keep = first.index - node.snapshotIndex() - 1;
    expectTrue(keep >= 0 && keep <= node.entries.length, 'a write leaves a gap');
    if (keep < node.entries.length) this.counts.overwritten++;
    node.entries = [...node.entries.slice(0, keep), ...write.entries];
  }

  private send(node: TestNode, m: Message): void {
    expectTrue(m.to !== node.id, 'a message to oneself went to the network');
    this.judgeCovered(node, m);
    // What the network holds may be delivered twice: nobody may change it.
    Object.freeze(m);
    if (this.passes(m)) this.inFlight.push(m);
  }

  private apply(node: TestNode, entry: Entry): void {
    const text = `${entry.term}:${Buffer.from(entry.data).toString()}`;
    node.history.push(text);
    expectTrue(node.history.length === entry.index, `applied out of order at ${entry.index}`);
    expectTrue(node.durableTerm(entry.index) === entry.term, 'applied before it was durable');
    const { applied } = this;
    const other = applied[entry.index];
    if (other === undefined) applied[entry.index] = text;
    else expectTrue(other === text, `state machine safety at ${entry.index}: ${other}, ${text}`);
  }

  private answer(node: TestNode, requestId: number, index: LogIndex): void {
    const waiting = this.reads.get(node.id) ?? [];
    const at = waiting.findIndex((read) => read.requestId === requestId);
    if (at < 0) return; // a late answer to a read of an earlier life, or a duplicate
    const [read] = waiting.splice(at, 1);
    expectTrue(index >= read!.atLeast, `a stale read: ${index}, committed was ${read!.atLeast}`);
    node.answered.push({ requestId, index });
    this.counts.reads++;
  }

  // --- judgement -----------------------------------------------------------------------------------

  /** What others build on must be covered by what is durable when it leaves. */
  private judgeCovered(node: TestNode, m: Message): void {
    const { term, vote } = node.hardState;
    const promises = m.type === 'MsgAppResp' || m.type === 'MsgVoteResp' || m.type === 'MsgVote';
    if (promises) expectTrue(m.term <= term, `${m.type} of a volatile term`);
    if (m.type === 'MsgAppResp' && !m.reject && m.index > 0) {
      const last = node.snapshotIndex() + node.entries.length;
      expectTrue(m.index <= last, `an ack of ${m.index}, durable is ${last}`);
    }
    if (m.type === 'MsgVoteResp' && !m.reject && m.term === term) {
      expectTrue(vote === m.to, `a vote for ${m.to}, durable is ${vote}`);
    }
    if (m.type === 'MsgVote' && m.term === term) {
      expectTrue(vote === node.id, 'a candidate asks before its own vote is durable');
    }
  }

  private judge(node: TestNode): void {
    const { raft, id } = node;
    const { log, term } = raft;
    const last = log.lastIndex();

    // Log matching (thesis 3.5).
    for (let index = log.firstIndex(); index <= last; index++) {
      const entry = log.entry(index)!;
      expectTrue(entry === log.entry(index), 'entries keep their identity');
      const previous = log.term(index - 1);
      const key = `${index}/${entry.term}`;
      const other = this.known.get(key);
      if (other === undefined) this.known.set(key, { entry, previous });
      else {
        const same = other.entry === entry && other.previous === previous;
        expectTrue(same, `log matching at ${key} on ${id}`);
      }
    }

    // Committed entries stay, everywhere the same.
    expectTrue(log.committed >= node.lastCommit, `commit went back to ${log.committed}`);
    node.lastCommit = log.committed;
    for (let index = log.offset; index <= log.committed; index++) {
      const own = log.term(index);
      const other = this.committed[index];
      if (other === undefined) this.committed[index] = own;
      else expectTrue(other === own, `committed ${index} is of terms ${other} and ${own}`);
    }

    if (raft.state !== 'StateLeader') {
      this.leaderLogs.delete(id);
      return;
    }
    // Election safety (thesis 3.4).
    const other = this.leaders.get(term);
    expectTrue(other === undefined || other === id, `two leaders in term ${term}: ${other}, ${id}`);
    if (other === undefined) {
      this.leaders.set(term, id);
      this.counts.elections++;
      // Leader completeness (thesis 3.6.3).
      for (let index = log.offset; index < this.committed.length; index++) {
        const has = log.term(index) === this.committed[index];
        expectTrue(has, `leader completeness: ${id} of term ${term} lacks ${index}`);
      }
    }
    // Leader append-only (thesis 3.5): it never shrinks, and log matching covers the content.
    const before = this.leaderLogs.get(id);
    if (before !== undefined && before.term === term) {
      expectTrue(last >= before.last, `leader ${id} cut its log to ${last}`);
    }
    this.leaderLogs.set(id, { term, last });
  }
}

export function expectTrue(condition: boolean, message: string): void {
  if (!condition) throw new Error(`violated: ${message}`);
}
