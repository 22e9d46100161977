// What is done about a failing seed: run it again recorded, shrink it, and make its failure file.
// Not here: writing to disk (failure-files.ts). Deterministic, but for the facts about this build.

import { breathe } from '../fuzz/campaign.js';
import { compareResults } from '../fuzz/divergence.js';
import type { Engine } from '../fuzz/engine.js';
import { asNondeterminism } from '../fuzz/execute.js';
import { SHRINK_RUNS, type Shrunk, shrinkPlan } from '../fuzz/shrink.js';
import { FAILURE_FORMAT, type Failure } from '../report/failure.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import type { Scenario } from '../scenario/scenario.js';
import type { BuildInfo } from './build-info.js';
import { RecentTrace } from './report.js';

export interface DiagnosisOptions {
  readonly engine: Engine;
  readonly build: BuildInfo;
  readonly wire: boolean;
  /** Whether to look for a smaller plan, which costs up to {@link SHRINK_RUNS} runs. */
  readonly shrink: boolean;
  readonly signal: AbortSignal;
  /** Told before every run that shrinking does. */
  onShrink(runs: number): void;
}

export interface Diagnosis {
  /** The result given, or `nondeterminism` if the recorded run is another one. */
  readonly result: RunResult;
  readonly trace: RecentTrace;
  readonly failure: Failure;
}

export async function diagnose(
  scenario: Scenario,
  result: RunResult,
  options: DiagnosisOptions,
): Promise<Diagnosis> {
  const { engine, wire } = options;
  const plan = engine.compilePlan(scenario, result.seed);
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
  const shrunk =
    options.shrink && final.violation !== null
      ? await shrink(plan, final.violation.invariant, options)
      : null;
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
    original: { plan, result: plain(final) },
    shrunk: shrunk && { ...shrunk, result: plain(shrunk.result) },
  };
  return { result: final, trace, failure };
}

async function shrink(
  plan: Plan,
  invariant: string,
  options: DiagnosisOptions,
): Promise<Shrunk | null> {
  const { engine, wire, signal } = options;
  let runs = 0;
  return shrinkPlan(plan, {
    invariant,
    runsMax: SHRINK_RUNS,
    run: (candidate) => engine.runPlan(candidate, { wire }),
    pause: () => {
      options.onShrink(++runs);
      return breathe();
    },
    stopped: () => signal.aborted,
  });
}

/** The mutable copy that the schema's inferred type asks for. */
function plain(result: RunResult): Failure['original']['result'] {
  const { operations, faults, hashChain, draws, violation, ...rest } = result;
  return {
    ...rest,
    violation: violation && { ...violation },
    operations: { ...operations },
    faults: { ...faults },
    hashChain: [...hashChain],
    draws: { ...draws },
  };
}
