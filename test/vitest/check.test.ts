// A scenario inside a test: what it throws, and how many seeds it runs.

import { expect, test } from 'vitest';
import { firstSeeds, seedsOf } from '../../src/fuzz/seeds.js';
import { checkSeeds, raisedCount } from '../../src/vitest/check.js';
import { fakeEngine, fakeScenario } from '../fuzz/fake-engine.js';

test('seeds that pass throw nothing, and all of them run', async () => {
  const ran: string[] = [];
  const disturb = ({ seed }: { seed: string }) => ran.push(seed);
  await checkSeeds(fakeEngine({ disturb }), fakeScenario(), seedsOf(['5', '3']));
  expect(ran).toEqual(['5', '3']);
});

test('the first failing seed throws verdict, violation and the command', async () => {
  const engine = fakeEngine({
    finding: (plan) => (Number(plan.seed) >= 2 ? { verdict: 'violation', invariant: 'A' } : null),
  });
  await expect(checkSeeds(engine, fakeScenario('mine'), firstSeeds(3))).rejects.toThrow(
    /^violation: A: \d+ faults and \d+ operations\nrun it again: npx simquake run mine --seed 2$/,
  );
});

test('a vacuous run is no pass', async () => {
  const engine = fakeEngine({ finding: () => ({ verdict: 'vacuous' }) });
  await expect(checkSeeds(engine, fakeScenario(), firstSeeds(1))).rejects.toThrow(/^vacuous: /);
});

test('SIMQUAKE_SEEDS raises a number and never lowers it', () => {
  expect(raisedCount(20, undefined)).toBe(20);
  expect(raisedCount(20, '')).toBe(20);
  expect(raisedCount(20, '500')).toBe(500);
  expect(raisedCount(20, '5')).toBe(20);
  expect(() => raisedCount(20, 'many')).toThrow('SIMQUAKE_SEEDS is many: not a count');
});
