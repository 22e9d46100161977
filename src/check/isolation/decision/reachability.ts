// Which moments precede which, through any number of arcs: rows of bits that grow with each arc.
// A row has one bit a transaction for starts and, where commits are moments of their own, as many for them.

import { assert } from '../../../base/assert.js';
import type { Arc, Polygraph } from './polygraph.js';
import type { StepBudget } from './step-budget.js';

export class Reachability {
  /** Words of 32 bits for one bit a transaction. */
  readonly width: number;
  /** Words of a row. */
  readonly rowSize: number;
  /** Row of a moment: the moments after it, and those before it. */
  readonly after: Int32Array;
  readonly before: Int32Array;
  private readonly count: number;
  private readonly momentsCount: number;
  private readonly budget: StepBudget;

  constructor(
    { count, momentsCount }: Pick<Polygraph, 'count' | 'momentsCount'>,
    budget: StepBudget,
  ) {
    this.count = count;
    this.momentsCount = momentsCount;
    this.width = (count + 31) >> 5;
    this.rowSize = momentsCount > count ? 2 * this.width : this.width;
    this.after = new Int32Array(momentsCount * this.rowSize);
    this.before = new Int32Array(momentsCount * this.rowSize);
    this.budget = budget;
  }

  has(from: number, to: number): boolean {
    return (this.after[from * this.rowSize + this.word(to)]! & bit(to, this.count)) !== 0;
  }

  /** All arcs at once, in an order of the moments that they agree with. */
  fill(arcs: readonly Pick<Arc, 'from' | 'to'>[], order: readonly number[]): void {
    const outgoing = Array.from({ length: this.momentsCount }, (): number[] => []);
    const incoming = Array.from({ length: this.momentsCount }, (): number[] => []);
    for (const { from, to } of arcs) {
      outgoing[from]!.push(to);
      incoming[to]!.push(from);
    }
    for (const to of order) {
      for (const from of incoming[to]!) this.join(this.before, to, from);
    }
    for (let i = order.length - 1; i >= 0; i--) {
      const from = order[i]!;
      for (const to of outgoing[from]!) this.join(this.after, from, to);
    }
  }

  /** One more arc, which must close no cycle. O(moments whose rows change * words). */
  insert(from: number, to: number): void {
    if (this.has(from, to)) return;
    assert(from !== to && !this.has(to, from), 'an arc closes no cycle', { from, to });
    this.spread(this.after, this.before, from, to);
    this.spread(this.before, this.after, to, from);
  }

  /** Gives `near`, and all on its far side of `opposite`, what `far` has in `rows`, and `far` itself. */
  private spread(rows: Int32Array, opposite: Int32Array, near: number, far: number): void {
    const { rowSize, count, width } = this;
    const word = this.word(far);
    const mask = bit(far, count);
    this.join(rows, near, far);
    for (let at = 0; at < rowSize; at++) {
      const base = at < width ? at << 5 : count + ((at - width) << 5);
      for (let left = opposite[near * rowSize + at]!; left !== 0; left &= left - 1) {
        const moment = base + 31 - Math.clz32(left & -left);
        if ((rows[moment * rowSize + word]! & mask) === 0) this.join(rows, moment, far);
      }
    }
  }

  private join(rows: Int32Array, into: number, moment: number): void {
    const { rowSize } = this;
    this.budget.spend(rowSize);
    const target = into * rowSize;
    const source = moment * rowSize;
    for (let i = 0; i < rowSize; i++) rows[target + i]! |= rows[source + i]!;
    rows[target + this.word(moment)]! |= bit(moment, this.count);
  }

  private word(moment: number): number {
    return moment < this.count ? moment >> 5 : this.width + ((moment - this.count) >> 5);
  }
}

/** The bit of a moment in its word. */
function bit(moment: number, count: number): number {
  return 1 << ((moment < count ? moment : moment - count) & 31);
}
