// What a model declares so that a violation can be proved from few operations: which operations may be
// left out of a history without making an explanation of it impossible. Every rule here is a promise that
// a proof of violation rests on; each is tested against brute force (test/check/proof.test.ts).
// Not here: the use of the rules (weakening.ts), the rules of the models (register-proof.ts and others).

import type { Operation } from '../../history.js';
import type { Model } from '../model.js';

/** A part of an object: an element of a set, a value in a queue, a register among several. */
export type Part = string | number;

/** Objects of which a few parts can be looked at alone. */
export interface PartRules<I, O> {
  /** Parts that the operation says something of, or acts on. */
  of(operation: Operation<I, O>): readonly Part[];
  /**
   * What an operation says of these parts alone, with the same id and times, at most less sure to have
   * happened; null if nothing. A legal order of a history must give one of what its operations say.
   */
  seen(operation: Operation<I, O>, parts: ReadonlySet<Part>): Operation<I, O> | null;
}

/** An answer as a sentence needs it: `read` returned `1`. */
export interface Sight {
  /** The operation without its answer, for example `get x`. */
  readonly what: string;
  readonly saw: string;
}

/** All rules are optional: without them only pure operations and the end of a history are left out. */
export interface ProofRules<S, I, O> {
  /**
   * The state after this operation if that is the same whatever the state before, else undefined.
   * Then what follows the operation can be judged without anything that precedes it.
   */
  settles?(input: I, output: O): S | undefined;
  /**
   * Ids among `optional`, operations that may or may not have taken effect, which can be left out
   * together: if a legal order of all exists, then one of `answered` and the rest of `optional` does.
   */
  unseen?(
    optional: readonly Operation<I, O>[],
    answered: readonly Operation<I, O>[],
  ): ReadonlySet<number>;
  readonly parts?: PartRules<I, O>;
  /**
   * The state, or one in which exactly the same legal orders go on through all of `answered`, with any of
   * `optional`, each of which may take effect repeatedly; undefined only if there is no such order.
   */
  reduced?(
    state: S,
    answered: readonly Operation<I, O>[],
    optional: readonly Operation<I, O>[],
  ): S | undefined;
  /**
   * A coarser object for this history. A legal order of it is a legal order of that object, and stays
   * one whatever operations are taken out of it: then any few operations that have none prove that
   * the whole has none. It steps answered operations only.
   */
  abstraction?(history: readonly Operation<I, O>[]): Model<unknown, I, O>;
  /** Ids of a few operations that the abstraction cannot order, or null if none were found. */
  conflict?(history: readonly Operation<I, O>[]): readonly number[] | null;
  /** The contradiction between operations that the abstraction cannot order; null if it has no words. */
  contradiction?(
    operations: readonly Operation<I, O>[],
    history: readonly Operation<I, O>[],
    nameOfClient: (client: number) => string,
  ): string | null;
  /** What the answer shows of the state; null if nothing. For sentences only. */
  sight?(input: I, output: O): Sight | null;
}
