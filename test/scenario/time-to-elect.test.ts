// Plans in which nobody could ever be elected, faults or not, are not drawn.

import { describe, expect, it } from 'vitest';
import { echoes } from '../../scenarios/echoes.js';
import { leaderChurn } from '../../scenarios/leader-churn.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';

const SEEDS = Array.from({ length: 200 }, (_, i) => String(i + 1));

describe.each([echoes, leaderChurn])('$name', (scenario) => {
  it('leaves an election time for a request, a vote and an append, and no more than it draws otherwise', () => {
    let tight = 0;
    for (const seed of SEEDS) {
      const { knobs, network } = compilePlan(scenario, seed);
      const trips = (knobs.electionTicks * knobs.tickUs) / (network.minUs + network.tailUs);
      expect(trips, seed).toBeGreaterThanOrEqual(3);
      if (trips < 5) tight++;
    }
    // Short timeouts are what these scenarios are about.
    expect(tight).toBeGreaterThan(10);
  });
});

describe('a plan whose timeout was once shorter than an election', () => {
  // 30 ms over a network of 16.6 ms, and 40 ms over one of 23.3 ms: nobody led for long.
  it.each([
    { scenario: echoes, seed: '300782', ticksOnce: 3 },
    { scenario: leaderChurn, seed: '300583', ticksOnce: 4 },
  ])('$scenario.name $seed passes', ({ scenario, seed, ticksOnce }) => {
    const plan = compilePlan(scenario, seed);
    expect(plan.knobs.electionTicks).toBeGreaterThan(ticksOnce);
    expect(runPlan(plan).verdict).toBe('pass');
    const before = { ...plan, knobs: { ...plan.knobs, electionTicks: ticksOnce } };
    expect(runPlan(before).verdict).not.toBe('pass');
  });
});
