// Where the candidates of a shrink run: in the calling thread, or in a pool of threads.
// Results do not depend on the number of threads: candidates are judged in their order.

import { Tinypool } from 'tinypool';
import type { TraceEvent } from '../../base/trace.js';
import { type Causes, causesOf } from '../../scenario/causes.js';
import type { RecordedSchedule } from '../../scenario/pinned.js';
import type { Plan } from '../../scenario/plan.js';
import type { RunResult } from '../../scenario/result.js';
import { breathe } from '../campaign.js';
import type { Engine } from '../engine.js';
import type { PlanRun } from '../worker.js';

export class PlanPool {
  /** How many plans run at the same time. */
  readonly width: number;
  private readonly engine: Engine;
  private readonly wire: boolean;
  private readonly pool: Tinypool | null;

  constructor(options: { readonly engine: Engine; readonly jobs: number; readonly wire: boolean }) {
    const { engine, jobs, wire } = options;
    this.engine = engine;
    this.width = jobs;
    this.wire = wire;
    this.pool =
      jobs === 1
        ? null
        : new Tinypool({
            filename: new URL('../worker.js', import.meta.url).href,
            name: 'runOnePlan',
            minThreads: jobs,
            maxThreads: jobs,
          });
  }

  /** The results in the order of the plans. */
  async run(plans: readonly Plan[]): Promise<readonly RunResult[]> {
    const { pool, engine, wire } = this;
    if (pool !== null && plans.length > 1) {
      return Promise.all(plans.map((plan) => pool.run({ plan, wire } satisfies PlanRun)));
    }
    const results = plans.map((plan) => engine.runPlan(plan, { wire }));
    await breathe();
    return results;
  }

  /** When and where the parts of a plan really begin. */
  record(plan: Plan): RecordedSchedule {
    let recorded: RecordedSchedule | null = null;
    this.engine.runPlan(plan, {
      wire: this.wire,
      onSchedule: (schedule) => {
        recorded = schedule;
      },
    });
    return recorded ?? { operations: [], faults: [] };
  }

  /** What of a plan can have led to the violation in its run; null if none is broken. */
  causes(plan: Plan): Causes | null {
    const trace: TraceEvent[] = [];
    let schedule: RecordedSchedule = { operations: [], faults: [] };
    let core: readonly number[] = [];
    const { violation } = this.engine.runPlan(plan, {
      wire: this.wire,
      trace: (event) => trace.push(event),
      onSchedule: (recorded) => {
        schedule = recorded;
      },
      onHistory: (_, judgement) => {
        core = judgement.core;
      },
      onTransactions: (_, judgement) => {
        core = judgement.core;
      },
    });
    return violation === null ? null : causesOf({ plan, trace, schedule, violation, core });
  }

  async close(): Promise<void> {
    await this.pool?.destroy();
  }
}
