// A queue in the order of a number, for items that come nearly in that order: each is moved to the front
// past the few that are later. Not here: what the numbers are.

/** Taken items are let go when there are so many of them. */
const TAKEN_MAX = 1024;

export class NearOrder<T> {
  private readonly keys: number[] = [];
  private readonly items: T[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  /** The lowest key; Infinity if there is none. */
  get lowest(): number {
    return this.keys[this.head] ?? Infinity;
  }

  /** Puts an item behind those of the same key; returns before how many it comes. Linear in these. */
  add(key: number, item: T): number {
    const { keys, items } = this;
    const end = keys.length;
    let place = end;
    keys.push(key);
    items.push(item);
    for (; place > this.head && keys[place - 1]! > key; place--) {
      keys[place] = keys[place - 1]!;
      items[place] = items[place - 1]!;
    }
    keys[place] = key;
    items[place] = item;
    return end - place;
  }

  /** Removes the item of the lowest key. There must be one. */
  take(): T {
    const item = this.items[this.head]!;
    this.head++;
    if (this.head === this.items.length || this.head === TAKEN_MAX) {
      this.keys.splice(0, this.head);
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }
}
