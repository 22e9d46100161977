// Certificates: evidence for a verdict, small enough to be kept, and the verifier that re-checks it from
// the history and the model alone. Shares no code with the search.
// - ok: an order, which replay.ts replays.
// - violation: a weakening of the history, of few operations, of which no legal order exists: weakening.ts
//   decides that it is one, exhaustive.ts tries all its orders, or more than these.

import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { replay } from '../replay.js';
import type { PartitionOrder } from '../result.js';
import { exhaust, exhaustRepeating } from './exhaustive.js';
import { type Weakening, weaken } from './weakening.js';

/** Plain data. */
export type LinearizabilityCertificate =
  | { readonly kind: 'order'; readonly orders: readonly PartitionOrder[] }
  | { readonly kind: 'core'; readonly weakening: Weakening };

/** `unverified`: the budget ran out, so that the certificate has shown nothing. */
export type Verification =
  | { readonly kind: 'verified' }
  | { readonly kind: 'refuted' | 'unverified'; readonly why: string };

export interface VerifyOptions {
  /** Calls of `Model.step` before a core is `unverified`. */
  readonly stepsMax?: number;
}

export const VERIFY_STEPS_MAX = 200_000;

/**
 * Whether `certificate` proves its verdict on `history`. `model` must be one that suits any history, not
 * one pruned by this: then a mistake in pruning cannot vouch for itself. O(n) for an order; for a core,
 * O(n) and exponential in what may be concurrent in the core.
 */
export function verifyCertificate<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  certificate: LinearizabilityCertificate,
  options: VerifyOptions = {},
): Verification {
  if (certificate.kind === 'order') {
    const why = replay(history, model, certificate.orders);
    return why === null ? { kind: 'verified' } : { kind: 'refuted', why };
  }
  const weakened = weaken(history, model, certificate.weakening);
  if (typeof weakened === 'string') return { kind: 'refuted', why: weakened };
  const { stepsMax = VERIFY_STEPS_MAX } = options;
  // Nothing explains the core even if what may have happened does so repeatedly: so it is with many such.
  const repeating = exhaustRepeating(weakened.operations, weakened.model, stepsMax);
  if (repeating.linearizable === false) return { kind: 'verified' };
  const { linearizable } = exhaust(weakened.operations, weakened.model, stepsMax);
  if (linearizable === false) return { kind: 'verified' };
  return linearizable === null
    ? { kind: 'unverified', why: `its orders were not all tried within ${stepsMax} steps` }
    : { kind: 'refuted', why: 'a legal order explains the operations of the core' };
}
