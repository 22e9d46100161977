// Searches a legal order where many outcomes are unknown: operations that may have happened may take effect
// any number of times at first, so that which of them did no longer tells configurations apart. Every legal
// order is one of these too, so if there is none, there is no legal order. One that is found counts if
// enough operations that act alike stand behind every effect; if not, those are used once each from then
// on, and the search starts again. In the end all are, which is the search itself.
// Not here: the search (partition-search.ts), and when this one is worth trying (general-search.ts).

import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { Model } from '../model.js';
import type { Stuck } from '../result.js';
import { PartitionSearch, type Progress } from './partition-search.js';

/** With more states it is not worth it. */
const STATES_MAX = 256;

type Kind = string | number;

export class RepeatingSearch<S, I, O> {
  /** Calls of `Model.step` so far. */
  steps = 0;
  private readonly model: Model<S, I, O>;
  private readonly operations: readonly Operation<I, O>[];
  private readonly byId: ReadonlyMap<number, Operation<I, O>>;
  private readonly statesMax: number;
  private readonly isOnePart: boolean;
  /** Operations of unknown outcome that act alike, in call order. */
  private readonly kinds = new Map<Kind, Operation<I, O>[]>();
  /** Kinds whose operations take effect once each. */
  private readonly exact = new Set<Kind>();
  private search: PartitionSearch<S, I, O>;
  private found: readonly number[] = [];

  /**
   * Null if no outcome is unknown, or if too many states are possible. `operations` in call order,
   * without failed ones. O(n).
   */
  static of<S, I, O>(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    isOnePart: boolean,
  ): RepeatingSearch<S, I, O> | null {
    const states = model.statesOf?.(operations) ?? null;
    if (states === null || states.length >= STATES_MAX) return null;
    const search = new RepeatingSearch(model, operations, isOnePart, states.length + 1);
    return search.kinds.size > 0 ? search : null;
  }

  private constructor(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    isOnePart: boolean,
    statesMax: number,
  ) {
    this.model = model;
    this.operations = operations;
    this.isOnePart = isOnePart;
    this.statesMax = statesMax;
    this.byId = new Map(operations.map((operation) => [operation.id, operation]));
    for (const operation of operations) {
      if (operation.outcome !== 'unknown' || model.isNeedless?.(operation.input) === true) continue;
      const kind = this.kindOf(operation);
      const alike = this.kinds.get(kind);
      if (alike === undefined) this.kinds.set(kind, [operation]);
      else alike.push(operation);
    }
    this.search = this.begin();
  }

  /** Searches on for about `stepCount` steps, or to the end. */
  advance(stepCount: number): Progress {
    const stop = this.steps + stepCount;
    while (true) {
      const before = this.search.steps;
      const progress = this.search.advance(Math.max(1, stop - this.steps));
      this.steps += this.search.steps - before;
      if (progress !== 'legal') return progress;
      const { order, overused } = this.assigned(this.search.order());
      if (overused.size === 0) {
        this.found = order;
        return 'legal';
      }
      for (const kind of overused) this.exact.add(kind);
      this.search = this.begin();
      if (this.steps >= stop) return 'open';
    }
  }

  /** The order found, as ids. Meaningful after `legal`. */
  order(): number[] {
    return [...this.found];
  }

  /** What the search remembers, in bytes. */
  get memoryBytes(): number {
    return this.search.memoryBytes;
  }

  stuck(): Stuck {
    return this.search.stuck();
  }

  private begin(): PartitionSearch<S, I, O> {
    return new PartitionSearch(this.model, this.operations, null, {
      isOnePart: this.isOnePart,
      isRepeatable: (operation) => !this.exact.has(this.kindOf(operation)),
      statesMax: this.statesMax,
    });
  }

  private kindOf({ id, input }: Operation<I, O>): Kind {
    return this.model.operationKey?.(input, null) ?? id;
  }

  /**
   * Names an operation for every effect in the order, the earliest called first, and the kinds that have
   * too few, or too few that were called in time.
   */
  private assigned(ids: readonly number[]): { order: number[]; overused: Set<Kind> } {
    // Behind each place, the earliest return: what is placed there must have been called by then.
    const barriers = new Float64Array(ids.length);
    let earliestUs = Number.POSITIVE_INFINITY;
    for (let at = ids.length - 1; at >= 0; at--) {
      barriers[at] = earliestUs;
      earliestUs = Math.min(earliestUs, deadlineUs(this.byId.get(ids[at]!)!));
    }
    const used = new Map<Kind, number>();
    const overused = new Set<Kind>();
    const order = ids.map((id, at) => {
      const operation = this.byId.get(id)!;
      const kind = operation.outcome === 'unknown' ? this.kindOf(operation) : null;
      if (kind === null || this.exact.has(kind)) return id;
      const count = used.get(kind) ?? 0;
      used.set(kind, count + 1);
      const next = this.kinds.get(kind)![count];
      if (next !== undefined && next.callUs <= barriers[at]!) return next.id;
      overused.add(kind);
      return id;
    });
    return { order, overused };
  }
}
