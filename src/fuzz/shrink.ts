// Makes a failing plan small: fewer faults, fewer operations, the same invariant broken. Chunks of both are
// dropped first, then fast-check's shrinker goes over what is left.
// Deterministic: the same plan and the same runs give the same result. Not here: generating plans.

import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import { type ShrinkablePlan, shrinkable } from '../scenario/subplan.js';

export interface ShrinkOptions {
  /** A candidate counts only if it breaks this one. */
  readonly invariant: string;
  /** Runs spent at most. */
  readonly runsMax: number;
  run(plan: Plan): RunResult;
  /** Awaited after every run, so that the caller can show progress. */
  pause(): Promise<void>;
  /** Asked before every run: true ends the search with what there is. */
  stopped(): boolean;
}

export const SHRINK_RUNS = 200;

export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly runs: number;
}

/** The smallest failing plan found, null if none was smaller than the one given. */
export async function shrinkPlan(plan: Plan, options: ShrinkOptions): Promise<Shrunk | null> {
  const search = new Search(plan, options);
  // Halves first gain most; what is left is short enough for the patience of fast-check's shrinker.
  await drop(search, options.runsMax);
  await walk(shrinkable(search.plan), search, options.runsMax);
  if (search.best === null) return null;
  return { plan: search.plan, result: search.best, runs: search.runs };
}

class Search {
  plan: Plan;
  best: RunResult | null = null;
  runs = 0;
  private readonly options: ShrinkOptions;
  private readonly tried = new Set<string>();

  constructor(plan: Plan, options: ShrinkOptions) {
    this.plan = plan;
    this.options = options;
    this.tried.add(JSON.stringify(plan));
  }

  over(runsMax: number): boolean {
    return this.runs >= runsMax || this.options.stopped();
  }

  /** Runs a candidate and keeps it if it fails in the same way. */
  async accepts(plan: Plan): Promise<boolean> {
    const text = JSON.stringify(plan);
    if (this.tried.has(text)) return false;
    this.tried.add(text);
    this.runs += 1;
    const result = this.options.run(plan);
    await this.options.pause();
    if (result.violation?.invariant !== this.options.invariant) return false;
    this.plan = plan;
    this.best = result;
    return true;
  }
}

/** Greedy descent: the first child that still fails becomes the root. */
async function walk(root: ShrinkablePlan, search: Search, runsMax: number): Promise<void> {
  let node: ShrinkablePlan | null = root;
  while (node !== null) {
    let next: ShrinkablePlan | null = null;
    for (const child of node.shrink()) {
      if (search.over(runsMax)) return;
      if (await search.accepts(child.plan)) {
        next = child;
        break;
      }
    }
    node = next;
  }
}

/** Zeller's ddmin, reduced to complements: chunks of n/2, n/4, ... 1 elements, from the end. */
async function drop(search: Search, runsMax: number): Promise<void> {
  for (const parts of [FAULTS, OPERATIONS]) {
    let size = parts.count(search.plan);
    while (size > 0) {
      for (let end = parts.count(search.plan); end > 0; end -= size) {
        if (search.over(runsMax)) return;
        await search.accepts(parts.without(search.plan, Math.max(0, end - size), end));
      }
      size = Math.floor(size / 2);
    }
  }
}

/** A list inside a plan from which elements can be taken. */
interface Parts {
  count(plan: Plan): number;
  without(plan: Plan, from: number, to: number): Plan;
}

const FAULTS: Parts = {
  count: (plan) => plan.faults.length,
  without: (plan, from, to) => ({
    ...plan,
    faults: plan.faults.filter((_, i) => i < from || i >= to),
  }),
};

/** The operations of all clients, one client after the other. */
const OPERATIONS: Parts = {
  count: (plan) => plan.clients.reduce((sum, client) => sum + client.operations.length, 0),
  without: (plan, from, to) => {
    let index = 0;
    const keep = () => {
      const at = index++;
      return at < from || at >= to;
    };
    return {
      ...plan,
      clients: plan.clients.map((client) => ({ operations: client.operations.filter(keep) })),
    };
  },
};
