// The general search of one partition, and beside it two other attempts, from time to time: to refute what it
// is stuck at from the operations around that alone, and to let what may have happened happen any number of
// times. Going through all of a history again and again to refute its last operation is what makes illegal
// histories hard, and many unknown outcomes are what makes that worse.
// Not here: the search (partition-search.ts), the attempts (window.ts, repeating-search.ts).

import { assert } from '../../../base/assert.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import type { Stuck } from '../result.js';
import { PartitionSearch, type Progress } from './partition-search.js';
import { RepeatingSearch } from './repeating-search.js';
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
  /** Null before the first attempt, and where it is not worth it. */
  private repeating: RepeatingSearch<S, I, O> | null = null;
  private refuted: readonly number[] = [];
  /** What the other search found, if it did. */
  private found: readonly number[] | null = null;

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
    return this.search.memoryBytes + (this.repeating?.memoryBytes ?? 0);
  }

  /** Searches on for about `stepCount` steps, or to the end. */
  advance(stepCount: number): Progress {
    assert(this.refuted.length === 0, 'the search has ended');
    const before = this.search.steps;
    const progress = this.search.advance(stepCount);
    this.steps += this.search.steps - before;
    if (progress !== 'open' || this.search.steps < this.attemptAt) return progress;
    if (this.attemptAt === FIRST_ATTEMPT_STEPS) {
      this.repeating = RepeatingSearch.of(this.model, this.operations, this.isOnePart);
    }
    this.attemptAt *= 4;
    return this.attempt();
  }

  private attempt(): Progress {
    const { repeating } = this;
    const stuck = this.search.stuck().operation;
    if (this.refutes(stuck, true) || this.refutes(stuck, false)) return 'illegal';
    if (repeating === null) return 'open';
    const before = repeating.steps;
    const progress = repeating.advance(this.search.steps >>> 1);
    this.steps += repeating.steps - before;
    if (progress === 'legal') this.found = repeating.order();
    const other = repeating.stuck().operation;
    if (progress === 'illegal') this.refuted = [other];
    if (progress !== 'open') return progress;
    return other !== stuck && this.refutes(other, true) ? 'illegal' : 'open';
  }

  /** Whether the operations around one show that it cannot be placed. */
  private refutes(id: number, repeats: boolean): boolean {
    const { operations, model, isOnePart } = this;
    const stepsMax = this.search.steps >>> 2;
    const { steps, core } = refuteAround(operations, model, id, { isOnePart, stepsMax, repeats });
    this.steps += steps;
    this.refuted = core;
    return core.length > 0;
  }

  /** The order found, as ids. Meaningful after `legal`. */
  order(): number[] {
    return this.found === null ? this.search.order() : [...this.found];
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
