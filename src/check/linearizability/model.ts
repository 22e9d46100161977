// The sequential specification a history is judged against, as the search sees it.
// Not here: the models themselves (models/).

import type { Operation } from '../history.js';
import type { LayerAnswer } from './layer.js';
import type { ProofRules } from './proof/proof-rules.js';
export type RegisterValue = string | number | boolean | null;

/** Undefined for the value of a read whose answer nobody saw. */
export type RegisterAccess =
  | { readonly kind: 'read'; readonly value: RegisterValue | undefined }
  | { readonly kind: 'write'; readonly value: RegisterValue };

/** One operation is one access to the register that makes up its part of the object. */
export interface RegisterView<S, I, O> {
  /**
   * A read that says what the register holds and changes nothing, or a write that says nothing and sets
   * what it holds; null for anything else, or for an answer that the operation can never give.
   */
  accessOf(input: I, output: O | null): RegisterAccess | null;
  /** What the register that `input` accesses holds in `state`. */
  valueIn(state: S, input: I): RegisterValue;
}

/**
 * A sequential object. States are immutable: `step` returns a new one, or the same reference when
 * nothing changed.
 */
export interface Model<S, I, O> {
  readonly name: string;
  init(): S;
  /**
   * The state after `input` answered `output`, or undefined if the object in `state` cannot answer
   * so. An `output` of null stands for any answer; then undefined is allowed only where no legal
   * order of the whole history has the operation at this place.
   */
  step(state: S, input: I, output: O | null): S | undefined;
  /** An int32; equal states have equal hashes. */
  hash(state: S): number;
  equals(a: S, b: S): boolean;
  /**
   * True only if the operation leaves every state as it is in which it can have this output (null:
   * whatever its output). Such an operation is placed as soon as it is legal.
   */
  isPure?(input: I, output: O | null): boolean;
  /**
   * True only if the operation can have this output (null: any) in every state, and leaves all states
   * as the same one. Such are writes: of several in a row only the last can be seen. Where operations
   * {@link touches} parts, this is said of the part, and asked only if the operation touches one.
   */
  isBlind?(input: I, output: O | null): boolean;
  /**
   * True only if a legal order stays legal when this operation, of which nobody saw an answer, is
   * taken out of it: then it is not searched for. Reads are such.
   */
  isNeedless?(input: I): boolean;
  /** Asked where `step` refuses: true only if it will in all states that can follow. Prunes. */
  expired?(state: S, input: I, output: O | null): boolean;
  /**
   * Names the independent object an operation belongs to; null if it spans several, and then the
   * whole history is searched as one. Histories of independent objects are judged one by one
   * (linearizability is local: Herlihy and Wing 1990, theorem 1).
   */
  partition?(input: I): string | number | null;
  /**
   * Names the parts of the object that the operation may look at or change; null if all of them. Then
   * partitions are derived: parts that no operation of the history joins are judged one by one.
   */
  touches?(input: I): readonly (string | number)[] | null;
  /**
   * Decides a partition by what its answers say, without a search, if the model can; null hands it on.
   * `operations` are in call order, without failed ones; the object starts in `initial`.
   */
  decide?(operations: readonly Operation<I, O>[], initial: S): LayerAnswer | null;
  /** How operations read and write registers, if some do: histories of nothing else need no search. */
  readonly register?: RegisterView<S, I, O>;
  /**
   * All states that the operations can lead to in whatever order, those without an answer included;
   * null if that is too much to say. Serves to prove a violation from the operations around it.
   */
  statesOf?(operations: readonly Operation<I, O>[]): readonly S[] | null;
  /**
   * Equal keys only for operations with the same effect in every state and the same answer (null:
   * none was seen): of such operations one order is tried.
   */
  operationKey?(input: I, output: O | null): string | number;
  /** What a proof of a violation may leave out, and words for it. */
  readonly proof?: ProofRules<S, I, O>;
  describeOperation(input: I, output: O | null): string;
  describeState(state: S): string;
  /** Why `step` refuses in `state`. One clause, with values. */
  explain(state: S, input: I, output: O | null): string;
}
