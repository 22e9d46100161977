// What may have happened by now, one configuration for each way: the state of the object, which operations
// under way have had their effect, and the states on the way that reads under way may have seen.
// Not here: how one leads to the next (online-search.ts). A configuration that another one can stand in for
// is not kept.

import { mix } from '../../../base/hash.js';
import type { Model } from '../model.js';

/** An operation that had its effect before its answer is known. */
export interface Guess<S> {
  readonly id: number;
  /** The states before and after it; null once nobody will see an answer. */
  readonly between: { readonly before: S; readonly after: S } | null;
}

/** A state that was left at an event; what was called before that event may have seen it. */
export interface Passed<S> {
  readonly state: S;
  readonly leftAt: number;
}

export interface Configuration<S> {
  readonly state: S;
  /** By rising id. */
  readonly guesses: readonly Guess<S>[];
  readonly passed: readonly Passed<S>[];
}

export class Configurations<S, I, O> {
  private readonly model: Model<S, I, O>;
  private readonly buckets = new Map<number, Configuration<S>[]>();
  private count = 0;

  constructor(model: Model<S, I, O>) {
    this.model = model;
  }

  get size(): number {
    return this.count;
  }

  *[Symbol.iterator](): Generator<Configuration<S>> {
    for (const bucket of this.buckets.values()) yield* bucket;
  }

  /** False if another one stands in for it. Those that it stands in for go. */
  add(configuration: Configuration<S>): boolean {
    const key = this.keyOf(configuration);
    const bucket = this.buckets.get(key) ?? [];
    if (bucket.some((other) => this.covers(other, configuration))) return false;
    const left = bucket.filter((other) => !this.covers(configuration, other));
    this.count += 1 + left.length - bucket.length;
    left.push(configuration);
    this.buckets.set(key, left);
    return true;
  }

  /** Only configurations of one key can cover each other. */
  private keyOf({ state, guesses }: Configuration<S>): number {
    let key = this.model.hash(state);
    for (const { id, between } of guesses) if (between !== null) key = mix(key, id);
    return key;
  }

  /** True if whatever can follow `b` can follow `a` as well. */
  private covers(a: Configuration<S>, b: Configuration<S>): boolean {
    return (
      this.guessesCover(a.guesses, b.guesses) &&
      this.model.equals(a.state, b.state) &&
      b.passed.every((needed) => a.passed.some((passed) => this.isAs(passed, needed)))
    );
  }

  private isAs(passed: Passed<S>, needed: Passed<S>): boolean {
    return passed.leftAt >= needed.leftAt && this.model.equals(passed.state, needed.state);
  }

  /** The same guesses; but what never gets an answer may have its effect yet, or never. */
  private guessesCover(a: readonly Guess<S>[], b: readonly Guess<S>[]): boolean {
    let at = 0;
    for (const guess of b) {
      const own = a[at];
      if (own?.id !== guess.id) {
        if (guess.between !== null) return false;
        continue;
      }
      at++;
      if (guess.between === null) continue;
      const { equals } = this.model;
      if (!equals(own.between!.before, guess.between.before)) return false;
      if (!equals(own.between!.after, guess.between.after)) return false;
    }
    return at === a.length;
  }
}
