// `simquake/vitest`: scenarios as tests of a project's own suite, with fixed seeds.
// Not here: failure files and reports. The message names the command that writes them.

import { resolve } from 'node:path';
import { test } from 'vitest';
import { firstSeeds, parseSeed, type SeedList, seedsOf } from '../fuzz/seeds.js';
import { engine } from '../fuzz/worker.js';
import { loadScenarios } from '../scenario/load.js';
import { readRegressions } from '../scenario/regression-files.js';
import type { Scenario } from '../scenario/scenario.js';
import { checkRegression, checkSeeds, raisedCount } from './check.js';

export interface ScenarioTestOptions {
  /**
   * The seeds 1 to N, or a list. A number is raised by the environment variable SIMQUAKE_SEEDS, a list
   * is not. Default: 20.
   */
  readonly seeds?: number | readonly string[];
}

/**
 * Defines a test that runs a scenario with fixed seeds and fails with the first one that does not pass.
 * It has no timeout: how long it takes is a matter of virtual time, not of the machine.
 *
 * @param target a scenario, or the name of one in `./scenarios` or of one that comes with simquake
 *
 * @example
 * scenario('partition-leader', { seeds: 50 });
 */
export function scenario(target: string | Scenario, options: ScenarioTestOptions = {}): void {
  const seeds = seedsFor(options.seeds ?? 20);
  const name = typeof target === 'string' ? target : target.name;
  test(`${name} holds for ${describeSeeds(seeds)}`, { timeout: 0 }, async () => {
    const found = typeof target === 'string' ? await named(target) : target;
    await checkSeeds(engine, found, seeds);
  });
}

/**
 * Defines a test for every regression in a folder: plans that once failed. A regression that no longer does
 * what it was made for fails as stale.
 *
 * @param folder relative to the working directory
 *
 * @example
 * regressions('scenarios/regressions');
 */
export function regressions(folder: string): void {
  for (const { regression } of readRegressions(resolve(folder), folder)) {
    test(`${regression.name} stays mended`, { timeout: 0 }, () => {
      checkRegression(engine, regression, folder);
    });
  }
}

async function named(name: string): Promise<Scenario> {
  const [loaded] = await loadScenarios([name]);
  return loaded!.scenario;
}

function seedsFor(seeds: number | readonly string[]): SeedList {
  if (typeof seeds !== 'number') return seedsOf(seeds.map(parseSeed));
  return firstSeeds(raisedCount(seeds, process.env.SIMQUAKE_SEEDS));
}

function describeSeeds(seeds: SeedList): string {
  if (seeds.count === 1) return `seed ${seeds.at(0)}`;
  return `${seeds.count} seeds, ${seeds.at(0)} to ${seeds.at(seeds.count - 1)}`;
}
