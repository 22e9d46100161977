// A rolling 64-bit hash in two int32 lanes: it witnesses that two runs are the same run.
// Not here: protection against an adversary, or against damage on disk (see crc32c.ts).

/** Folds integers, bytes and text into two lanes. Cheap enough to run after every event. */
export class RunningHash {
  private a = 0x2545f491 | 0;
  private b = 0x9e3779b9 | 0;

  /** Folds the low 32 bits of `value`. */
  int(value: number): void {
    this.a = Math.imul(this.a ^ value, 0x85ebca6b);
    this.a = (this.a << 13) | (this.a >>> 19);
    this.b = (Math.imul(this.b, 5) + 0x52dce729) ^ this.a;
  }

  /** Folds any safe integer. */
  number(value: number): void {
    this.int(value | 0);
    this.int(Math.floor(value / 4294967296));
  }

  /** Two words at a time in chains of their own: a single chain would wait for every multiplication. */
  bytes(source: Uint8Array, start = 0, end = source.length): void {
    let even = this.a;
    let odd = this.b;
    let at = start;
    for (; at + 8 <= end; at += 8) {
      even ^=
        source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
      odd ^=
        source[at + 4]! |
        (source[at + 5]! << 8) |
        (source[at + 6]! << 16) |
        (source[at + 7]! << 24);
      even = Math.imul(even, 0x85ebca6b);
      odd = Math.imul(odd, 0xcc9e2d51);
      even = (even << 13) | (even >>> 19);
      odd = (odd << 15) | (odd >>> 17);
    }
    this.a = even;
    this.b = odd;
    // Up to seven bytes are left: two words, and the length keeps their zeros apart.
    let low = 0;
    let high = 0;
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low |= source[at]! << shift;
      else high |= source[at]! << (shift - 32);
    }
    this.int(low);
    this.int(high);
    this.int(end - start);
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.int(value.charCodeAt(i));
    this.int(value.length);
  }

  /** The first lane, as an int32: enough to compare two runs event by event. */
  low(): number {
    // Not a ^ b: the last fold put a into b, so the two would cancel it out.
    return this.a;
  }

  /** Both lanes as 16 hex digits. */
  hex(): string {
    return hex32(this.a) + hex32(this.b);
  }

  reset(): void {
    this.a = 0x2545f491 | 0;
    this.b = 0x9e3779b9 | 0;
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** Mixes integers into an int32 (murmur3's finaliser): equal inputs, equal output, no state kept. */
export function mix(seed: number, value: number): number {
  let h = Math.imul(seed ^ value, 0xcc9e2d51);
  h = (h << 15) | (h >>> 17);
  h = Math.imul(h, 0x1b873593) ^ seed;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
