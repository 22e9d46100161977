// A failure for tests of failure files, made by an engine that fails every run.

import type { Failure } from '../../src/report/failure.js';
import { fakeEngine, fakeScenario } from '../fuzz/fake-engine.js';

export const engine = fakeEngine({ finding: () => ({ verdict: 'violation', invariant: 'A' }) });

/** A whole failure file of a made-up run, with a shrunk plan. */
export function failure(): Failure {
  const plan = engine.compilePlan(fakeScenario(), '12345678901234567890');
  const result = engine.runPlan(plan) as Failure['original']['result'];
  const smaller = { ...plan, faults: [] };
  return {
    format: 1,
    simquake: '0.1.0',
    commit: 'b57e4d5'.padEnd(40, '0'),
    dirty: false,
    node: 'v20.20.2',
    scenario: 'fake',
    seed: plan.seed,
    wire: true,
    original: { plan, result },
    shrunk: {
      plan: smaller,
      result: engine.runPlan(smaller) as Failure['original']['result'],
      runs: 7,
      finished: true,
      tried: { 'fewer faults': { runs: 7, kept: 1 } },
      story: ['1.000 s  nothing is planned', '2.000 s  A: it fails all the same'],
    },
  };
}
