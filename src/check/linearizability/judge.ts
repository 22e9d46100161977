// The judge of linearizability as its callers see it: the search's verdict with its certificate, and for a
// violation the few operations that prove it and a sentence about them.
// Not here: the parts (search.ts, proof/).

import type { Micros } from '../../base/ids.js';
import { knownBy, type Operation } from '../history.js';
import type { Judgement } from '../judgement.js';
import type { Model } from './model.js';
import type { Surroundings } from './online/history-stream.js';
import { type LinearizabilityCertificate, verifyCertificate } from './proof/certificate.js';
import {
  type CounterexampleOptions,
  minimalCounterexample,
  wholeHistory,
} from './proof/counterexample.js';
import { type Explanation, type ExplanationOptions, explain } from './proof/explanation.js';
import type { Weakening } from './proof/weakening.js';
import type { LinearizabilityResult, Stuck } from './result.js';
import { type CheckOptions, checkLinearizable } from './search.js';

export interface LinearizabilityJudgement extends Judgement<LinearizabilityCertificate> {
  /** Null unless a violation was made small and proved. */
  readonly explanation: Explanation | null;
  /** Where the search got stuck, null unless it is a violation. */
  readonly stuck: Stuck | null;
}

export interface JudgeOptions<S, I, O> extends CheckOptions, ExplanationOptions {
  /** A model pruned by this history, for the search alone. */
  readonly pruned?: Model<S, I, O>;
}

/** Judges a history; `model` must suit any history. */
export function judgeLinearizable<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  options: JudgeOptions<S, I, O> = {},
): LinearizabilityJudgement {
  const result = checkLinearizable(history, options.pruned ?? model, options);
  return judgementOf(history, model, result, options);
}

/**
 * Completes what a search found. A violation that could not be made small keeps the search's own reason,
 * and the whole history for a certificate, which a verifier may not have the steps to verify.
 */
export function judgementOf<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  result: LinearizabilityResult,
  options: ExplanationOptions = {},
): LinearizabilityJudgement {
  const { verdict, steps } = result;
  const plain = { verdict, model: model.name, steps, reason: '', core: [], anomalies: [] };
  const none = { certificate: null, explanation: null, stuck: null };
  if (result.verdict === 'ok') {
    return { ...plain, ...none, certificate: { kind: 'order', orders: result.orders } };
  }
  if (result.verdict === 'undecided') return { ...plain, ...none, reason: result.reason };
  const { stuck } = result;
  const weakening = minimalCounterexample(history, model, result);
  if (weakening === null) {
    const whole = wholeHistory(history, model, stuck);
    const certificate = { kind: 'core', weakening: whole } as const;
    return {
      ...plain,
      ...none,
      reason: result.reason,
      core: [stuck.operation],
      certificate,
      stuck,
    };
  }
  const explanation = explain(history, model, weakening, options);
  return {
    ...plain,
    reason: explanation.reason,
    core: explanation.core,
    certificate: { kind: 'core', weakening },
    explanation,
    stuck,
  };
}

export interface ProvedViolation<I, O> {
  readonly judgement: LinearizabilityJudgement;
  /** Those that the proof is about, as they were known at the moment of the violation. */
  readonly operations: readonly Operation<I, O>[];
}

/**
 * Proves a violation from the operations before it, without the rest of the history; null if they do not
 * suffice. What is missing had returned before the operation that the proof starts from was called, which
 * says how it left the object: so it is a proof about the whole history as well.
 */
export function judgeSurroundings<S, I, O>(
  model: Model<S, I, O>,
  { operations: all, forgottenUs, suspects, steps }: Surroundings<I, O>,
  untilUs: Micros,
  options: Pick<CounterexampleOptions, 'stepsMax'> = {},
): ProvedViolation<I, O> | null {
  const operations = all
    .filter(({ callUs }) => callUs <= untilUs)
    .map((operation) => knownBy(operation, untilUs));
  const [operation] = suspects;
  if (operation === undefined) return null;
  const candidates = suspects.slice(1).map((id) => ({ id, why: '' }));
  const stuck: Stuck = { partition: null, operation, prefix: [], state: '', candidates };
  const weakening = minimalCounterexample(
    operations,
    model,
    { core: suspects, stuck, steps: 0 },
    { ...options, forgottenUs },
  );
  if (weakening === null || !isFounded(operations, weakening, forgottenUs)) return null;
  const certificate = { kind: 'core', weakening } as const;
  if (verifyCertificate(operations, model, certificate).kind !== 'verified') return null;
  const explanation = explain(operations, model, weakening);
  const { reason, core } = explanation;
  const found = { verdict: 'violation', model: model.name, steps, reason, core } as const;
  return { judgement: { ...found, anomalies: [], certificate, explanation, stuck }, operations };
}

/** Whether what is missing from a history is nothing that a weakening of it would have to keep. */
function isFounded<I, O>(
  operations: readonly Operation<I, O>[],
  { start, abstract }: Weakening,
  forgottenUs: Micros,
): boolean {
  if (forgottenUs === -Infinity) return true;
  const first = operations.find(({ id }) => id === start);
  return first !== undefined && !abstract && first.callUs > forgottenUs;
}
