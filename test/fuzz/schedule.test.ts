// Which seeds a campaign runs: all of them once, whatever the batches, and shards that share without overlap.

import { describe, expect, test } from 'vitest';
import type { Explorer } from '../../src/fuzz/explore/explorer.js';
import { derivedSeed, eachSeedOf, seedsWithoutEnd } from '../../src/fuzz/schedule.js';
import { firstSeeds } from '../../src/fuzz/seeds.js';
import { fakeScenario } from './fake-engine.js';

const SCENARIOS = ['one', 'two', 'three'].map((name) => ({
  scenario: fakeScenario(name),
  file: '',
}));

function runsOf(explorer: Explorer, size = 1, runsMax = Number.POSITIVE_INFINITY): string[] {
  const runs: string[] = [];
  const take = () => explorer.next(() => size);
  for (let next = take(); next !== null && runs.length < runsMax; next = take()) {
    if (next === 'wait') throw new Error('seeds wait for nothing');
    for (const { seed } of next.candidates) runs.push(`${next.loaded.scenario.name} ${seed}`);
  }
  return runs;
}

describe('every scenario with every seed', () => {
  test.each([1, 2, 7])('comes once and in order, %i at a time', (size) => {
    const explorer = eachSeedOf(SCENARIOS, firstSeeds(4));
    expect(explorer.runs).toBe(12);
    expect(runsOf(explorer, size)).toEqual(
      ['one', 'two', 'three'].flatMap((name) => [1, 2, 3, 4].map((seed) => `${name} ${seed}`)),
    );
  });
});

describe('seeds without end', () => {
  const all = { index: 1, count: 1 };

  test('follow from the base seed alone', () => {
    const first = runsOf(seedsWithoutEnd(SCENARIOS, 'a', all, 30));
    expect(first).toHaveLength(30);
    expect(new Set(first).size).toBe(30);
    expect(runsOf(seedsWithoutEnd(SCENARIOS, 'a', all, 30))).toEqual(first);
    expect(runsOf(seedsWithoutEnd(SCENARIOS, 'b', all, 30))).not.toEqual(first);
    expect(derivedSeed('a', 'one', 0)).toMatch(/^[0-9]{1,15}$/);
  });

  test('end after as many runs as were asked for', () => {
    expect(runsOf(seedsWithoutEnd(SCENARIOS, 'a', all, 10), 4)).toHaveLength(10);
  });

  test('give every scenario its turn', () => {
    const names = runsOf(seedsWithoutEnd(SCENARIOS, 'a', all), 1, 6).map(
      (run) => run.split(' ')[0],
    );
    expect(names.slice(0, 6)).toEqual(['one', 'two', 'three', 'one', 'two', 'three']);
  });

  test('are shared by shards without overlap and without gap', () => {
    const whole = runsOf(seedsWithoutEnd(SCENARIOS, 'a', all, 300)).sort();
    const shards = [1, 2, 3, 4, 5].map((index) =>
      runsOf(seedsWithoutEnd(SCENARIOS, 'a', { index, count: 5 }, 60), 2),
    );
    expect(shards.flat().sort()).toEqual(whole);
  });
});
