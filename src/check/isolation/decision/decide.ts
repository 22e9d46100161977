// Decides isolation levels of transactions over registers, completely: where the history fits the level
// an order of commits is given, where it does not a cycle of forced commits, or the statement that all
// orders were tried. Meant for histories of up to a few hundred transactions; exponential in the worst case.
// Session order is part of every level. All writes must be in the history.

import type { Judgement } from '../../judgement.js';
import type { RegisterTransaction } from '../transaction.js';
import { type ForcedEdge, forcedOrder, type PolynomialLevel } from './forced-order.js';
import { type Part, type SearchedLevel, searchPlacement } from './placement-search.js';
import { INITIAL, type Sessions, traceReads, type WrongRead } from './sessions.js';
import { smallestUnordered } from './smallest.js';

export type DecidedLevel = PolynomialLevel | SearchedLevel;

/** Ids throughout; `null` is the initial state. */
export interface ForcedStep {
  readonly before: number | null;
  readonly after: number | null;
  readonly because:
    | 'initial'
    | 'session'
    | 'read'
    | 'real-time'
    | {
        readonly rule: 'overwritten' | 'overtaken';
        readonly key: string | number;
        readonly source: number | null;
        readonly reader: number;
        readonly other: number;
      };
}

export type DecisionCertificate =
  /** The order of commits; up to causal. */
  | { readonly kind: 'commits'; readonly order: readonly number[] }
  /** What is done in which order; from prefix on. */
  | { readonly kind: 'parts'; readonly parts: readonly { id: number; does: Part['does'] }[] }
  | { readonly kind: 'wrong-read'; readonly wrong: WrongRead }
  /** Two reads of one key by one transaction that returned different values. */
  | { readonly kind: 'unrepeatable'; readonly id: number; readonly key: string | number }
  /** Edges that follow one from another, and a cycle among them. */
  | {
      readonly kind: 'forced';
      /** The rules that were applied. */
      readonly level: DecidedLevel;
      readonly steps: readonly ForcedStep[];
      readonly cycle: readonly number[];
    }
  /** Every order was tried of these transactions, which read from nobody else. */
  | {
      readonly kind: 'exhausted';
      readonly level: SearchedLevel;
      readonly among: readonly number[];
    };

export interface DecideOptions {
  /** Parts tried before the verdict is `undecided`. */
  readonly stepsMax?: number;
}

const STEPS_MAX = 1_000_000;
/** So many transactions are named in a reason. */
const NAMED_MAX = 8;
/** Beyond so many transactions cycles are not sought before the search: they take n^4. */
const FORCED_MAX = 300;

/** Decides whether `history` satisfies `level`. */
export function decideIsolation(
  history: readonly RegisterTransaction[],
  level: DecidedLevel,
  options: DecideOptions = {},
): Judgement<DecisionCertificate> {
  const result = traceReads(history);
  if ('unusable' in result) return judgement('undecided', level, 0, { reason: result.unusable });
  if ('wrong' in result) {
    const { wrong } = result;
    return judgement('violation', level, 0, {
      reason: `${wrong.anomaly}: ${wrong.text}`,
      core: wrong.transactions,
      anomalies: [wrong.anomaly],
      certificate: { kind: 'wrong-read', wrong },
    });
  }
  const { traced } = result;
  if (level !== 'read-committed') {
    const torn = unrepeatable(traced);
    if (torn !== null) {
      return judgement('violation', level, 0, {
        reason: `internal: T${torn.id} read ${torn.key} twice, from different transactions`,
        core: [torn.id],
        anomalies: ['internal'],
        certificate: { kind: 'unrepeatable', ...torn },
      });
    }
  }
  return isSearched(level)
    ? search(history, traced, level, options.stepsMax ?? STEPS_MAX)
    : force(traced, level);
}

function isSearched(level: DecidedLevel): level is SearchedLevel {
  return ['prefix', 'snapshot-isolation', 'serializable', 'strict-serializable'].includes(level);
}

function force(traced: Sessions, level: PolynomialLevel): Judgement<DecisionCertificate> {
  const { edges, cycle, order, steps } = forcedOrder(traced, level);
  if (cycle.length > 0) return forced(traced, level, level, edges, cycle, steps);
  const ids = order.map((t) => traced.transactions[t]!.id);
  return judgement('ok', level, steps, { certificate: { kind: 'commits', order: ids } });
}

function search(
  history: readonly RegisterTransaction[],
  traced: Sessions,
  level: SearchedLevel,
  stepsMax: number,
): Judgement<DecisionCertificate> {
  let steps = 0;
  if (traced.transactions.length <= FORCED_MAX) {
    // What is not causal is nothing stronger either.
    const rules =
      level === 'serializable' || level === 'strict-serializable' ? level : ('causal' as const);
    const found = forcedOrder(traced, rules);
    steps = found.steps;
    if (found.cycle.length > 0) {
      return forced(traced, level, rules, found.edges, found.cycle, steps);
    }
  }
  const placement = searchPlacement(traced, level, stepsMax);
  steps += placement.steps;
  switch (placement.kind) {
    case 'order': {
      const parts = placement.parts.map(({ transaction, does }) => ({
        id: traced.transactions[transaction]!.id,
        does,
      }));
      return judgement('ok', level, steps, { certificate: { kind: 'parts', parts } });
    }
    case 'none': {
      const among = smallestUnordered(history, level).map(({ id }) => id);
      const named = among.map((id) => `T${id}`).join(', ');
      const which = among.length <= NAMED_MAX ? named : `${among.length} transactions`;
      const others = traced.transactions.length - among.length;
      const beside = others === 0 ? '' : `, whatever the ${others} others did`;
      return judgement('violation', level, steps, {
        reason: `no order of ${which} satisfies ${level}${beside}; all were tried`,
        core: among,
        certificate: { kind: 'exhausted', level, among },
      });
    }
    case 'undecided':
      return judgement('undecided', level, steps, {
        reason: `the budget of ${stepsMax} steps ran out`,
      });
  }
}

function forced(
  traced: Sessions,
  level: DecidedLevel,
  rules: DecidedLevel,
  edges: readonly ForcedEdge[],
  cycle: readonly number[],
  steps: number,
): Judgement<DecisionCertificate> {
  const id = (t: number): number | null => (t === INITIAL ? null : traced.transactions[t]!.id);
  const all = edges.map(({ before, after, because }): ForcedStep => {
    if (typeof because === 'string') return { before: id(before), after: id(after), because };
    const { source, reader, other } = because;
    const named = { ...because, source: id(source), reader: id(reader)!, other: id(other)! };
    return { before: id(before), after: id(after), because: named };
  });
  const shown = cycle.map((at) => all[at]!);
  const core = new Set<number>();
  for (const { before, because } of shown) {
    if (before !== null) core.add(before);
    if (typeof because !== 'string') core.add(because.reader);
  }
  return judgement('violation', level, steps, {
    reason: shown.map(sentence).join('; '),
    core: [...core].sort((a, b) => a - b),
    certificate: { kind: 'forced', level: rules, steps: all, cycle },
  });
}

function sentence({ before, after, because }: ForcedStep): string {
  const name = (id: number | null): string => (id === null ? 'the initial state' : `T${id}`);
  if (typeof because !== 'string') {
    const { key, source, reader, other, rule } = because;
    const read = `T${reader} read ${key} from ${name(source)}`;
    return rule === 'overwritten'
      ? `${read} though T${other} had written it, so ${name(before)} comes before ${name(after)}`
      : `${read} and T${other} overwrote that, so ${name(before)} comes before ${name(after)}`;
  }
  switch (because) {
    case 'initial':
      return `${name(after)} comes after the initial state`;
    case 'session':
      return `${name(before)} comes before ${name(after)} in its session`;
    case 'read':
      return `${name(after)} read what ${name(before)} wrote`;
    case 'real-time':
      return `${name(before)} had returned when ${name(after)} was called`;
  }
}

function unrepeatable({ transactions }: Sessions): { id: number; key: string | number } | null {
  for (const { id, reads } of transactions) {
    for (const [at, { key, source }] of reads.entries()) {
      const first = reads.findIndex((read) => read.key === key);
      if (first < at && reads[first]!.source !== source) return { id, key };
    }
  }
  return null;
}

function judgement(
  verdict: Judgement<DecisionCertificate>['verdict'],
  model: DecidedLevel,
  steps: number,
  rest: Partial<Judgement<DecisionCertificate>>,
): Judgement<DecisionCertificate> {
  return {
    verdict,
    model,
    steps,
    reason: '',
    core: [],
    anomalies: [],
    certificate: null,
    ...rest,
  };
}
