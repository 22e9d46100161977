// The general search of one partition, and beside it the attempt to refute what it is stuck at from the
// operations around that alone. Going through all of a history again and again to refute its last
// operation is what makes illegal histories hard.
// Not here: the search (partition-search.ts), the refutation (window.ts).

import { assert } from '../../../base/assert.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import type { Stuck } from '../result.js';
import { PartitionSearch, type Progress } from './partition-search.js';
import { refuteAround } from './window.js';

/** Steps of the search before the first attempt; each further one waits four times as long. */
const FIRST_ATTEMPT_STEPS = 4096;

export class GeneralSearch<S, I, O> {
  /** Calls of `Model.step` so far, those of refutations included. */
  steps = 0;
  private readonly model: Model<S, I, O>;
  private readonly operations: readonly Operation<I, O>[];
  private readonly isOnePart: boolean;
  private readonly search: PartitionSearch<S, I, O>;
  private attemptAt = FIRST_ATTEMPT_STEPS;
  private refuted: readonly number[] = [];

  /**
   * `operations` in call order, without failed ones; `isOnePart` if all of them touch the same part of
   * the object. O(n).
   */
  constructor(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    partition: string | number | null,
    isOnePart: boolean,
  ) {
    this.model = model;
    this.operations = operations;
    this.isOnePart = isOnePart;
    this.search = new PartitionSearch(model, operations, partition, { isOnePart });
  }

  get partition(): string | number | null {
    return this.search.partition;
  }

  /** What the search remembers, in bytes. */
  get memoryBytes(): number {
    return this.search.memoryBytes;
  }

  /** Searches on for about `stepCount` steps, or to the end. */
  advance(stepCount: number): Progress {
    assert(this.refuted.length === 0, 'the search has ended');
    const before = this.search.steps;
    const progress = this.search.advance(stepCount);
    this.steps += this.search.steps - before;
    if (progress !== 'open' || this.search.steps < this.attemptAt) return progress;
    this.attemptAt *= 4;
    const { steps, core } = refuteAround(
      this.operations,
      this.model,
      this.search.stuck().operation,
      {
        isOnePart: this.isOnePart,
        stepsMax: this.search.steps >>> 1,
      },
    );
    this.steps += steps;
    this.refuted = core;
    return core.length > 0 ? 'illegal' : 'open';
  }

  /** The order found, as ids. Meaningful after `legal`. */
  order(): number[] {
    return this.search.order();
  }

  /** Ids of operations among which the contradiction lies; empty if unknown. Meaningful after `illegal`. */
  core(): readonly number[] {
    return this.refuted;
  }

  stuck(): Stuck {
    return this.search.stuck();
  }

  /** One sentence that names the stuck operation, with values. */
  reason(): string {
    return this.search.reason();
  }
}
