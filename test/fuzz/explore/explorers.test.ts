// What every strategy promises: it repeats itself, whatever the number of threads; shards share no run; its plans are
// plans. And what makes each of them itself.

import { describe, expect, test } from 'vitest';
import { everything } from '../../../scenarios/everything.js';
import { randomStream } from '../../../src/base/random.js';
import { type Candidate, planOf } from '../../../src/fuzz/candidate.js';
import { executeCandidate, type Outcome } from '../../../src/fuzz/execute.js';
import { branched } from '../../../src/fuzz/explore/branch.js';
import type { Explorer } from '../../../src/fuzz/explore/explorer.js';
import { mutated } from '../../../src/fuzz/explore/mutate.js';
import { withPriorities } from '../../../src/fuzz/explore/pct.js';
import { explorerOf, STRATEGIES, type Strategy } from '../../../src/fuzz/explore/strategy.js';
import { type Parent, Territory } from '../../../src/fuzz/explore/territory.js';
import { seedsWithoutEnd } from '../../../src/fuzz/schedule.js';
import { type Plan, planSchema } from '../../../src/scenario/plan.js';
import { runPlan } from '../../../src/scenario/run.js';
import { compilePlan, FAULTS_FROM_US } from '../../../src/scenario/scenario.js';
import { fakeEngine, fakeScenario } from '../fake-engine.js';

const engine = fakeEngine();
const ALL = { index: 1, count: 1 };
const HOW = { wire: true, checkDeterminism: false, marks: false, signature: false };
const SCENARIOS = ['one', 'two'].map((name) => ({ scenario: fakeScenario(name), file: '' }));

function explore(
  strategy: Strategy,
  base = '1',
  shard = ALL,
  starts: readonly Plan[] = [],
): Explorer {
  return explorerOf(strategy, { scenarios: SCENARIOS, base, shard, runs: 60, engine, starts });
}

/** Made up from the plan, as the fake engine knows no cluster. */
function outcomeOf(name: string, candidate: Candidate): Outcome {
  const { scenario } = SCENARIOS.find((one) => one.scenario.name === name)!;
  const outcome = executeCandidate(engine, scenario, candidate, HOW);
  if (outcome.kind === 'broken') throw new Error(outcome.message);
  const random = randomStream(outcome.result.traceHash, 'states');
  const signature = Array.from({ length: 5 }, (_, i) => ({
    state: random.below(100),
    atUs: 1_000_000 + i * 500_000,
  }));
  return { ...outcome, signature };
}

/** All candidates, `size` at a time, with up to `ahead` of them whose outcome is still to come. */
function runsOf(explorer: Explorer, size: number, ahead: number): string[] {
  const runs: string[] = [];
  const underWay: Outcome[] = [];
  for (;;) {
    const next = underWay.length < ahead ? explorer.next(() => size) : 'wait';
    if (next === null && underWay.length === 0) return runs;
    if (next === null || next === 'wait') {
      explorer.learn(underWay.shift()!);
      continue;
    }
    const { name } = next.loaded.scenario;
    for (const candidate of next.candidates) {
      runs.push(`${name} ${JSON.stringify(candidate)}`);
      underWay.push(outcomeOf(name, candidate));
    }
  }
}

describe.each(STRATEGIES)('%s', (strategy) => {
  const whole = runsOf(explore(strategy), 1, 1);

  test('gives as many runs as asked for, no two alike', () => {
    expect(whole).toHaveLength(60);
    expect(new Set(whole).size).toBe(60);
  });

  test('gives the same runs to any number of threads', () => {
    expect(runsOf(explore(strategy), 1, 7)).toEqual(whole);
    if (strategy === 'random' || strategy === 'pct') return;
    // The scenarios of seeds take turns by batches, which are of any size.
    expect(runsOf(explore(strategy), 3, 12)).toEqual(whole);
  });

  test('gives other runs for another base seed', () => {
    const other = new Set(runsOf(explore(strategy, '2'), 1, 1));
    expect(whole.filter((run) => other.has(run))).toEqual([]);
  });

  test('gives shards that have no run in common', () => {
    const shards = [1, 2].map((index) => runsOf(explore(strategy, '1', { index, count: 2 }), 1, 1));
    expect(new Set(shards.flat()).size).toBe(120);
  });

  test('gives plans', () => {
    for (const run of whole) {
      const [name = '', json = ''] = run.split(/ (.*)/s);
      const { scenario } = SCENARIOS.find((one) => one.scenario.name === name)!;
      const plan = planOf(engine, scenario, JSON.parse(json) as Candidate);
      expect(planSchema.safeParse(plan).error).toBeUndefined();
    }
  });
});

describe('random', () => {
  test('runs new seeds, one after the other, and the plan of each as it is drawn', () => {
    const seeds = seedsWithoutEnd(SCENARIOS, '1', ALL, 60);
    expect(runsOf(explore('random'), 1, 1)).toEqual(runsOf(seeds, 1, 1));
    for (const run of runsOf(seeds, 1, 1)) expect(run).toContain('"change":null');
  });
});

describe.each(['branch', 'novelty'] as const)('saved plans', (strategy) => {
  const [{ scenario }] = SCENARIOS as [(typeof SCENARIOS)[number]];
  const drawn = compilePlan(scenario, '4711');
  const reseed = [{ atUs: 5, seed: '6' }];
  const starts = [drawn, { ...compilePlan(scenario, '4712'), reseed }];
  const isStart = (run: string) => run.includes('"4711","change":null') || run.includes('"4712"');

  test(`are where ${strategy} starts from`, () => {
    const runs = runsOf(explore(strategy, '1', ALL, starts), 1, 1).filter((run) =>
      run.startsWith('one '),
    );
    expect(runs[0]).toBe(`one ${JSON.stringify({ seed: '4711', change: null })}`);
    expect(runs.filter(isStart)).toContain(
      `one ${JSON.stringify({ seed: '4712', change: { reseed } })}`,
    );
  });

  test(`are shared among shards by ${strategy}`, () => {
    const shards = [1, 2].map((index) =>
      runsOf(explore(strategy, '1', { index, count: 2 }, starts), 1, 1),
    );
    expect(new Set(shards.flat()).size).toBe(120);
    for (const runs of shards) expect(runs.some(isStart)).toBe(true);
  });

  test(`of another shape are left alone by ${strategy}`, () => {
    const { clients: _, ...rest } = drawn;
    const runs = runsOf(explore(strategy, '1', ALL, [rest as unknown as Plan]), 1, 1);
    expect(runs).toEqual(runsOf(explore(strategy), 1, 1));
  });
});

describe('priorities', () => {
  const plan = compilePlan(everything, '3');
  const { faults } = withPriorities(plan);
  const delays = faults.filter((fault) => !plan.faults.includes(fault));

  test('are delays of all links but the first, and of those that fall', () => {
    const first = delays.filter(({ atUs }) => atUs === FAULTS_FROM_US);
    expect(first).toHaveLength(plan.members * (plan.members - 1) - 1);
    const extra = first.map((fault) => (fault.kind === 'degrade' ? fault.extraUs : 0));
    expect(new Set(extra).size).toBe(first.length);
    const falls = delays.filter(({ atUs }) => atUs > FAULTS_FROM_US);
    expect(falls.length).toBeGreaterThan(0);
    expect(falls.every(({ atUs }) => atUs < plan.durationUs)).toBe(true);
  });

  test('take nothing out of the plan', () => {
    expect(faults.filter((fault) => !delays.includes(fault))).toEqual(plan.faults);
  });

  test('take effect, and repeat', () => {
    const changed = { ...plan, faults };
    const result = runPlan(changed);
    expect(result.faults.effective).toBeGreaterThan(delays.length / 2);
    expect(runPlan(changed).traceHash).toBe(result.traceHash);
  });
});

describe('what is new', () => {
  const [{ scenario }] = SCENARIOS as [(typeof SCENARIOS)[number]];
  const reached = (seed: string, states: readonly number[], verdict = 'pass') => {
    const outcome = executeCandidate(engine, scenario, { seed, change: null }, HOW);
    if (outcome.kind === 'broken') throw new Error(outcome.message);
    const signature = states.map((state, i) => ({ state, atUs: 1000 * (i + 1) }));
    const result = { ...outcome.result, verdict: verdict as 'pass' };
    return { ...outcome, result, signature };
  };

  test('makes a parent of the run that reached it first, at the moments it did', () => {
    const territory = new Territory();
    territory.learn(reached('1', [7, 8]));
    territory.learn(reached('2', [8, 7]));
    territory.learn(reached('3', [7, 8, 9]));
    const parents = new Map<string, Parent>();
    for (let k = 0; k < 8; k++) {
      const parent = territory.pick(randomStream(String(k), 'pick'))!;
      parents.set(parent.candidate.seed, parent);
    }
    expect([...parents.keys()].sort()).toEqual(['1', '3']);
    expect(parents.get('3')!.momentsUs).toEqual([3000]);
  });

  test('does not count where a run failed', () => {
    const territory = new Territory();
    territory.learn(reached('1', [7], 'violation'));
    expect(territory.pick(randomStream('1', 'pick'))).toBeNull();
  });

  test('is used up', () => {
    const territory = new Territory();
    territory.learn(reached('1', [7]));
    const random = randomStream('1', 'pick');
    let children = 0;
    while (territory.pick(random) !== null) children += 1;
    expect(children).toBe(8);
  });
});

describe('a branch', () => {
  test('is its parent until something new was reached', () => {
    const random = randomStream('1', 'branch');
    const reseed = [
      { atUs: 100, seed: '5' },
      { atUs: 900, seed: '6' },
    ];
    const candidate = { seed: '4', change: { reseed } };
    const parent: Parent = { candidate, momentsUs: [500], score: 1, children: 0 };
    const child = branched(parent, null, random);
    expect(child.seed).toBe('4');
    expect(child.change?.reseed).toEqual([
      { atUs: 100, seed: '5' },
      { atUs: 500, seed: expect.stringMatching(/^\d+$/) },
    ]);
  });
});

describe('a mutation', () => {
  test('leaves damage where it was drawn, and what clients do', () => {
    const random = randomStream('1', 'mutate');
    const vary = mutated(fakeEngine());
    const harmful = ['bit-rot', 'latent-error', 'sync-error', 'writeback-error', 'disk-full'];
    const damage = (faults: ReturnType<typeof compilePlan>['faults']) =>
      faults.filter(({ kind }) => harmful.includes(kind)).map((fault) => JSON.stringify(fault));
    let edited = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const candidate = { seed: String(seed), change: null };
      const plan = compilePlan(everything, String(seed));
      const parent: Parent = { candidate, momentsUs: [seed * 100_000], score: 1, children: 0 };
      const child = vary(parent, everything, random);
      const after = planOf(engine, everything, child);
      expect(after.clients).toEqual(plan.clients);
      // Before, no scenario has faults: members have nothing to lose yet.
      for (const { atUs } of after.faults) expect(atUs).toBeGreaterThanOrEqual(FAULTS_FROM_US);
      expect(damage(plan.faults)).toEqual(expect.arrayContaining(damage(after.faults)));
      if (JSON.stringify(after.faults) !== JSON.stringify(plan.faults)) edited += 1;
      expect(planSchema.safeParse(after).error).toBeUndefined();
    }
    expect(edited).toBeGreaterThan(30);
  });
});
