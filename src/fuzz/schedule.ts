// Which seeds of which scenarios a campaign runs, and in which order: handed out a few at a time, since the list
// may be endless. Not here: running them (campaign.ts).

import { assert } from '../base/assert.js';
import { RunningHash } from '../base/hash.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { SeedList } from './seeds.js';

/** Seeds of one scenario, to be run in this order. */
export interface Assignment {
  readonly loaded: LoadedScenario;
  readonly seeds: readonly string[];
}

export interface Schedule {
  /** How many runs there are in all; `Infinity` for no end. */
  readonly runs: number;
  /**
   * The next seeds of one scenario, `null` at the end.
   *
   * @param sizeOf how many are wanted at most, for this scenario and with so many runs of it left
   */
  next(sizeOf: (scenario: string, left: number) => number): Assignment | null;
}

/** Every scenario with every seed, one scenario after the other. */
export function eachSeedOf(scenarios: readonly LoadedScenario[], seeds: SeedList): Schedule {
  let scenario = 0;
  let at = 0;
  return {
    runs: scenarios.length * seeds.count,
    next(sizeOf) {
      const loaded = scenarios[scenario];
      if (loaded === undefined) return null;
      const left = seeds.count - at;
      const count = Math.min(left, sizeOf(loaded.scenario.name, left));
      const from = at;
      at += count;
      if (at === seeds.count) {
        scenario += 1;
        at = 0;
      }
      return { loaded, seeds: Array.from({ length: count }, (_, i) => seeds.at(from + i)) };
    },
  };
}

/** One of `count` parts of a campaign, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * New seeds without end, the scenarios taking turns. Seed k of a scenario follows from the base seed alone. Shards
 * divide the seeds of every scenario among them: none is run twice, none is left out.
 */
export function seedsWithoutEnd(
  scenarios: readonly LoadedScenario[],
  base: string,
  { index, count }: Shard,
  runs = Number.POSITIVE_INFINITY,
): Schedule {
  assert(index >= 1 && index <= count, 'a shard is one of its parts', { index, count });
  const next = scenarios.map(() => index - 1);
  let turn = 0;
  let left = runs;
  return {
    runs,
    next(sizeOf) {
      if (left === 0) return null;
      const scenario = turn++ % scenarios.length;
      const loaded = scenarios[scenario]!;
      const seeds: string[] = [];
      for (let size = Math.min(left, sizeOf(loaded.scenario.name, left)); size > 0; size--) {
        seeds.push(derivedSeed(base, loaded.scenario.name, next[scenario]!));
        next[scenario]! += count;
      }
      left -= seeds.length;
      return { loaded, seeds };
    },
  };
}

/** A seed that `simquake run --seed` takes, 15 digits at most. */
export function derivedSeed(base: string, scenario: string, k: number): string {
  const hash = new RunningHash();
  hash.text(base);
  hash.text(scenario);
  hash.number(k);
  return String(Number.parseInt(hash.hex().slice(0, 12), 16));
}
