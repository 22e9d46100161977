// Files that hold several histories: what came of each, and what that says of the file.
// Not here: the formats of such files, and the judges.

import type { CheckedCase, Judged } from './judged.js';
import type { HistoryVerdict } from './judgement.js';

const WORST_FIRST: readonly HistoryVerdict[] = ['violation', 'undecided', 'ok'];

/**
 * The verdict on all of a file is the worst on any of its cases; reason and core are of the first that got
 * it. `count` is of all of them.
 */
export function judgedCases(cases: readonly CheckedCase[], count: number): Judged {
  const worst = WORST_FIRST.find((verdict) =>
    cases.some((one) => one.judgement.verdict === verdict),
  );
  const alike = cases.filter(({ judgement }) => judgement.verdict === worst);
  const first = alike[0]!;
  const refuted = cases.find((one) => one.refuted !== null);
  const { model, reason, core } = first.judgement;
  return {
    judgement: {
      verdict: first.judgement.verdict,
      model,
      steps: cases.reduce((sum, { judgement }) => sum + judgement.steps, 0),
      reason:
        worst === 'ok'
          ? ''
          : `${alike.length} of ${cases.length} verdicts are ${worst}; the first is ${first.name} (${model}): ${reason}`,
      core,
      anomalies: [...new Set(cases.flatMap(({ judgement }) => judgement.anomalies))],
      certificate: null,
    },
    count,
    refuted: refuted === undefined ? null : `${refuted.name}: ${refuted.refuted}`,
    core: first.core,
    cases,
  };
}
