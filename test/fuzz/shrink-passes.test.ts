// Single passes of the shrinker: what they propose is a valid plan, and simpler in the way they say.

import { describe, expect, test } from 'vitest';
import { everything } from '../../scenarios/everything.js';
import { leaderChurn } from '../../scenarios/leader-churn.js';
import { causesOnly } from '../../src/fuzz/shrink/causes-only.js';
import { fallenLeaders } from '../../src/fuzz/shrink/fallen-leaders.js';
import type { Pass } from '../../src/fuzz/shrink/pass.js';
import { PlanPool } from '../../src/fuzz/shrink/pool.js';
import { shorterLogs } from '../../src/fuzz/shrink/shorter-logs.js';
import { causesOf } from '../../src/scenario/causes.js';
import { pinned } from '../../src/scenario/pinned.js';
import { type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { fakeEngine, operationsOf } from './fake-engine.js';

/** All that a pass proposes to somebody who wants none of it, or only the first. */
function proposals(pass: Pass, plan: Plan, take = false): Plan[] {
  const found: Plan[] = [];
  const candidates = pass.candidates(plan, 10);
  for (let next = candidates.next(); !next.done; ) {
    found.push(...next.value);
    next = candidates.next(take ? next.value[0]! : null);
  }
  return found;
}

/** Both kinds of logs are cut often. */
const drawn = compilePlan(leaderChurn, '1');
const knobs = { ...drawn.knobs, snapshotEntries: 100, catchUpEntries: 50, segmentBytes: 65_536 };
const plan = { ...drawn, knobs };

describe('shorter logs', () => {
  const pool = new PlanPool({ engine: { ...fakeEngine(), runPlan }, jobs: 1, wire: false });
  const exact = pinned(plan, pool.record(plan), Number.POSITIVE_INFINITY);
  const found = proposals(shorterLogs, exact);

  test('have fewer operations, and settings by which snapshots or segments come sooner', () => {
    expect(found.length).toBeGreaterThan(10);
    for (const candidate of found) {
      expect(planSchema.safeParse(candidate).success).toBe(true);
      expect(operationsOf(candidate)).toBeLessThan(operationsOf(exact));
      const { snapshotEntries, segmentBytes } = candidate.knobs;
      expect([snapshotEntries, segmentBytes]).not.toEqual([
        plan.knobs.snapshotEntries,
        plan.knobs.segmentBytes,
      ]);
    }
    // The end is reached also where everything is taken.
    expect(proposals(shorterLogs, exact, true).length).toBeLessThan(found.length);
  });

  test('keep the operations that are due last', () => {
    const due = exact.clients.flatMap(({ operations }) => operations.map((one) => one.notBeforeUs));
    for (const candidate of found) {
      const kept = candidate.clients.flatMap(({ operations }) => {
        return operations.map((one) => one.notBeforeUs ?? 0);
      });
      const first = Math.min(...kept);
      expect(kept).toHaveLength(due.filter((us) => us! >= first).length);
    }
  });
});

describe('leaders that fall, and nothing else', () => {
  const found = proposals(fallenLeaders, plan);

  test('are a few thousand small plans', () => {
    expect(found.length).toBeGreaterThan(1000);
    expect(found.length).toBeLessThan(4000);
    expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(found.length);
    for (const candidate of found.filter((_, i) => i % 50 === 0)) {
      expect(planSchema.safeParse(candidate).success).toBe(true);
      expect(candidate.members).toBe(3);
      expect(candidate.faults.length).toBeLessThanOrEqual(3);
    }
  });

  test('are not tried where little is left, or nobody else could lead', () => {
    const few = { ...plan, faults: plan.faults.slice(0, 3) };
    expect(proposals(fallenLeaders, few)).toEqual([]);
    const alone = { ...plan, members: 1, disks: plan.disks.slice(0, 1) };
    expect(proposals(fallenLeaders, alone)).toEqual([]);
  });

  test('fall as they are told to: one after the other', () => {
    const candidate = found.at(-1)!;
    const leaders: number[] = [];
    runPlan(candidate, {
      trace: (event) => {
        if (event.kind === 'state' && event.state.role === 'leader') leaders.push(event.p);
      },
    });
    expect(candidate.faults).toHaveLength(3);
    expect(leaders[0]).toBe(1);
    expect(leaders.length).toBeGreaterThanOrEqual(3);
    expect(new Set(leaders).size).toBeGreaterThanOrEqual(2);
  });
});

describe('causes only', () => {
  const whole = compilePlan(everything, '3');
  const few = (count: number) =>
    whole.clients.map(({ operations }) => ({ operations: operations.slice(0, count) }));
  const small = { ...whole, faults: whole.faults.slice(0, 3), clients: few(3) };

  test('keeps what is in the past, and of a history what proves the violation', () => {
    const nobody = small.clients.map(() => new Set<number>());
    const core = nobody.map((none, i) => (i === 1 ? new Set([2]) : none));
    const past = nobody.map((none, i) => (i < 2 ? new Set([0, 2]) : none));
    const candidates = causesOnly(small, { faults: new Set([1]), operations: past, core });
    expect(candidates[0]).toMatchObject({ faults: [small.faults[1]] });
    expect(candidates[0]!.clients.flatMap(({ operations }) => operations)).toEqual([
      small.clients[1]!.operations[2],
    ]);
    const sizes = candidates.map((one) => [one.faults.length, operationsOf(one)]);
    expect(sizes).toContainEqual([1, 4]);
    expect(sizes).not.toContainEqual([3, operationsOf(small)]);
  });

  test('tells operations and faults of a run from those after it or out of its reach', () => {
    const violation = { invariant: 'A', message: 'n1 is wrong', event: 5, timeUs: 30 };
    const at = (n: number, t: number) => ({ n, t });
    const causes = causesOf({
      plan: { ...small, clients: small.clients.slice(0, 2) },
      schedule: { operations: [[0, 20, 40], [5]], faults: [] },
      violation,
      core: [11],
      trace: [
        { ...at(1, 10), kind: 'invoke', p: 1001, op: 10, label: '' },
        { ...at(2, 10), kind: 'invoke', p: 1002, op: 20, label: '' },
        { ...at(3, 25), kind: 'invoke', p: 1001, op: 11, label: '' },
        { ...at(3, 25), kind: 'send', m: 1, from: 1001, to: 1, label: '' },
        { ...at(4, 26), kind: 'fault', fault: 2, phase: 'begin', label: '', processes: [1] },
        { ...at(5, 30), kind: 'deliver', m: 1, from: 1001, to: 1 },
        { ...at(6, 45), kind: 'fault', fault: 0, phase: 'begin', label: '', processes: [1] },
      ],
    });
    expect([...causes.faults]).toEqual([2]);
    expect(causes.operations.map((one) => [...one])).toEqual([[0, 1], []]);
    expect(causes.core?.map((one) => [...one])).toEqual([[1], []]);
  });
});
