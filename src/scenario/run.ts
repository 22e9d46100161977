// Runs a plan: puts our node into the simulated world, carries out the plan, watches every event, heals,
// waits for convergence, judges the history, and says what came of it. Synchronous, and a pure function
// of the plan. The composition root of the simulated side, as the command is of the real one.

import type { Micros, ProcessId } from '../base/ids.js';
import { FIRST_CLIENT_ID } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import type { Outcome, TraceSink } from '../base/trace.js';
import { ClusterJudge } from '../check/cluster-judge.js';
import type { Operation } from '../check/history.js';
import { WriteJudge } from '../check/invariant/acknowledged-writes.js';
import { SendJudge } from '../check/invariant/durable-before-send.js';
import { BrokenInvariant } from '../check/invariant/invariant.js';
import {
  CONVERGENCE,
  EXCUSED_FAIL_STOP,
  EXCUSED_REPAIR,
  LINEARIZABLE,
  NO_CRASH,
  STRICT_SERIALIZABLE,
} from '../check/invariant/processes.js';
import { listTransactions } from '../check/isolation/etcd-transactions.js';
import { checkListAppend, type IsolationJudgement } from '../check/isolation/isolation.js';
import type { ListTransaction } from '../check/isolation/transaction.js';
import type { LinearizabilityJudgement } from '../check/linearizability/judge.js';
import type { EntryView, MemberView } from '../check/view.js';
import { Client, type OperationRecorder } from '../client/client.js';
import type { KvRequest, KvResult } from '../etcdpb/kv.js';
import { describeRequest, NodeCodec, proposalId } from '../node/codec.js';
import type { MemberConfig } from '../node/config.js';
import { Member } from '../node/member.js';
import { type NodeMessage, REQUESTS_PER_CLIENT } from '../node/messages.js';
import { FailStop, type Ports, type Process } from '../ports/process.js';
import { Message } from '../raft/raftpb.js';
import type { ProcessSpec } from '../sim/machine.js';
import { KILLED_SENDING, Simulation } from '../sim/simulation.js';
import { withTripwire } from '../sim/tripwire.js';
import { isReadOnlyRequest, isSerializableRequest } from '../storage/mvcc/validate.js';
import { AwaitedEvents } from './awaited.js';
import { excuseOf } from './core-excuse.js';
import { DurabilityOracle } from './durability.js';
import { FaultAtlas } from './fault-atlas.js';
import { FaultSchedule } from './fault-schedule.js';
import { HistoryWatch, type Moment } from './history-watch.js';
import { RaftMemberView } from './member-view.js';
import { nameOf } from './names.js';
import type { RecordedSchedule } from './pinned.js';
import type { Plan } from './plan.js';
import type { RunResult, Verdict, Violation } from './result.js';
import { RuleWatch } from './rule-watch.js';
import { isList, PlannedScript, ProbeScript } from './workload.js';

type KvOperation = Operation<KvRequest, KvResult>;

export interface RunOptions {
  /** Pass every message through its binary encoding. Default true; the trace hash is the same. */
  readonly wire?: boolean;
  /** Fold everything into the trace hash. Default true; false only to measure what it costs. */
  readonly hash?: boolean;
  readonly trace?: TraceSink | null;
  /** Told of the history that was judged, and of the judgement. */
  readonly onHistory?: (
    history: readonly KvOperation[],
    judgement: LinearizabilityJudgement,
  ) => void;
  /** Told of the transactions over lists, if there were any, and of the judgement. */
  readonly onTransactions?: (
    transactions: readonly ListTransaction[],
    judgement: IsolationJudgement,
  ) => void;
  /** Receives when the operations and faults of the plan really began. */
  readonly onSchedule?: (schedule: RecordedSchedule) => void;
  /** Is shown the members every so often, until the plan's faults and operations end. */
  readonly sampler?: ClusterSampler | null;
  /** Which checks watch the run. Default all; fewer only to measure what they cost. */
  readonly checks?: Partial<Checks>;
}

/** Looks at the cluster while it runs. */
export interface ClusterSampler {
  /** Virtual time between two looks, at least: it is shown what events have left behind. */
  readonly everyUs: Micros;
  /** @param members by id less one; null for one that is down or recovers */
  sample(atUs: Micros, members: readonly (MemberView | null)[]): void;
}

interface Checks {
  readonly invariants: boolean;
  readonly linearizability: boolean;
  readonly isolation: boolean;
}

/** Runs a plan. Throws only for bugs of the harness itself. */
export function runPlan(plan: Plan, options: RunOptions = {}): RunResult {
  return withTripwire(() => new Run(plan, options).execute());
}

/** The drawn options of a plan, one `name=value` each. */
export function describePlan(plan: Plan): string[] {
  const kinds = new Map<string, number>();
  for (const { kind } of plan.faults) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const operations = plan.clients.reduce((sum, client) => sum + client.operations.length, 0);
  const record = (values: Record<string, unknown>): string[] =>
    Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  return [
    `members=${plan.members}`,
    `clients=${plan.clients.length}`,
    `operations=${operations}`,
    `duration=${plan.durationUs / 1_000_000}s`,
    ...(plan.reseed ?? []).map(({ atUs, seed }) => `reseed@${atUs / 1_000_000}s=${seed}`),
    ...record(plan.knobs),
    ...record(plan.network).map((text) => `network.${text}`),
    `disks=${plan.disks.map((disk) => disk.profile).join(',')}`,
    ...(plan.core === undefined ? [] : [`core=${plan.core.map(nameOf).join(',')}`]),
    `faults=${[...kinds].map(([kind, count]) => `${kind}:${count}`).join(',') || 'none'}`,
  ];
}

/** How often the run looks whether the healed cluster has converged. */
const CONVERGENCE_CHECK_US = 50_000;
/** Engine events between two full comparisons of the logs with the incremental checks. */
const CROSS_CHECK_EVENTS = 10_000;
const CLUSTER_ID = 7;
const DISK_BYTES = 1 << 30;

class Run implements OperationRecorder {
  private readonly plan: Plan;
  private readonly options: RunOptions;
  private readonly memberIds: readonly ProcessId[];
  /** Those that have to make progress at the end. */
  private readonly coreIds: readonly ProcessId[];
  private readonly atlas: FaultAtlas | null;
  private readonly clientIds: readonly ProcessId[];
  private readonly probeId: ProcessId;
  private readonly simulation: Simulation<NodeMessage>;
  private readonly faults: FaultSchedule<NodeMessage>;
  private readonly awaited: AwaitedEvents;
  /** By id less one. */
  private readonly views: RaftMemberView[] = [];
  private readonly scripts: PlannedScript[] = [];
  private readonly probe: ProbeScript;
  private readonly durability = new DurabilityOracle();
  private readonly judge: ClusterJudge;
  private readonly sends = new SendJudge(this.durability);
  private readonly writes = new WriteJudge((id) => Math.floor(id / REQUESTS_PER_CLIENT));
  private readonly rules: RuleWatch;
  private readonly history = new HistoryWatch({
    writes: this.writes,
    clientName: nameOf,
    watches: () => this.options.checks?.linearizability !== false,
    now: () => this.now(),
    onJudged: (operations, judgement) => this.options.onHistory?.(operations, judgement),
  });
  private readonly counts = { ok: 0, fail: 0, unknown: 0 };
  private readonly invariants: boolean;
  private nextCrossCheck = CROSS_CHECK_EVENTS;
  private nextSampleUs: Micros;
  /** The newest term in which a leader was seen. */
  private newestLedTerm = 0;
  private converged = false;
  /** Members that have entered a term, durably: an empty disk is no new member's any more. */
  private readonly haveRun = new Set<ProcessId>();
  /** Members whose disk has lied, was wiped, or travelled back in time. */
  private readonly forgiven = new Set<ProcessId>();
  /** Those of them that have noticed and refuse to take part: nobody waits for them. */
  private readonly refusing = new Set<ProcessId>();

  constructor(plan: Plan, options: RunOptions) {
    this.plan = plan;
    this.options = options;
    this.invariants = options.checks?.invariants ?? true;
    this.nextSampleUs = options.sampler == null ? Number.POSITIVE_INFINITY : 0;
    this.memberIds = Array.from({ length: plan.members }, (_, i) => i + 1);
    this.clientIds = plan.clients.map((_, i) => FIRST_CLIENT_ID + i);
    this.probeId = FIRST_CLIENT_ID + plan.clients.length;
    this.coreIds = plan.core ?? this.memberIds;
    this.probe = new ProbeScript(this.coreIds.length);
    this.rules = new RuleWatch({
      memberCount: plan.members,
      durability: this.durability,
      viewOf: (id) => this.views[id - 1]!,
      electionTicks: (id) => electionTicks(plan, id),
      requestWords: (id) => describeRequest(this.history.request(id)),
      now: () => this.now(),
      eventCount: () => this.simulation.eventCount,
    });
    this.judge = new ClusterJudge({
      members: this.memberIds,
      durability: this.durability,
      onCommitted: (entry) => this.committed(entry),
      onRuleBroken: (rule) => this.rules.broken(rule),
    });
    this.simulation = new Simulation<NodeMessage>({
      seed: plan.seed,
      processes: [
        ...this.memberIds.map((id) => this.memberSpec(id)),
        ...this.clientIds.map((id, i) => this.clientSpec(id, i)),
        this.probeSpec(),
      ],
      codec: new NodeCodec(),
      network: plan.network,
      wire: options.wire ?? true,
      hash: options.hash ?? true,
      trace: options.trace ?? null,
      observer: {
        afterEvent: (id) => this.afterEvent(id),
        onSend: (from, to, message) => this.onSend(from, to, message),
        onDeliver: (_, to, message) => {
          if (this.invariants) this.rules.delivered(to, message);
        },
        onWake: (id) => {
          if (this.invariants) this.rules.wakes(id);
        },
        onDown: (id, cause, error) => this.onDown(id, cause, error),
      },
    });
    for (const id of this.memberIds) this.durability.watch(id, this.simulation.disk(id));
    this.atlas = plan.damage === undefined ? null : new FaultAtlas(plan.damage, plan.members);
    if (this.atlas !== null) {
      for (const id of this.memberIds) {
        this.atlas.watch(id, this.simulation.disk(id), () => this.simulation.nowUs);
      }
    }
    this.awaited = new AwaitedEvents(plan, (event, it) => this.faults.happened(event, it));
    this.faults = new FaultSchedule(plan, {
      simulation: this.simulation,
      members: this.memberIds,
      clients: this.clientIds,
      probe: this.probeId,
      leader: () => this.leader(),
      nameOf,
      beforePowerLoss: (id) => this.beforePowerLoss(id),
      promisesLost: (id) => this.promisesLost(id),
    });
  }

  execute(): RunResult {
    try {
      this.act();
      return this.result(this.afterwards());
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      return this.result(this.broken(error));
    }
  }

  private act(): void {
    const { simulation, plan } = this;
    for (const id of this.memberIds) simulation.start(id);
    for (const id of this.clientIds) simulation.start(id);
    for (const { atUs, seed } of plan.reseed ?? []) {
      if (atUs < plan.durationUs) simulation.at(atUs, () => simulation.reseed(seed));
    }
    this.faults.schedule();
    simulation.runUntil(plan.durationUs);
    for (const script of this.scripts) script.stopped = true;
    this.faults.heal();
    simulation.start(this.probeId);
    this.awaitConvergence(plan.durationUs + CONVERGENCE_CHECK_US);
    simulation.runUntil(plan.durationUs + plan.healUs, () => this.converged);
  }

  private awaitConvergence(atUs: Micros): void {
    this.simulation.at(atUs, () => {
      this.converged = this.hasConverged();
      if (!this.converged) this.awaitConvergence(atUs + CONVERGENCE_CHECK_US);
    });
  }

  private hasConverged(): boolean {
    if (!this.probe.satisfied || this.leader() === null) return false;
    const lastIndex = this.committedIndex();
    const leader = this.views[this.leader()! - 1]!;
    for (const id of this.coreIds) {
      if (this.refusing.has(id)) continue;
      const view = this.views[id - 1];
      if (view === undefined || !view.isRunning || !this.simulation.isUp(id)) return false;
      if (view.appliedIndex !== lastIndex || view.lastIndex !== lastIndex) return false;
      if (this.plan.core !== undefined && view.term !== leader.term) return false;
    }
    return true;
  }

  /** How far anybody has committed; without the judge, as far as the running members remember. */
  private committedIndex(): number {
    if (this.invariants) return this.judge.committed.lastIndex;
    let newest = 0;
    for (const view of this.views) {
      if (view.isRunning && view.commitIndex > newest) newest = view.commitIndex;
    }
    return newest;
  }

  private afterwards(): Ending {
    const excuse = this.converged || this.plan.core === undefined ? null : this.excuse();
    if (!this.converged && excuse === null) {
      const message = `not converged ${this.plan.healUs / 1_000_000} s after healing${this.plan.core === undefined ? '' : ` ${this.plan.core.map(nameOf).join(', ')} alone`}: ${this.describeMembers()}`;
      return {
        verdict: 'liveness',
        violation: this.violation(CONVERGENCE.id, message),
        reason: message,
      };
    }
    if (this.invariants) {
      for (const id of this.coreIds) {
        const view = this.views[id - 1]!;
        if (this.refusing.has(id) || (!this.converged && !view.isRunning)) continue;
        this.judge.crossCheck(view);
        if (!this.converged) continue;
        this.writes.kept(view, this.judge.mirror(view.id), this.judge.committed);
      }
    }
    const passed = excuse === null ? PASSED : { ...PASSED, reason: `legally stuck: ${excuse}` };
    const judged = this.judgeHistory() ?? this.judgeIsolation() ?? this.judgeRules();
    return judged ?? this.vacuity() ?? passed;
  }

  private excuse(): string | null {
    const { simulation, durability } = this;
    const { network } = simulation;
    return excuseOf({
      members: this.memberIds,
      core: this.coreIds,
      nameOf,
      isRefusing: (id) => this.refusing.has(id),
      committedThrough: (id) => {
        const view = this.views[id - 1]!;
        return view.isRunning && simulation.isUp(id) ? view.commitIndex : null;
      },
      isActive: (id) => simulation.isUp(id) && !simulation.isPaused(id),
      leader: this.leader(),
      passes: (from, to) => network.passes(from, to),
      isLinkDegraded: (from, to) => network.isDegraded(from, to),
      isDiskImpaired: (id) => simulation.disk(id).isImpaired(),
      damagedEntries: this.atlas?.damagedEntries() ?? new Map(),
      durableEntryTerm: (id, index) => durability.durableEntryTerm(id, index),
    });
  }

  private judgeHistory(): Ending | null {
    if (this.options.checks?.linearizability === false) return null;
    const { verdict, reason, moment } = this.history.judge();
    if (verdict === 'ok') return null;
    const violation =
      moment === null ? null : { invariant: LINEARIZABLE.id, message: reason, ...moment };
    return { verdict, violation, reason };
  }

  /** Transactions over lists, if there are any, by a checker that knows nothing of revisions. */
  private judgeIsolation(): Ending | null {
    if (this.options.checks?.isolation === false) return null;
    const transactions = listTransactions(this.history.whole(), isList);
    if (transactions.length === 0) return null;
    const judgement = checkListAppend(transactions, { closed: true });
    this.options.onTransactions?.(transactions, judgement);
    const { verdict, reason } = judgement;
    if (verdict === 'ok') return null;
    const violation =
      verdict === 'violation' ? this.violation(STRICT_SERIALIZABLE.id, reason) : null;
    return { verdict, violation, reason };
  }

  /** Last, because what clients saw, or what came of a broken rule, says more. */
  private judgeRules(): Ending | null {
    const { violation } = this.rules;
    if (violation === null) return null;
    return { verdict: 'violation', violation, reason: violation.message };
  }

  private vacuity(): Ending | null {
    const { plan, counts } = this;
    const planned = plan.faults.length;
    let reason = '';
    if (counts.ok < plan.operationsMin) {
      reason = `only ${counts.ok} operations succeeded, ${plan.operationsMin} are needed to have tested anything`;
    } else if (planned > 0 && this.faults.effectiveCount() === 0) {
      reason = `none of the ${planned} planned faults took effect`;
    }
    return reason === '' ? null : { verdict: 'vacuous', violation: null, reason };
  }

  private broken(error: BrokenInvariant): Ending {
    this.simulation.record({
      kind: 'violation',
      invariant: error.invariant.id,
      message: error.message,
    });
    const violation = this.violation(error.invariant.id, error.message);
    return { verdict: 'violation', violation, reason: error.message };
  }

  private violation(invariant: string, message: string): Violation {
    return { invariant, message, ...this.now() };
  }

  private now(): Moment {
    return { event: this.simulation.eventCount, timeUs: this.simulation.nowUs };
  }

  private result(ending: Ending): RunResult {
    const { simulation, plan } = this;
    this.options.onSchedule?.({
      operations: this.scripts.map(({ dueUs }) => dueUs),
      faults: this.faults.record(),
    });
    return {
      scenario: plan.scenario,
      seed: plan.seed,
      ...ending,
      events: simulation.eventCount,
      virtualUs: simulation.nowUs,
      operations: { ...this.counts },
      faults: { planned: plan.faults.length, effective: this.faults.effectiveCount() },
      traceHash: simulation.traceHash(),
      hashChain: simulation.hashChain(),
      draws: simulation.draws(),
    };
  }

  // --- the world --------------------------------------------------------------------------------

  private memberSpec(id: ProcessId): ProcessSpec<NodeMessage> {
    const disk = this.plan.disks[id - 1]!;
    return {
      id,
      name: nameOf(id),
      boot: (ports) => this.bootMember(id, ports),
      disk: {
        profile: disk.profile,
        syncLatency: { minUs: disk.syncMinUs, meanUs: disk.syncMeanUs },
        capacityBytes: DISK_BYTES,
        tearPpm: disk.tearPpm,
      },
      clock: this.plan.clocks[id - 1]!,
    };
  }

  private bootMember(id: ProcessId, ports: Ports<NodeMessage>): Process<NodeMessage> {
    const config = memberConfig(this.plan, id, this.memberIds, !this.haveRun.has(id));
    const member = new Member(ports, config);
    this.views[id - 1] = new RaftMemberView(member);
    this.judge.booted(id);
    this.rules.booted(id);
    this.awaited.booted(id, this.simulation.incarnation(id));
    return member;
  }

  private clientSpec(id: ProcessId, position: number): ProcessSpec<NodeMessage> {
    const name = nameOf(id);
    const { valueBytes = 0 } = this.plan.knobs;
    const script = new PlannedScript(
      name,
      this.memberIds,
      this.plan.clients[position]!,
      valueBytes,
      () => this.simulation.nowUs,
    );
    this.scripts.push(script);
    return this.clientProcess(id, name, (ports) => this.bootClient(ports, id, position, script));
  }

  private probeSpec(): ProcessSpec<NodeMessage> {
    return this.clientProcess(this.probeId, 'probe', (ports) =>
      this.bootClient(ports, this.probeId, 0, this.probe, this.coreIds),
    );
  }

  private clientProcess(
    id: ProcessId,
    name: string,
    boot: ProcessSpec<NodeMessage>['boot'],
  ): ProcessSpec<NodeMessage> {
    return { id, name, boot, disk: null, clock: { offsetUs: 0, driftPpm: 0 } };
  }

  private bootClient(
    ports: Ports<NodeMessage>,
    id: ProcessId,
    firstMember: number,
    script: PlannedScript | ProbeScript,
    members = this.memberIds,
  ): Client {
    const timeoutUs = asInteger(this.plan.knobs.clientTimeoutUs);
    const config = { id, members, firstMember, timeoutUs };
    return new Client(ports, config, script, this);
  }

  private leader(): ProcessId | null {
    let leader: RaftMemberView | null = null;
    for (const view of this.views) {
      if (!view.isRunning || view.role !== 'StateLeader' || !this.simulation.isUp(view.id))
        continue;
      if (leader === null || view.term > leader.term) leader = view;
    }
    return leader === null ? null : leader.id;
  }

  private beforePowerLoss(id: ProcessId): void {
    this.durability.settle(id);
    if (this.simulation.disk(id).willForget()) this.promisesLost(id);
  }

  /** No member can keep what its disk has forgotten without a trace: it is judged as a new one. */
  private promisesLost(id: ProcessId): void {
    this.durability.forgive(id);
    this.forgiven.add(id);
  }

  private describeMembers(): string {
    const words = this.memberIds.map((id) => {
      const view = this.views[id - 1];
      if (view === undefined || !this.simulation.isUp(id)) return `${nameOf(id)} down`;
      if (!view.isRunning) return `${nameOf(id)} recovering`;
      return `${nameOf(id)} ${view.role.slice(5)} term ${view.term} last ${view.lastIndex} commit ${view.commitIndex} applied ${view.appliedIndex}`;
    });
    return words.join('; ');
  }

  // --- watching ---------------------------------------------------------------------------------

  private afterEvent(id: ProcessId): void {
    if (id < FIRST_CLIENT_ID) this.lookAt(id);
    this.rules.eventIsOver();
  }

  private lookAt(id: ProcessId): void {
    // If it stopped itself in this event, it was looked at then, and its excuse is used up.
    if (!this.simulation.isUp(id)) return;
    const view = this.views[id - 1]!;
    if (this.invariants && view.isRepairing) this.judgeRepair(id);
    if (!view.isRunning) return;
    if (!this.haveRun.has(id) && this.durability.durableTerm(id) > 0) this.haveRun.add(id);
    if (this.invariants) this.rules.observed(view, this.judge.observe(view));
    if (view.role === 'StateLeader' && view.term > this.newestLedTerm) {
      this.newestLedTerm = view.term;
      this.faults.happened('election', id);
    }
    if (this.awaited.wanted) this.awaited.observe(view);
    if (this.options.trace != null) this.traceState(view);
    if (this.simulation.nowUs >= this.nextSampleUs) this.sample(this.options.sampler!);
    if (this.simulation.eventCount >= this.nextCrossCheck) {
      this.nextCrossCheck += CROSS_CHECK_EVENTS;
      if (this.invariants) this.judge.crossCheck(view);
    }
  }

  /** Damage that nothing explains is a bug, however well the peers make up for it. */
  private judgeRepair(id: ProcessId): void {
    const disk = this.simulation.disk(id);
    if (disk.hasExcuse('corruption') || disk.hasExcuse('lost-data')) return;
    throw new BrokenInvariant(
      EXCUSED_REPAIR,
      `${nameOf(id)} misses entries that its disk had made durable, but no injected fault explains it`,
    );
  }

  private sample(sampler: ClusterSampler): void {
    const { nowUs } = this.simulation;
    // What comes after the plan's end no plan can change.
    if (nowUs >= this.plan.durationUs) this.nextSampleUs = Number.POSITIVE_INFINITY;
    else this.nextSampleUs = nowUs + sampler.everyUs;
    const members = this.memberIds.map((id) => {
      const view = this.views[id - 1];
      return view?.isRunning && this.simulation.isUp(id) ? view : null;
    });
    sampler.sample(nowUs, members);
  }

  private traceState(view: RaftMemberView): void {
    const state = view.changes();
    if (state !== null) this.simulation.record({ kind: 'state', p: view.id, state });
  }

  private onSend(from: ProcessId, to: ProcessId, message: NodeMessage): void {
    if (this.awaited.wanted) this.awaited.sent(from, to, message);
    if (!this.invariants) return;
    this.rules.sent(from, to, message);
    if (!(message instanceof Message)) return;
    switch (message.type) {
      case 'MsgVote':
        this.judge.voted(from, message.term, from);
        this.sends.vote(from, message.term, from);
        break;
      case 'MsgVoteResp':
        if (message.reject) break;
        this.judge.voted(from, message.term, to);
        this.sends.vote(from, message.term, to);
        break;
      case 'MsgAppResp':
        if (!message.reject && message.index > 0) {
          this.sends.append(from, message.term, message.index);
          this.judge.acknowledged(from, message.term, message.index);
        }
        break;
      default:
        break;
    }
  }

  private onDown(id: ProcessId, cause: string, error: Error | null): void {
    if (error instanceof BrokenInvariant) throw error;
    if (cause === 'crash') {
      throw new BrokenInvariant(
        NO_CRASH,
        `${nameOf(id)} crashed: ${error?.message ?? 'no message'}`,
      );
    }
    if (id >= FIRST_CLIENT_ID) return;
    if (error === KILLED_SENDING) this.faults.killed(id);
    if (cause !== 'power-loss') this.durability.settle(id);
    // What it did in its last event, up to the fault, has left it and counts.
    const view = this.views[id - 1];
    const cutShort = error instanceof FailStop || error === KILLED_SENDING;
    if (this.invariants && cutShort && view?.isRunning) this.judge.observe(view);
    this.durability.died(id, view?.isRunning === true);
    if (!(error instanceof FailStop)) return;
    if (this.simulation.disk(id).takeExcuse(error.reason) === null) {
      throw new BrokenInvariant(
        EXCUSED_FAIL_STOP,
        `${nameOf(id)} stopped itself (${error.reason}: ${error.message}), but no injected fault explains it`,
      );
    }
    if (this.forgiven.has(id)) this.refusing.add(id);
    this.faults.supervise(id);
  }

  private committed(entry: EntryView): void {
    const id = proposalId(entry.data);
    if (id === 0) return;
    this.writes.committed(id);
    if (this.writes.isCommitted(id)) this.history.committed(id);
  }

  // --- history ----------------------------------------------------------------------------------

  invoke(client: ProcessId, id: number, request: KvRequest): void {
    this.history.invoke({ id, client, input: request, callUs: this.simulation.nowUs });
    if (this.invariants && isReadOnlyRequest(request) && !isSerializableRequest(request)) {
      this.rules.readBegan(id, this.judge.committed.lastIndex);
    }
    if (this.options.trace != null) {
      const label = describeRequest(request);
      this.simulation.record({ kind: 'invoke', p: client, op: id, label });
    }
  }

  complete(client: ProcessId, id: number, outcome: Outcome, result: KvResult | null): void {
    const request = this.history.request(id);
    this.rules.requestEnded(id);
    if (client !== this.probeId) this.counts[outcome]++;
    if (this.options.trace != null) {
      const label = result === null ? 'no answer' : describeResult(result);
      this.simulation.record({ kind: 'return', p: client, op: id, outcome, label });
    }
    if (this.invariants && outcome === 'ok' && isWrite(request)) {
      this.writes.acknowledged(id, () => `${nameOf(client)}'s ${describeRequest(request)}`);
    }
    this.history.complete(id, outcome, result);
  }
}

interface Ending {
  readonly verdict: Verdict;
  readonly violation: Violation | null;
  readonly reason: string;
}

const PASSED: Ending = { verdict: 'pass', violation: null, reason: '' };

function isWrite(request: KvRequest): boolean {
  return request.kind === 'txn'
    ? [...request.success, ...request.failure].some((op) => op.kind !== 'range')
    : request.kind !== 'range';
}

function describeResult(result: KvResult): string {
  if (!result.ok) return result.error.message;
  const { response } = result;
  if (response.kind === 'range') {
    const kvs = response.kvs.map((kv) => `${kv.key}=${kv.value}@${kv.modRevision}`);
    return `[${kvs.join(' ')}] at revision ${response.revision}`;
  }
  return `${response.kind} at revision ${response.revision}`;
}

/** The shortest election timeout of a member. */
function electionTicks(plan: Plan, id: ProcessId): number {
  return asInteger(plan.electionTicks?.[id - 1] ?? plan.knobs.electionTicks);
}

function memberConfig(
  plan: Plan,
  id: ProcessId,
  initialMembers: readonly ProcessId[],
  bootstrap: boolean,
): MemberConfig {
  // A drawn plan holds doubles, which would spread from here.
  const { knobs } = plan;
  return {
    id,
    clusterId: CLUSTER_ID,
    initialMembers,
    tickUs: asInteger(knobs.tickUs),
    electionTicks: electionTicks(plan, id),
    electionJitterTicks: plan.electionTicks === undefined ? asInteger(knobs.electionTicks) : 1,
    heartbeatTicks: asInteger(knobs.heartbeatTicks),
    preVote: knobs.preVote,
    maxMessageBytes: asInteger(knobs.maxMessageBytes),
    maxInflightMessages: asInteger(knobs.maxInflightMessages),
    maxUncommittedBytes: 1 << 20,
    segmentBytes: asInteger(knobs.segmentBytes),
    snapshotEntries: asInteger(knobs.snapshotEntries),
    catchUpEntries: asInteger(knobs.catchUpEntries),
    snapshotChunkBytes: asInteger(knobs.snapshotChunkBytes),
    requestTimeoutUs: asInteger(knobs.requestTimeoutUs),
    bootstrap,
  };
}
