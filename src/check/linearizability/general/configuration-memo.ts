// Memory of refuted configurations (set of placed operations, state), so that none is searched twice.
// Not here: the search. Keys live in one integer arena: a bitset object an entry would cost more in
// garbage than the search itself. Equality is exact, never by hash alone: a collision would lie.

import { mix } from '../../../base/hash.js';

/** What a state takes in memory, about. */
const STATE_BYTES = 128;

/** Gives equal states equal small integers. */
export class StateTable<S> {
  private readonly states: S[] = [];
  private readonly hashes: number[] = [];
  private slots = new Int32Array(64);
  private readonly hash: (state: S) => number;
  private readonly equals: (a: S, b: S) => boolean;

  constructor(hash: (state: S) => number, equals: (a: S, b: S) => boolean) {
    this.hash = hash;
    this.equals = equals;
  }

  /** An estimate: what states share is counted once for each. */
  get memoryBytes(): number {
    return this.slots.byteLength + this.states.length * STATE_BYTES;
  }

  /** O(1) expected, plus one comparison of states. */
  idOf(state: S): number {
    const hash = mix(0x51ab, this.hash(state));
    const mask = this.slots.length - 1;
    let at = hash & mask;
    for (; this.slots[at] !== 0; at = (at + 1) & mask) {
      const id = this.slots[at]! - 1;
      if (this.hashes[id] === hash && this.equals(this.states[id]!, state)) return id;
    }
    const id = this.states.length;
    this.states.push(state);
    this.hashes.push(hash);
    this.slots[at] = id + 1;
    if (this.states.length * 2 > this.slots.length) this.grow();
    return id;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.hashes.length; id++) {
      let at = this.hashes[id]! & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = id + 1;
    }
    this.slots = slots;
  }
}

/**
 * A set of integer sequences. Write a key with {@link begin} and {@link word}, then ask
 * {@link has} or {@link add}.
 */
export class ConfigurationSet {
  size = 0;
  private arena = new Int32Array(256);
  private used = 0;
  private end = 0;
  private slots = new Int32Array(64);

  get memoryBytes(): number {
    return this.arena.byteLength + this.slots.byteLength;
  }

  begin(): void {
    // Two words in front of the key: its hash and its length.
    this.end = this.used + 2;
  }

  word(value: number): void {
    if (this.end + 1 > this.arena.length) {
      const grown = new Int32Array(this.arena.length * 2);
      grown.set(this.arena);
      this.arena = grown;
    }
    this.arena[this.end++] = value;
  }

  has(): boolean {
    return this.slots[this.find()] !== 0;
  }

  add(): void {
    const at = this.find();
    if (this.slots[at] !== 0) return;
    this.slots[at] = this.used + 1;
    this.used = this.end;
    this.size++;
    if (this.size * 2 > this.slots.length) this.grow();
  }

  /** The slot that holds the key written last, or the empty one where it belongs. */
  private find(): number {
    const { arena, used, end, slots } = this;
    let hash = 0;
    for (let i = used + 2; i < end; i++) hash = mix(hash, arena[i]!);
    arena[used] = hash;
    arena[used + 1] = end - used - 2;
    const mask = slots.length - 1;
    let at = hash & mask;
    while (slots[at] !== 0 && !this.isAt(slots[at]! - 1)) at = (at + 1) & mask;
    return at;
  }

  private isAt(start: number): boolean {
    const { arena, used, end } = this;
    const count = end - used;
    for (let i = 0; i < count; i++) if (arena[start + i] !== arena[used + i]) return false;
    return true;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (const start of this.slots) {
      if (start === 0) continue;
      let at = this.arena[start - 1]! & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = start;
    }
    this.slots = slots;
  }
}
