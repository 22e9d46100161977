// A heap: whatever was added, that which goes before all others comes out first. Of equals any.

export class Heap<T> {
  private readonly items: T[] = [];
  private readonly goesBefore: (a: T, b: T) => boolean;

  constructor(goesBefore: (a: T, b: T) => boolean) {
    this.goesBefore = goesBefore;
  }

  /** O(log n). */
  add(item: T): void {
    const { items } = this;
    let place = items.length;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      if (!this.goesBefore(item, items[above]!)) break;
      items[place] = items[above]!;
      place = above;
    }
    items[place] = item;
  }

  /** Takes the first out; undefined if there is none. O(log n). */
  take(): T | undefined {
    const { items } = this;
    const first = items[0];
    const item = items.pop();
    if (item === undefined || items.length === 0) return item;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.goesBefore(items[below + 1]!, items[below]!)) below++;
      if (!this.goesBefore(items[below]!, item)) break;
      items[place] = items[below]!;
      place = below;
    }
    items[place] = item;
    return first;
  }
}
