// Many runs of many scenarios, spread over threads. Outcomes come in the order in which the explorer handed out the
// candidates, whatever the number of threads and whichever is done first; each depends on its candidate alone.
// Not here: which candidates (explore/), what to do about a failure, and any output.

import { Tinypool } from 'tinypool';
import { assert } from '../base/assert.js';
import type { Engine } from './engine.js';
import { type ExecuteOptions, executeCandidate, type Outcome } from './execute.js';
import type { Assignment, Explorer } from './explore/explorer.js';
import type { Batch } from './worker.js';

export interface CampaignOptions extends Omit<ExecuteOptions, 'signature'> {
  readonly explorer: Explorer;
  /** Threads. 1 runs in the calling thread, with `engine`. */
  readonly jobs: number;
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

/** Batches grow until one takes about so long, so that progress shows and threads rarely wait. */
const BATCH_TARGET_MS = 250;
const BATCH_SEEDS_MAX = 200;
/** Batches handed out per thread before the oldest must be back. */
const AHEAD = 8;
/**
 * A world lives as long as its run, so a small nursery copies it again and again: at 192 MB a run costs about a tenth
 * less CPU than at Node's default of 48 MB (Node 20, measured in the main thread).
 */
const YOUNG_GENERATION_MB = 192;

/** Runs the campaign. Ends early, without an error, when the signal is aborted. */
export async function* runCampaign(options: CampaignOptions): AsyncGenerator<Outcome> {
  const jobs = Math.min(options.jobs, options.explorer.runs);
  yield* jobs === 1 ? inProcess(options) : inThreads({ ...options, jobs });
}

async function* inProcess(options: CampaignOptions): AsyncGenerator<Outcome> {
  const { explorer, engine, signal } = options;
  const how = { ...options, signature: explorer.wantsSignatures };
  for (;;) {
    const next = explorer.next(() => 1);
    if (next === null) return;
    assert(next !== 'wait', 'an explorer that has learned all outcomes goes on');
    for (const candidate of next.candidates) {
      if (signal.aborted) return;
      const outcome = executeCandidate(engine, next.loaded.scenario, candidate, how);
      explorer.learn(outcome);
      yield outcome;
      await breathe();
    }
  }
}

/** Lets signals and timers in between two runs, which are synchronous. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function* inThreads(options: CampaignOptions): AsyncGenerator<Outcome> {
  const { jobs, signal, explorer } = options;
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    name: 'runBatch',
    minThreads: jobs,
    maxThreads: jobs,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const size = new BatchSize();
  const queue: Promise<Outcome[]>[] = [];
  const end = () => void pool.destroy();
  signal.addEventListener('abort', end);
  try {
    for (;;) {
      while (queue.length < jobs * AHEAD) {
        const next = explorer.next((scenario, left) =>
          Math.min(size.of(scenario), Math.ceil(left / (2 * jobs))),
        );
        assert(next !== 'wait' || queue.length > 0, 'an explorer waits for outcomes to come');
        if (next === null || next === 'wait') break;
        queue.push(runInPool(pool, batchOf(next, options), signal, size));
      }
      const oldest = queue.shift();
      if (oldest === undefined) return;
      for (const outcome of await oldest) {
        if (signal.aborted) return;
        explorer.learn(outcome);
        yield outcome;
        // Results may wait in numbers, and the caller may be slow with each.
        await breathe();
      }
    }
  } finally {
    signal.removeEventListener('abort', end);
    await pool.destroy();
  }
}

async function runInPool(
  pool: Tinypool,
  batch: Batch,
  signal: AbortSignal,
  size: BatchSize,
): Promise<Outcome[]> {
  try {
    const outcomes: Outcome[] = await pool.run(batch);
    size.learn(batch.scenario, outcomes);
    return outcomes;
  } catch (error) {
    if (signal.aborted) return [];
    const { scenario, candidates } = batch;
    const [first, last] = [candidates[0]!.seed, candidates.at(-1)!.seed];
    const what = error instanceof Error ? error.message : String(error);
    const message = `the thread with the seeds ${first} to ${last} ended: ${what}`;
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    return [{ kind: 'broken', scenario, seed: first, fault: 'harness', message, stack }];
  }
}

function batchOf({ loaded, candidates }: Assignment, options: CampaignOptions): Batch {
  const { wire, checkDeterminism, marks, explorer } = options;
  return {
    file: loaded.file,
    scenario: loaded.scenario.name,
    candidates,
    wire,
    checkDeterminism,
    marks,
    signature: explorer.wantsSignatures,
  };
}

/** How many seeds of a scenario make a batch. Has no influence on any outcome. */
class BatchSize {
  private readonly seeds = new Map<string, number>();

  of(scenario: string): number {
    return this.seeds.get(scenario) ?? 1;
  }

  learn(scenario: string, outcomes: readonly Outcome[]): void {
    let cpuMs = 0;
    for (const outcome of outcomes) if (outcome.kind === 'run') cpuMs += outcome.cpuMs;
    const each = Math.max(cpuMs / outcomes.length, 0.01);
    const fit = Math.floor(BATCH_TARGET_MS / each);
    this.seeds.set(scenario, Math.min(BATCH_SEEDS_MAX, Math.max(1, fit)));
  }
}
