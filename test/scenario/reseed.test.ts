// A plan in which another seed takes over: the run is the same until then, and as repeatable as any.

import { describe, expect, test } from 'vitest';
import { everything } from '../../scenarios/everything.js';
import type { TraceEvent } from '../../src/base/trace.js';
import { traceLine } from '../../src/fuzz/divergence.js';
import { type Plan, planSchema } from '../../src/scenario/plan.js';
import { describePlan, runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';

const PLAN = compilePlan(everything, '1');
const AT_US = 6_000_000;

function traceOf(plan: Plan): { lines: string[]; hash: string } {
  const lines: string[] = [];
  const trace = (event: TraceEvent) => lines.push(traceLine(event));
  return { hash: runPlan(plan, { trace }).traceHash, lines };
}

function from(atUs: number, ...seeds: string[]): Plan {
  return { ...PLAN, reseed: seeds.map((seed, i) => ({ atUs: atUs + i * 1_000_000, seed })) };
}

function before(lines: readonly string[], us: number): string[] {
  return lines.filter((line) => (JSON.parse(line) as TraceEvent).t < us);
}

describe('a seed that takes over', () => {
  const original = traceOf(PLAN);
  const branch = traceOf(from(AT_US, '77'));

  test('leaves alone what was before, and changes what follows', () => {
    const shared = before(original.lines, AT_US);
    expect(shared.length).toBeGreaterThan(1000);
    expect(before(branch.lines, AT_US)).toEqual(shared);
    const rest = branch.lines.slice(shared.length);
    expect(rest.slice(0, 2000)).not.toEqual(original.lines.slice(shared.length).slice(0, 2000));
  });

  test('gives the same run every time, with and without a trace', () => {
    expect(traceOf(from(AT_US, '77')).hash).toBe(branch.hash);
    expect(runPlan(from(AT_US, '77')).traceHash).toBe(branch.hash);
  });

  test('gives another run for every seed and moment', () => {
    const plans = [from(AT_US, '78'), from(AT_US + 1_000_000, '77'), from(AT_US, '77', '78')];
    const hashes = plans.map((plan) => runPlan(plan).traceHash);
    expect(new Set([original.hash, branch.hash, ...hashes]).size).toBe(5);
  });

  test('can be followed by a second one', () => {
    const second = traceOf(from(AT_US, '77', '78'));
    expect(before(second.lines, AT_US + 1_000_000)).toEqual(
      before(branch.lines, AT_US + 1_000_000),
    );
  });

  test('is part of the plan and its description', () => {
    expect(planSchema.safeParse(from(AT_US, '77')).success).toBe(true);
    expect(describePlan(from(AT_US, '77'))).toContain('reseed@6s=77');
    expect(describePlan(PLAN).join(' ')).not.toContain('reseed');
  });
});
