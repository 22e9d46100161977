// Little-endian binary writer and reader: the one codec behind WAL records, snapshots and messages.
// Integers of 64 bits are two u32 halves and must be safe integers; the writer asserts it.

import { assert } from './assert.js';
import type { ByteString } from './ids.js';

const TWO_POW_32 = 4294967296;

/** Thrown by {@link ByteReader} on input that ends early or names an impossible length. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Appends to a growing buffer that is reused between messages: call {@link reset}, write, take {@link bytes}. */
export class ByteWriter {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  reset(): void {
    this.length = 0;
  }

  /** The bytes written so far, as a view: valid until the next {@link reset}. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.putU32(value);
  }

  /** A non-negative safe integer, as 8 bytes. */
  u64(value: number): void {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      assert(false, 'u64 needs a safe integer', { value });
    }
    this.reserve(8);
    if (value < TWO_POW_32) {
      // Nearly always; and a remainder of doubles costs more than the whole rest.
      this.putU32(value);
      this.putU32(0);
    } else {
      this.putU32(value % TWO_POW_32);
      this.putU32(Math.floor(value / TWO_POW_32));
    }
  }

  /** Any safe integer: a byte for the sign, then 8 for the magnitude. */
  i64(value: number): void {
    this.u8(value < 0 ? 1 : 0);
    this.u64(value < 0 ? -value : value);
  }

  /** Raw bytes, without a length. */
  raw(source: Uint8Array): void {
    const count = source.length;
    this.reserve(count);
    // Below about 64 bytes a loop beats the call into the runtime.
    if (count <= 64) {
      const { buffer, length } = this;
      for (let i = 0; i < count; i++) buffer[length + i] = source[i]!;
    } else {
      this.buffer.set(source, this.length);
    }
    this.length += count;
  }

  /** A u32 length, then the bytes. */
  bytesField(source: Uint8Array): void {
    this.u32(source.length);
    this.raw(source);
  }

  /** A u32 length, then one byte a code unit. Code units above 255 are our bug. */
  string(text: ByteString): void {
    const count = text.length;
    this.reserve(count + 4);
    this.putU32(count);
    if (count <= 24) {
      for (let i = 0; i < count; i++) {
        const unit = text.charCodeAt(i);
        assert(unit < 256, 'a byte string holds code units below 256');
        this.buffer[this.length + i] = unit;
      }
    } else {
      this.buffer.latin1Write(text, this.length, count);
    }
    this.length += count;
  }

  private putU32(value: number): void {
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = value;
    buffer[at++] = value >>> 8;
    buffer[at++] = value >>> 16;
    buffer[at++] = value >>> 24;
    this.length = at;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** Reads what {@link ByteWriter} wrote. Every method throws {@link DecodeError} past the end. */
export class ByteReader {
  private source: Buffer;
  private end: number;
  at: number;

  constructor(source: Uint8Array, start = 0, end = source.length) {
    this.source = asBuffer(source);
    this.at = start;
    this.end = end;
  }

  /** Points this reader at other bytes, so that one reader serves a hot path. */
  use(source: Uint8Array, start = 0, end = source.length): this {
    this.source = asBuffer(source);
    this.at = start;
    this.end = end;
    return this;
  }

  remaining(): number {
    return this.end - this.at;
  }

  u8(): number {
    const at = this.take(1);
    return this.source[at]!;
  }

  u32(): number {
    const at = this.take(4);
    const s = this.source;
    return (s[at]! | (s[at + 1]! << 8) | (s[at + 2]! << 16) | (s[at + 3]! << 24)) >>> 0;
  }

  u64(): number {
    const low = this.u32();
    const high = this.u32();
    // Nearly always; and V8 would keep the result of a product in a box of its own, for good.
    if (high === 0) return low;
    if (high >= 0x200000) throw new DecodeError(`u64 above 2^53 at byte ${this.at - 8}`);
    return high * TWO_POW_32 + low;
  }

  i64(): number {
    const negative = this.u8() !== 0;
    const magnitude = this.u64();
    return negative && magnitude !== 0 ? -magnitude : magnitude;
  }

  /** A view of the next `count` bytes: copy it if it must outlive the source. */
  raw(count: number): Uint8Array {
    const at = this.take(count);
    return this.source.subarray(at, at + count);
  }

  bytesField(): Uint8Array {
    return this.raw(this.u32());
  }

  /** As {@link bytesField}, copied: it outlives the source. */
  bytesCopy(slab: Slab): Uint8Array {
    const count = this.u32();
    const at = this.take(count);
    return slab.copy(this.source, at, at + count);
  }

  string(): ByteString {
    const count = this.u32();
    const at = this.take(count);
    if (count === 0) return '';
    return this.source.latin1Slice(at, at + count);
  }

  /** Throws unless everything was read: trailing bytes mean that writer and reader disagree. */
  expectEnd(): void {
    if (this.at !== this.end) throw new DecodeError(`${this.end - this.at} bytes left over`);
  }

  private take(count: number): number {
    const { at } = this;
    if (count > this.end - at) {
      throw new DecodeError(`${count} bytes wanted at byte ${at}, ${this.end - at} left`);
    }
    this.at = at + count;
    return at;
  }
}

function asBuffer(source: Uint8Array): Buffer {
  if (Buffer.isBuffer(source)) return source;
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}

const SLAB_BYTES_MIN = 4096;
const SLAB_BYTES_MAX = 65536;

/**
 * Copies small byte strings into shared slabs: a fresh Uint8Array above 64 bytes costs V8 300 to
 * 500 ns, a view into a slab about 30. A slab lives as long as any view into it.
 */
export class Slab {
  private slab: Buffer | null = null;
  /** Of the next slab: they grow, because many a slab's owner lives briefly. */
  private slabBytes = SLAB_BYTES_MIN;
  private used = 0;

  copy(source: Uint8Array, start = 0, end: number = source.length): Uint8Array {
    const count = end - start;
    if (count > this.slabBytes / 4) {
      return Buffer.from(source.subarray(start, end));
    }
    let { slab } = this;
    if (slab === null || this.used + count > slab.length) {
      slab = Buffer.allocUnsafeSlow(this.slabBytes);
      this.slab = slab;
      this.slabBytes = Math.min(this.slabBytes * 4, SLAB_BYTES_MAX);
      this.used = 0;
    }
    const at = this.used;
    this.used += count;
    if (count <= 64) for (let i = 0; i < count; i++) slab[at + i] = source[start + i]!;
    else slab.set(source.subarray(start, end), at);
    return slab.subarray(at, at + count);
  }
}
