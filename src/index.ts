// The public entry of the package: what a scenario file imports, and what runs one.

export type { TraceEvent, TraceSink } from './base/trace.js';
export { type ClientStorm, clientStorm, type StormOptions } from './scenario/client-storm.js';
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
  afterPowerLoss,
  anyTime,
  badLinks,
  bridge,
  clockDrift,
  clockJump,
  clog,
  crash,
  crashAtPoint,
  crashWhileSending,
  decay,
  diskFull,
  diskStall,
  diskStrike,
  diskThrottle,
  echoes,
  fileFault,
  flapping,
  type Incident,
  interruptedCatchUp,
  isolateAnyone,
  isolateLeader,
  justElected,
  leaderFalls,
  leaderInMinority,
  lyingSync,
  majorityRing,
  misdirected,
  type OneFault,
  pause,
  readOnly,
  repeatedly,
  rollback,
  rollingRestart,
  type Shape,
  slowMember,
  split,
  staleRead,
  storms,
  successiveLeaders,
  swarm,
  swizzle,
  thenCrash,
  together,
  towardsTheEnd,
  twoTwoOne,
  unheardLeader,
  when,
  wipe,
  zeroed,
} from './scenario/shapes.js';
export { milliseconds, seconds } from './scenario/units.js';
export { everyRequest, mixed, transactions } from './scenario/workload-mix.js';
