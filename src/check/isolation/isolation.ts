// Judges transaction histories against consistency models from read uncommitted to strict serializability.
//
// A violation is always one. `ok` means that no forbidden anomaly can be inferred: for lists that is
// complete for what was read, for registers only for the order of versions that the assumptions give;
// the certificate says which (`serial`: an order that executes, which leaves no doubt). A history whose
// transactions do not depend on each other at all is `undecided`: nothing was tested.

import type { Judgement } from '../judgement.js';
import type { Acyclic, Claim, IsolationCertificate } from './certificate.js';
import { forbiddenAnomalies, type RuledOut, ruledOut } from './consistency-model.js';
import { findCycles } from './cycle-search.js';
import { type ReadOf, sentence } from './explain.js';
import { coreOf, type Dependency, type Finding } from './finding.js';
import {
  type ArcList,
  adjacency,
  components,
  DATA,
  PROCESS,
  REALTIME,
  RW,
  WR,
  WW,
  WW_SHOWN,
} from './graph.js';
import type { Inference, InferenceOptions } from './inference.js';
import { inferListAppend } from './list-append.js';
import { replayLists, replayRegisters } from './replay.js';
import { inferRegisters } from './rw-register.js';
import { addProcesses, addRealTime } from './time-order.js';
import {
  type Key,
  type ListTransaction,
  mixedIntegers,
  type RegisterTransaction,
  showList,
  type Transaction,
  type Value,
} from './transaction.js';
import type { VersionAssumptions } from './version-order.js';

export interface IsolationOptions extends Partial<InferenceOptions> {
  /** Names as Elle's or Adya's. Default: strict-serializable, or none if `anomalies` are given. */
  readonly models?: readonly string[];
  /** Anomalies forbidden besides. */
  readonly anomalies?: readonly string[];
}

export interface IsolationJudgement extends Judgement<IsolationCertificate>, RuledOut {
  /** Everything found, whether the models forbid it or not. */
  readonly findings: readonly Finding[];
}

/** Judges transactions that append to lists and read them. */
export function checkListAppend(
  transactions: readonly ListTransaction[],
  options: IsolationOptions = {},
): IsolationJudgement {
  const inference = inferListAppend(transactions, { closed: options.closed ?? false });
  return judge({
    transactions,
    mixed: mixedIntegers(transactions),
    inference,
    options,
    executes: (order) => replayLists(order, transactions) === null,
    read: (id, key, last) => readOf(transactions, id, key, last),
  });
}

/** Judges transactions over registers; see {@link VersionAssumptions} for what helps to order versions. */
export function checkRegisters(
  transactions: readonly RegisterTransaction[],
  options: IsolationOptions & VersionAssumptions = {},
): IsolationJudgement {
  const inference = inferRegisters(transactions, {
    ...options,
    closed: options.closed ?? false,
  });
  return judge({
    transactions,
    mixed: mixedIntegers(transactions),
    inference,
    options,
    executes: (order) => replayRegisters(order, transactions) === null,
    read: null,
  });
}

interface Case<Op> {
  readonly transactions: readonly Transaction<Op>[];
  /** Why values cannot be compared, or null. */
  readonly mixed: string | null;
  readonly inference: Inference;
  readonly options: IsolationOptions;
  readonly executes: (order: readonly Transaction<Op>[]) => boolean;
  readonly read: ReadOf | null;
}

/** What a transaction read of a list that ended with `last`. */
function readOf(
  transactions: readonly ListTransaction[],
  id: number,
  key: Key,
  last: Value | null,
): string {
  const { operations } = transactions.find((one) => one.id === id)!;
  for (const [f, k, value] of operations) {
    if (f === 'r' && k === key && (value?.[value.length - 1] ?? null) === last)
      return showList(value);
  }
  return '?';
}

function judge<Op>({
  transactions,
  mixed,
  inference,
  options,
  executes,
  read,
}: Case<Op>): IsolationJudgement {
  const models = options.models ?? (options.anomalies === undefined ? [STRICT] : []);
  const forbidden = forbiddenAnomalies(models, options.anomalies);
  const model = [...models, ...(options.anomalies ?? [])].join(', ');
  if (mixed !== null) return unusable(model, mixed);
  if (inference.unusable !== '') return unusable(model, inference.unusable);

  const { arcs, counts } = inference;
  const time = timeOf(forbidden);
  let vertices = transactions.length;
  if (time === REALTIME) vertices = addRealTime(arcs, transactions, counts);
  else if (time === PROCESS) addProcesses(arcs, transactions, counts);

  const search = findCycles(arcs, vertices, transactions.length);
  const findings: Finding[] = [...inference.findings];
  for (const { anomaly, arcs: cycle } of search.cycles) {
    const steps = dependencies(cycle, arcs, transactions, inference);
    findings.push({ kind: 'cycle', anomaly, steps });
  }
  const bad = findings.filter(({ anomaly }) => forbidden.has(anomaly));
  const anomalies = new Set(bad.map(({ anomaly }) => anomaly));
  if (arcs.length === 0) anomalies.add('empty-transaction-graph');
  const found = {
    model,
    steps: search.steps,
    anomalies: [...anomalies].sort(),
    findings,
    ...ruledOut(findings.map(({ anomaly }) => anomaly)),
  };
  if (bad.length > 0) {
    const shown = bad.reduce((a, b) => (coreOf(b).length < coreOf(a).length ? b : a));
    return {
      ...found,
      verdict: 'violation',
      reason: sentence(shown, read),
      core: coreOf(shown),
      certificate: { kind: 'findings', findings: bad },
    };
  }
  if (arcs.length === 0) {
    const reason = 'no transaction depends on another, so nothing was tested';
    return { ...found, verdict: 'undecided', reason, core: [], certificate: null };
  }
  const all = claimsFor(forbidden).map(({ acyclic, mask }) =>
    claim(acyclic, mask, { transactions, inference, vertices, executes }),
  );
  const claims = all.filter(({ acyclic, order }) => acyclic === 'single' || order.length > 0);
  // Anomalies named one by one may leave worse ones allowed, and then no order shows their absence.
  if (claims.length < all.length && models.length > 0) {
    const reason =
      'a cycle of writes in time is also one of reads, and only the former is forbidden';
    return { ...found, verdict: 'undecided', reason, core: [], certificate: null };
  }
  const certificate: IsolationCertificate = {
    kind: 'claims',
    claims,
    committedReads: forbidden.has('G1a') && forbidden.has('G1b'),
  };
  return { ...found, verdict: 'ok', reason: '', core: [], certificate };
}

const STRICT = 'strict-serializable';

function unusable(model: string, reason: string): IsolationJudgement {
  return {
    verdict: 'undecided',
    model,
    steps: 0,
    reason,
    core: [],
    anomalies: [],
    certificate: null,
    findings: [],
    not: [],
    alsoNot: [],
  };
}

/** Which order besides the data's the forbidden anomalies speak of. Real time contains that of processes. */
function timeOf(forbidden: ReadonlySet<string>): number {
  const names = [...forbidden];
  if (names.some((name) => name.endsWith('-realtime'))) return REALTIME;
  return names.some((name) => name.endsWith('-process')) ? PROCESS : 0;
}

/** The arcs of a cycle as dependencies; arcs through moments are one step of real time. */
function dependencies(
  cycle: readonly number[],
  arcs: ArcList,
  transactions: readonly Transaction<unknown>[],
  inference: Inference,
): Dependency[] {
  const isMoment = (vertex: number): boolean => vertex >= transactions.length;
  const start = cycle.findIndex((arc) => !isMoment(arcs.from[arc]!));
  const steps: Dependency[] = [];
  let waiting = -1;
  for (let i = 0; i < cycle.length; i++) {
    const arc = cycle[(start + i) % cycle.length]!;
    const relation = arcs.relation[arc]!;
    if ((relation & DATA) !== 0) {
      steps.push(inference.explain(arc));
      continue;
    }
    if (!isMoment(arcs.from[arc]!)) waiting = arcs.from[arc]!;
    if (isMoment(arcs.to[arc]!)) continue;
    const from = transactions[waiting]!.id;
    const to = transactions[arcs.to[arc]!]!.id;
    steps.push({ relation: relation === PROCESS ? 'process' : 'realtime', from, to });
  }
  return steps;
}

const TIMES = [
  ['-realtime', REALTIME],
  ['-process', PROCESS],
  ['', 0],
] as const;

/** Kinds of cycles from the most to the least; each absence implies those after it. */
const KINDS: readonly (readonly [anomaly: string, acyclic: Acyclic])[] = [
  ['G2-item', 'all'],
  ['G-nonadjacent-item', 'nonadjacent'],
  ['G-single-item', 'single'],
  ['G1c', 'flow'],
  ['G0', 'writes'],
];

/** What has to be claimed so that none of the forbidden cycles can exist. */
function claimsFor(forbidden: ReadonlySet<string>): { acyclic: Acyclic; mask: number }[] {
  const claims: { acyclic: Acyclic; mask: number }[] = [];
  let strongest = KINDS.length;
  for (const [suffix, time] of TIMES) {
    const kind = KINDS.findIndex(([anomaly]) => forbidden.has(anomaly + suffix));
    if (kind === -1 || kind >= strongest) continue;
    strongest = kind;
    claims.push({ acyclic: KINDS[kind]![1], mask: time });
  }
  return claims;
}

interface Context<Op> {
  readonly transactions: readonly Transaction<Op>[];
  readonly inference: Inference;
  readonly vertices: number;
  readonly executes: (order: readonly Transaction<Op>[]) => boolean;
}

function claim<Op>(acyclic: Acyclic, time: number, context: Context<Op>): Claim {
  const { transactions, executes } = context;
  const name = time === REALTIME ? 'realtime' : time === PROCESS ? 'process' : 'none';
  const order = orderFor(acyclic, time, context);
  if (order === null) return { acyclic, time: name, serial: false, order: [] };
  const serial = acyclic === 'all' && executes(order.map((t) => transactions[t]!));
  // Snapshot isolation excludes more than was asked for, but has an order to show.
  const claimed = acyclic === 'single' ? 'nonadjacent' : acyclic;
  return { acyclic: claimed, time: name, serial, order: order.map((t) => transactions[t]!.id) };
}

/** An order in which the arcs lead forwards, or null if there is none. */
function orderFor<Op>(acyclic: Acyclic, time: number, context: Context<Op>): number[] | null {
  const { transactions, inference, vertices } = context;
  const { arcs, counts } = inference;
  const flow = (acyclic === 'writes' ? WW | WW_SHOWN : WW | WR) | time;
  const splits = acyclic === 'nonadjacent' || acyclic === 'single';
  const from: number[] = [];
  const to: number[] = [];
  for (let i = 0; i < arcs.length; i++) {
    const a = arcs.from[i]!;
    const b = arcs.to[i]!;
    const relation = arcs.relation[i]!;
    if ((relation & flow) !== 0) {
      // See cycle-search: vertices from `vertices` on are those reached by flow.
      from.push(a);
      to.push(splits ? vertices + b : b);
    } else if (relation === RW && acyclic === 'all') {
      from.push(a);
      to.push(b);
    } else if (relation === RW && splits) {
      from.push(vertices + a);
      to.push(b);
    }
  }
  if (splits) {
    for (let v = 0; v < vertices; v++) {
      from.push(vertices + v);
      to.push(v);
    }
  }
  const { of, cyclic } = components(
    adjacency(splits ? 2 * vertices : vertices, from, to, from.length),
  );
  if (cyclic) return null;
  const order: number[] = [];
  for (let t = 0; t < transactions.length; t++) if (counts[t] === 1) order.push(t);
  // Arcs lead to lower components.
  return order.sort((a, b) => of[b]! - of[a]!);
}
