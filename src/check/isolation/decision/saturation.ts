// The choices that a history leaves no freedom for: where one order of two writers would close a cycle, the
// other holds, with all that follows from it, until nothing new follows or a cycle is certain. Each forced arc
// can say why it was, from arcs before it.
// Not here: choices that are open after that (order-search.ts).

import { assert } from '../../../base/assert.js';
import type { Key } from '../transaction.js';
import type { Arc, Polygraph } from './polygraph.js';
import { Reachability } from './reachability.js';
import { INITIAL } from './sessions.js';
import type { StepBudget } from './step-budget.js';

export interface KnownArc extends Arc {
  /** Position among the known arcs. */
  readonly at: number;
  /** Why the choice that the arc takes is forced: this arc of the contrary closes a cycle with earlier ones. */
  readonly contrary: Arc | null;
}

export type Saturated =
  /** No cycle, and all that is forced is known. */
  | { readonly kind: 'open'; readonly order: readonly number[] }
  /** Positions of known arcs that make a cycle. */
  | { readonly kind: 'cycle'; readonly cycle: readonly number[] }
  | { readonly kind: 'undecided' };

export class Saturation {
  readonly arcs: KnownArc[];
  readonly reachability: Reachability;
  /** By key, a bit for each transaction that wrote it. */
  readonly writers: ReadonlyMap<Key, Int32Array>;
  private readonly polygraph: Polygraph;
  private readonly budget: StepBudget;
  private readonly outgoing: number[][];
  private cycle: readonly number[] | null = null;

  constructor(polygraph: Polygraph, budget: StepBudget) {
    this.polygraph = polygraph;
    this.budget = budget;
    this.arcs = polygraph.certain.map((arc, at) => ({ ...arc, at, contrary: null }));
    this.outgoing = Array.from({ length: polygraph.momentsCount }, () => []);
    for (const [i, { from }] of this.arcs.entries()) this.outgoing[from]!.push(i);
    this.reachability = new Reachability(polygraph, budget);
    this.writers = new Map(
      [...polygraph.writers].map(([key, writers]) => {
        const bits = new Int32Array(this.reachability.width);
        for (const t of writers) bits[t >> 5]! |= 1 << (t & 31);
        return [key, bits];
      }),
    );
  }

  /** To be called once. */
  run(): Saturated {
    const order = this.topological();
    if (order.length < this.polygraph.momentsCount) {
      return { kind: 'cycle', cycle: this.someCycle(order) };
    }
    this.reachability.fill(this.arcs, order);
    for (let size = -1; size !== this.arcs.length; ) {
      size = this.arcs.length;
      this.followReads();
      if (this.cycle === null) this.followConflicts();
      if (this.cycle !== null) return { kind: 'cycle', cycle: this.cycle };
      if (this.budget.isSpent) return { kind: 'undecided' };
    }
    return { kind: 'open', order: this.topological() };
  }

  /** The fewest known arcs before `limit` that lead from one moment to another. O(arcs). */
  path(from: number, to: number, limit: number): number[] {
    if (from === to) return [];
    const by = new Map<number, number>();
    const queue = [from];
    for (const moment of queue) {
      if (by.has(to)) break;
      for (const arc of this.outgoing[moment]!) {
        const next = this.arcs[arc]!.to;
        if (arc >= limit || next === from || by.has(next)) continue;
        by.set(next, arc);
        queue.push(next);
      }
    }
    this.budget.spend(queue.length);
    assert(by.has(to), 'what is reached has a path of arcs', { from, to, limit });
    const path: number[] = [];
    for (let at = to; at !== from; at = this.arcs[path[path.length - 1]!]!.from) {
      path.push(by.get(at)!);
    }
    return path.reverse();
  }

  /** Reads order who wrote what they returned and whoever else wrote the key. */
  private followReads(): void {
    const { polygraph, reachability, writers } = this;
    const { width, rowSize, after, before } = reachability;
    const commitWord = polygraph.commitOffset === 0 ? 0 : width;
    const conflictWord = polygraph.conflictOffset === 0 ? 0 : width;
    for (const read of polygraph.reads) {
      const { key, source, reader } = read;
      const wrote = writers.get(key);
      if (wrote === undefined) continue;
      const startRow = polygraph.start(reader) * rowSize;
      this.budget.spend(2 * width);
      // Whoever wrote after the source comes after the reader.
      const sourceRow = source === INITIAL ? 0 : polygraph.commit(source) * rowSize;
      for (let word = 0; word < width; word++) {
        let done = 0;
        for (;;) {
          let found = wrote[word]! & ~after[startRow + commitWord + word]! & ~done;
          if (source !== INITIAL) found &= after[sourceRow + conflictWord + word]!;
          if (reader >> 5 === word) found &= ~(1 << (reader & 31));
          if (found === 0) break;
          const lowest = found & -found;
          done |= lowest;
          const other = (word << 5) + 31 - Math.clz32(lowest);
          const contrary = source === INITIAL ? null : polygraph.writesArc(other, source);
          this.add(polygraph.overwrittenArc(read, other), contrary);
          if (this.cycle !== null) return;
        }
      }
      if (source === INITIAL) continue;
      // Whoever wrote before the reader comes before the source.
      const conflict = source + polygraph.conflictOffset;
      for (let word = width - 1; word >= 0; word--) {
        let done = 0;
        for (;;) {
          let found = wrote[word]! & before[startRow + commitWord + word]! & ~done;
          found &= ~before[conflict * rowSize + commitWord + word]!;
          if (reader >> 5 === word) found &= ~(1 << (reader & 31));
          if (source >> 5 === word) found &= ~(1 << (source & 31));
          if (found === 0) break;
          const highest = 1 << (31 - Math.clz32(found));
          done |= highest;
          const other = (word << 5) + 31 - Math.clz32(highest);
          this.add(polygraph.writesArc(other, source), polygraph.overwrittenArc(read, other));
          if (this.cycle !== null) return;
        }
      }
    }
  }

  /** Whoever starts before another commits writes before it: where a conflict is an order of its own. */
  private followConflicts(): void {
    const { polygraph, reachability, writers } = this;
    // Else to be before in conflict is to be before.
    if (polygraph.conflictOffset === polygraph.commitOffset) return;
    const { width, rowSize, after } = reachability;
    for (const [key, list] of polygraph.writers) {
      const wrote = writers.get(key)!;
      for (const writer of list) {
        const startRow = polygraph.start(writer) * rowSize;
        const commitRow = polygraph.commit(writer) * rowSize;
        this.budget.spend(width);
        for (let word = 0; word < width; word++) {
          let done = 0;
          for (;;) {
            let found = wrote[word]! & after[startRow + width + word]! & ~done;
            found &= ~after[commitRow + word]!;
            if (writer >> 5 === word) found &= ~(1 << (writer & 31));
            if (found === 0) break;
            const lowest = found & -found;
            done |= lowest;
            const other = (word << 5) + 31 - Math.clz32(lowest);
            this.add(polygraph.writesArc(writer, other), polygraph.writesArc(other, writer));
            if (this.cycle !== null) return;
          }
        }
      }
    }
  }

  private add(arc: Arc, contrary: Arc | null): void {
    const at = this.arcs.length;
    this.arcs.push({ ...arc, at, contrary });
    this.outgoing[arc.from]!.push(at);
    if (this.reachability.has(arc.to, arc.from)) {
      this.cycle = [at, ...this.path(arc.to, arc.from, at)];
    } else this.reachability.insert(arc.from, arc.to);
  }

  /** All moments, or where there is a cycle those that no cycle precedes; earlier positions first. */
  private topological(): number[] {
    const { momentsCount } = this.polygraph;
    const missing = new Int32Array(momentsCount);
    for (const { to } of this.arcs) missing[to]!++;
    const ready = new MomentQueue(this.polygraph);
    for (let moment = 0; moment < momentsCount; moment++) {
      if (missing[moment] === 0) ready.push(moment);
    }
    const order: number[] = [];
    for (let moment = ready.pop(); moment !== undefined; moment = ready.pop()) {
      order.push(moment);
      for (const arc of this.outgoing[moment]!) {
        const { to } = this.arcs[arc]!;
        if (--missing[to]! === 0) ready.push(to);
      }
    }
    this.budget.spend(this.arcs.length);
    return order;
  }

  /** A cycle among moments that are not in `order`. */
  private someCycle(order: readonly number[]): number[] {
    const placed = new Set(order);
    const incoming = new Map<number, number>();
    for (const [i, { from, to }] of this.arcs.entries()) {
      if (!placed.has(from) && !placed.has(to)) incoming.set(to, i);
    }
    // Backwards from anywhere: what was met before is on a cycle.
    const met = new Set<number>();
    let at = [...incoming.keys()][0]!;
    while (!met.has(at)) {
      met.add(at);
      at = this.arcs[incoming.get(at)!]!.from;
    }
    const closing = incoming.get(at)!;
    return [closing, ...this.path(at, this.arcs[closing]!.from, this.arcs.length)];
  }
}

/** Moments that may be next: of the earliest transaction first, its commit before another's start. */
class MomentQueue {
  private readonly heap: number[] = [];
  private readonly polygraph: Polygraph;

  constructor(polygraph: Polygraph) {
    this.polygraph = polygraph;
  }

  push(moment: number): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(moment);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isSooner(moment, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = moment;
  }

  pop(): number | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.isSooner(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isSooner(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  private isSooner(a: number, b: number): boolean {
    return this.polygraph.owner(a) - this.polygraph.owner(b) < 0;
  }
}
