// From a failing plan to the part of the failure file that tells of a smaller one, with its story in words.
// Not here: what is tried (fuzz/shrink/), and the commands that ask for it (run.ts, shrink.ts).

import { FIRST_CLIENT_ID } from '../base/ids.js';
import type { Engine } from '../fuzz/engine.js';
import { PlanPool } from '../fuzz/shrink/pool.js';
import { shrinkPlan } from '../fuzz/shrink/shrink.js';
import type { Failure } from '../report/failure.js';
import { tellStory } from '../report/story.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import { plainResult } from './plain-result.js';
import { processesOf, RecentTrace } from './report.js';
import { Stopwatch } from './stopwatch.js';
import { secondsText } from './text.js';

export interface ShrinkOptions {
  readonly engine: Engine;
  readonly wire: boolean;
  /** Threads. */
  readonly jobs: number;
  /** Real seconds after which the smallest plan found so far is taken; 0: no shrinking. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told often. */
  onProgress(text: string): void;
}

/** The smallest plan found that breaks the same invariant; null if none is smaller than the one given. */
export async function shrinkFailing(
  plan: Plan,
  result: RunResult,
  options: ShrinkOptions,
): Promise<Failure['shrunk']> {
  const { engine, wire, jobs, seconds, signal } = options;
  if (result.violation === null || seconds === 0) return null;
  const watch = new Stopwatch();
  const pool = new PlanPool({ engine, jobs, wire });
  try {
    const shrunk = await shrinkPlan(plan, result, {
      width: pool.width,
      run: (plans) => pool.run(plans),
      record: (candidate) => pool.record(candidate),
      causes: (candidate) => pool.causes(candidate),
      stopped: () => signal.aborted || watch.seconds >= seconds,
      progress: (smallest, runs) =>
        options.onProgress(`shrinking: ${sizeText(smallest)}, ${runs} runs`),
    });
    if (shrunk === null) return null;
    const story = storyOf(engine, shrunk.plan, wire);
    return { ...shrunk, tried: { ...shrunk.tried }, result: plainResult(shrunk.result), story };
  } finally {
    await pool.close();
  }
}

/** The story of a failing plan, one numbered line each. */
export function storyOf(engine: Engine, plan: Plan, wire: boolean): string[] {
  const trace = new RecentTrace();
  const { violation } = engine.runPlan(plan, { wire, trace: trace.sink });
  if (violation === null) return [];
  const processes = processesOf(plan);
  const names = new Map(processes.map(({ id, name }) => [id, name]));
  const lines = tellStory({
    trace: trace.list(),
    violation,
    processes: processes.map(({ id }) => id),
    nameOf: (id) => names.get(id) ?? (id < FIRST_CLIENT_ID ? `n${id}` : `process ${id}`),
  });
  return lines.map(({ timeUs, text }) => `${secondsText(timeUs)}  ${text}`);
}

export function operationCount(plan: Plan): number {
  return plan.clients.reduce((sum, { operations }) => sum + operations.length, 0);
}

/** `3 faults, 12 operations, 5 members`. */
export function sizeText(plan: Plan): string {
  return `${plan.faults.length} faults, ${operationCount(plan)} operations, ${plan.members} members`;
}
