// What came of judging a file: of all of it, and of each history where it holds several.

import type { Operation } from './history.js';
import type { Judgement } from './judgement.js';
import type { LinearizabilityJudgement } from './linearizability/judge.js';
import type { Model } from './linearizability/model.js';

/** An operation as a table shows it. */
export interface OperationRow {
  readonly id: number;
  readonly client: number;
  readonly text: string;
  readonly callUs: number;
  /** `Infinity` if no answer came. */
  readonly returnUs: number;
  readonly outcome: Operation<unknown, unknown>['outcome'];
}

export interface Judged {
  readonly judgement: Judgement<unknown>;
  /** How many operations the history has. */
  readonly count: number;
  /** Why the certificate does not prove the verdict: a bug in the judge. Null if it does, or if undecided. */
  readonly refuted: string | null;
  /** The operations of the core, in the order of their calls. */
  readonly core: readonly OperationRow[];
  /** Absent where the file holds one history, and that without a name. */
  readonly cases?: readonly CheckedCase[];
  /** Absent where the judge is not one of linearizability. */
  visit?<R>(visitor: HistoryVisitor<R>): R;
}

/** One history of a file, judged against one model or level. */
export interface CheckedCase {
  readonly name: string;
  readonly judgement: Judgement<unknown>;
  /** How many operations or transactions it has. */
  readonly count: number;
  /** Why the certificate does not prove the verdict: a bug in the judge. Null if it does, or if undecided. */
  readonly refuted: string | null;
  readonly core: readonly OperationRow[];
}

/** Does something with a history of operations and what its judge said, whatever the model. */
export type HistoryVisitor<R> = <S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  judgement: LinearizabilityJudgement,
) => R;
