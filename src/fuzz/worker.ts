// Entry of a worker thread: takes a batch of candidates, gives back their outcomes. Also the one place of
// the harness that binds the engine, so that everything else in fuzz/ and cli/ can be tested without.

import { loadScenarios } from '../scenario/load.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import { describePlan, runPlan } from '../scenario/run.js';
import { compilePlan, type Scenario } from '../scenario/scenario.js';
import type { Candidate } from './candidate.js';
import type { Engine } from './engine.js';
import { type ExecuteOptions, executeCandidate, type Outcome } from './execute.js';

export const engine: Engine = { compilePlan, runPlan, describePlan };

/** Work for one thread: candidates of one scenario, which the thread loads by itself. */
export interface Batch extends ExecuteOptions {
  readonly file: string;
  readonly scenario: string;
  readonly candidates: readonly Candidate[];
}

/** Runs the candidates in order. */
export async function runBatch(batch: Batch): Promise<Outcome[]> {
  const scenario = await scenarioOf(batch);
  return batch.candidates.map((candidate) => executeCandidate(engine, scenario, candidate, batch));
}

/** One plan for one thread. */
export interface PlanRun {
  readonly plan: Plan;
  readonly wire: boolean;
}

export function runOnePlan({ plan, wire }: PlanRun): RunResult {
  return runPlan(plan, { wire });
}

const loaded = new Map<string, Scenario>();

async function scenarioOf(batch: Batch): Promise<Scenario> {
  const key = `${batch.scenario} ${batch.file}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  for (const { scenario } of await loadScenarios([batch.file])) {
    loaded.set(`${scenario.name} ${batch.file}`, scenario);
  }
  const found = loaded.get(key);
  if (found === undefined) throw new Error(`${batch.file} no longer exports ${batch.scenario}`);
  return found;
}
