// Shrinking: the result is small and plain, fails alike, costs no more than allowed, and is always the same.

import { describe, expect, test } from 'vitest';
import { everything } from '../../scenarios/everything.js';
import { quorumCore } from '../../scenarios/quorum-core.js';
import { fewerMembers } from '../../src/fuzz/shrink/fewer.js';
import { PlanPool } from '../../src/fuzz/shrink/pool.js';
import { shrinkPlan } from '../../src/fuzz/shrink/shrink.js';
import type { RecordedSchedule } from '../../src/scenario/pinned.js';
import { pinned } from '../../src/scenario/pinned.js';
import type { Plan } from '../../src/scenario/plan.js';
import { planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { type Finding, fakeEngine, fakeScenario, operationsOf } from './fake-engine.js';

const scenario = fakeScenario();

/** Everything begins when it is planned, and every fault has an effect. */
function asPlanned(plan: Plan): RecordedSchedule {
  return {
    operations: plan.clients.map(({ operations }) => operations.map(() => 0)),
    faults: plan.faults.map((fault) => ({ fault, effective: true, leader: null })),
  };
}

async function shrink(
  finding: (plan: Plan) => Finding | null,
  { seed = '1', stopAfter = Infinity, width = 1, change = {} as Partial<Plan> } = {},
) {
  const engine = fakeEngine({ finding });
  const plan = { ...compilePlan(scenario, seed), ...change };
  let runs = 0;
  const shrunk = await shrinkPlan(plan, engine.runPlan(plan), {
    width,
    run: (plans) => {
      runs += plans.length;
      return Promise.resolve(plans.map((candidate) => engine.runPlan(candidate)));
    },
    record: asPlanned,
    causes: () => null,
    stopped: () => runs >= stopAfter,
    progress: () => {},
  });
  return { shrunk, runs };
}

const broken = (invariant: string): Finding => ({ verdict: 'violation', invariant });

/** Fails when a certain operation meets any fault. */
function conjunction(plan: Plan): Finding | null {
  const meets = plan.clients.some(({ operations }) =>
    operations.some(({ kind }) => kind === 'cas'),
  );
  return meets && plan.faults.length > 0 ? broken('A') : null;
}

/** Fails under one seed in eight, whatever else is in the plan. */
function rare(plan: Plan): Finding | null {
  const untouched = plan.faults.length > 3;
  const lucky = Number(plan.seed) % 8 === 1;
  return plan.faults.length > 0 && (untouched || lucky) ? broken('A') : null;
}

describe('a failing plan', () => {
  test('shrinks to the one fault and the one operation that matter', async () => {
    const original = compilePlan(scenario, '1');
    expect(original.faults.length).toBeGreaterThan(1);
    expect(operationsOf(original)).toBeGreaterThan(100);
    const { shrunk, runs } = await shrink(conjunction);
    expect(shrunk?.runs).toBe(runs);
    expect(shrunk?.finished).toBe(true);
    expect(shrunk?.plan.faults).toHaveLength(1);
    expect(operationsOf(shrunk!.plan)).toBe(1);
    expect(shrunk?.plan.clients).toHaveLength(1);
    expect(shrunk?.plan.members).toBe(1);
    expect(shrunk?.plan.network.lossPpm).toBe(0);
    expect(shrunk?.result.violation?.invariant).toBe('A');
    expect(planSchema.safeParse(shrunk?.plan).success).toBe(true);
  });

  test('that does not converge keeps the time in which it should', async () => {
    const late: Finding = { verdict: 'liveness', invariant: 'LIVENESS-CONVERGES' };
    // A plan in which nobody waits never converges in time.
    const waits = (plan: Plan): boolean => plan.faults.length > 1 || plan.healUs === 0;
    const { shrunk } = await shrink((plan) => (waits(plan) ? late : null));
    expect(shrunk!.plan.healUs).toBe(compilePlan(scenario, '1').healUs);
    expect(shrunk!.plan.faults).toHaveLength(2);
  });

  test('keeps only those seeds that take over for which it fails', async () => {
    const reseed = ['5', '6', '7'].map((seed, i) => ({ atUs: (i + 1) * 1_000_001, seed }));
    const of = (seeds: readonly string[]) => (plan: Plan) =>
      seeds.every((seed) => plan.reseed?.some((one) => one.seed === seed) === true)
        ? broken('A')
        : null;
    const one = await shrink(of(['6']), { change: { reseed } });
    expect(one.shrunk?.plan.reseed).toEqual([{ atUs: expect.any(Number), seed: '6' }]);
    expect(one.shrunk!.plan.reseed![0]!.atUs).toBeLessThan(2_000_001);
    expect(one.shrunk!.plan.reseed![0]!.atUs).toBeGreaterThanOrEqual(0);
    const none = await shrink(conjunction, { change: { reseed } });
    expect(none.shrunk?.plan).not.toHaveProperty('reseed');
  });

  test('shrinks to the same plan again, whatever runs at the same time', async () => {
    const first = await shrink(conjunction);
    expect(await shrink(conjunction)).toEqual(first);
    expect((await shrink(conjunction, { width: 4 })).shrunk?.plan).toEqual(first.shrunk?.plan);
  });

  test('is tried under other seeds where its own no longer shows the failure', async () => {
    expect((await shrink(rare)).shrunk?.plan.faults).toHaveLength(1);
  });

  test('leaves it to nobody who campaigns first, but where nobody might be elected then', async () => {
    const { shrunk } = await shrink(conjunction);
    expect(shrunk?.plan.electionTicks).toHaveLength(shrunk!.plan.members);
    const stuck = await shrink((plan) => {
      const finding = conjunction(plan);
      return finding === null ? null : { ...finding, verdict: 'liveness' };
    });
    expect(stuck.shrunk?.plan.faults).toHaveLength(1);
    expect(stuck.shrunk?.plan.electionTicks).toBeUndefined();
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
  test.each([2, 10, 50])('ends when told to after %i runs, with what it has', async (stopAfter) => {
    const { runs, shrunk } = await shrink(conjunction, { stopAfter });
    expect(runs).toBeLessThanOrEqual(stopAfter + 1);
    expect(shrunk).not.toBeNull();
    expect(shrunk?.finished).toBe(false);
  });

  test('counts what it tried', async () => {
    const { shrunk } = await shrink(conjunction);
    const counts = Object.values(shrunk!.tried);
    expect(counts.reduce((sum, { runs }) => sum + runs, 0)).toBe(shrunk!.runs);
    expect(shrunk!.tried['fewer faults']).toBeDefined();
  });
});

describe('a plan with a core', () => {
  const five = { ...compilePlan(quorumCore, '1'), core: [2, 3, 5] };

  test('stays valid with fewer members, and keeps the core only while it is a quorum', () => {
    const candidates: Plan[] = [];
    const proposals = fewerMembers.candidates(five, 100);
    for (let batch = proposals.next(); !batch.done; batch = proposals.next(null)) {
      candidates.push(...batch.value);
    }
    expect(candidates.length).toBeGreaterThan(0);
    for (const plan of candidates) expect(planSchema.safeParse(plan).success).toBe(true);
    expect(candidates.some((plan) => plan.core === undefined)).toBe(true);
    expect(candidates.some((plan) => plan.core?.join() === '1')).toBe(true);
  });
});

describe('a plan with pinned times', () => {
  const plan = compilePlan(everything, '3');
  const pool = new PlanPool({ engine: { ...fakeEngine(), runPlan }, jobs: 1, wire: true });
  const schedule = pool.record(plan);
  const exact = pinned(plan, schedule, Number.POSITIVE_INFINITY);

  test('names members and moments, and leaves out what had no effect', () => {
    expect(exact.faults.length).toBeGreaterThan(0);
    expect(exact.faults.length).toBeLessThanOrEqual(plan.faults.length);
    expect(JSON.stringify(exact.faults)).not.toMatch(/leader|waitFor/);
    expect(planSchema.safeParse(exact).success).toBe(true);
  });

  test('runs as the plan did', () => {
    const [before, after] = [runPlan(plan), runPlan(exact)];
    expect(after.verdict).toBe(before.verdict);
    expect(after.operations).toEqual(before.operations);
  });

  test('keeps the times of what is left when something is taken out', () => {
    const clients = exact.clients.map(({ operations }) => ({
      operations: operations.filter((_, i) => i % 3 === 0),
    }));
    const fewer = pool.record({ ...exact, faults: [], clients });
    const late = fewer.operations.flatMap((dueUs, client) =>
      dueUs.map((us, i) => us - clients[client]!.operations[i]!.notBeforeUs!),
    );
    // A predecessor that takes long may delay an operation; nothing makes one early.
    expect(Math.min(...late)).toBe(0);
    expect(late.filter((us) => us === 0).length).toBeGreaterThan(late.length / 2);
  });
});
