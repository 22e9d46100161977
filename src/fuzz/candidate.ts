// One run to be had, as a seed and what differs from the plan that it draws.

import type { Plan } from '../scenario/plan.js';
import type { Scenario } from '../scenario/scenario.js';
import { canonicalJson } from './corpus-record.js';
import type { Engine } from './engine.js';

/** One run to be had. Plain data: it crosses threads. */
export interface Candidate {
  readonly seed: string;
  /** Fields that replace those of the seed's plan; null: the plan as the seed draws it. */
  readonly change: Partial<Plan> | null;
}

/** The plan as the seed draws it. */
export function ofSeed(seed: string): Candidate {
  return { seed, change: null };
}

/** The plan of a candidate. Pure. */
export function planOf(engine: Engine, scenario: Scenario, { seed, change }: Candidate): Plan {
  const plan = engine.compilePlan(scenario, seed);
  return change === null ? plan : { ...plan, ...change };
}

/** The candidate of a plan; null if the scenario no longer draws plans with the same fields. */
export function candidateOf(engine: Engine, scenario: Scenario, plan: Plan): Candidate | null {
  const drawn = new Map<string, unknown>(Object.entries(engine.compilePlan(scenario, plan.seed)));
  const given = Object.entries(plan);
  const names = new Set(given.map(([name]) => name));
  if ([...drawn.keys()].some((name) => !names.has(name))) return null;
  const other = given.filter(([name, value]) => !isAlike(value, drawn.get(name)));
  return { seed: plan.seed, change: other.length === 0 ? null : Object.fromEntries(other) };
}

function isAlike(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === (b === undefined ? undefined : canonicalJson(b));
}
