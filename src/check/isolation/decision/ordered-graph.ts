// Arcs that come and go, and an order of all moments that every one of them agrees with: an arc against the
// order moves only the moments between its ends (Pearce & Kelly 2006), or is found to close a cycle.
// Arcs go in the reverse order of their coming; the order stays as it is then, and still agrees.

import type { Arc } from './polygraph.js';
import type { StepBudget } from './step-budget.js';

export class OrderedGraph {
  private readonly arcs: Arc[] = [];
  private readonly outgoing: number[][];
  private readonly incoming: number[][];
  /** Place of each moment in the order. */
  private readonly places: Int32Array;
  /** Marks of the current traversal, to save clearing. */
  private readonly marks: Int32Array;
  private readonly by: Int32Array;
  private mark = 0;
  private readonly budget: StepBudget;

  /** `order` must agree with the arcs that come first. */
  constructor(order: readonly number[], budget: StepBudget) {
    this.outgoing = order.map(() => []);
    this.incoming = order.map(() => []);
    this.places = new Int32Array(order.length);
    this.marks = new Int32Array(order.length);
    this.by = new Int32Array(order.length);
    for (const [place, moment] of order.entries()) this.places[moment] = place;
    this.budget = budget;
  }

  get size(): number {
    return this.arcs.length;
  }

  place(moment: number): number {
    return this.places[moment]!;
  }

  /** All moments. */
  order(): number[] {
    const order: number[] = new Array(this.places.length);
    for (const [moment, place] of this.places.entries()) order[place] = moment;
    return order;
  }

  /** Adds an arc; or returns those that it would close a cycle with, and does not. */
  insert(arc: Arc): readonly Arc[] | null {
    const { places } = this;
    if (places[arc.from]! > places[arc.to]!) {
      const ahead = this.ahead(arc.to, arc.from);
      if (ahead === null) return this.traced(arc.to, arc.from);
      this.reorder(this.behind(arc.from, places[arc.to]!), ahead);
    }
    const at = this.arcs.length;
    this.arcs.push(arc);
    this.outgoing[arc.from]!.push(at);
    this.incoming[arc.to]!.push(at);
    return null;
  }

  /** Takes the last arcs away, so that `size` are left. */
  shrink(size: number): void {
    while (this.arcs.length > size) {
      const { from, to } = this.arcs.pop()!;
      this.outgoing[from]!.pop();
      this.incoming[to]!.pop();
    }
  }

  /** Moments after `first` and not beyond the place of `last`; null if `last` is one of them. */
  private ahead(first: number, last: number): number[] | null {
    const { places, marks, by } = this;
    const mark = ++this.mark;
    const until = places[last]!;
    const found = [first];
    marks[first] = mark;
    for (const moment of found) {
      const outgoing = this.outgoing[moment]!;
      this.budget.spend(outgoing.length);
      for (let i = 0; i < outgoing.length; i++) {
        const arc = outgoing[i]!;
        const { to } = this.arcs[arc]!;
        if (marks[to] === mark || places[to]! > until) continue;
        marks[to] = mark;
        by[to] = arc;
        if (to === last) return null;
        found.push(to);
      }
    }
    return found;
  }

  /** Moments before `last` and not before the place `since`. */
  private behind(last: number, since: number): number[] {
    const { places, marks } = this;
    const mark = ++this.mark;
    const found = [last];
    marks[last] = mark;
    for (const moment of found) {
      const incoming = this.incoming[moment]!;
      this.budget.spend(incoming.length);
      for (let i = 0; i < incoming.length; i++) {
        const { from } = this.arcs[incoming[i]!]!;
        if (marks[from] === mark || places[from]! < since) continue;
        marks[from] = mark;
        found.push(from);
      }
    }
    return found;
  }

  /** Puts all of `behind` before all of `ahead`, in the places that they have. */
  private reorder(behind: number[], ahead: number[]): void {
    const { places } = this;
    const byPlace = (a: number, b: number): number => places[a]! - places[b]!;
    const moved = [...behind.sort(byPlace), ...ahead.sort(byPlace)];
    const free = moved.map((moment) => places[moment]!).sort((a, b) => a - b);
    for (const [i, moment] of moved.entries()) places[moment] = free[i]!;
    this.budget.spend(moved.length);
  }

  /** The arcs that `ahead` went by. */
  private traced(first: number, last: number): Arc[] {
    const path: Arc[] = [];
    for (let at = last; at !== first; at = path[path.length - 1]!.from) {
      path.push(this.arcs[this.by[at]!]!);
    }
    return path.reverse();
  }
}
