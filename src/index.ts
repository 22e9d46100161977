// The public entry of the package: what a scenario file imports, and what runs one.

export type { TraceEvent, TraceSink } from './base/trace.js';
export type { Fault, Plan } from './scenario/plan.js';
export type { RunResult, Verdict, Violation } from './scenario/result.js';
export { type RunOptions, runPlan } from './scenario/run.js';
export {
  compilePlan,
  type Scenario,
  type ScenarioOptions,
  scenario,
} from './scenario/scenario.js';
export {
  badLinks,
  bridge,
  clockDrift,
  clockJump,
  clog,
  crash,
  diskFull,
  diskStall,
  diskStrike,
  diskThrottle,
  type Incident,
  interruptedCatchUp,
  isolateAnyone,
  isolateLeader,
  justElected,
  leaderInMinority,
  majorityRing,
  type OneFault,
  pause,
  repeatedly,
  rollingRestart,
  type Shape,
  split,
  storms,
  successiveLeaders,
  swarm,
  twoTwoOne,
  unheardLeader,
} from './scenario/shapes.js';
export { milliseconds, seconds } from './scenario/units.js';
export { mixed } from './scenario/workload-mix.js';
