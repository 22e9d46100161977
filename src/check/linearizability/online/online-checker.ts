// What a checker offers that follows a history while it is made, or read. Types only.
// Not here: the checkers (../witness/online-witness.ts).

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';

/** - `watching`: nothing is wrong so far. - `blind`: what has come is beyond this checker. */
export type OnlineVerdict = 'watching' | 'violation' | 'blind';

export type Invocation<I> = Pick<Operation<I, unknown>, 'id' | 'client' | 'input' | 'callUs'>;

/** Calls and returns come in the order of time, at one moment the calls first. */
export interface OnlineChecker<I, O> {
  readonly verdict: OnlineVerdict;
  /** Why the verdict is what it is, with values; empty while `watching`. */
  readonly reason: string;
  /** Work done, in a unit that is the same on every machine. */
  readonly steps: number;
  /** An operation was sent. One whose answer never comes may be told of late, and ended at once. */
  invoke(invocation: Invocation<I>): void;
  /** An operation has ended, or will not be waited for. */
  complete(
    id: number,
    outcome: Operation<I, O>['outcome'],
    output: O | null,
    returnUs: Micros,
  ): OnlineVerdict;
  /** No more operations will come. */
  finish(): OnlineVerdict;
}

/** Told of operations in an order that explains the history, each when nothing can change its place any more. */
export type OnPlaced = (id: number) => void;

/** An object whose histories can be judged while they are read. */
export interface StreamedObject<S, I, O> {
  /** What the order is replayed against. Refuses what looks back further than `release` leaves. */
  readonly model: Model<S, I, O>;
  /** Lets go of the past of a state, of which the caller is the only holder. */
  readonly release?: (state: S) => void;
  checker(onPlaced: OnPlaced): OnlineChecker<I, O>;
}
