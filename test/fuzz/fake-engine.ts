// An engine for tests of everything around the engine: plans are real, runs are a hash of the plan, and
// a rule says which plans fail. Not here: the simulator, which has its own tests.

import { RunningHash } from '../../src/base/hash.js';
import { randomStream } from '../../src/base/random.js';
import type { Engine, EngineOptions } from '../../src/fuzz/engine.js';
import type { Plan } from '../../src/scenario/plan.js';
import type { RunResult, Verdict } from '../../src/scenario/result.js';
import { compilePlan, type Scenario, scenario } from '../../src/scenario/scenario.js';
import { crash, repeatedly } from '../../src/scenario/shapes.js';
import { seconds } from '../../src/scenario/units.js';

/** Three members, two clients, and a handful of crashes. */
export function fakeScenario(name = 'fake'): Scenario {
  return scenario(name, {
    about: 'Members crash in a world that is made up.',
    members: 3,
    clients: 2,
    duration: seconds(5),
    faults: [repeatedly(crash({ who: 'one', how: 'either', down: [1000, 2000] }), [6, 12])],
  });
}

export interface Finding {
  readonly verdict: Verdict;
  readonly invariant?: string;
}

export interface FakeRules {
  /** What is wrong with a run of this plan; null for nothing. */
  finding?(plan: Plan): Finding | null;
  /** Called at the beginning of every run; what it returns goes into the last 500 events. */
  disturb?(plan: Plan, options: EngineOptions): number;
}

const EVENTS = 2500;

export function operationsOf(plan: Plan): number {
  return plan.clients.reduce((sum, client) => sum + client.operations.length, 0);
}

export function fakeEngine(rules: FakeRules = {}): Engine {
  const runPlan = (plan: Plan, options: EngineOptions = {}): RunResult => {
    const finding = rules.finding?.(plan) ?? null;
    const disturbance = rules.disturb?.(plan, options) ?? 0;
    const random = randomStream(plan.seed, 'fake');
    const hash = new RunningHash();
    // The order of fields is no part of a plan.
    hash.text(JSON.stringify(Object.entries(plan).sort(([a], [b]) => (a < b ? -1 : 1))));
    // Everything begins when it is planned, and every fault has an effect.
    options.onSchedule?.({
      operations: plan.clients.map(({ operations }) => operations.map(() => 0)),
      faults: plan.faults.map((fault) => ({ fault, effective: true, leader: null })),
    });
    const hashChain: string[] = [];
    for (let n = 1; n <= EVENTS; n++) {
      const m = random.below(1000) + (n > 2000 ? disturbance : 0);
      hash.int(m);
      options.trace?.({ n, t: n * 10, kind: 'deliver', m, from: 1, to: 2 });
      // A made-up cluster: what it is like is how many members it has.
      if (n % 250 === 0) options.sampler?.sample(n * 10, new Array(m).fill(null));
      if (n % 1000 === 0) hashChain.push(hash.hex());
    }
    const { invariant } = finding ?? {};
    const message = `${plan.faults.length} faults and ${operationsOf(plan)} operations`;
    return {
      scenario: plan.scenario,
      seed: plan.seed,
      verdict: finding?.verdict ?? 'pass',
      violation: invariant === undefined ? null : { invariant, message, event: 77, timeUs: 770 },
      reason: finding === null ? '' : message,
      events: EVENTS,
      virtualUs: EVENTS * 10,
      operations: { ok: operationsOf(plan), fail: 0, unknown: 0 },
      faults: { planned: plan.faults.length, effective: plan.faults.length },
      traceHash: hash.hex(),
      hashChain,
      draws: { fake: random.drawCount },
    };
  };
  const describePlan = (plan: Plan) => [`members=${plan.members}`, `faults=${plan.faults.length}`];
  return { compilePlan, runPlan, describePlan };
}
