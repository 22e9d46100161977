// A quick battery against the judges of isolation: what the definition says of small histories, what Elle
// asserts of its cases, what the small judges of levels say of DBCop's and PolySI's, and what may be proved.
// Returns what is wrong first, null if nothing is. It is run against planted bugs, and must find each.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../src/base/random.js';
import { randomStream } from '../../../src/base/random.js';
import { parsePolySi } from '../../../src/check/format/polysi.js';
import type { IsolationCertificate } from '../../../src/check/isolation/certificate.js';
import {
  type DecidedLevel,
  type DecisionCertificate,
  decideIsolation,
} from '../../../src/check/isolation/decision/decide.js';
import type { SearchedLevel } from '../../../src/check/isolation/decision/polygraph.js';
import type { CycleArc, RefutationStep } from '../../../src/check/isolation/decision/refutation.js';
import { traceReads } from '../../../src/check/isolation/decision/sessions.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import type { Dependency } from '../../../src/check/isolation/finding.js';
import { checkListAppend, checkRegisters } from '../../../src/check/isolation/isolation.js';
import { readSessions, type SessionRecord } from '../../../src/check/isolation/session-records.js';
import type {
  ListTransaction,
  RegisterTransaction,
  Transaction,
  Value,
} from '../../../src/check/isolation/transaction.js';
import { readTransactions } from '../../../src/check/isolation/transaction-events.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import { type AnyTransaction, execute, hasOrder, mayBeNext } from '../isolation/any-order.js';
import {
  assumptions,
  CASES,
  events,
  expectedOf,
  judge,
  VERDICTS,
} from '../isolation/elle-cases.js';
import { entangledHistory } from '../isolation/entangled-histories.js';
import { searchPlacement } from '../isolation/placement-search.js';
import { SESSION_FLAWS, sessionHistory } from '../isolation/session-stores.js';
import {
  FLAWS,
  type Flaw,
  listHistory,
  registerHistory,
  type Shape,
} from '../isolation/transaction-stores.js';
import type { Found } from './battery.js';

const HISTORIES = 1500;
/** Certificates proposed for each history. */
const PROPOSALS = 12;
const FOLDER = join(import.meta.dirname, '../../data/histories');
const SERIAL_LEVELS = ['serializable', 'strict-serializable'] as const;
const MODELS = [
  'read-uncommitted',
  'read-committed',
  'snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
];
const DECIDED: readonly DecidedLevel[] = [
  'read-committed',
  'repeatable-read',
  'read-atomic',
  'causal',
  'prefix',
  'snapshot-isolation',
  'serializable',
  'strict-serializable',
];
const ASSUMPTIONS = { wfrKeys: true, sequentialKeys: true, linearizableKeys: true };

const CHECKS = {
  ...{ anomalies, late, skew, lists, registers, decisions, orders, elle, sessions, proofs },
} as const;
export type IsolationCheckName = keyof typeof CHECKS;

/** Runs all checks, beginning with `first`. */
export function battery(first: IsolationCheckName = 'anomalies'): Found | null {
  const names = Object.keys(CHECKS) as IsolationCheckName[];
  for (const name of [first, ...names.filter((other) => other !== first)]) {
    const found = CHECKS[name]();
    if (found !== null) return found;
  }
  return null;
}

function shapeOf(seed: number): Shape {
  const flaws: readonly Flaw[] = ['none', ...FLAWS];
  const flaw = flaws[seed % flaws.length]!;
  return { transactions: 3 + (seed % 4), clients: 3, keys: 2, flaw, unknownOneIn: 6 };
}

/** Returns at whole moments, so that some are those of calls. */
function rounded<T extends Transaction<unknown>>(history: readonly T[]): T[] {
  return history.map((one) => ({ ...one, returnedAt: Math.ceil(one.returnedAt) }));
}

/** Over lists the verdict is that of the definition, and every certificate is verified, at every level. */
function lists(): Found | null {
  const check = 'lists against the definition';
  for (let cases = 1; cases <= HISTORIES; cases++) {
    const stream = randomStream(String(cases), 'battery/lists');
    const transactions = rounded(listHistory(stream, shapeOf(cases)));
    for (const level of MODELS) {
      const judgement = checkListAppend(transactions, { models: [level], closed: true });
      const { verdict, certificate } = judgement;
      if (level === 'serializable' || level === 'strict-serializable') {
        const holds = hasOrder(transactions, level);
        // Undecided: nothing depends on anything, so any order does.
        if (holds !== (verdict !== 'violation')) {
          return { check, cases, what: `${level} ${verdict}, by definition ${holds}` };
        }
      }
      const wrong = evidence(verdict, certificate, judgement.anomalies, (one) =>
        verifyIsolation({ over: 'lists', transactions }, one),
      );
      if (wrong !== null) return { check: 'certificates verified', cases, what: wrong };
    }
  }
  return null;
}

/** Over registers nobody is accused wrongly, and every certificate is verified. */
function registers(): Found | null {
  const check = 'registers against the definition';
  for (let cases = 1; cases <= HISTORIES; cases++) {
    const stream = randomStream(String(cases), 'battery/registers');
    const transactions = rounded(registerHistory(stream, shapeOf(cases)));
    const history = { over: 'registers', transactions } as const;
    for (const level of MODELS) {
      // A store that is right keeps every key linearizable.
      const assume = shapeOf(cases).flaw === 'none' ? ASSUMPTIONS : {};
      const judgement = checkRegisters(transactions, { models: [level], closed: true, ...assume });
      const { verdict, certificate, anomalies } = judgement;
      const inSessions = level === 'strong-session-serializable';
      if (verdict === 'violation' && hasOrder(transactions, level, inSessions)) {
        return { check, cases, what: `${level}: ${judgement.reason}` };
      }
      const wrong = evidence(verdict, certificate, anomalies, (one) =>
        verifyIsolation(history, one, assume),
      );
      if (wrong !== null) return { check: 'certificates verified', cases, what: wrong };
    }
  }
  return null;
}

/** Decided levels: serial ones as the definition has them, and at all levels with evidence that is verified. */
function decisions(): Found | null {
  const check = 'decisions against the definition';
  for (let cases = 1; cases <= HISTORIES; cases++) {
    const stream = randomStream(String(cases), 'battery/decisions');
    const transactions = rounded(registerHistory(stream, shapeOf(cases)));
    let weaker = true;
    for (const level of DECIDED) {
      const { verdict, certificate, anomalies } = decideIsolation(transactions, level);
      const isSerial = SERIAL_LEVELS.some((serial) => serial === level);
      if (isSerial && (verdict === 'ok') !== hasOrder(transactions, level, true)) {
        return { check, cases, what: `${level} ${verdict} by search` };
      }
      if (verdict === 'ok' && !weaker) return { check, cases, what: `${level}, but not less` };
      weaker = verdict === 'ok';
      const wrong = evidence(verdict, certificate, anomalies, (one) =>
        verifyDecision(transactions, level, one),
      );
      if (wrong !== null)
        return { check: 'certificates verified', cases, what: `${level}: ${wrong}` };
    }
  }
  return null;
}

/** Orders are found where the plain search finds one, where choices go together only in some ways as well. */
function orders(): Found | null {
  const check = 'orders against the plain search';
  for (let cases = 1; cases <= HISTORIES; cases++) {
    const history = ordered(cases);
    const result = traceReads(history);
    for (const level of SEARCHED) {
      const { verdict, certificate } = decideIsolation(history, level);
      const wrong = evidence(verdict, certificate, [], (one) =>
        verifyDecision(history, level, one),
      );
      if (wrong !== null) return { check: 'certificates verified', cases, what: wrong };
      if (verdict === 'undecided') return { check, cases, what: `${level} undecided` };
      if (!('traced' in result) || history.length > 12) continue;
      const { kind } = searchPlacement(result.traced, level, 100_000);
      if (kind === 'undecided' || (kind === 'order') === (verdict === 'ok')) continue;
      if (certificate?.kind === 'unrepeatable') continue;
      return { check, cases, what: `${level}: ${verdict}, plainly ${kind}` };
    }
  }
  return null;
}

/** A history in sessions; one in four is of pairs whose orders depend on each other. */
function ordered(seed: number): RegisterTransaction[] {
  const random = randomStream(String(seed), 'battery/orders');
  if (seed % 4 === 0) {
    const pairs = 2 + random.below(3);
    const length = Math.min(pairs, 2 + random.below(2));
    return entangledHistory(random, { pairs, cycles: pairs * 4 + random.below(4), length });
  }
  return sessionHistory(random, {
    transactions: 4 + (seed % 11),
    sessions: 2 + random.below(5),
    keys: 1 + random.below(3),
    operations: 1 + random.below(4),
    readPercent: 20 + random.below(40),
    readsFirst: seed % 5 === 0,
    engine: seed % 2 === 0 ? 'serial' : 'snapshot',
    flaw: (['none', ...SESSION_FLAWS] as const)[(seed >> 2) % 4]!,
    flawedOneIn: 3,
  });
}

/** Elle's cases have the anomalies that Elle asserts. */
function elle(): Found | null {
  const check = "Elle's cases";
  for (const [at, one] of CASES.entries()) {
    // The first has no history of numbers, the second is large.
    if (one.id === 79 || one.id === 41) continue;
    const read = readTransactions(events(one.history));
    const { verdict, anomalies, certificate } = judge(one, read);
    const expected = expectedOf(one);
    const found = { valid: VERDICTS[verdict], types: anomalies };
    const due = { valid: expected['valid?'], types: expected['anomaly-types'] ?? [] };
    const what = `case ${one.id}: ${JSON.stringify(found)}, not ${JSON.stringify(due)}`;
    if (JSON.stringify(found) !== JSON.stringify(due)) return { check, cases: at + 1, what };
    const proof = certificate && verifyIsolation(read, certificate, assumptions(one));
    if (proof !== null) return { check, cases: at + 1, what: `case ${one.id}: ${proof}` };
  }
  return null;
}

type Micro = ListTransaction['operations'][number] | RegisterTransaction['operations'][number];

interface Anomaly {
  readonly name: string;
  readonly operations: readonly (readonly Micro[])[];
  /** Whether each follows the one before, and in the same process. */
  readonly inTime?: boolean;
  readonly inProcess?: boolean;
  /** The position of one that failed. */
  readonly failed?: number;
  /** Levels that just allow it, and levels that just do not. */
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

/** The anomalies of the literature (Adya 1999; Berenson et al. 1995), each in as few transactions as show it. */
const ANOMALIES: readonly Anomaly[] = [
  {
    name: 'dirty write',
    operations: [
      [
        ['append', 'x', 1],
        ['append', 'y', 1],
      ],
      [
        ['append', 'x', 2],
        ['append', 'y', 2],
      ],
      [
        ['r', 'x', [1, 2]],
        ['r', 'y', [2, 1]],
      ],
    ],
    allowed: [],
    forbidden: ['read-uncommitted'],
  },
  {
    name: 'aborted read',
    operations: [[['append', 'x', 1]], [['r', 'x', [1]]]],
    failed: 0,
    allowed: ['read-uncommitted'],
    forbidden: ['read-committed'],
  },
  {
    name: 'circular information flow',
    operations: [
      [
        ['append', 'x', 1],
        ['r', 'y', [1]],
      ],
      [
        ['append', 'y', 1],
        ['r', 'x', [1]],
      ],
    ],
    allowed: ['read-uncommitted'],
    forbidden: ['read-committed'],
  },
  {
    name: 'read skew',
    operations: [
      [
        ['append', 'x', 1],
        ['append', 'y', 1],
      ],
      [
        ['r', 'x', [1]],
        ['r', 'y', []],
      ],
    ],
    allowed: ['read-committed'],
    forbidden: ['consistent-view', 'snapshot-isolation', 'repeatable-read'],
  },
  {
    name: 'lost update',
    operations: [
      [
        ['r', 'x', []],
        ['append', 'x', 1],
      ],
      [
        ['r', 'x', []],
        ['append', 'x', 2],
      ],
      [['r', 'x', [1, 2]]],
    ],
    allowed: ['read-committed'],
    forbidden: ['cursor-stability', 'snapshot-isolation'],
  },
  {
    name: 'long fork',
    operations: [
      [['append', 'x', 1]],
      [['append', 'y', 1]],
      [
        ['r', 'x', [1]],
        ['r', 'y', []],
      ],
      [
        ['r', 'x', []],
        ['r', 'y', [1]],
      ],
    ],
    allowed: ['read-committed', 'consistent-view', 'parallel-snapshot-isolation'],
    forbidden: ['snapshot-isolation', 'serializable'],
  },
  {
    name: 'write skew',
    operations: [
      [
        ['r', 'x', []],
        ['append', 'y', 1],
      ],
      [
        ['r', 'y', []],
        ['append', 'x', 1],
      ],
    ],
    allowed: ['snapshot-isolation'],
    forbidden: ['repeatable-read', 'serializable'],
  },
  {
    name: 'write skew over registers',
    operations: [
      [
        ['r', 'x', null],
        ['w', 'y', 1],
      ],
      [
        ['r', 'y', null],
        ['w', 'x', 1],
      ],
    ],
    allowed: ['snapshot-isolation'],
    forbidden: ['serializable'],
  },
  {
    name: 'a write that its own transaction does not read',
    operations: [
      [
        ['w', 'x', 1],
        ['r', 'x', 2],
      ],
      [['w', 'x', 2]],
    ],
    allowed: ['read-committed'],
    forbidden: ['read-atomic', 'serializable'],
  },
  {
    name: 'stale read',
    operations: [[['append', 'x', 1]], [['r', 'x', []]]],
    inTime: true,
    allowed: ['serializable', 'strong-session-serializable'],
    forbidden: ['strict-serializable'],
  },
  {
    name: 'stale read in a process',
    operations: [[['append', 'x', 1]], [['r', 'x', []]]],
    inProcess: true,
    allowed: ['serializable'],
    forbidden: ['strong-session-serializable', 'strict-serializable'],
  },
];

/** Each anomaly is ruled out by the levels that the literature says, and by no weaker ones. */
function anomalies(): Found | null {
  const check = 'anomalies of the literature';
  let cases = 0;
  for (const { name, operations, inTime, inProcess, failed, allowed, forbidden } of ANOMALIES) {
    const transactions = operations.map((micro, at) => ({
      id: at + 1,
      process: inProcess === true ? 0 : at,
      operations: micro,
      calledAt: inTime === true || inProcess === true ? 10 * at : 0,
      returnedAt: 10 * at + 5,
      outcome: at === failed ? ('fail' as const) : ('ok' as const),
    }));
    const over = operations.flat().some(([f, , value]) => f === 'w' || value === null);
    for (const level of [...allowed, ...forbidden]) {
      cases++;
      const { verdict } = over
        ? checkRegisters(transactions as RegisterTransaction[], { models: [level] })
        : checkListAppend(transactions as ListTransaction[], { models: [level] });
      // Undecided where nothing depends on anything.
      if ((verdict === 'violation') !== forbidden.includes(level)) {
        return { check, cases, what: `${name}: ${level} ${verdict}` };
      }
    }
  }
  return null;
}

interface SessionCase {
  readonly test: string;
  readonly sessions: readonly (readonly SessionRecord[])[];
  readonly expected: Readonly<Record<string, boolean>>;
}

const LEVELS: Readonly<Record<string, DecidedLevel>> = {
  CommittedRead: 'read-committed',
  RepeatableRead: 'repeatable-read',
  AtomicRead: 'read-atomic',
  Causal: 'causal',
  Prefix: 'prefix',
  SnapshotIsolation: 'snapshot-isolation',
  Serializable: 'serializable',
};

/** DBCop's and PolySI's cases have the verdicts that are known. */
function sessions(): Found | null {
  const check = "DBCop's and PolySI's cases";
  const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
  let cases = 0;
  for (const file of ['dbcop/cases.json', 'polysi/test_cases.json']) {
    for (const { test, sessions: recorded, expected } of JSON.parse(read(file)) as SessionCase[]) {
      for (const [name, holds] of Object.entries(expected)) {
        cases++;
        const { verdict } = decideIsolation(readSessions(recorded), LEVELS[name]!);
        if ((verdict === 'ok') !== holds)
          return { check, cases, what: `${test}: ${name} ${verdict}` };
      }
    }
  }
  for (const name of ['galera', 'yugabyte']) {
    cases++;
    const history = parsePolySi(read(`polysi/violations/${name}/${name}.txt`));
    const { verdict } = decideIsolation(history, 'snapshot-isolation');
    if (verdict !== 'violation') return { check, cases, what: `${name}: ${verdict}` };
  }
  return null;
}

/** What is wrong with a verdict's evidence; null if nothing is. */
function evidence<C>(
  verdict: string,
  certificate: C | null,
  anomalies: readonly string[],
  verify: (certificate: C) => string | null,
): string | null {
  if (certificate === null) return verdict === 'undecided' ? null : `${verdict} without evidence`;
  const wrong = verify(certificate);
  return wrong === null ? null : `${verdict} (${anomalies.join(', ')}): ${wrong}`;
}

/** A process went on after its append got no answer; the append took effect later, and somebody read it. */
const LATE: readonly ListTransaction[] = (
  [
    [1, 0, 'unknown', ['append', 'x', 1]],
    [2, 0, 'ok', ['r', 'x', []]],
    [3, 1, 'ok', ['r', 'x', [1]]],
  ] as const
).map(([id, process, outcome, operation]) => ({
  ...{ id, process, outcome, operations: [operation], calledAt: 10 * id },
  returnedAt: outcome === 'ok' ? 10 * id + 5 : Number.POSITIVE_INFINITY,
}));

const LATE_CYCLE: readonly Dependency[] = [
  { relation: 'process', from: 1, to: 2 },
  { relation: 'rw', from: 2, to: 1, key: 'x', value: null, next: 1 },
];

/** What got no answer in a process does not precede what the process did next. */
function late(): Found | null {
  const check = 'a late effect';
  for (const level of MODELS) {
    const { verdict } = checkListAppend(LATE, { models: [level] });
    if (verdict !== 'ok') return { check, cases: 1, what: `${level} ${verdict}` };
  }
  const anomaly = 'G-single-item-process';
  const findings = [{ kind: 'cycle', anomaly, steps: LATE_CYCLE }] as const;
  const certificate = { kind: 'findings', findings } as const;
  const proof = verifyIsolation({ over: 'lists', transactions: LATE }, certificate);
  return proof === null ? { check: 'false proofs refused', cases: 1, what: anomaly } : null;
}

/** Each reads what the other writes: serially they have no order, from snapshots they have. */
const SKEW: readonly RegisterTransaction[] = (
  [
    ['x', 'y'],
    ['y', 'x'],
  ] as const
).map(([read, written], at) => ({
  ...{ id: at + 1, process: at, calledAt: 0, returnedAt: 1, outcome: 'ok' as const },
  operations: [
    ['r', read, null],
    ['w', written, 1],
  ],
}));

const SKEW_ARCS: readonly CycleArc[] = [
  { because: 'overwritten', key: 'x', source: null, reader: 1, other: 2 },
  { because: 'overwritten', key: 'y', source: null, reader: 2, other: 1 },
];

/** The cycle of a write skew proves what it does, and neither more nor by half. */
function skew(): Found | null {
  const check = 'the proof of a write skew';
  const proves = (level: SearchedLevel, cycle: readonly CycleArc[]): boolean =>
    verifyDecision(SKEW, level, { kind: 'refuted', level, steps: [{ cycle }] }) === null;
  if (!proves('serializable', SKEW_ARCS)) return { check, cases: 1, what: 'refused' };
  if (proves('snapshot-isolation', SKEW_ARCS)) return { check, cases: 2, what: 'of snapshots' };
  if (proves('prefix', SKEW_ARCS)) return { check, cases: 3, what: 'of prefixes' };
  const half = SKEW_ARCS.slice(1);
  return proves('serializable', half) ? { check, cases: 4, what: 'by half a cycle' } : null;
}

/** Nothing false can be proved, whatever is proposed as evidence. */
function proofs(): Found | null {
  const check = 'false proofs refused';
  let cases = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const random = randomStream(String(seed), 'battery/proofs');
    const listed = rounded(listHistory(random, { ...shapeOf(seed), reuses: true }));
    const registered = rounded(registerHistory(random, shapeOf(seed)));
    const isLegal = hasOrder(listed, 'strict-serializable');
    for (let k = 0; k < PROPOSALS; k++) {
      cases++;
      const false1 = falseOrder(listed, random);
      if (false1 !== null) return { check, cases, what: false1 };
      const false2 = falseDecision(registered, random);
      if (false2 !== null) return { check, cases, what: false2 };
      if (!isLegal) continue;
      const certificate = anyFindings(listed, random);
      if (verifyIsolation({ over: 'lists', transactions: listed }, certificate) !== null) continue;
      return { check, cases, what: `a legal history shows ${JSON.stringify(certificate)}` };
    }
  }
  return null;
}

/** An order that is claimed to execute, or to be one of commits, and does not. */
function falseOrder(transactions: readonly ListTransaction[], random: Random): string | null {
  const order = anyOrder(transactions, random);
  const time = random.pick(['none', 'process', 'realtime'] as const);
  const level = time === 'realtime' ? 'strict-serializable' : 'serializable';
  const claim = { acyclic: 'all', time, serial: true, order: order.map(({ id }) => id) } as const;
  const certificate = { kind: 'claims', claims: [claim], committedReads: false } as const;
  const proved = verifyIsolation({ over: 'lists', transactions }, certificate) === null;
  if (!proved || isLegal(order, transactions, level, time === 'process')) return null;
  return `the order ${claim.order.join(' ')} in the order of ${time}`;
}

function falseDecision(
  transactions: readonly RegisterTransaction[],
  random: Random,
): string | null {
  const order = anyOrder(transactions, random);
  const level = random.pick(SERIAL_LEVELS);
  if (random.below(2) === 0) return falseRefutation(transactions, random);
  const parts = order.map(({ id }) => ({ id, does: 'both' as const }));
  const certificate: DecisionCertificate = { kind: 'parts', parts };
  const proved = verifyDecision(transactions, level, certificate) === null;
  if (!proved || isLegal(order, transactions, level, true)) return null;
  return `the commits ${order.map(({ id }) => id).join(' ')} as ${level}`;
}

/** Cycles that nearly are there, and conclusions that nearly follow, of a history that has an order. */
function falseRefutation(
  transactions: readonly RegisterTransaction[],
  random: Random,
): string | null {
  const level = random.pick(SEARCHED);
  const steps: RefutationStep[] = [];
  for (let left = 1 + random.below(3); left > 0; left--) {
    if (random.below(4) > 0) steps.push({ cycle: anyCycle(transactions, random) });
    else {
      const pair = [random.pick(transactions).id, random.pick(transactions).id] as const;
      const either = random.below(2) === 0 ? [] : [pair];
      steps.push({ either, from: steps.map((_, at) => at) });
    }
  }
  const certificate: DecisionCertificate = { kind: 'refuted', level, steps };
  if (verifyDecision(transactions, level, certificate) !== null) return null;
  const result = traceReads(transactions);
  if (!('traced' in result)) return null;
  if (searchPlacement(result.traced, level, 100_000).kind !== 'order') return null;
  return `no order as ${level}: ${JSON.stringify(steps)}`;
}

/** Mostly joins, and each arc is of some history like this. */
function anyCycle(transactions: readonly RegisterTransaction[], random: Random): CycleArc[] {
  const around = Array.from({ length: 2 + random.below(2) }, () => random.pick(transactions));
  return around.map((one, at): CycleArc => {
    const strays = random.below(8) === 0;
    const next = strays ? random.pick(transactions) : around[(at + 1) % around.length]!;
    const because = random.pick(BECAUSE);
    if (because !== 'overwritten') return { because, before: one.id, after: next.id };
    const [f, key, value] = random.pick(one.operations);
    const writer = transactions.find(({ operations }) =>
      operations.some(([g, k, v]) => g === 'w' && k === key && v === value),
    );
    const source = f === 'r' && writer !== undefined ? writer.id : null;
    return { because, key, source, reader: one.id, other: next.id };
  });
}

const SEARCHED = ['prefix', 'snapshot-isolation', ...SERIAL_LEVELS] as const;
const BECAUSE = [
  'session',
  'read',
  'real-time',
  'writes',
  'overwritten',
  'overwritten',
  'overwritten',
] as const;

/** Mostly in the order of calls, at times with a transaction too few, too many or displaced. */
function anyOrder<T extends AnyTransaction>(transactions: readonly T[], random: Random): T[] {
  const order = transactions
    .filter(({ outcome }) => outcome === 'ok' || random.below(3) === 0)
    .map((one) => ({ one, at: one.calledAt + random.below(14) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  if (random.below(6) === 0) order.pop();
  if (random.below(8) === 0 && order.length > 0) order.push(random.pick(order));
  return order;
}

/** Word for word: every transaction that was answered is there once, in time, and all of it executes. */
function isLegal(
  order: readonly AnyTransaction[],
  transactions: readonly AnyTransaction[],
  level: string,
  inSessions: boolean,
): boolean {
  if (new Set(order).size !== order.length) return false;
  if (order.some(({ outcome }) => outcome === 'fail')) return false;
  if (transactions.some((one) => one.outcome === 'ok' && !order.includes(one))) return false;
  let state: ReadonlyMap<unknown, Value[]> = new Map();
  for (const [at, one] of order.entries()) {
    if (!mayBeNext(one, order.slice(at + 1), level, inSessions)) return false;
    const after = execute(one, state);
    if (after === null) return false;
    state = after;
  }
  return true;
}

/** A cycle of two steps that nearly hold: mostly they join, and each is true of some history like this. */
function anyFindings(
  transactions: readonly ListTransaction[],
  random: Random,
): IsolationCertificate {
  const edges = nearEdges(transactions);
  const first = edges.length > 0 ? random.pick(edges) : NO_EDGE;
  const back = edges.filter(({ from, to }) => from === first.to && to === first.from);
  const second = random.pick(back.length > 0 && random.below(8) > 0 ? back : [...edges, NO_EDGE]);
  const steps = [first, second];
  const anti = steps.filter(({ relation }) => relation === 'rw').length;
  const has = (relation: string): boolean => steps.some((step) => step.relation === relation);
  const kind = anti === 1 ? 'G-single-item' : anti > 1 ? 'G2-item' : has('wr') ? 'G1c' : 'G0';
  const suffix = has('realtime') ? '-realtime' : has('process') ? '-process' : '';
  return { kind: 'findings', findings: [{ kind: 'cycle', anomaly: kind + suffix, steps }] };
}

const NO_EDGE: Dependency = { relation: 'process', from: -1, to: -2 };

/** Dependencies, and what looks like one: whatever was answered, in any order of versions, at one moment. */
function nearEdges(transactions: readonly ListTransaction[]): Dependency[] {
  const edges: Dependency[] = [];
  for (const a of transactions) {
    for (const b of transactions) {
      if (a === b) continue;
      const [from, to] = [a.id, b.id];
      if (a.returnedAt <= b.calledAt) edges.push({ relation: 'realtime', from, to });
      if (a.process === b.process && a.calledAt < b.calledAt) {
        edges.push({ relation: 'process', from, to });
      }
      for (const [f, key, of] of a.operations) {
        for (const [g, other, by] of b.operations) {
          if (key !== other) continue;
          const last = (list: unknown): Value | null => (list as Value[] | null)?.at(-1) ?? null;
          if (f === 'append' && g === 'append') {
            edges.push({ relation: 'ww', from, to, key, value: of, next: by });
          }
          if (f === 'append' && g === 'r' && last(by) === of) {
            edges.push({ relation: 'wr', from, to, key, value: of });
          }
          if (f === 'r' && g === 'append') {
            edges.push({ relation: 'rw', from, to, key, value: last(of), next: by });
            edges.push({ relation: 'rw', from, to, key, value: null, next: by });
          }
        }
      }
    }
  }
  return edges;
}
