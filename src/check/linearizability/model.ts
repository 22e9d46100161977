// The sequential specification a history is judged against, as the search sees it.
// Not here: the models themselves (models/).

import type { ProofRules } from './proof/proof-rules.js';

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
  /** Equal keys only for inputs that act alike: of such operations without answer one order is tried. */
  inputKey?(input: I): string | number;
  /** What a proof of a violation may leave out, and words for it. */
  readonly proof?: ProofRules<S, I, O>;
  describeOperation(input: I, output: O | null): string;
  describeState(state: S): string;
  /** Why `step` refuses in `state`. One clause, with values. */
  explain(state: S, input: I, output: O | null): string;
}
