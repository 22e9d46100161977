// Plans and runs: what a scenario draws is valid data, replays from JSON, shrinks, and every scenario of
// the repository passes on the unmutated node.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crashPoints } from '../../scenarios/crash-points.js';
import { everything } from '../../scenarios/everything.js';
import type { TraceEvent } from '../../src/base/trace.js';
import { type Fault, type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, type Scenario, scenario } from '../../src/scenario/scenario.js';
import { seconds } from '../../src/scenario/units.js';

const EITHER_WAY = { direction: 'both', clients: 'both' } as const;
const SCENARIOS = join(import.meta.dirname, '..', '..', 'scenarios');

async function allScenarios(): Promise<Scenario[]> {
  const modules = await Promise.all(
    readdirSync(SCENARIOS)
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => import(join(SCENARIOS, name)) as Promise<Record<string, Scenario>>),
  );
  return modules.flatMap((module) => Object.values(module));
}

describe('a plan', () => {
  it('is a pure function of scenario and seed', () => {
    expect(compilePlan(everything, '5')).toEqual(compilePlan(everything, '5'));
    expect(compilePlan(everything, '5')).not.toEqual({
      ...compilePlan(everything, '6'),
      seed: '5',
    });
  });

  it('is valid data, and runs the same after a round trip through JSON', () => {
    const plan = compilePlan(everything, '3');
    const copy = planSchema.parse(JSON.parse(JSON.stringify(plan)));
    expect(copy).toEqual(plan);
    expect(runPlan(copy).traceHash).toBe(runPlan(plan).traceHash);
  });

  it('takes a whole git commit as its seed', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const other = '0123456789abcdef0123456789abcdef01234568';
    expect(compilePlan(everything, commit).seed).toBe(commit);
    expect(compilePlan(everything, commit).knobs).not.toEqual(compilePlan(everything, other).knobs);
  });
});

describe('a run', () => {
  it('passes on every scenario of the repository', async () => {
    const scenarios = await allScenarios();
    expect(scenarios.length).toBeGreaterThanOrEqual(9);
    for (const one of scenarios) {
      for (const seed of ['1', '2', '3']) {
        const result = runPlan(compilePlan(one, seed));
        expect(result.verdict, `${one.name} ${seed}: ${result.reason}`).toBe('pass');
      }
    }
  });

  it('is not changed by being traced, and the trace tells of faults, states and operations', () => {
    const plan = compilePlan(everything, '2');
    const trace: TraceEvent[] = [];
    const traced = runPlan(plan, { trace: (event) => void trace.push(event) });
    expect(traced.traceHash).toBe(runPlan(plan).traceHash);
    const kinds = new Set(trace.map((event) => event.kind));
    for (const kind of ['boot', 'send', 'deliver', 'state', 'invoke', 'return', 'fault'] as const) {
      expect(kinds).toContain(kind);
    }
  });

  it('that tested nothing is vacuous, not a pass', () => {
    const idle = scenario('idle', { about: 'Nobody asks anything.', duration: seconds(2) });
    const plan = { ...compilePlan(idle, '1'), clients: [] };
    expect(runPlan(plan).verdict).toBe('vacuous');
  });

  it('may end a member between two answers, and finds in it what it had applied', () => {
    // Killed while it answered one of two writes of one event.
    const plan = compilePlan(crashPoints, '195658834746091');
    expect(runPlan(plan).reason).toBe('');
  });

  it('lets a member give up its repair when nobody could help', () => {
    const drawn = compilePlan(everything, '24146');
    const plan: Plan = {
      ...drawn,
      faults: [
        { kind: 'latent-error', atUs: seconds(5), target: [2], path: 'wal/' },
        { kind: 'kill', atUs: seconds(5), target: [2], downUs: 0 },
        { kind: 'isolate', atUs: seconds(5), forUs: seconds(60), target: [2], ...EITHER_WAY },
      ],
    };
    const trace: TraceEvent[] = [];
    const result = runPlan(plan, { trace: (event) => void trace.push(event) });
    const gaveUp = trace.filter((event) => event.kind === 'down' && event.p === 2);
    expect(gaveUp.map((event) => JSON.stringify(event))).toContainEqual(
      expect.stringContaining('no peer gave them'),
    );
    expect(result.verdict, result.reason).toBe('pass');
  });

  it('takes a member for a new one that has lost power before it promised anything', () => {
    for (const atUs of [3_000, 20_000, 60_000, 260_000]) {
      for (const seed of ['1', '10', '23']) {
        const drawn = compilePlan(everything, seed);
        const struck: Fault = { kind: 'power-loss', atUs, target: [1, 2, 3], downUs: 100_000 };
        const plan: Plan = { ...drawn, faults: [struck], durationUs: seconds(2), operationsMin: 0 };
        const result = runPlan(plan);
        expect(result.verdict, `${seed} ${atUs}: ${result.reason}`).toBe('pass');
      }
    }
  });

  it('brings a damaged member a snapshot in pieces of which each takes longer than a tick', () => {
    const drawn = compilePlan(everything, '42512');
    const slow = { ...drawn.network, minUs: 15_000, tailUs: 0, lossPpm: 0, duplicatePpm: 0 };
    const struck = { atUs: seconds(10), target: [1] };
    const plan: Plan = {
      ...drawn,
      network: { ...slow, reorderPpm: 0 },
      knobs: { ...drawn.knobs, tickUs: 20_000, electionTicks: 10, snapshotChunkBytes: 4096 },
      faults: [
        ...new Array<Fault>(8).fill({ kind: 'bit-rot', ...struck, path: 'snap/' }),
        { kind: 'power-loss', ...struck, downUs: seconds(0.1) },
      ],
    };
    const trace: TraceEvent[] = [];
    const result = runPlan(plan, { trace: (event) => void trace.push(event) });
    expect(result.verdict, result.reason).toBe('pass');
    const pieces = trace.filter(({ kind, ...rest }) => {
      return kind === 'send' && JSON.stringify(rest).includes('snapshot-request');
    });
    expect(pieces.length).toBeGreaterThan(10);
    // It neither starts over for ever nor gives up.
    const ends = trace.flatMap((event) => (event.kind === 'down' && event.p === 1 ? [event] : []));
    expect(ends.map(({ cause }) => cause)).toEqual(['power-loss']);
  });

  it('is vacuous below the operations that its plan asks for, and not at them', () => {
    const plan = compilePlan(everything, '1');
    const { ok } = runPlan(plan).operations;
    expect(runPlan({ ...plan, operationsMin: ok }).verdict).toBe('pass');
    const { verdict, reason } = runPlan({ ...plan, operationsMin: ok + 1 });
    expect(verdict).toBe('vacuous');
    expect(reason).toContain(`only ${ok} operations succeeded`);
  });

  it('needs more than a handful of operations, but not more than faults all the time leave it', () => {
    const planned = compilePlan(everything, '1');
    const operations = planned.clients.reduce((sum, client) => sum + client.operations.length, 0);
    // The poorest of 10,000 seeds completed 20 of 2,750.
    expect(planned.operationsMin).toBeGreaterThanOrEqual(10);
    expect(planned.operationsMin / operations).toBeLessThan(20 / 2_750);
    const short = scenario('short', { about: 'Little time.', clients: 1, duration: seconds(1) });
    expect(compilePlan(short, '1').operationsMin).toBe(10);
  });
});
