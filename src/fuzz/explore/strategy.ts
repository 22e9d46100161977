// The strategies by name. Adding one is an entry here.
// Not here: which one is best; docs/EXPLORATION.md says what was measured.

import { seedsWithoutEnd } from '../schedule.js';
import { branched } from './branch.js';
import type { Expedition, Explorer } from './explorer.js';
import { Guided } from './guided.js';
import { mutated } from './mutate.js';
import { prioritized } from './pct.js';

/** In the order in which they are told of. */
export const STRATEGIES = ['random', 'pct', 'branch', 'novelty'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export const DEFAULT_STRATEGY: Strategy = 'random';

/** The explorer of a strategy. Shards share no run, and learn nothing from each other. */
export function explorerOf(strategy: Strategy, expedition: Expedition): Explorer {
  const { scenarios, base, shard, runs, engine } = expedition;
  switch (strategy) {
    case 'random':
      return seedsWithoutEnd(scenarios, base, shard, runs);
    case 'pct':
      return prioritized(seedsWithoutEnd(scenarios, base, shard, runs), engine);
    case 'branch':
      return new Guided(expedition, branched);
    case 'novelty':
      return new Guided(expedition, mutated(engine));
  }
}
