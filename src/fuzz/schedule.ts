// Seeds that follow from nothing but their number: a list of them, or new ones without end, handed out a few at a time.
// Not here: strategies that learn (explore/), and running what is handed out (campaign.ts).

import { assert } from '../base/assert.js';
import { RunningHash } from '../base/hash.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type Candidate, ofSeed } from './candidate.js';
import type { Explorer, Shard } from './explore/explorer.js';
import type { SeedList } from './seeds.js';

/** Every scenario with every seed, one scenario after the other. */
export function eachSeedOf(scenarios: readonly LoadedScenario[], seeds: SeedList): Explorer {
  let scenario = 0;
  let at = 0;
  return {
    runs: scenarios.length * seeds.count,
    wantsSignatures: false,
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
      const candidates = Array.from({ length: count }, (_, i) => ofSeed(seeds.at(from + i)));
      return { loaded, candidates };
    },
    learn: () => {},
  };
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
): Explorer {
  assert(index >= 1 && index <= count, 'a shard is one of its parts', { index, count });
  const next = scenarios.map(() => index - 1);
  let turn = 0;
  let left = runs;
  return {
    runs,
    wantsSignatures: false,
    next(sizeOf) {
      if (left === 0) return null;
      const scenario = turn++ % scenarios.length;
      const loaded = scenarios[scenario]!;
      const candidates: Candidate[] = [];
      for (let size = Math.min(left, sizeOf(loaded.scenario.name, left)); size > 0; size--) {
        candidates.push(ofSeed(derivedSeed(base, loaded.scenario.name, next[scenario]!)));
        next[scenario]! += count;
      }
      left -= candidates.length;
      return { loaded, candidates };
    },
    learn: () => {},
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
