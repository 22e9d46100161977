// Orders the pairs of writers that are open, so that no cycle comes of it: conflict-driven search, which
// learns from each cycle which choices cannot be made together (Marques-Silva & Sakallah 1999; arcs and
// cycles as in Bayless et al. 2015). What it learns is written down, for the proof that there is no order.
// A guess follows the order that all arcs so far agree with, so that few guesses close a cycle.

import { ActivityQueue } from './activity-queue.js';
import { OrderedGraph } from './ordered-graph.js';
import { type Arc, choiceOf, type Polygraph } from './polygraph.js';
import type { ProofLog } from './proof-log.js';
import type { Saturation } from './saturation.js';
import type { StepBudget } from './step-budget.js';

/** A pair of open writers in one order: twice its number, plus one if the later position comes first. */
type Literal = number;

interface Clause {
  /** One of these holds. The first two are watched. */
  readonly literals: Literal[];
  /** Where the proof says so. */
  readonly step: number;
}

export type Ordered = 'order' | 'none' | 'undecided';

/** More open pairs than this take too much memory. */
const PAIRS_MAX = 4_000_000;
/** Conflicts until guessing begins anew, times a slowly growing factor. */
const RESTART_CONFLICTS = 128;

export class OrderSearch {
  private readonly polygraph: Polygraph;
  private readonly saturation: Saturation;
  private readonly proof: ProofLog;
  private readonly budget: StepBudget;
  private readonly graph: OrderedGraph;
  /** Positions of the two writers of each open pair. */
  private readonly firsts: number[] = [];
  private readonly seconds: number[] = [];
  private readonly pairs = new Map<number, number>();
  /** By pair: 0 while open, 1 in the order of positions, -1 against it. */
  private readonly values: Int8Array;
  private readonly levels: Int32Array;
  private readonly reasons: (Clause | null)[];
  private readonly watchers: Clause[][] = [];
  /** Arcs of each literal, once they have been looked for. */
  private readonly arcs: (readonly Arc[] | undefined)[] = [];
  private readonly trail: Literal[] = [];
  /** Arcs in the graph before those of each literal of the trail. */
  private readonly sizes: number[] = [];
  /** Length of the trail before each guess. */
  private readonly guesses: number[] = [];
  private followed = 0;
  private readonly queue: ActivityQueue;

  /** `order`: of all moments, agreeing with all known arcs. */
  constructor(
    polygraph: Polygraph,
    saturation: Saturation,
    order: readonly number[],
    proof: ProofLog,
    budget: StepBudget,
  ) {
    this.polygraph = polygraph;
    this.saturation = saturation;
    this.proof = proof;
    this.budget = budget;
    this.graph = new OrderedGraph(order, budget);
    for (const arc of saturation.arcs) this.graph.insert(arc);
    this.findPairs();
    const count = this.firsts.length;
    this.values = new Int8Array(count);
    this.levels = new Int32Array(count);
    this.reasons = new Array<Clause | null>(count).fill(null);
    for (let literal = 0; literal < 2 * count; literal++) this.watchers.push([]);
    this.queue = new ActivityQueue(count);
  }

  /** Open pairs. */
  get pairsCount(): number {
    return this.firsts.length;
  }

  run(): Ordered {
    if (this.pairsCount > PAIRS_MAX) return 'undecided';
    let conflicts = 0;
    let restarts = 0;
    let untilRestart = RESTART_CONFLICTS;
    for (;;) {
      const conflict = this.propagate();
      if (conflict !== null) {
        if (this.guesses.length === 0) {
          this.proof.either([], [conflict.step]);
          return 'none';
        }
        this.learn(conflict);
        conflicts++;
        if (conflicts >= untilRestart) {
          restarts++;
          untilRestart = conflicts + RESTART_CONFLICTS * luby(restarts);
          this.backTo(0);
        }
        continue;
      }
      if (this.budget.isSpent) return 'undecided';
      const pair = this.nextPair();
      if (pair === null) return 'order';
      this.guesses.push(this.trail.length);
      this.assign(this.likelier(pair), null);
    }
  }

  /** All moments, agreeing with what has been chosen. */
  order(): number[] {
    return this.graph.order();
  }

  private findPairs(): void {
    const { polygraph, saturation, pairs } = this;
    const { after, before, rowSize, width } = saturation.reachability;
    const commitWord = polygraph.commitOffset === 0 ? 0 : width;
    const conflictWord = polygraph.conflictOffset === 0 ? 0 : width;
    for (const [key, writers] of polygraph.writers) {
      const wrote = saturation.writers.get(key)!;
      for (const first of writers) {
        const commitRow = polygraph.commit(first) * rowSize + conflictWord;
        const conflictRow = (first + polygraph.conflictOffset) * rowSize + commitWord;
        for (let word = first >> 5; word < width; word++) {
          let open = wrote[word]! & ~after[commitRow + word]! & ~before[conflictRow + word]!;
          for (; open !== 0; open &= open - 1) {
            const second = (word << 5) + 31 - Math.clz32(open & -open);
            const name = first * polygraph.count + second;
            if (second <= first || pairs.has(name)) continue;
            pairs.set(name, this.firsts.length);
            this.firsts.push(first);
            this.seconds.push(second);
          }
        }
        this.budget.spend(width);
        if (this.firsts.length > PAIRS_MAX) return;
      }
    }
  }

  private value(literal: Literal): number {
    const value = this.values[literal >> 1]!;
    return (literal & 1) === 0 ? value : -value;
  }

  private choice(literal: Literal): readonly [number, number] {
    const [first, second] = [this.firsts[literal >> 1]!, this.seconds[literal >> 1]!];
    return (literal & 1) === 0 ? [first, second] : [second, first];
  }

  /** The literal of a choice; null if the choice is forced. */
  private literal([before, after]: readonly [number, number]): Literal | null {
    const { count } = this.polygraph;
    const forwards = before < after;
    const name = forwards ? before * count + after : after * count + before;
    const pair = this.pairs.get(name);
    return pair === undefined ? null : 2 * pair + (forwards ? 0 : 1);
  }

  private assign(literal: Literal, reason: Clause | null): void {
    const pair = literal >> 1;
    this.values[pair] = (literal & 1) === 0 ? 1 : -1;
    this.levels[pair] = this.guesses.length;
    this.reasons[pair] = reason;
    this.trail.push(literal);
    if (this.guesses.length > 0 || reason === null) return;
    // From now on for good, which the proof has to say.
    this.proof.either([this.choice(literal)], [reason.step]);
  }

  /** Draws all conclusions of what has been chosen; or returns a clause of which nothing holds. */
  private propagate(): Clause | null {
    while (this.followed < this.trail.length) {
      const literal = this.trail[this.followed]!;
      this.sizes[this.followed] = this.graph.size;
      this.followed++;
      for (const arc of this.arcsOf(literal)) {
        const cycle = this.graph.insert(arc);
        if (cycle !== null) return this.ruledOut([arc, ...cycle]);
      }
      const conflict = this.followClauses(literal ^ 1);
      if (conflict !== null) return conflict;
    }
    return null;
  }

  private arcsOf(literal: Literal): readonly Arc[] {
    const known = this.arcs[literal];
    if (known !== undefined) return known;
    const { reachability } = this.saturation;
    const arcs = this.polygraph
      .arcsOf(...this.choice(literal))
      .filter(({ from, to }) => !reachability.has(from, to));
    this.arcs[literal] = arcs;
    return arcs;
  }

  /** What a cycle teaches: one of its choices is not made. */
  private ruledOut(cycle: readonly Arc[]): Clause {
    const step = this.proof.cycle(cycle);
    const literals = new Set<Literal>();
    for (const { cause } of cycle) {
      const choice = choiceOf(cause);
      const literal = choice && this.literal(choice);
      if (literal !== null) literals.add(literal ^ 1);
    }
    return { literals: [...literals], step };
  }

  /** Looks at the clauses that watch a literal which no longer can hold. */
  private followClauses(literal: Literal): Clause | null {
    const watching = this.watchers[literal]!;
    let kept = 0;
    for (let i = 0; i < watching.length; i++) {
      const clause = watching[i]!;
      const { literals } = clause;
      if (literals[0] === literal) {
        literals[0] = literals[1]!;
        literals[1] = literal;
      }
      const other = literals[0]!;
      let moved = false;
      for (let at = 2; at < literals.length && this.value(other) <= 0 && !moved; at++) {
        const candidate = literals[at]!;
        if (this.value(candidate) < 0) continue;
        literals[1] = candidate;
        literals[at] = literal;
        this.watchers[candidate]!.push(clause);
        moved = true;
      }
      this.budget.spend(literals.length);
      if (moved) continue;
      watching[kept++] = clause;
      const value = this.value(other);
      if (value > 0) continue;
      if (value === 0) {
        this.assign(other, clause);
        continue;
      }
      for (let rest = i + 1; rest < watching.length; rest++) watching[kept++] = watching[rest]!;
      watching.length = kept;
      return clause;
    }
    watching.length = kept;
    return null;
  }

  /** Finds the one choice of the last guess's that alone made the conflict, and takes back all up to there. */
  private learn(conflict: Clause): void {
    const level = this.guesses.length;
    const seen = new Set<number>();
    const others: Literal[] = [];
    const used: Clause[] = [];
    let open = 0;
    let at = this.trail.length - 1;
    let reason: Clause = conflict;
    let pivot: Literal = -1;
    for (;;) {
      used.push(reason);
      for (const literal of reason.literals) {
        const pair = literal >> 1;
        if (literal === pivot || seen.has(pair) || this.levels[pair] === 0) continue;
        seen.add(pair);
        this.queue.raise(pair);
        if (this.levels[pair] === level) open++;
        else others.push(literal);
      }
      while (!seen.has(this.trail[at]! >> 1)) at--;
      pivot = this.trail[at]!;
      at--;
      open--;
      if (open === 0) break;
      reason = this.reasons[pivot >> 1]!;
    }
    this.queue.decay();
    const literals = [pivot ^ 1, ...others];
    const step =
      used.length === 1
        ? conflict.step
        : this.proof.either(
            literals.map((literal) => this.choice(literal)),
            used.map((clause) => clause.step).reverse(),
          );
    this.keep({ literals, step });
  }

  private keep(clause: Clause): void {
    const { literals } = clause;
    let back = 0;
    for (let i = 1; i < literals.length; i++) {
      const level = this.levels[literals[i]! >> 1]!;
      if (level <= back) continue;
      back = level;
      [literals[1], literals[i]] = [literals[i]!, literals[1]!];
    }
    this.backTo(back);
    if (literals.length === 1) {
      this.assign(literals[0]!, null);
      return;
    }
    this.watchers[literals[0]!]!.push(clause);
    this.watchers[literals[1]!]!.push(clause);
    this.assign(literals[0]!, clause);
  }

  /** Takes back all guesses but the first `level`. */
  private backTo(level: number): void {
    if (this.guesses.length <= level) return;
    const length = this.guesses[level]!;
    if (this.followed > length) this.graph.shrink(this.sizes[length]!);
    while (this.trail.length > length) {
      const pair = this.trail.pop()! >> 1;
      this.values[pair] = 0;
      this.reasons[pair] = null;
      this.queue.add(pair);
    }
    this.guesses.length = level;
    this.followed = Math.min(this.followed, length);
  }

  private nextPair(): number | null {
    for (let pair = this.queue.take(); pair !== null; pair = this.queue.take()) {
      if (this.values[pair] === 0) return pair;
    }
    return null;
  }

  private likelier(pair: number): Literal {
    const [first, second] = [this.firsts[pair]!, this.seconds[pair]!];
    const { graph, polygraph } = this;
    const forwards = graph.place(polygraph.commit(first)) < graph.place(polygraph.commit(second));
    return 2 * pair + (forwards ? 0 : 1);
  }
}

/** 1 1 2 1 1 2 4 …, counted from 1 (Luby, Sinclair & Zuckerman 1993). */
function luby(index: number): number {
  for (let size = 1; ; size = 2 * size + 1) {
    if (index === size) return (size + 1) >> 1;
    if (index < size) return luby(index - (size >> 1));
  }
}
