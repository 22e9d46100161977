// Decides isolation levels of transactions over registers, completely: where the history fits the level
// an order of commits is given, where it does not a cycle of forced commits, or a proof from several cycles.
// Polynomial up to causal consistency, exponential in the worst case from prefix consistency on.
// Session order is part of every level. All writes must be in the history.

import type { Judgement } from '../../judgement.js';
import type { RegisterTransaction } from '../transaction.js';
import { explainedCycles } from './explain-refutation.js';
import { type ForcedEdge, forcedOrder, type PolynomialLevel } from './forced-order.js';
import type { SearchedLevel } from './polygraph.js';
import { mentioned, type RefutationStep } from './refutation.js';
import { MOMENTS_MAX, type Part, searchOrder } from './search.js';
import { INITIAL, type Sessions, traceReads, type WrongRead } from './sessions.js';
import { smallestProof } from './smallest.js';
import { StepBudget } from './step-budget.js';

export type DecidedLevel = PolynomialLevel | SearchedLevel;

/** Ids throughout; `null` is the initial state. */
export interface ForcedStep {
  readonly before: number | null;
  readonly after: number | null;
  readonly because:
    | 'initial'
    | 'session'
    | 'read'
    | {
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
      readonly level: PolynomialLevel;
      readonly steps: readonly ForcedStep[];
      readonly cycle: readonly number[];
    }
  /** Cycles that rule out every order of the transactions they speak of. */
  | {
      readonly kind: 'refuted';
      readonly level: SearchedLevel;
      readonly steps: readonly RefutationStep[];
    };

export interface DecideOptions {
  /** Steps before the verdict is `undecided`: arcs, clauses and words of bits looked at. */
  readonly stepsMax?: number;
}

const STEPS_MAX = 1_000_000_000;

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
    ? search(traced, level, options.stepsMax ?? STEPS_MAX)
    : force(traced, level);
}

function isSearched(level: DecidedLevel): level is SearchedLevel {
  return ['prefix', 'snapshot-isolation', 'serializable', 'strict-serializable'].includes(level);
}

function force(traced: Sessions, level: PolynomialLevel): Judgement<DecisionCertificate> {
  const { edges, cycle, order, steps } = forcedOrder(traced, level);
  if (cycle.length > 0) return forced(traced, level, edges, cycle, steps);
  const ids = order.map((t) => traced.transactions[t]!.id);
  return judgement('ok', level, steps, { certificate: { kind: 'commits', order: ids } });
}

function search(
  traced: Sessions,
  level: SearchedLevel,
  stepsMax: number,
): Judgement<DecisionCertificate> {
  const budget = new StepBudget(stepsMax);
  const searched = searchOrder(traced, level, budget);
  switch (searched.kind) {
    case 'order': {
      const parts = searched.parts.map(({ transaction, does }) => ({
        id: traced.transactions[transaction]!.id,
        does,
      }));
      return judgement('ok', level, budget.used, { certificate: { kind: 'parts', parts } });
    }
    case 'none': {
      const steps = smallestProof(traced, level, searched.proof);
      const core = mentioned(steps);
      const others = traced.transactions.length - core.length;
      return judgement('violation', level, budget.used, {
        reason: explainedCycles(steps, level, { core, others }),
        core,
        certificate: { kind: 'refuted', level, steps },
      });
    }
    case 'undecided':
      return judgement('undecided', level, budget.used, {
        reason: budget.isSpent
          ? `the budget of ${stepsMax} steps ran out`
          : `more than ${MOMENTS_MAX} starts and commits take too much memory`,
      });
  }
}

function forced(
  traced: Sessions,
  level: PolynomialLevel,
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
    certificate: { kind: 'forced', level, steps: all, cycle },
  });
}

function sentence({ before, after, because }: ForcedStep): string {
  const name = (id: number | null): string => (id === null ? 'the initial state' : `T${id}`);
  if (typeof because !== 'string') {
    const { key, source, reader, other } = because;
    const read = `T${reader} read ${key} from ${name(source)}`;
    return `${read} though T${other} had written it, so ${name(before)} comes before ${name(after)}`;
  }
  switch (because) {
    case 'initial':
      return `${name(after)} comes after the initial state`;
    case 'session':
      return `${name(before)} comes before ${name(after)} in its session`;
    case 'read':
      return `${name(after)} read what ${name(before)} wrote`;
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
