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

/** In front of a key: its hash, its length, and the record before with the same key (0: none). */
const HEAD_WORDS = 3;
/** How many of a key's records are compared, the newest first: missing one costs time, not truth. */
const COMPARED_MAX = 256;

/**
 * A set of configurations, each a key (a sequence of integers) and a set of extras (bits in a fixed number
 * of words). Write one with {@link begin} and {@link word}, the extras last, then ask {@link covers} or
 * {@link add}.
 */
export class ConfigurationSet {
  size = 0;
  private readonly extraWords: number;
  private arena = new Int32Array(256);
  private used = 0;
  private end = 0;
  private slots = new Int32Array(64);
  private slotsUsed = 0;

  constructor(extraWords: number) {
    this.extraWords = extraWords;
  }

  get memoryBytes(): number {
    return this.arena.byteLength + this.slots.byteLength;
  }

  begin(): void {
    this.end = this.used + HEAD_WORDS;
    this.reserve(this.end);
  }

  word(value: number): void {
    this.reserve(this.end + 1);
    this.arena[this.end++] = value;
  }

  /** True if a configuration was found that has this key, and whose extras are a subset of these. */
  covers(): boolean {
    return this.isCovered(this.slots[this.find()]!);
  }

  /** Adds the configuration written last, unless it is covered. */
  add(): void {
    const at = this.find();
    const newest = this.slots[at]!;
    if (this.isCovered(newest)) return;
    if (newest === 0) this.slotsUsed++;
    this.arena[this.used + 2] = newest;
    this.slots[at] = this.used + 1;
    this.used = this.end;
    this.size++;
    if (this.slotsUsed * 2 > this.slots.length) this.grow();
  }

  private isCovered(newest: number): boolean {
    const { arena, end, extraWords } = this;
    const extras = end - extraWords;
    let compared = 0;
    for (let record = newest; record !== 0; record = arena[record + 1]!) {
      if (++compared > COMPARED_MAX) return false;
      const others = record - 1 + HEAD_WORDS + arena[record]!;
      let i = 0;
      while (i < extraWords && (arena[others + i]! & ~arena[extras + i]!) === 0) i++;
      if (i === extraWords) return true;
    }
    return false;
  }

  /** The slot of the key written last, or the empty one where it belongs. */
  private find(): number {
    const { arena, used, slots } = this;
    const end = this.end - this.extraWords;
    let hash = 0;
    for (let i = used + HEAD_WORDS; i < end; i++) hash = mix(hash, arena[i]!);
    arena[used] = hash;
    arena[used + 1] = end - used - HEAD_WORDS;
    const mask = slots.length - 1;
    let at = hash & mask;
    while (slots[at] !== 0 && !this.isAt(slots[at]! - 1)) at = (at + 1) & mask;
    return at;
  }

  private isAt(start: number): boolean {
    const { arena, used } = this;
    if (arena[start] !== arena[used] || arena[start + 1] !== arena[used + 1]) return false;
    const count = HEAD_WORDS + arena[used + 1]!;
    for (let i = HEAD_WORDS; i < count; i++) if (arena[start + i] !== arena[used + i]) return false;
    return true;
  }

  private reserve(words: number): void {
    if (words <= this.arena.length) return;
    const grown = new Int32Array(this.arena.length * 2);
    grown.set(this.arena);
    this.arena = grown;
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
