// A queue in the order of a number, for items that come nearly in that order: each is moved to the front
// past the few that are later. Not here: what the numbers are.

const CAPACITY_MIN = 64;

export class NearOrder<T> {
  size = 0;
  /** Rings of a power of two; free places hold null. */
  private keys = new Float64Array(CAPACITY_MIN);
  private items: (T | null)[] = new Array<T | null>(CAPACITY_MIN).fill(null);
  private mask = CAPACITY_MIN - 1;
  private head = 0;

  /** The lowest key; Infinity if there is none. */
  get lowest(): number {
    return this.size === 0 ? Infinity : this.keys[this.head]!;
  }

  /** Puts an item behind those of the same key; returns before how many it comes. Linear in these. */
  add(key: number, item: T): number {
    if (this.size > this.mask) this.grow();
    const { keys, items, mask, head } = this;
    let place = this.size++;
    for (; place > 0 && keys[(head + place - 1) & mask]! > key; place--) {
      keys[(head + place) & mask] = keys[(head + place - 1) & mask]!;
      items[(head + place) & mask] = items[(head + place - 1) & mask]!;
    }
    keys[(head + place) & mask] = key;
    items[(head + place) & mask] = item;
    return this.size - 1 - place;
  }

  /** Removes the item of the lowest key. There must be one. */
  take(): T {
    const { items, head } = this;
    const item = items[head]!;
    items[head] = null;
    this.head = (head + 1) & this.mask;
    this.size--;
    return item;
  }

  /** Starts rings of twice the length with what is in these. */
  private grow(): void {
    const { keys, items, mask, head, size } = this;
    this.keys = new Float64Array(2 * items.length);
    this.items = new Array<T | null>(2 * items.length).fill(null);
    for (let place = 0; place < size; place++) {
      this.keys[place] = keys[(head + place) & mask]!;
      this.items[place] = items[(head + place) & mask]!;
    }
    this.mask = this.items.length - 1;
    this.head = 0;
  }
}
