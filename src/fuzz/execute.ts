// One candidate of one scenario: compile, run, measure, and if asked run again and compare.
// Not here: threads (campaign.ts) and files (cli/). The same in a worker and in-process.

import type { TraceEvent } from '../base/trace.js';
import { MarkCollector } from '../check/marks/mark-collector.js';
import { ClusterSignature, type SeenState } from '../check/signature/cluster-signature.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import type { Scenario } from '../scenario/scenario.js';
import { type Candidate, planOf } from './candidate.js';
import { cpuTimeMs } from './cpu-time.js';
import { comparePlans, compareRecorded, type Divergence, traceLine } from './divergence.js';
import type { Engine } from './engine.js';

export interface ExecuteOptions {
  readonly wire: boolean;
  /** Run every seed twice, both times recorded, and compare event by event. */
  readonly checkDeterminism: boolean;
  /** Look for marks in one seed of {@link MARKED_OF}: it takes a trace, which costs about half as much again. */
  readonly marks: boolean;
  /** Tell which abstract states the cluster went through. */
  readonly signature: boolean;
}

const MARKED_OF = 4;

/** What became of one candidate. Plain data: it crosses threads. */
export type Outcome = RunOutcome | BrokenOutcome;

export interface RunOutcome {
  readonly kind: 'run';
  readonly candidate: Candidate;
  readonly result: RunResult;
  /** CPU time of the run itself, without compiling the plan. */
  readonly cpuMs: number;
  /** The marks it reached; null if nobody looked. */
  readonly marks: readonly string[] | null;
  /** Abstract states of the cluster; null if nobody looked. */
  readonly signature: readonly SeenState[] | null;
}

/** No run came to an end. Either the scenario throws, or the harness has a bug. */
export interface BrokenOutcome {
  readonly kind: 'broken';
  readonly scenario: string;
  readonly seed: string;
  readonly fault: 'scenario' | 'harness';
  readonly message: string;
  readonly stack: string;
}

export function executeCandidate(
  engine: Engine,
  scenario: Scenario,
  candidate: Candidate,
  options: ExecuteOptions,
): Outcome {
  const { seed } = candidate;
  let plan: Plan;
  let divergence: Divergence | null = null;
  try {
    plan = planOf(engine, scenario, candidate);
    if (options.checkDeterminism) {
      divergence = comparePlans(plan, planOf(engine, scenario, candidate));
    }
  } catch (error) {
    return broken(scenario, seed, 'scenario', error);
  }
  try {
    const lines: string[] = [];
    const collector = options.marks && isMarked(seed) ? new MarkCollector() : null;
    const signature = options.signature ? new ClusterSignature() : null;
    const record = (into: string[]) => ({
      wire: options.wire,
      trace: options.checkDeterminism
        ? (event: TraceEvent) => into.push(traceLine(event))
        : (collector?.sink ?? null),
    });
    const before = cpuTimeMs();
    const result = engine.runPlan(plan, { ...record(lines), sampler: signature });
    const cpuMs = cpuTimeMs() - before;
    if (options.checkDeterminism && divergence === null) {
      const again: string[] = [];
      const second = engine.runPlan(plan, record(again));
      divergence = compareRecorded({ result, lines }, { result: second, lines: again });
    }
    const marks = options.checkDeterminism ? null : (collector?.reached() ?? null);
    const final = divergence === null ? result : asNondeterminism(result, divergence);
    return {
      kind: 'run',
      candidate,
      result: final,
      cpuMs,
      marks,
      signature: signature?.reached() ?? null,
    };
  } catch (error) {
    return broken(scenario, seed, 'harness', error);
  }
}

function isMarked(seed: string): boolean {
  return Number(seed.slice(-2)) % MARKED_OF === 0;
}

/** The result of a run that another run of the same plan contradicts. */
export function asNondeterminism(result: RunResult, divergence: Divergence): RunResult {
  const { place, first, second } = divergence;
  return {
    ...result,
    verdict: 'nondeterminism',
    violation: null,
    reason: `two runs of one seed first differ in ${place}: ${first} against ${second}`,
  };
}

function broken(
  scenario: Scenario,
  seed: string,
  fault: BrokenOutcome['fault'],
  error: unknown,
): BrokenOutcome {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return { kind: 'broken', scenario: scenario.name, seed, fault, message, stack };
}
