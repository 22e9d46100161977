// A map from operation ids for what comes and goes: open addressing with linear probing and deletion without marks
// (Knuth, TAOCP 6.4, algorithm R). A Map leaves a table behind every few entries, and each of these, once it is
// old, keeps alive the next with all that was in it until a full collection.
// Not here: an order. The values come in none in particular.

const CAPACITY_MIN = 64;

export class IdTable<T> {
  size = 0;
  private ids = new Float64Array(CAPACITY_MIN);
  /** Null where the slot is free. */
  private held: (T | null)[] = new Array<T | null>(CAPACITY_MIN).fill(null);
  private mask = CAPACITY_MIN - 1;

  get(id: number): T | null {
    return this.held[this.slotOf(id)]!;
  }

  /** Adds a value, or replaces the one that is there. */
  set(id: number, value: T): void {
    let slot = this.slotOf(id);
    if (this.held[slot] === null) {
      if (2 * ++this.size > this.mask) {
        this.grow();
        slot = this.slotOf(id);
      }
      this.ids[slot] = id;
    }
    this.held[slot] = value;
  }

  /** Removes a value and returns it; null if there is none. */
  take(id: number): T | null {
    const { ids, held, mask } = this;
    let free = this.slotOf(id);
    const taken = held[free]!;
    if (taken === null) return null;
    this.size--;
    // What would no longer be found from its own slot on moves into the gap.
    for (let slot = (free + 1) & mask; held[slot] !== null; slot = (slot + 1) & mask) {
      const home = this.homeOf(ids[slot]!);
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      ids[free] = ids[slot]!;
      held[free] = held[slot]!;
      free = slot;
    }
    held[free] = null;
    return taken;
  }

  values(): T[] {
    return this.held.filter((value) => value !== null);
  }

  /** Where an id is, or would be put. */
  private slotOf(id: number): number {
    const { ids, held, mask } = this;
    let slot = this.homeOf(id);
    while (held[slot] !== null && ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  private homeOf(id: number): number {
    const mixed = Math.imul(id ^ Math.floor(id / 0x1_0000_0000), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }

  private grow(): void {
    const { ids, held } = this;
    const capacity = 2 * held.length;
    this.ids = new Float64Array(capacity);
    this.held = new Array<T | null>(capacity).fill(null);
    this.mask = capacity - 1;
    for (let slot = 0; slot < held.length; slot++) {
      const value = held[slot]!;
      if (value === null) continue;
      const to = this.slotOf(ids[slot]!);
      this.ids[to] = ids[slot]!;
      this.held[to] = value;
    }
  }
}
