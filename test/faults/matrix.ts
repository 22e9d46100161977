// Counts, over many runs of all scenarios, in how many each kind of fault met each component.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FaultKind } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, type Scenario } from '../../src/scenario/scenario.js';
import { COMPONENTS, type Component } from './components.js';
import { MANNERS, Struck } from './struck.js';

export const ROOT = join(import.meta.dirname, '..', '..');
export const KINDS = Object.keys(MANNERS) as readonly FaultKind[];

export interface Matrix {
  readonly runs: number;
  readonly scenarios: number;
  /** Runs that had a fault of this kind in their plan. */
  planned(kind: FaultKind): number;
  /** Runs in which a fault of this kind met the component. */
  met(kind: FaultKind, component: Component): number;
}

/** All scenarios of the repository, in the order of their names. */
export async function loadAllScenarios(): Promise<Scenario[]> {
  const found: Scenario[] = [];
  for (const folder of ['scenarios', 'scenarios/atlas']) {
    for (const name of readdirSync(join(ROOT, folder)).sort()) {
      if (!name.endsWith('.ts')) continue;
      const url = pathToFileURL(join(ROOT, folder, name)).href;
      found.push(...Object.values((await import(url)) as Record<string, Scenario>));
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** By kind, and by `kind component`: in how many runs. */
export type Counts = Readonly<Record<string, number>>;

/** One of so many parts of the runs, from 0. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

const ALL: Part = { index: 0, count: 1 };

/** Runs seeds, the scenarios taking turns; of `runs` in all only those of this part. Throws if one does not pass. */
export function countRuns(
  scenarios: readonly Scenario[],
  runs: number,
  { index, count }: Part = ALL,
): Counts {
  const counts: Record<string, number> = {};
  const add = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (let run = index; run < runs; run += count) {
    const scenario = scenarios[run % scenarios.length]!;
    const seed = String(1 + Math.floor(run / scenarios.length));
    const plan = compilePlan(scenario, seed);
    const struck = new Struck(plan.faults);
    const { verdict, reason } = runPlan(plan, { trace: struck.sink });
    if (verdict !== 'pass')
      throw new Error(`${scenario.name}, seed ${seed}: ${verdict}: ${reason}`);
    for (const kind of new Set(plan.faults.map(({ kind }) => kind))) add(kind);
    for (const pair of struck.pairs()) add(pair);
  }
  return counts;
}

/** The table of all parts together. */
export function matrixOf(runs: number, scenarios: number, parts: readonly Counts[]): Matrix {
  const sum = (key: string): number =>
    parts.reduce((total, counts) => total + (counts[key] ?? 0), 0);
  return {
    runs,
    scenarios,
    planned: (kind) => sum(kind),
    met: (kind, component) => sum(`${kind} ${component}`),
  };
}

export function* cells(): Generator<readonly [FaultKind, Component]> {
  for (const kind of KINDS) for (const component of COMPONENTS) yield [kind, component];
}
