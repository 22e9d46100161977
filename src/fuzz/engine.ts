// What a campaign needs from the simulator, as a type: the command and its tests bring the functions.
// Not here: the functions themselves (scenario/scenario.ts and scenario/run.ts).

import type { TraceSink } from '../base/trace.js';
import type { RecordedSchedule } from '../scenario/pinned.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import type { RunOptions } from '../scenario/run.js';
import type { Scenario } from '../scenario/scenario.js';

export interface EngineOptions {
  /** Encode every simulated message, as on a real wire. */
  readonly wire?: boolean;
  readonly trace?: TraceSink | null;
  readonly sampler?: RunOptions['sampler'];
  readonly onHistory?: RunOptions['onHistory'];
  readonly onTransactions?: RunOptions['onTransactions'];
  /** Receives when and where the parts of the plan really began. */
  readonly onSchedule?: (schedule: RecordedSchedule) => void;
}

/** All three are pure: the same arguments give the same result, always and in every thread. */
export interface Engine {
  compilePlan(scenario: Scenario, seed: string): Plan;
  runPlan(plan: Plan, options?: EngineOptions): RunResult;
  /** The options drawn, one `name=value` each. */
  describePlan(plan: Plan): string[];
}
