// The judge of linearizability as its callers see it: the search's verdict with its certificate, and for a
// violation the few operations that prove it and a sentence about them.
// Not here: the parts (search.ts, proof/).

import type { Operation } from '../history.js';
import type { Judgement } from '../judgement.js';
import type { Model } from './model.js';
import type { LinearizabilityCertificate } from './proof/certificate.js';
import { minimalCounterexample, wholeHistory } from './proof/counterexample.js';
import { type Explanation, type ExplanationOptions, explain } from './proof/explanation.js';
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
