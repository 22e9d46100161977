// Histories: what clients saw, as operations with an interval in time and an outcome.
// Not here: judging them (linearizability/), or recording them (the simulation's clients do).
// Time is closed: a return at t and a call at t are concurrent. The clock ticks in whole
// microseconds, so at one tick nobody knows which came first; taking them as ordered could accuse a
// correct store, taking them as concurrent can at most overlook something.

import { assert } from '../base/assert.js';
import type { Micros } from '../base/ids.js';
import type { Outcome } from '../base/trace.js';

/** One request of one client. */
export interface Operation<I, O> {
  /** Unique within the history. */
  readonly id: number;
  readonly client: number;
  readonly input: I;
  /** What the client was told; null if it learned nothing. */
  readonly output: O | null;
  readonly callUs: Micros;
  /** `Infinity` if no answer came. */
  readonly returnUs: Micros;
  /**
   * - `ok`: it took effect once, between call and return. With an `output` of null it certainly took
   *   effect but nobody saw the answer.
   * - `fail`: it certainly had no effect, now or later.
   * - `unknown`: it may take effect once, at any time after the call, or never.
   */
  readonly outcome: Outcome;
}

/**
 * The operation that was called so and ended so. By spread syntax, V8 would give the operations of every history
 * hidden classes of their own, for which each loop over them pays.
 */
export function endedAs<I, O>(
  { id, client, input, callUs }: Pick<Operation<I, unknown>, 'id' | 'client' | 'input' | 'callUs'>,
  outcome: Outcome,
  output: O | null,
  returnUs: Micros,
): Operation<I, O> {
  return { id, client, input, output, callUs, returnUs, outcome };
}

/** What became of an operation whose outcome the client does not know. */
export type Fate = 'applied' | 'never' | 'unknown';

/**
 * Removes unknown outcomes that somebody else knows, for example from the committed log: an applied
 * operation becomes mandatory, with unknown output and without a deadline; one that never happened is
 * dropped. A wrong fate can only make the history harder to explain, or hide an effect: the search
 * still judges every answer a client saw.
 */
export function resolveUnknown<I, O>(
  operations: readonly Operation<I, O>[],
  fate: (operation: Operation<I, O>) => Fate,
): Operation<I, O>[] {
  const out: Operation<I, O>[] = [];
  for (const operation of operations) {
    if (operation.outcome !== 'unknown') {
      out.push(operation);
      continue;
    }
    const known = fate(operation);
    if (known === 'never') continue;
    if (known === 'unknown') out.push(operation);
    else out.push(endedAs<I, O>(operation, 'ok', null, Infinity));
  }
  return out;
}

/**
 * Gives operations whose answer nobody saw the deadline that follows from a log of effects: each took
 * effect before the operations after it in the log, so before the first answer any of those got. `log`
 * holds ids in the order of their effects, and `apartUs` says how far apart these are at least in the
 * recorder's clock. As with fates, a wrong log cannot make a wrong answer right.
 */
export function boundUnanswered<I, O>(
  operations: readonly Operation<I, O>[],
  log: readonly number[],
  apartUs = 0,
): Operation<I, O>[] {
  const answered = new Map<number, Micros>();
  for (const { id, output, returnUs } of operations)
    if (output !== null) answered.set(id, returnUs);
  const deadlines = new Map<number, Micros>();
  let earliest = Number.POSITIVE_INFINITY;
  for (let at = log.length - 1; at >= 0; at--) {
    const id = log[at]!;
    earliest -= apartUs;
    const returnUs = answered.get(id);
    if (returnUs === undefined) deadlines.set(id, earliest);
    else earliest = Math.min(earliest, returnUs);
  }
  return operations.map((operation) => {
    const deadline = deadlines.get(operation.id);
    if (deadline === undefined || operation.outcome !== 'ok') return operation;
    return endedAs(operation, 'ok', operation.output, Math.max(operation.callUs, deadline));
  });
}

/**
 * What had come out of an operation by a moment, having been called by then. If a history is linearizable, so is
 * what had come out by any moment: cut its order before the first operation called later.
 */
export function knownBy<I, O>(operation: Operation<I, O>, atUs: Micros): Operation<I, O> {
  if (operation.outcome !== 'ok' || operation.returnUs <= atUs) return operation;
  return endedAs<I, O>(operation, 'unknown', null, Infinity);
}

/** The last moment at which an operation can have taken effect, in microseconds. */
export function deadlineUs(operation: Operation<unknown, unknown>): Micros {
  return operation.outcome === 'unknown' ? Infinity : operation.returnUs;
}

/** Throws unless ids are unique and intervals run forwards: a broken recorder must not look like a broken store. */
export function assertWellFormed(operations: readonly Operation<unknown, unknown>[]): void {
  let highest = Number.NEGATIVE_INFINITY;
  let areAscending = true;
  for (const { id, callUs, returnUs } of operations) {
    if (callUs > returnUs) {
      assert(false, 'an operation returned before it was called', { id, callUs, returnUs });
    }
    if (id <= highest) areAscending = false;
    highest = id;
  }
  // Most recorders count upwards.
  if (areAscending) return;
  const seen = new Set(operations.map(({ id }) => id));
  assert(seen.size === operations.length, 'operation ids repeat', {
    operations: operations.length,
    ids: seen.size,
  });
}
