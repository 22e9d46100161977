// What a campaign asks of whoever decides what it runs: the next candidates, and to learn from what became of them.
// Not here: the strategies (random.ts and its neighbours), and running candidates (../campaign.ts).
// Guarantee: what is handed out follows from the strategy's seed and from the outcomes learned, which come in the order
// of handing out; so a campaign runs the same candidates whatever the number of threads.

import type { LoadedScenario } from '../../scenario/load.js';
import type { Plan } from '../../scenario/plan.js';
import type { Candidate } from '../candidate.js';
import type { Engine } from '../engine.js';
import type { Outcome } from '../execute.js';

/** Candidates of one scenario, to be run in this order. */
export interface Assignment {
  readonly loaded: LoadedScenario;
  readonly candidates: readonly Candidate[];
}

export interface Explorer {
  /** How many runs there are in all; `Infinity` for no end. */
  readonly runs: number;
  /** Outcomes must tell which abstract states the cluster went through. */
  readonly wantsSignatures: boolean;
  /**
   * The next candidates of one scenario; `wait` if it must first learn what became of those handed out; null at the end.
   *
   * @param sizeOf how many are wanted at most, for this scenario and with so many runs left
   */
  next(sizeOf: SizeOf): Assignment | 'wait' | null;
  /** Told of every outcome, in the order in which candidates were handed out. */
  learn(outcome: Outcome): void;
}

export type SizeOf = (scenario: string, left: number) => number;

export interface Expedition {
  readonly scenarios: readonly LoadedScenario[];
  /** From which all seeds follow. */
  readonly base: string;
  readonly shard: Shard;
  readonly runs: number;
  readonly engine: Engine;
  /** Saved plans that strategies which vary plans run first, each in one of the shards. */
  readonly starts: readonly Plan[];
}

/** One of `count` parts of a campaign, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}
