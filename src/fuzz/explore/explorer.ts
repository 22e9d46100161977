// What a campaign asks of whoever decides what it runs: the next candidates, and to learn from what became of them.
// Not here: the strategies (random.ts and its neighbours), and running candidates (../campaign.ts).
// Guarantee: what is handed out follows from the strategy's seed and from the outcomes learned, which come in the order
// of handing out; so a campaign runs the same candidates whatever the number of threads.

import type { LoadedScenario } from '../../scenario/load.js';
import type { Plan } from '../../scenario/plan.js';
import type { Scenario } from '../../scenario/scenario.js';
import { canonicalJson } from '../corpus-record.js';
import type { Engine } from '../engine.js';
import type { Outcome } from '../execute.js';

/** One run to be had. Plain data: it crosses threads. */
export interface Candidate {
  readonly seed: string;
  /** Fields that replace those of the seed's plan; null: the plan as the seed draws it. */
  readonly change: Partial<Plan> | null;
}

/** Candidates of one scenario, to be run in this order. */
export interface Assignment {
  readonly loaded: LoadedScenario;
  readonly candidates: readonly Candidate[];
}

export interface Explorer {
  /** How many runs there are in all; `Infinity` for no end. */
  readonly runs: number;
  /** Outcomes must tell which abstract states the cluster went through. */
  readonly wantsSignatures: boolean;
  /**
   * The next candidates of one scenario; `wait` if it must first learn what became of those handed out; null at the end.
   *
   * @param sizeOf how many are wanted at most, for this scenario and with so many runs left
   */
  next(sizeOf: SizeOf): Assignment | 'wait' | null;
  /** Told of every outcome, in the order in which candidates were handed out. */
  learn(outcome: Outcome): void;
}

export type SizeOf = (scenario: string, left: number) => number;

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
