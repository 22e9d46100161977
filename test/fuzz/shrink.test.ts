// Shrinking: the result is small, fails alike, costs no more than allowed, and is always the same.

import { describe, expect, test } from 'vitest';
import { breathe } from '../../src/fuzz/campaign.js';
import { shrinkPlan } from '../../src/fuzz/shrink.js';
import type { Plan } from '../../src/scenario/plan.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { type Finding, fakeEngine, fakeScenario, operationsOf } from './fake-engine.js';

const scenario = fakeScenario();

async function shrink(
  finding: (plan: Plan) => Finding | null,
  { seed = '1', runsMax = 200, stopAfter = Infinity } = {},
) {
  const engine = fakeEngine({ finding });
  let runs = 0;
  const shrunk = await shrinkPlan(compilePlan(scenario, seed), {
    invariant: 'A',
    runsMax,
    run: (plan) => {
      runs += 1;
      return engine.runPlan(plan);
    },
    pause: breathe,
    stopped: () => runs >= stopAfter,
  });
  return { shrunk, runs };
}

const broken = (invariant: string): Finding => ({ verdict: 'violation', invariant });

/** Fails when a certain operation meets any fault. */
function conjunction(plan: Plan): Finding | null {
  const [client] = plan.clients;
  const meets = client?.operations.some(({ kind }) => kind === 'get') ?? false;
  return meets && plan.faults.length > 0 ? broken('A') : null;
}

describe('a failing plan', () => {
  test('shrinks to the one fault and the one operation that matter', async () => {
    const original = compilePlan(scenario, '1');
    expect(original.faults.length).toBeGreaterThan(1);
    expect(operationsOf(original)).toBeGreaterThan(100);
    const { shrunk, runs } = await shrink(conjunction);
    expect(runs).toBeLessThanOrEqual(200);
    expect(shrunk?.runs).toBe(runs);
    expect(shrunk?.plan.faults).toHaveLength(1);
    expect(operationsOf(shrunk!.plan)).toBe(1);
    expect(shrunk?.plan.clients[0]?.operations[0]?.kind).toBe('get');
    expect(shrunk?.result.violation?.invariant).toBe('A');
    expect(shrunk?.plan.seed).toBe('1');
  });

  test('shrinks to the same plan again', async () => {
    const [first, second] = [await shrink(conjunction), await shrink(conjunction)];
    expect(second).toEqual(first);
  });

  test('never turns into another failure', async () => {
    const { shrunk } = await shrink((plan) => broken(plan.faults.length > 1 ? 'A' : 'B'));
    expect(shrunk?.plan.faults).toHaveLength(2);
  });

  test('is left alone when nothing smaller fails', async () => {
    const whole = JSON.stringify(compilePlan(scenario, '1'));
    const { shrunk } = await shrink((plan) =>
      JSON.stringify(plan) === whole ? broken('A') : null,
    );
    expect(shrunk).toBeNull();
  });
});

describe('the search', () => {
  test.each([1, 2, 10])('spends at most %i runs', async (runsMax) => {
    expect((await shrink(conjunction, { runsMax })).runs).toBeLessThanOrEqual(runsMax);
  });

  test('ends when told to, with what it has', async () => {
    const { runs, shrunk } = await shrink(conjunction, { stopAfter: 5 });
    expect(runs).toBe(5);
    expect(shrunk).not.toBeNull();
  });
});
