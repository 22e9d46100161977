// Exploration that learns: new seeds, and between them runs that vary one which reached something new.
// A scenario knows only its own runs, and goes on when all runs of its last block are back: what it hands out next is
// the same for any number of threads, and while it waits the others have their turn.

import { type Random, randomStream } from '../../base/random.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Scenario } from '../../scenario/scenario.js';
import { type Candidate, candidateOf, ofSeed } from '../candidate.js';
import type { Outcome } from '../execute.js';
import { derivedSeed } from '../schedule.js';
import type { Assignment, Expedition, Explorer, SizeOf } from './explorer.js';
import { type Parent, Territory } from './territory.js';

/** Makes a run that is unlike its parent, and begins like it or resembles it. */
export type Vary = (parent: Parent, scenario: Scenario, random: Random) => Candidate;

/** Runs of a scenario before the next scenario has its turn. The first blocks are small: every scenario is soon met. */
const BLOCK_MAX = 8;

export class Guided implements Explorer {
  readonly runs: number;
  readonly wantsSignatures = true;
  private readonly expedition: Expedition;
  private readonly vary: Vary;
  private readonly fields: readonly Field[];
  private readonly byScenario: ReadonlyMap<string, Field>;
  private turn = 0;
  private left: number;

  constructor(expedition: Expedition, vary: Vary) {
    const { scenarios, base, shard, runs, engine, starts } = expedition;
    this.runs = runs;
    this.left = runs;
    this.expedition = expedition;
    this.vary = vary;
    this.fields = scenarios.map((loaded) => ({
      loaded,
      territory: new Territory(),
      random: randomStream(base, `explore/${loaded.scenario.name}/${shard.index}`),
      starts: starts
        .filter(({ scenario }) => scenario === loaded.scenario.name)
        .filter((_, i) => i % shard.count === shard.index - 1)
        .flatMap((plan) => candidateOf(engine, loaded.scenario, plan) ?? []),
      block: [],
      underWay: 0,
      made: 0,
      fresh: 0,
    }));
    this.byScenario = new Map(this.fields.map((field) => [field.loaded.scenario.name, field]));
  }

  next(sizeOf: SizeOf): Assignment | 'wait' | null {
    if (this.left === 0) return null;
    const field = this.fields[this.turn]!;
    if (field.block.length === 0) {
      if (field.underWay > 0) return 'wait';
      field.block = this.makeBlock(field);
    }
    const { loaded, block } = field;
    const size = Math.min(this.left, sizeOf(loaded.scenario.name, this.left));
    const candidates = block.splice(0, size);
    field.underWay += candidates.length;
    this.left -= candidates.length;
    if (block.length === 0) this.turn = (this.turn + 1) % this.fields.length;
    return { loaded, candidates };
  }

  learn(outcome: Outcome): void {
    const isRun = outcome.kind === 'run';
    const field = this.byScenario.get(isRun ? outcome.result.scenario : outcome.scenario)!;
    field.underWay -= 1;
    if (isRun) field.territory.learn(outcome);
  }

  private makeBlock(field: Field): Candidate[] {
    const size = Math.max(1, Math.min(BLOCK_MAX, field.made));
    return Array.from({ length: size }, () => {
      // Every other run is a new seed: nobody knows whether what is new leads anywhere.
      const parent = field.made++ % 2 === 0 ? null : field.territory.pick(field.random);
      if (parent !== null) return this.vary(parent, field.loaded.scenario, field.random);
      return field.starts.shift() ?? this.freshSeed(field);
    });
  }

  private freshSeed(field: Field): Candidate {
    const { base, shard } = this.expedition;
    const k = shard.index - 1 + shard.count * field.fresh++;
    return ofSeed(derivedSeed(base, field.loaded.scenario.name, k));
  }
}

/** A scenario, and how far it has been explored. */
interface Field {
  readonly loaded: LoadedScenario;
  readonly territory: Territory;
  readonly random: Random;
  /** Saved plans that have not run yet. */
  readonly starts: Candidate[];
  /** Candidates that are decided on and not handed out yet. */
  block: Candidate[];
  /** Candidates handed out whose outcome is not known yet. */
  underWay: number;
  /** Candidates decided on so far, and how many of them were new seeds. */
  made: number;
  fresh: number;
}
