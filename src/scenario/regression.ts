// A regression: an explicit plan that once broke an invariant, kept so that it never does again. A seed would not
// do: it dies when the code draws differently. Not here: reading and writing files (regression-files.ts).

import { z } from 'zod';
import { planSchema } from './plan.js';
import type { RunResult } from './result.js';
import { UsageError } from './usage-error.js';

/** Raise when a field changes meaning. */
export const REGRESSION_FORMAT = 1;

const count = z.int().min(0);

const regressionSchema = z.strictObject({
  format: z.literal(REGRESSION_FORMAT),
  /** Words joined by hyphens; the name of the file without `.json`. */
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  /** What went wrong, or where that is told: a sentence, an issue. */
  about: z.string(),
  /** The violation it showed, and the code that showed it. */
  once: z.strictObject({
    invariant: z.string().min(1),
    message: z.string(),
    simquake: z.string(),
    commit: z.string().nullable(),
    dirty: z.boolean(),
    /** Id of the planted bug, if the code had one. */
    bug: z.string().optional(),
  }),
  /** What the failing run had done by then; a run that does less tests something else. */
  exercised: z.strictObject({
    /** Faults that took effect. */
    faults: count,
    /** Operations that succeeded. */
    operations: count,
  }),
  /** What led to it, in words. */
  story: z.array(z.string()),
  plan: planSchema,
});

/** See the schema's comments. */
export type Regression = z.infer<typeof regressionSchema>;

/** The text of a regression file. */
export function formatRegression(regression: Regression): string {
  return `${JSON.stringify(regression, null, 1)}\n`;
}

/**
 * Reads the text of a regression file.
 *
 * @param place names the file in messages
 * @throws UsageError
 */
export function parseRegression(text: string, place: string): Regression {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${place}: not JSON: ${(error as Error).message}; ${REMEDY}`);
  }
  const parsed = regressionSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(
    `${place}: not a regression: ${issue.path.join('.') || 'the document'}: ${issue.message}; ${REMEDY}`,
  );
}

const REMEDY = "restore the file, or make it anew with 'simquake promote'";

export interface RegressionVerdict {
  /**
   * - `pass`: it does what it was made for, and nothing is broken.
   * - `stale`: nothing is broken, but it no longer does what it was made for.
   * - `fail`: something is broken, the invariant of old or another.
   */
  readonly verdict: 'pass' | 'stale' | 'fail';
  /** One sentence; empty for a pass. */
  readonly reason: string;
}

/** What a run of the regression's plan says. */
export function judgeRegression(
  regression: Pick<Regression, 'exercised'> & {
    readonly once: Pick<Regression['once'], 'invariant'>;
  },
  result: RunResult,
): RegressionVerdict {
  const { exercised, once } = regression;
  if (result.verdict !== 'pass') {
    const { violation, verdict, reason } = result;
    const again = violation?.invariant === once.invariant ? 'again ' : '';
    const what = violation === null ? reason : `${violation.invariant}: ${violation.message}`;
    return { verdict: 'fail', reason: `${again}${verdict}: ${what}` };
  }
  if (result.faults.effective < exercised.faults) {
    return {
      verdict: 'stale',
      reason: `${result.faults.effective} of its faults take effect, where ${exercised.faults} did`,
    };
  }
  if (result.operations.ok < exercised.operations) {
    return {
      verdict: 'stale',
      reason: `${result.operations.ok} of its operations succeed, where ${exercised.operations} did`,
    };
  }
  return { verdict: 'pass', reason: '' };
}
