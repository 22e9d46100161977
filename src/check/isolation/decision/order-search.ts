// Orders the pairs of writers that are open, so that no cycle comes of it: conflict-driven search, which
// learns from each cycle which choices cannot be made together (Marques-Silva & Sakallah 1999; arcs and
// cycles as in Bayless et al. 2015). What it learns is written down, for the proof that there is no order.
// There is always an order that all arcs so far agree with: it is executed, and only pairs over which it
// fails are chosen at all. A guess follows it, so that few guesses close a cycle.

import { assert } from '../../../base/assert.js';
import type { Key } from '../transaction.js';
import { ActivityQueue } from './activity-queue.js';
import { OrderedGraph } from './ordered-graph.js';
import { type Arc, choiceOf, type Polygraph } from './polygraph.js';
import type { ProofLog } from './proof-log.js';
import type { Saturation } from './saturation.js';
import { INITIAL } from './sessions.js';
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

/** Conflicts until guessing begins anew, times a slowly growing factor. */
const RESTART_CONFLICTS = 128;

export class OrderSearch {
  private readonly polygraph: Polygraph;
  private readonly saturation: Saturation;
  private readonly proof: ProofLog;
  private readonly budget: StepBudget;
  private readonly graph: OrderedGraph;
  /** Positions of the two writers of each pair that has come up. */
  private readonly firsts: number[] = [];
  private readonly seconds: number[] = [];
  private readonly pairs = new Map<number, number>();
  /** By pair: 0 while open, 1 in the order of positions, -1 against it. */
  private readonly values: number[] = [];
  private readonly levels: number[] = [];
  private readonly reasons: (Clause | null)[] = [];
  private readonly watchers: Clause[][] = [];
  /** Arcs of each literal, once they have been looked for. */
  private readonly arcs: (readonly Arc[] | undefined)[] = [];
  private readonly trail: Literal[] = [];
  /** Arcs in the graph before those of each literal of the trail. */
  private readonly sizes: number[] = [];
  /** Length of the trail before each guess. */
  private readonly guesses: number[] = [];
  private followed = 0;
  private readonly queue = new ActivityQueue();

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
  }

  run(): Ordered {
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
      if (pair === null) {
        if (this.execute() === 0) return 'order';
        continue;
      }
      this.guesses.push(this.trail.length);
      this.assign(this.likelier(pair), null);
    }
  }

  /** All moments, agreeing with what has been chosen. */
  order(): number[] {
    return this.graph.order();
  }

  /** Executes the order as it is; returns over how many pairs it fails, which are to be chosen now. */
  private execute(): number {
    const { polygraph, graph } = this;
    const before = this.firsts.length;
    const current = new Map<Key, number>();
    const writing = new Map<Key, number>();
    const overlapsMatter = polygraph.conflictOffset < polygraph.commitOffset;
    for (const moment of graph.order()) {
      const transaction = polygraph.owner(moment);
      const writes = polygraph.keysWritten(transaction);
      if (moment === polygraph.start(transaction)) {
        for (const { key, source } of polygraph.readsOf(transaction)) {
          const seen = current.get(key) ?? INITIAL;
          if (seen !== source) this.open(source, seen);
        }
        for (const key of overlapsMatter ? writes : []) {
          const other = writing.get(key);
          if (other !== undefined) this.open(other, transaction);
          writing.set(key, transaction);
        }
        this.budget.spend(writes.size);
      }
      if (moment !== polygraph.commit(transaction)) continue;
      for (const key of writes) {
        current.set(key, transaction);
        if (writing.get(key) === transaction) writing.delete(key);
      }
    }
    this.budget.spend(polygraph.momentsCount + polygraph.reads.length);
    return this.firsts.length - before;
  }

  /** From now on it is to be chosen which of two writers came first. */
  private open(a: number, b: number): void {
    const [first, second] = a < b ? [a, b] : [b, a];
    assert(first !== INITIAL, 'who read the initial state precedes all writers', { a, b });
    const name = first * this.polygraph.count + second;
    const known = this.pairs.get(name);
    if (known !== undefined) {
      assert(this.values[known] === 0, 'an order agrees with what was chosen', { a, b });
      return;
    }
    const pair = this.firsts.length;
    this.pairs.set(name, pair);
    this.firsts.push(first);
    this.seconds.push(second);
    this.values.push(0);
    this.levels.push(0);
    this.reasons.push(null);
    this.watchers.push([], []);
    this.queue.append(pair);
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
      const arcs = this.arcsOf(literal);
      this.budget.spend(arcs.length);
      for (const arc of arcs) {
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
