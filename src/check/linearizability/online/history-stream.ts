// What judges a history while it is read, in memory that does not grow with its length. Types only.
// Not here: the judging, by answers that place the operations (streamed-history.ts) or window by window
// (streamed-parts.ts), and what to do where it fails (check/streamed-judge.ts).

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';

/**
 * - `violation`: no order explains what had been called and answered by `untilUs`, says the checker, which
 *   may have chosen wrongly before; `around`: from these operations it may be proved.
 * - `stuck`: no order was found within the budget. `around` as above.
 * - `lost`: it cannot be judged this way, for the reason given.
 */
export type StreamedVerdict<I, O> =
  | { readonly kind: 'reading' }
  | { readonly kind: 'ok'; readonly steps: number; readonly placed: number }
  | {
      readonly kind: 'violation';
      readonly untilUs: Micros;
      readonly around: Surroundings<I, O> | null;
    }
  | { readonly kind: 'stuck'; readonly untilUs: Micros; readonly around: Surroundings<I, O> }
  | { readonly kind: 'lost'; readonly why: string };

/** The end of a history of one part of an object. */
export interface Surroundings<I, O> {
  /** All operations of the part, but for some that had returned by `forgottenUs`. */
  readonly operations: readonly Operation<I, O>[];
  /** -Infinity if none is missing. */
  readonly forgottenUs: Micros;
  /** Ids of operations that may be the one that cannot be placed, the likeliest first. */
  readonly suspects: readonly number[];
  readonly steps: number;
}

export interface HistoryStream<I, O> {
  readonly verdict: StreamedVerdict<I, O>;
  /** Takes in the next operation of the text. After a violation only what had been called by then counts. */
  add(operation: Operation<I, O>): void;
  /** No more operations will come. */
  finish(): StreamedVerdict<I, O>;
}
