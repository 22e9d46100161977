// Checks a witness while it is found, against a history that nobody holds as a whole: what replay.ts checks
// of an order and a history that are complete. Shares no code with the checkers on purpose, so that a bug
// there cannot vouch for itself. Memory: the operations that have no place yet.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { partOf } from '../proof/weakening.js';
import { IdTable } from './id-table.js';

/** How often the past of the state is let go of, in operations placed. */
const RELEASE_EVERY = 1024;

export interface RunningReplayOptions<S> {
  /** Lets go of the past of a state, of which the replay is the only holder. */
  readonly release?: ((state: S) => void) | undefined;
  /** The independent part of the object that is replayed. Absent: all of it. */
  readonly part?: string | number | undefined;
}

export class RunningReplay<S, I, O> {
  /** What is wrong with the order so far; null if nothing is. */
  wrong: string | null = null;
  /** How many operations are in the order. */
  placed = 0;
  private readonly model: Model<S, I, O>;
  private readonly options: RunningReplayOptions<S>;
  private readonly unplaced = new IdTable<Operation<I, O>>();
  private state: S;
  private latestCallUs: Micros = -Infinity;

  constructor(model: Model<S, I, O>, options: RunningReplayOptions<S> = {}) {
    this.model = model;
    this.options = options;
    this.state = model.init();
  }

  /** How many operations have no place yet. */
  get waiting(): number {
    return this.unplaced.size;
  }

  /** Takes in an operation of the history; all of them have to come, in whatever order. */
  add(operation: Operation<I, O>): void {
    const { id, input, outcome } = operation;
    if (outcome === 'fail') return;
    const { part } = this.options;
    if (part !== undefined && partOf(this.model, input) !== part) {
      this.wrong ??= `operation ${id} is not in part ${part}`;
    }
    if (this.unplaced.get(id) !== null) this.wrong ??= `operation ${id} is in the history twice`;
    this.unplaced.set(id, operation);
  }

  /** The next operation of the order. */
  place(id: number): void {
    if (this.wrong !== null) return;
    const operation = this.unplaced.take(id);
    if (operation === null) {
      this.wrong = `operation ${id} is in the order, but not in the history, or has a place already`;
      return;
    }
    const { input, output, outcome, callUs, returnUs } = operation;
    const answered = outcome === 'ok';
    if (answered && returnUs < this.latestCallUs) {
      this.wrong = `operation ${id} returned before one that precedes it was called`;
      return;
    }
    this.latestCallUs = Math.max(this.latestCallUs, callUs);
    const next = this.model.step(this.state, input, answered ? output : null);
    if (next === undefined) {
      this.wrong = `operation ${id} is not legal at its place`;
      return;
    }
    this.state = next;
    if (++this.placed % RELEASE_EVERY === 0) this.options.release?.(next);
  }

  /** Whether the order explains all of the history: null, or what is wrong. */
  finish(): string | null {
    for (const { id, outcome } of this.unplaced.values()) {
      if (outcome === 'ok') this.wrong ??= `operation ${id} took effect, but is not in the order`;
    }
    return this.wrong;
  }
}
