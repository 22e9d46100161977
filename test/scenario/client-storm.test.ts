// Client storms: plain clients of the plan, that ask at once for one key and do not give up; and that shrink.

import { describe, expect, it } from 'vitest';
import { clientStorms } from '../../scenarios/client-storms.js';
import { PlanPool } from '../../src/fuzz/shrink/pool.js';
import { shrinkPlan } from '../../src/fuzz/shrink/shrink.js';
import { clientStorm, type StormOptions } from '../../src/scenario/client-storm.js';
import { type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, scenario } from '../../src/scenario/scenario.js';
import { isolateLeader, repeatedly } from '../../src/scenario/shapes.js';
import { seconds } from '../../src/scenario/units.js';
import { fakeEngine } from '../fuzz/fake-engine.js';

const ONE: StormOptions = { clients: [20, 20], times: [1, 1], operations: [3, 3], within: 500 };

function planOf(options: StormOptions, seed = '1'): Plan {
  const stormy = scenario('stormy', {
    about: 'A storm while the leader is cut off.',
    clients: 2,
    duration: seconds(6),
    faults: [repeatedly(isolateLeader({ for: [seconds(1), seconds(2)] }), [2, 2])],
    clientStorms: [clientStorm(options)],
  });
  const plan = compilePlan(stormy, seed);
  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  return plan;
}

/** How many requests wait for an answer at once, at most; and how often clients ask. */
function crowdOf(plan: Plan): { readonly most: number; readonly asked: number } {
  let [open, most, asked] = [0, 0, 0];
  const result = runPlan(plan, {
    trace: ({ kind }) => {
      if (kind === 'invoke') {
        open += 1;
        asked += 1;
      } else if (kind === 'return') open -= 1;
      most = Math.max(most, open);
    },
  });
  expect(result.verdict, result.reason).toBe('pass');
  return { most, asked };
}

/** The plan with its first clients alone, or with clients that all try so often. */
const calm = (plan: Plan): Plan => ({ ...plan, clients: plan.clients.slice(0, 2) });
function withRetries(plan: Plan, retries: number): Plan {
  const clients = plan.clients.map(({ operations }) => ({
    operations,
    stubborn: { retries, afterUs: 1_000 },
  }));
  return { ...plan, clients };
}

describe('a client storm', () => {
  it('is many clients that begin at once, and ask for one key', () => {
    const { clients } = planOf(ONE);
    const crowd = clients.slice(2).map(({ operations }) => operations);
    expect(crowd).toHaveLength(20);
    const operations = crowd.flat();
    expect(operations).toHaveLength(60);
    const times = operations.map(({ notBeforeUs }) => notBeforeUs!);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(500);
    expect(new Set(times).size).toBeGreaterThan(10);
    expect(new Set(operations.map(({ key }) => key)).size).toBe(1);
    expect(new Set(operations.map(({ kind }) => kind)).size).toBe(4);
  });

  it('comes as often as it should, each time for a key of its own', () => {
    const { clients } = planOf({ ...ONE, times: [4, 4], keys: 60 });
    const [first] = clients.slice(2);
    expect(new Set(first!.operations.map(({ notBeforeUs }) => notBeforeUs)).size).toBe(4);
    expect(new Set(first!.operations.map(({ key }) => key)).size).toBeGreaterThan(1);
  });

  it('is met by the cluster: a crowd waits at the same time', () => {
    const plan = planOf(ONE);
    expect(crowdOf(calm(plan)).most).toBeLessThanOrEqual(3);
    expect(crowdOf(plan).most).toBeGreaterThanOrEqual(20);
  });

  it('asks again as often as its clients are stubborn', () => {
    const plan = planOf(ONE, '2');
    const once = crowdOf(withRetries(plan, 0)).asked;
    const often = crowdOf(withRetries(plan, 30)).asked;
    expect(often).toBeGreaterThan(once + 20);
  });

  it('has a scenario, in which crowds meet a cluster that is not well', () => {
    const plan = compilePlan(clientStorms, '1');
    expect(crowdOf(plan).most).toBeGreaterThanOrEqual(8);
  });

  it('shrinks to one client, which is as stubborn as it has to be', async () => {
    const stubborn = (plan: Plan) => plan.clients.some(({ stubborn }) => stubborn !== undefined);
    const asks = (plan: Plan) => plan.clients.some(({ operations }) => operations.length > 0);
    for (const needsRetries of [true, false]) {
      const engine = fakeEngine({
        finding: (plan) =>
          asks(plan) && (stubborn(plan) || !needsRetries)
            ? { verdict: 'violation', invariant: 'A' }
            : null,
      });
      const plan = planOf(ONE);
      const pool = new PlanPool({ engine, jobs: 1, wire: true });
      const shrunk = await shrinkPlan(plan, engine.runPlan(plan), {
        width: 1,
        run: (plans) => pool.run(plans),
        record: (candidate) => pool.record(candidate),
        causes: (candidate) => pool.causes(candidate),
        stopped: () => false,
        progress: () => {},
      });
      expect(shrunk?.plan.clients.flatMap(({ operations }) => operations)).toHaveLength(1);
      expect(stubborn(shrunk!.plan)).toBe(needsRetries);
    }
  });
});
