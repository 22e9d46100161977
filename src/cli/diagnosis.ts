// What is done about a failing run: have it again recorded, shrink it, and make its failure file.
// Not here: writing to disk (failure-files.ts). Deterministic, but for the facts about this build.

import { compareResults } from '../fuzz/divergence.js';
import { asNondeterminism } from '../fuzz/execute.js';
import { FAILURE_FORMAT, type Failure } from '../report/failure.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import type { BuildInfo } from './build-info.js';
import { plainResult } from './plain-result.js';
import { RecentTrace } from './report.js';
import { type ShrinkOptions, shrinkFailing } from './shrinking.js';

export interface DiagnosisOptions extends ShrinkOptions {
  readonly build: BuildInfo;
}

export interface Diagnosis {
  /** The result given, or `nondeterminism` if the recorded run is another one. */
  readonly result: RunResult;
  readonly trace: RecentTrace;
  readonly failure: Failure;
}

export async function diagnose(
  plan: Plan,
  result: RunResult,
  options: DiagnosisOptions,
): Promise<Diagnosis> {
  const { engine, wire } = options;
  const trace = new RecentTrace();
  const recorded = engine.runPlan(plan, {
    wire,
    trace: trace.sink,
    onHistory: trace.onHistory,
  });
  let final = result;
  if (result.verdict !== 'nondeterminism') {
    const divergence = compareResults(result, recorded);
    if (divergence !== null) final = asNondeterminism(result, divergence);
  }
  const shrunk = await shrinkFailing(plan, final, options);
  const { version, commit, dirty, node } = options.build;
  const failure: Failure = {
    format: FAILURE_FORMAT,
    simquake: version,
    commit,
    dirty,
    node,
    scenario: final.scenario,
    seed: final.seed,
    wire,
    original: { plan, result: plainResult(final) },
    shrunk,
  };
  return { result: final, trace, failure };
}
