// One line of the table of `npm run bench:check`: a piece of work, measured, beside a peer's figure.

import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';

export interface Row {
  readonly work: string;
  /** Published or measured for another checker, with its name; empty if there is none. */
  readonly peer: string;
  /** CPU time in milliseconds that the row is to stay within. */
  readonly targetMs: number;
  /** Model steps to stay within as well; left out if there is no such target. */
  readonly targetSteps?: number;
  /** Reads or makes the input, uncounted, and returns the work to measure. */
  prepare(): () => Done;
}

export interface Done {
  /** Shown in the table. Anything but `expected` is a miss, however fast. */
  readonly verdict: string;
  readonly expected: string;
  readonly steps: number;
}

/** The work of judging one history, with a budget that only a hopeless search exhausts. */
export function judging<S, I, O>(
  history: readonly Operation<I, O>[],
  model: () => Model<S, I, O>,
  expected: 'ok' | 'violation',
): () => Done {
  return () => {
    const { verdict, steps } = checkLinearizable(history, model(), { stepsMax: 20_000_000 });
    return { verdict, expected, steps };
  };
}
