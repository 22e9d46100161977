// A made-up run for the report's tests: five members, two clients, a partition, a crash and, at the end,
// two leaders of one term. Not a simulation of Raft: it only has the shape of a trace. Deterministic.

import type { Outcome, TraceEntry, TraceEvent } from '../../src/base/trace.js';
import type { ReportInput } from '../../src/report/html.js';

const CLIENT = 1001;
const MEMBERS = [1, 2, 3, 4, 5];
const LATENCY_US = 6000;

interface Member {
  role: string;
  term: number;
  vote: number;
  lead: number;
  last: number;
  commit: number;
  applied: number;
}

class Run {
  readonly trace: TraceEvent[] = [];
  private readonly queue: { t: number; order: number; run: () => void }[] = [];
  private readonly members = new Map<number, Member>();
  private readonly down = new Set<number>();
  private cut: (from: number, to: number) => boolean = () => false;
  private t = 0;
  private n = 0;
  private order = 0;
  private message = 0;
  private operation = 0;
  private random = 12345;

  constructor(heartbeatUs: number) {
    for (const p of MEMBERS) this.boot(p, 1);
    for (const p of [CLIENT, CLIENT + 1]) this.record({ kind: 'boot', p, incarnation: 1 });
    this.at(150_000, () => this.elect(2, 1));
    for (let t = 200_000; t < 2_600_000; t += heartbeatUs) this.at(t, () => this.beat());
    for (let k = 0; k < 46; k++)
      this.at(260_000 + k * 50_000, () => this.invoke(CLIENT + (k % 2), k));
    this.fault(0, 800_000, 300_000, 'power-loss n5', [5], () => this.crash(5));
    this.fault(1, 1_400_000, 1_000_000, 'isolate n2, n1', [1, 2], () => {
      this.cut = (from, to) => from < 1000 && to < 1000 && from <= 2 !== to <= 2;
    });
    this.at(1_250_000, () => this.pause(3));
    this.at(1_800_000, () => this.elect(4, 2));
    this.at(2_300_000, () => this.split());
    this.play();
  }

  private at(t: number, run: () => void): void {
    this.queue.push({ t, order: this.order++, run });
  }

  private play(): void {
    for (;;) {
      this.queue.sort((a, b) => a.t - b.t || a.order - b.order);
      const next = this.queue.shift();
      if (next === undefined) return;
      this.t = next.t;
      this.n++;
      next.run();
      if (this.trace.at(-1)?.kind === 'violation') return;
    }
  }

  private record(entry: TraceEntry): void {
    this.trace.push({ n: this.n, t: this.t, ...entry } as TraceEvent);
  }

  private draw(below: number): number {
    this.random = (this.random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.random / 2_147_483_648) * below);
  }

  private member(p: number): Member {
    return this.members.get(p)!;
  }

  private boot(p: number, incarnation: number): void {
    this.record({ kind: 'boot', p, incarnation });
    const old = this.members.get(p);
    const state = { role: 'follower', term: 1, vote: 0, lead: 0, last: 0, commit: 0, applied: 0 };
    this.members.set(p, old === undefined ? state : { ...old, role: 'follower', lead: 0 });
    this.record({ kind: 'state', p, state: { ...this.member(p) } });
  }

  private change(p: number, change: Partial<Member>): void {
    const member = this.member(p);
    const fresh: Record<string, string | number> = {};
    for (const [key, value] of Object.entries(change)) {
      if (member[key as keyof Member] !== value) fresh[key] = value;
    }
    Object.assign(member, change);
    if (Object.keys(fresh).length > 0) this.record({ kind: 'state', p, state: fresh });
  }

  private send(from: number, to: number, label: string, then?: () => void): void {
    const m = ++this.message;
    this.record({ kind: 'send', m, from, to, label });
    const isCut = this.cut(from, to);
    if (isCut || this.draw(40) === 0) {
      this.record({ kind: 'drop', m, from, to, reason: isCut ? 'partition' : 'loss' });
      return;
    }
    this.arrive(m, from, to, then);
    if (this.draw(30) > 0) return;
    const copy = ++this.message;
    this.record({ kind: 'duplicate', m: copy, of: m, from, to });
    this.arrive(copy, from, to, undefined);
  }

  private arrive(m: number, from: number, to: number, then: (() => void) | undefined): void {
    this.at(this.t + LATENCY_US / 2 + this.draw(LATENCY_US), () => {
      if (this.down.has(to)) {
        this.record({ kind: 'drop', m, from, to, reason: 'down' });
        return;
      }
      this.record({ kind: 'deliver', m, from, to });
      then?.();
    });
  }

  private elect(p: number, term: number): void {
    this.change(p, { role: 'candidate', term: term + 1, vote: p, lead: 0 });
    this.sync(p, 'wal/0001');
    for (const other of MEMBERS) {
      if (other === p) continue;
      this.send(p, other, `MsgVote t${term + 1}`, () => {
        this.change(other, { term: term + 1, vote: p, role: 'follower', lead: 0 });
        this.sync(other, 'wal/0001');
        this.send(other, p, `MsgVoteResp t${term + 1}`, () => {
          this.change(p, { role: 'leader', lead: p });
        });
      });
    }
  }

  private sync(p: number, path: string): void {
    this.record({ kind: 'disk', p, operation: 'sync', path, outcome: 'ok' });
  }

  private leaders(): number[] {
    return MEMBERS.filter((p) => this.member(p).role === 'leader' && !this.down.has(p));
  }

  private beat(): void {
    for (const p of this.leaders()) {
      this.record({ kind: 'wake', p });
      const { term, commit } = this.member(p);
      for (const other of MEMBERS) {
        if (other === p) continue;
        this.send(p, other, `MsgHeartbeat t${term} c${commit}`, () => {
          this.change(other, { lead: p, commit, applied: commit });
          this.send(other, p, `MsgHeartbeatResp t${term}`);
        });
      }
    }
  }

  private invoke(client: number, k: number): void {
    const op = ++this.operation;
    const leader = this.leaders().at(-1) ?? 1;
    const label = k % 3 === 0 ? `get k${k % 7}` : `put k${k % 7}=v${op}`;
    this.record({ kind: 'invoke', p: client, op, label });
    let done = false;
    const finish = (outcome: Outcome, text: string): void => {
      if (!done) this.record({ kind: 'return', p: client, op, outcome, label: text });
      done = true;
    };
    if (k % 11 === 7) this.at(this.t + 240_000, () => finish('unknown', 'timeout'));
    else if (k % 13 === 5) this.at(this.t + 30_000, () => finish('fail', 'etcdserver: not leader'));
    this.send(client, leader, `request ${label}`, () => {
      const index = this.member(leader).last + 1;
      this.change(leader, { last: index });
      this.sync(leader, 'wal/0001');
      for (const p of MEMBERS) if (p !== leader) this.append(leader, p, index);
      this.at(this.t + 3 * LATENCY_US, () => {
        this.change(leader, { commit: index, applied: index });
        if (k % 11 !== 7) this.send(leader, client, 'response ok', () => finish('ok', `rev ${op}`));
      });
    });
  }

  private append(leader: number, p: number, index: number): void {
    const { term } = this.member(leader);
    this.send(leader, p, `MsgApp t${term} i${index} +1`, () => {
      this.change(p, { last: index, lead: leader });
      this.sync(p, 'wal/0001');
      this.send(p, leader, `MsgAppResp t${term} i${index}`);
    });
  }

  private fault(
    fault: number,
    t: number,
    us: number,
    label: string,
    processes: number[],
    begin: () => void,
  ) {
    this.at(t, () => {
      this.record({ kind: 'fault', fault, phase: 'begin', label, processes });
      begin();
    });
    this.at(t + us, () => {
      this.record({ kind: 'fault', fault, phase: 'end', label: label.split(' ')[0]!, processes });
      this.cut = () => false;
    });
  }

  private crash(p: number): void {
    this.record({ kind: 'disk', p, operation: 'sync', path: 'wal/0001', outcome: 'EIO' });
    this.down.add(p);
    this.record({ kind: 'down', p, cause: 'power-loss', reason: '' });
    this.at(this.t + 300_000, () => {
      this.down.delete(p);
      this.boot(p, 2);
    });
  }

  private pause(p: number): void {
    this.record({ kind: 'pause', p });
    this.at(this.t + 90_000, () => this.record({ kind: 'resume', p }));
  }

  /** The planted lie: the cut-off leader's side elects in the term that the others already use. */
  private split(): void {
    this.change(2, { role: 'candidate', term: 3, vote: 2, lead: 0 });
    this.send(2, 1, 'MsgVote t3', () => {
      this.change(1, { term: 3, vote: 2, role: 'follower' });
      this.send(1, 2, 'MsgVoteResp t3');
    });
    this.at(this.t + 24_000, () => {
      this.change(2, { role: 'leader', lead: 2 });
      const message = 'two leaders in term 3: n4 and n2';
      this.record({ kind: 'violation', invariant: 'RAFT-ELECTION-SAFETY', message });
    });
  }
}

/** About 4,000 events with the default; a shorter heartbeat makes it longer, without end. */
export function syntheticTrace(heartbeatUs = 30_000): readonly TraceEvent[] {
  return new Run(heartbeatUs).trace;
}

export function syntheticInput(trace: readonly TraceEvent[] = syntheticTrace()): ReportInput {
  const end = trace.at(-1)!;
  return {
    title: 'partition-leader seed 71123',
    verdict: 'violation',
    violation: {
      invariant: 'RAFT-ELECTION-SAFETY',
      message: 'two leaders in term 3: n4 (since 1.812 s) and n2 (since 2.324 s)',
      event: end.n,
      timeUs: end.t,
    },
    reason: '',
    history: null,
    explanation: 'At most one leader can be elected in a given term (Raft thesis, figure 3.2).',
    repro: 'npx simquake run scenarios/partition-leader.ts --seed 71123',
    facts: [
      { name: 'seed', value: '71123' },
      { name: 'commit', value: '9f1c2e7' },
      { name: 'simquake', value: '0.1.0, node 20.20.2' },
      { name: 'virtual time', value: '2.324 s' },
      { name: 'operations', value: '38 ok, 2 failed, 3 unknown' },
      { name: 'faults', value: '2 of 2 took effect' },
      { name: 'options', value: 'members=5 clients=2 tickUs=10000 electionTicks=15 preVote=false' },
      { name: 'trace hash', value: 'a1b2c3d4e5f60718' },
      { name: 'shrunk', value: 'a smaller run fails alike: 9 -> 2 faults' },
    ],
    processes: [
      ...MEMBERS.map((id) => ({ id, name: `n${id}`, kind: 'member' as const })),
      { id: CLIENT, name: 'c1', kind: 'client' },
      { id: CLIENT + 1, name: 'c2', kind: 'client' },
    ],
    faults: [
      { label: 'power-loss leader', beginUs: 800_000, endUs: 1_100_000 },
      { label: 'isolate leader', beginUs: 1_400_000, endUs: 2_400_000 },
    ],
    trace,
    truncated: null,
  };
}
