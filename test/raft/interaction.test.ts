// etcd's own hand-written scenarios, replayed: every Ready, every message and every log must be the
// same. Only the files without membership changes, forget-leader and asynchronous writes; and not the
// library's log lines, whose content shows in what is compared.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessId } from '../../src/base/ids.js';
import { randomStream } from '../../src/base/random.js';
import { Raft, type StateType } from '../../src/raft/raft.js';
import {
  type ConfState,
  type Entry,
  type HardState,
  Message,
  type SnapshotMetadata,
} from '../../src/raft/raftpb.js';

const FOLDER = join(import.meta.dirname, '..', 'data', 'raft-datadriven', 'interaction');
const ELECTION_TICKS = 3;
const HEARTBEAT_TICKS = 1;

const FILES = [
  'campaign.txt',
  'checkquorum.txt',
  'heartbeat_resp_recovers_from_probing.txt',
  'lagging_commit.txt',
  'prevote.txt',
  'prevote_checkquorum.txt',
  'probe_and_replicate.txt',
  'replicate_pause.txt',
  'single_node.txt',
  'slow_follower_after_compaction.txt',
  'snapshot_succeed_via_app_resp.txt',
  'snapshot_succeed_via_app_resp_behind.txt',
];

class Node {
  readonly raft: Raft;
  /** What storage holds since its last compaction. */
  stored: Entry[] = [];
  lead: ProcessId = 0;
  state: StateType = 'StateFollower';

  constructor(raft: Raft) {
    this.raft = raft;
  }
}

class Environment {
  private readonly nodes: Node[] = [];
  private inFlight: Message[] = [];
  private quiet = false;
  private lines: string[] = [];

  /** Runs one command and returns what it prints. */
  run(command: string): string {
    const [name, ...rest] = command.split(/\s+/);
    const plain = rest.filter((word) => !word.includes('='));
    const ids = plain.map(Number);
    const named = new Map<string, string>();
    for (const [, key, list, value] of command.matchAll(/ ([a-z-]+)=(?:\(([^)]*)\)|(\S+))/g)) {
      named.set(key!, list ?? value ?? '');
    }
    this.lines = [];
    this.execute(name!, ids, plain, named);
    return this.quiet ? '' : this.lines.join('\n');
  }

  private execute(
    name: string,
    ids: readonly number[],
    words: readonly string[],
    named: ReadonlyMap<string, string>,
  ): void {
    switch (name) {
      case 'log-level':
        this.quiet = words[0] === 'none';
        return;
      case 'add-nodes':
        for (let n = 0; n < ids[0]!; n++) this.add(named);
        return;
      case 'campaign':
        this.raft(ids[0]!).campaign();
        return;
      case 'propose':
        if (!this.raft(ids[0]!).propose(Buffer.from(words[1]!)))
          this.print('raft proposal dropped');
        return;
      case 'tick-election':
        for (let n = 0; n < ELECTION_TICKS; n++) this.raft(ids[0]!).tick();
        return;
      case 'tick-heartbeat':
        for (let n = 0; n < HEARTBEAT_TICKS; n++) this.raft(ids[0]!).tick();
        return;
      case 'set-randomized-election-timeout':
        Object.assign(this.raft(ids[0]!), {
          randomizedElectionTimeout: Number(named.get('timeout')),
        });
        return;
      case 'transfer-leadership':
        this.raft(Number(named.get('from'))).transferLeader(Number(named.get('to')));
        return;
      case 'report-unreachable':
        this.raft(ids[0]!).reportUnreachable(ids[1]!);
        return;
      case 'send-snapshot':
        this.sendSnapshot(ids[0]!, ids[1]!);
        return;
      case 'compact':
        this.compact(ids[0]!, ids[1]!);
        return;
      case 'raft-log':
        this.printLog(this.node(ids[0]!));
        return;
      case 'raft-state':
        for (const { raft } of this.nodes) this.print(describeState(raft));
        return;
      case 'status':
        this.printStatus(this.raft(ids[0]!));
        return;
      case 'process-ready':
        for (const id of ids) {
          if (ids.length > 1) this.print(`> ${id} handling Ready`);
          this.processReady(id, ids.length > 1 ? '  ' : '');
        }
        return;
      case 'deliver-msgs':
        this.deliverCommand(ids, named);
        return;
      case 'stabilize':
        this.stabilize(ids.length > 0 ? ids : this.nodes.map((_, i) => i + 1));
        return;
      default:
        throw new Error(`unknown command ${name}`);
    }
  }

  private node(id: ProcessId): Node {
    return this.nodes[id - 1]!;
  }

  private raft(id: ProcessId): Raft {
    return this.node(id).raft;
  }

  private print(text: string, indent = ''): void {
    for (const line of text.split('\n')) this.lines.push(indent + line);
  }

  private add(named: ReadonlyMap<string, string>): void {
    const list = (key: string) => (named.get(key) ?? '').split(',').filter(Boolean).map(Number);
    const confState: ConfState = {
      voters: list('voters'),
      learners: list('learners'),
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    const index = Number(named.get('index') ?? 0);
    const term = index > 0 ? 1 : 0;
    const raft = new Raft(
      {
        id: this.nodes.length + 1,
        electionTick: ELECTION_TICKS,
        electionJitter: ELECTION_TICKS,
        heartbeatTick: HEARTBEAT_TICKS,
        maxSizePerMsg: Number.POSITIVE_INFINITY,
        maxInflightMsgs: Number(named.get('inflight') ?? 1_000_000),
        maxUncommittedSize: Number.POSITIVE_INFINITY,
        maxCommittedSizePerReady: Number.POSITIVE_INFINITY,
        preVote: named.get('prevote') === 'true',
        checkQuorum: named.get('checkquorum') === 'true',
        random: randomStream('1', `node ${this.nodes.length}`),
      },
      {
        hardState: { term, vote: 0, commit: index },
        confState,
        snapshot: { index, term },
        entries: [],
        applied: index,
      },
    );
    // The scenarios start from a snapshot of term 1 with a hard state of term 0, which no node that
    // wrote its own disk can have and ours refuses.
    Object.assign(raft, { term: 0, handedTerm: 0 });
    this.nodes.push(new Node(raft));
  }

  private snapshotOf(raft: Raft): SnapshotMetadata {
    const index = raft.log.applied;
    return { index, term: raft.log.term(index), confState: raft.confState() };
  }

  private sendSnapshot(from: ProcessId, to: ProcessId): void {
    const m = new Message('MsgSnap', to, from);
    m.term = this.raft(from).term;
    m.snapshot = this.snapshotOf(this.raft(from));
    this.print(describeMessage(m));
    this.inFlight.push(m);
  }

  private compact(id: ProcessId, index: number): void {
    const node = this.node(id);
    node.raft.compact(this.snapshotOf(node.raft), index + 1);
    node.stored = node.stored.filter((entry) => entry.index > index);
    this.printLog(node);
  }

  private printLog({ stored, raft }: Node): void {
    const first = raft.log.firstIndex();
    if (stored.length === 0)
      this.print(`log is empty: first index=${first}, last index=${first - 1}`);
    for (const entry of stored) this.print(describeEntry(entry));
  }

  private printStatus(raft: Raft): void {
    for (const pr of raft.tracker.members) {
      let line = `${pr.id}: ${pr.state} match=${pr.match} next=${pr.next}`;
      if (pr.isLearner) line += ' learner';
      if (pr.isPaused()) line += ' paused';
      if (pr.pendingSnapshot > 0) line += ` pendingSnap=${pr.pendingSnapshot}`;
      if (!pr.recentActive) line += ' inactive';
      if (pr.inflights.count > 0) {
        line += ` inflight=${pr.inflights.count}${pr.inflights.full() ? '[full]' : ''}`;
      }
      this.print(line);
    }
  }

  /** One Ready, with its writes done at once, as etcd's Advance does. */
  private processReady(id: ProcessId, indent: string): void {
    const node = this.node(id);
    const { raft } = node;
    if (!raft.hasReady()) {
      this.print('<empty Ready>', indent);
      return;
    }
    const ready = raft.ready();
    const { hardState, entries, snapshot } = ready;
    // Snapshots are durable before they are in a Ready there, part of it here.
    const mustSync = snapshot === null ? ready.mustSync : entries.length > 0;
    this.print(`Ready MustSync=${mustSync}:`, indent);
    if (raft.lead !== node.lead || raft.state !== node.state) {
      this.print(`Lead:${raft.lead} State:${raft.state}`, indent);
      node.lead = raft.lead;
      node.state = raft.state;
    }
    if (hardState !== null) this.print(describeHardState(hardState), indent);
    this.printEntries('Entries:', entries, indent);
    if (snapshot !== null) {
      this.print(`Snapshot ${describeSnapshot(snapshot)}`, indent);
      node.stored = [];
      raft.stableSnapshot(snapshot.index);
      raft.appliedTo(snapshot.index);
    }
    const first = entries[0];
    if (first !== undefined) {
      const last = entries.at(-1)!;
      node.stored = [...node.stored.filter((entry) => entry.index < first.index), ...entries];
      raft.stableTo(last.term, last.index);
    }
    // etcd applies what this Ready writes with the same Ready, when its writes are synchronous.
    const more = raft.log.hasNextCommitted() ? raft.ready().committedEntries : [];
    const committed = [...ready.committedEntries, ...more];
    this.printEntries('CommittedEntries:', committed, indent);
    if (committed.length > 0) raft.appliedTo(committed.at(-1)!.index);
    const applied = this.snapshotOf(raft);
    // Storage always offers the newest snapshot.
    if (applied.index > 0) raft.compact(applied, 1);

    const own = ready.messagesAfterAppend.filter((m) => m.to === id);
    const sent = [...ready.messages, ...ready.messagesAfterAppend.filter((m) => m.to !== id)];
    if (sent.length > 0) this.print('Messages:', indent);
    for (const m of sent) this.print(describeMessage(m), indent);
    this.inFlight.push(...sent);
    for (const m of own) raft.step(m);
  }

  private printEntries(title: string, entries: readonly Entry[], indent: string): void {
    if (entries.length === 0) return;
    this.print(title, indent);
    for (const entry of entries) this.print(describeEntry(entry), indent);
  }

  private deliverCommand(ids: readonly ProcessId[], named: ReadonlyMap<string, string>): void {
    const drop = (named.get('drop') ?? '').split(',').filter(Boolean).map(Number);
    const type = named.get('type');
    let count = 0;
    for (const id of ids) count += this.deliver(id, false, '', type);
    for (const id of drop) count += this.deliver(id, true, '', type);
    if (count === 0) this.print('no messages');
  }

  private deliver(id: ProcessId, drop: boolean, indent: string, type?: string): number {
    const isFor = (m: Message) => m.to === id && (type === undefined || m.type === type);
    const taken = this.inFlight.filter(isFor);
    this.inFlight = this.inFlight.filter((m) => !isFor(m));
    for (const m of taken) {
      this.print(`${drop ? 'dropped: ' : ''}${describeMessage(m)}`, indent);
      if (!drop) this.raft(id).step(m);
    }
    return taken.length;
  }

  private stabilize(ids: readonly ProcessId[]): void {
    for (let done = false; !done; ) {
      done = true;
      for (const id of ids) {
        if (!this.raft(id).hasReady()) continue;
        done = false;
        this.print(`> ${id} handling Ready`);
        this.processReady(id, '  ');
      }
      for (const id of ids) {
        if (!this.inFlight.some((m) => m.to === id)) continue;
        done = false;
        this.print(`> ${id} receiving messages`);
        this.deliver(id, false, '  ');
      }
    }
  }
}

function describeMessage(m: Message): string {
  let text = `${m.from}->${m.to} ${m.type} Term:${m.term} Log:${m.logTerm}/${m.index}`;
  if (m.reject) text += ` Rejected (Hint: ${m.rejectHint})`;
  if (m.commit !== 0) text += ` Commit:${m.commit}`;
  if (m.entries.length === 1) {
    text += ` Entries:[${describeEntry(m.entries[0]!)}]`;
  } else if (m.entries.length > 1) {
    text += ` Entries:[\n${m.entries.map((entry) => `  ${describeEntry(entry)}`).join('\n')}\n]`;
  }
  if (m.snapshot !== null) text += `\n  Snapshot: ${describeSnapshot(m.snapshot)}`;
  return text;
}

function describeEntry(entry: Entry): string {
  const text = JSON.stringify(Buffer.from(entry.data).toString());
  return `${entry.term}/${entry.index} EntryNormal ${text}`;
}

function describeSnapshot({ index, term, confState }: SnapshotMetadata): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = confState;
  const list = (ids: readonly ProcessId[]) => `[${ids.join(' ')}]`;
  return (
    `Index:${index} Term:${term} ConfState:Voters:${list(voters)} ` +
    `VotersOutgoing:${list(votersOutgoing)} Learners:${list(learners)} ` +
    `LearnersNext:${list(learnersNext)} AutoLeave:${autoLeave}`
  );
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `HardState Term:${term}${vote === 0 ? '' : ` Vote:${vote}`} Commit:${commit}`;
}

function describeState(raft: Raft): string {
  const kind = raft.tracker.config.has(raft.id) ? 'Voter' : 'Non-Voter';
  return `${raft.id}: ${raft.state} (${kind}) Term:${raft.term} Lead:${raft.lead}`;
}

interface Case {
  readonly command: string;
  readonly expected: string;
}

function parse(file: string): Case[] {
  const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n');
  const cases: Case[] = [];
  let at = 0;
  while (at < lines.length) {
    const command = lines[at++]!;
    if (command.trim() === '' || command.startsWith('#')) continue;
    while (lines[at] !== '----') at++;
    at++;
    const output: string[] = [];
    for (; at < lines.length && lines[at] !== ''; at++) {
      if (!/^\s*(?:DEBUG|INFO|WARN|ERROR|FATAL) /.test(lines[at]!))
        output.push(lines[at]!.trimEnd());
    }
    const text = output.join('\n');
    cases.push({ command, expected: text === 'ok' ? '' : text });
  }
  return cases;
}

describe('the scenarios of etcd’s raft', () => {
  const parsed = FILES.map((file) => [file, parse(file)] as const);

  it('hold 259 cases', () => {
    expect(parsed.reduce((sum, [, cases]) => sum + cases.length, 0)).toBe(259);
  });

  it.each(parsed)('%s', (_, cases) => {
    const environment = new Environment();
    for (const { command, expected } of cases) {
      const printed = environment.run(command);
      expect(`${command}\n${printed}`).toBe(`${command}\n${expected}`);
    }
  });
});
