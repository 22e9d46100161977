// One inode of the simulated disk: what the page cache shows, what the media holds, and the list of
// effects in between. Not here: names (disk-names.ts), faults and time (disk.ts), what a power loss
// does (disk-crash.ts). Keeps: a byte reaches the media only through a sync, a writeback or a crash.

import { assert } from '../base/assert.js';
import { mix } from '../base/hash.js';
import { chooseChance, pathKey } from './disk-choice.js';
import { type Damage, healRange } from './disk-damage.js';

export const PAGE_BYTES = 4096;
export const SECTOR_BYTES = 512;

/** Un-synced effects beyond this many per file are written back by the simulated kernel. */
const WRITEBACK_OPERATIONS = 4096;

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** One effect on a file that no sync has covered yet. */
export class PendingOp {
  /** Ordinal among the effects on this file. */
  readonly seq: number;
  /** The bytes [lo, hi) were written, or, by a cut, became zeros. Empty: only the size changed. */
  readonly lo: number;
  readonly hi: number;
  /** A truncation from `hi` to `lo` bytes. */
  readonly cut: boolean;
  /** Size of the file right after. */
  sizeAfter: number;
  /** What was written; null while the cache still holds it unchanged. */
  bytes: Uint8Array | null = null;
  /** Rewrites bytes that a sync claimed to have persisted and had not. */
  lied: boolean;
  /** A sync that covered it has reported success all the same: its page was dirty again by then. */
  promised = false;

  constructor(seq: number, lo: number, hi: number, cut: boolean, sizeAfter: number, lied: boolean) {
    this.seq = seq;
    this.lo = lo;
    this.hi = hi;
    this.cut = cut;
    this.sizeAfter = sizeAfter;
    this.lied = lied;
  }
}

/** Bytes that left the pending list without the promise of a successful sync. */
export interface UnvouchedRange {
  readonly lo: number;
  readonly hi: number;
  /** False: the cache is newer than the media here, although the pages count as clean. */
  readonly onMedia: boolean;
  /** The sync that should have persisted them reported success. */
  readonly promised: boolean;
  readonly lied: boolean;
  /** False: the next successful sync covers them, as no sync has failed. */
  readonly needsRewrite: boolean;
}

/** How a failed sync treated the pages it covered. */
export interface PartialSync {
  readonly written: number;
  readonly lost: number;
}

export class SimFile {
  /** Where the cached tree has it, or had it last. */
  label: string;
  labelKey: number;
  /** Whether a name in the cached tree leads here. */
  linked = true;
  openCount = 0;

  /** The page cache. Bytes past `size` are zeros. */
  cache: Buffer = NO_BYTES;
  private words: Int32Array = NO_WORDS;
  size = 0;

  /** The durable bytes but for [lazyLo, lazyHi); shorter than `mediaSize` means zeros. */
  private media: Buffer = NO_BYTES;
  mediaSize = 0;
  // Durable bytes not yet copied to `media`, because the cache holds them unchanged: a log that is
  // only appended to is copied once in a while instead of once a sync.
  private lazyLo = 0;
  private lazyHi = 0;

  private pending: PendingOp[] = [];
  private head = 0;
  private pendingBytesCount = 0;
  nextSeq = 0;
  /** No write at or above this position touches bytes that are pending or lazy. */
  private highWater = 0;
  /** Whether `lo` never decreases along the pending list. */
  private sorted = true;

  unvouched: UnvouchedRange[] | null = null;
  damage: Damage[] | null = null;
  /** Processes see no more bytes than this, unless it is negative: the file system lost the rest. */
  cutTo = -1;

  // errseq_t: every open handle learns of an error once, and the first one opened after an error
  // that nobody has seen learns of it too.
  errorCount = 0;
  errorTold = true;
  /** The next sync fails and writes nothing (ext4 data=journal). */
  delayedError = false;
  /** When the last sync issued will complete; syncs of one file complete in order. */
  lastSyncAtUs = 0;

  // Bytes of successful syncs that no later write in this file, itself synced, has confirmed yet:
  // bounding ranges of two generations. `ripening` is confirmed by any effect from `ripeSeq` on.
  private ripeningLo = 0;
  private ripeningHi = 0;
  private ripeSeq = 0;
  private freshLo = 0;
  private freshHi = 0;

  constructor(label: string) {
    this.label = label;
    this.labelKey = pathKey(label);
  }

  relabel(label: string): void {
    this.label = label;
    this.labelKey = pathKey(label);
  }

  // ---- the cache side -------------------------------------------------------------------------

  /** Writes to the cache. O(bytes), plus O(pending) when it rewrites what is not yet on the media. */
  write(view: Uint8Array, position: number): void {
    let lo = position;
    let hi = position + view.length;
    let lied = false;
    const size = Math.max(hi, this.size);
    if (this.cutTo >= 0 && hi > this.cutTo) this.cutTo = -1;
    if (this.unvouched !== null) {
      // A page is written whole: what an earlier sync lost of it goes out again.
      for (const range of this.unvouched) {
        if (range.onMedia || !samePage(range, position, hi)) continue;
        lo = Math.min(lo, Math.max(range.lo, pageFloor(position)));
        hi = Math.max(hi, Math.min(range.hi, pageCeiling(position + view.length), size));
        if (range.lied) lied = true;
      }
      this.forgetUnvouched(position, position + view.length, lo, hi);
    }
    if (lo < this.highWater) this.protect(lo, hi);
    if (hi > this.cache.length) this.reserve(hi);
    if (this.damage !== null) this.damage = healRange(this.damage, position, hi);
    this.cache.set(view, position);
    this.size = size;
    this.push(new PendingOp(this.nextSeq++, lo, hi, false, size, lied));
  }

  /** Cuts, or extends by zeros. */
  truncate(size: number): void {
    this.cutTo = -1;
    if (size === this.size) return;
    if (size > this.size) {
      if (size > this.cache.length) this.reserve(size);
      this.size = size;
      this.push(new PendingOp(this.nextSeq++, size, size, false, size, false));
      return;
    }
    const old = this.size;
    this.protect(size, old);
    this.cache.fill(0, size, old);
    this.size = size;
    if (this.damage !== null) this.damage = healRange(this.damage, size, old);
    if (this.unvouched !== null) this.forgetUnvouched(size, old, size, old);
    this.push(new PendingOp(this.nextSeq++, size, old, true, size, false));
  }

  /**
   * A hash of the cached words that hold [lo, hi), in four lanes: about 0.15 ns a byte. Changing any
   * one word changes it; it is no protection against an adversary.
   */
  digest(lo: number, hi: number): number {
    const { words } = this;
    let at = lo >>> 2;
    const end = (hi + 3) >>> 2;
    let a = 0x2545f491;
    let b = 0x51ed270b;
    let c = 0x3c6ef372;
    let d = 0x1b873593;
    const whole = end - 3;
    while (at < whole) {
      a = Math.imul(((a << 13) | (a >>> 19)) ^ words[at]!, 0x2c1b3c6d);
      b = Math.imul(((b << 13) | (b >>> 19)) ^ words[at + 1]!, 0x297a2d39);
      c = Math.imul(((c << 13) | (c >>> 19)) ^ words[at + 2]!, 0x5bd1e995);
      d = Math.imul(((d << 13) | (d >>> 19)) ^ words[at + 3]!, 0x27d4eb2f);
      at += 4;
    }
    for (; at < end; at++) a = Math.imul(((a << 13) | (a >>> 19)) ^ words[at]!, 0x2c1b3c6d);
    return mix(mix(a, b), mix(c, d));
  }

  // ---- from the cache to the media --------------------------------------------------------------

  /** Bytes written and not yet covered by a completed sync. */
  pendingBytes(): number {
    return this.pendingBytesCount;
  }

  /** The pending effects, oldest first, as a fresh list. */
  pendingOps(): PendingOp[] {
    return this.pending.slice(this.head);
  }

  hasPending(): boolean {
    return this.head < this.pending.length;
  }

  hasPendingBefore(coveredSeq: number): boolean {
    const first = this.pending[this.head];
    return first !== undefined && first.seq < coveredSeq;
  }

  /**
   * Makes durable every effect before `coveredSeq`, and the size after the last of them. `dataOnly`
   * (fdatasync) persists the size only if it grew: a file cut short may come back long, with any
   * bytes of its old tail. `vouched`: a process was told of success, so it may rely on it.
   */
  persist(coveredSeq: number, dataOnly: boolean, vouched: boolean): void {
    const { pending } = this;
    const before = this.mediaSize;
    const sizeAtCall = this.sizeBefore(coveredSeq);
    const tail = dataOnly && sizeAtCall < before ? this.mediaView(sizeAtCall, before) : null;
    let lo = Number.MAX_SAFE_INTEGER;
    let hi = 0;
    let head = this.head;
    while (head < pending.length) {
      const op = pending[head]!;
      if (op.seq >= coveredSeq) break;
      head++;
      this.persistOp(op);
      if (op.lo < lo) lo = op.lo;
      if (op.hi > hi) hi = op.hi;
      if (!vouched) this.addUnvouched(op.lo, op.hi, true, false, false, false);
      // Written after what left the list without a promise, so these bytes have one now.
      else if (this.unvouched !== null) this.forgetUnvouched(op.lo, op.hi, op.lo, op.hi);
    }
    this.mediaSize = sizeAtCall;
    this.head = head;
    if (head === pending.length) {
      // To set the length would cost a call into the runtime at every sync.
      while (pending.length > 0) pending.pop();
      this.head = 0;
      this.sorted = true;
    } else if (head > 64 && head * 2 > pending.length) {
      pending.splice(0, head);
      this.head = 0;
    }
    if (tail !== null) {
      this.mediaWrite(tail, sizeAtCall);
      this.mediaSize = before;
      this.restore([
        new PendingOp(coveredSeq - 1, sizeAtCall, before, true, sizeAtCall, false),
        ...this.pendingOps(),
      ]);
    }
    if (!vouched) return;
    if (this.unvouched !== null) this.vouch(coveredSeq);
    if (sizeAtCall > before) {
      // A gap that the file grew over is as new as what was written behind it.
      if (before < lo) lo = before;
      if (sizeAtCall > hi) hi = sizeAtCall;
    }
    if (hi > 0) this.ripen(coveredSeq, lo, hi);
  }

  /**
   * A sync that failed, or lied: each covered page reaches the media or not, all of them are clean
   * afterwards, and the size is persisted. Pages written to again since the sync was issued stay dirty.
   */
  persistSome(coveredSeq: number, lied: boolean, key: number): PartialSync {
    const ops = this.pendingOps();
    const sizeAtCall = this.sizeBefore(coveredSeq);
    const later = ops.filter((op) => op.seq >= coveredSeq);
    // Effects on both sides of a cut cannot trade places; then no page counts as dirty again.
    const redirtying = ops.some((op) => op.cut) ? [] : later;
    const left: PendingOp[] = [];
    const written = new Set<number>();
    const lost = new Set<number>();
    this.settle();
    for (const op of ops) {
      if (op.seq >= coveredSeq) break;
      if (op.cut) {
        this.persistOp(op);
        continue;
      }
      for (let lo = op.lo; lo < op.hi; lo = pageFloor(lo) + PAGE_BYTES) {
        const page = Math.floor(lo / PAGE_BYTES);
        const hi = Math.min(op.hi, (page + 1) * PAGE_BYTES);
        const bytes = this.bytesOf(op, lo, hi);
        if (redirtying.some((other) => touchesPage(other, page))) {
          const kept = new PendingOp(op.seq, lo, hi, false, sizeAtCall, lied || op.lied);
          kept.promised = lied || op.promised;
          kept.bytes = Buffer.from(bytes);
          left.push(kept);
        } else if (chooseChance(key, page, 500_000)) {
          written.add(page);
          this.mediaWrite(bytes, lo);
          if (!lied) this.addUnvouched(lo, hi, true, false, false, true);
        } else {
          lost.add(page);
          this.addUnvouched(lo, hi, false, lied, lied || op.lied, true);
        }
      }
    }
    this.mediaSize = sizeAtCall;
    this.restore([...left, ...later]);
    return { written: written.size, lost: lost.size };
  }

  /** A failed sync on a copy-on-write file system: the covered effects never happened. */
  revert(coveredSeq: number): void {
    const ops = this.pendingOps();
    for (const op of ops) {
      if (op.seq >= coveredSeq) break;
      this.addUnvouched(op.lo, op.hi, true, false, op.lied, true);
    }
    this.rebuild(ops.filter((op) => op.seq >= coveredSeq));
  }

  /**
   * Background writeback of one page fails: the page is clean and its changes are lost to the media.
   * The size is persisted with the next sync, unless `revert` takes the page back in the cache as well.
   */
  losePage(page: number, revert: boolean): void {
    const pageLo = page * PAGE_BYTES;
    const pageHi = pageLo + PAGE_BYTES;
    const left: PendingOp[] = [];
    for (const op of this.pendingOps()) {
      if (op.cut || op.hi <= pageLo || op.lo >= pageHi) {
        left.push(op);
        continue;
      }
      this.addUnvouched(
        Math.max(op.lo, pageLo),
        Math.min(op.hi, pageHi),
        revert,
        false,
        op.lied,
        true,
      );
      let kept = false;
      if (op.lo < pageLo) {
        left.push(this.part(op, op.lo, pageLo));
        kept = true;
      }
      if (op.hi > pageHi) {
        left.push(this.part(op, pageHi, op.hi));
        kept = true;
      }
      if (!kept && !revert) left.push(this.part(op, op.hi, op.hi));
    }
    if (revert) this.rebuild(left);
    else this.restore(left);
  }

  /**
   * A sync that writes everything and still reports an older error: its process may not rely on the
   * bytes it covers before it has written them again.
   */
  condemn(coveredSeq: number): void {
    for (const op of this.pendingOps()) {
      if (op.seq < coveredSeq) this.addUnvouched(op.lo, op.hi, true, false, false, true);
    }
  }

  /** A new error that every open handle will be told of. */
  raiseError(): void {
    this.errorCount++;
    this.errorTold = false;
  }

  // ---- what a power loss needs ------------------------------------------------------------------

  /** Copies [lo, hi) of the media, as it is now, into `target`. */
  readMediaInto(target: Uint8Array, lo: number, hi: number): void {
    this.settle();
    const available = Math.max(0, Math.min(hi, this.media.length) - lo);
    if (available > 0) target.set(this.media.subarray(lo, lo + available));
    if (available < hi - lo) target.fill(0, available, hi - lo);
  }

  /** The bytes [lo, hi) that `op` wrote. */
  bytesOf(op: PendingOp, lo: number, hi: number): Uint8Array {
    assert(lo >= op.lo && hi <= op.hi, 'an effect is asked for bytes it did not write');
    if (op.cut) return new Uint8Array(hi - lo);
    if (op.bytes === null) return this.cache.subarray(lo, hi);
    return op.bytes.subarray(lo - op.lo, hi - op.lo);
  }

  /** Replaces media bytes outright: the outcome of a crash. */
  mediaWrite(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.media.length) this.reserveMedia(end);
    this.media.set(bytes, position);
  }

  /** The machine starts again with `mediaSize` bytes: the cache is what the media holds, nothing is dirty. */
  reboot(mediaSize: number): void {
    this.settle();
    const unconfirmedLo = this.unconfirmedLo();
    const unconfirmedHi = this.unconfirmedHi();
    if (this.media.length > mediaSize) this.media.fill(0, mediaSize);
    this.mediaSize = mediaSize;
    this.restore([]);
    this.copyMediaToCache();
    this.unvouched = null;
    this.errorCount = 0;
    this.errorTold = true;
    this.delayedError = false;
    this.lastSyncAtUs = 0;
    this.openCount = 0;
    this.ripeningLo = 0;
    this.ripeningHi = 0;
    this.ripeSeq = this.nextSeq;
    this.freshLo = unconfirmedLo;
    this.freshHi = unconfirmedHi;
    if (this.damage !== null) {
      this.damage = healRange(this.damage, mediaSize, Number.MAX_SAFE_INTEGER);
    }
  }

  /** A copy of the durable content, without damage. */
  mediaContent(): Uint8Array {
    const content = new Uint8Array(this.mediaSize);
    this.readMediaInto(content, 0, this.mediaSize);
    return content;
  }

  // ---- questions ----------------------------------------------------------------------------------

  /**
   * Whether [start, end) was covered by a sync that reported success after the bytes were written.
   * O(1) for bytes before everything pending, as in a log.
   */
  promises(start: number, end: number): boolean {
    if (end > this.mediaSize || end > this.size) return false;
    const { pending, head } = this;
    if (head < pending.length && (!this.sorted || pending[head]!.lo < end)) {
      for (let i = head; i < pending.length; i++) {
        const op = pending[i]!;
        if (op.lo < end && op.hi > start && !op.promised) return false;
      }
    }
    if (this.unvouched !== null) {
      for (const range of this.unvouched) {
        if (!range.promised && range.lo < end && range.hi > start) return false;
      }
    }
    return true;
  }

  /**
   * Whether all of [start, end) is promised and a later write to this file was synced as well, so that
   * a log can tell damage here from a write that never completed.
   */
  confirms(start: number, end: number): boolean {
    if (!this.promises(start, end)) return false;
    if (start < this.ripeningHi && end > this.ripeningLo) return false;
    if (start < this.freshHi && end > this.freshLo) return false;
    if (this.unvouched === null) return true;
    return !this.unvouched.some((range) => range.lo < end && range.hi > start);
  }

  /** A file that got its name by a durable rename was complete before: all it holds is confirmed. */
  confirmAll(): void {
    this.ripeningHi = 0;
    this.ripeningLo = 0;
    this.freshHi = 0;
    this.freshLo = 0;
  }

  /** A sync reported success for bytes that are on no media and were not rewritten durably since. */
  hasLie(): boolean {
    if (this.unvouched?.some((range) => range.lied)) return true;
    return this.pendingOps().some((op) => op.lied);
  }

  // ---- internals ----------------------------------------------------------------------------------

  /** The size after the last effect before `coveredSeq`. */
  private sizeBefore(coveredSeq: number): number {
    const { pending } = this;
    let size = this.mediaSize;
    for (let i = this.head; i < pending.length; i++) {
      const op = pending[i]!;
      if (op.seq >= coveredSeq) break;
      size = op.sizeAfter;
    }
    return size;
  }

  private push(op: PendingOp): void {
    const { pending } = this;
    if (pending.length > this.head && op.lo < pending[pending.length - 1]!.lo) this.sorted = false;
    pending.push(op);
    this.pendingBytesCount += op.hi - op.lo;
    if (op.hi > this.highWater) this.highWater = op.hi;
    if (pending.length - this.head > WRITEBACK_OPERATIONS) this.writeBackHalf();
  }

  // Background writeback, in order: one of the outcomes that a crash may choose anyway.
  private writeBackHalf(): void {
    const first = this.pending[this.head]!;
    const last = this.pending[this.head + WRITEBACK_OPERATIONS / 2]!;
    assert(first.seq < last.seq, 'the pending list is ordered', { first: first.seq });
    this.persist(last.seq, false, false);
  }

  private persistOp(op: PendingOp): void {
    const { lo, hi } = op;
    this.pendingBytesCount -= hi - lo;
    if (op.cut) {
      this.settle();
      if (lo < this.media.length) this.media.fill(0, lo);
    } else if (op.bytes !== null) {
      this.mediaWrite(op.bytes, lo);
    } else if (lo < hi) {
      if (lo >= this.lazyHi && this.bridges(this.lazyHi, lo)) {
        this.lazyHi = hi;
      } else {
        this.settle();
        this.lazyLo = lo;
        this.lazyHi = hi;
      }
    }
  }

  /** Whether the lazy range may include the gap [lo, hi) behind it, because cache and media agree there. */
  private bridges(lo: number, hi: number): boolean {
    if (lo === 0 || hi - lo > PAGE_BYTES) return false;
    return hi === lo || (this.sorted && this.unvouched === null);
  }

  /** Copies the lazy range, which nothing has overwritten, to the media. */
  settle(): void {
    const { lazyLo, lazyHi } = this;
    if (lazyLo === lazyHi) return;
    this.lazyLo = 0;
    this.lazyHi = 0;
    this.mediaWrite(this.cache.subarray(lazyLo, lazyHi), lazyLo);
  }

  /** Before [lo, hi) changes in the cache: copies what pending effects and the media still need of it. */
  private protect(lo: number, hi: number): void {
    if (lo < this.lazyHi && hi > this.lazyLo) this.settle();
    let highest = this.lazyHi;
    const { pending } = this;
    for (let i = this.head; i < pending.length; i++) {
      const op = pending[i]!;
      if (op.hi > highest) highest = op.hi;
      if (op.bytes !== null || op.cut || op.lo >= hi || op.hi <= lo || op.lo === op.hi) continue;
      op.bytes = Buffer.from(this.cache.subarray(op.lo, op.hi));
    }
    this.highWater = highest;
  }

  private part(op: PendingOp, lo: number, hi: number): PendingOp {
    const part = new PendingOp(op.seq, lo, hi, false, op.sizeAfter, op.lied);
    part.promised = op.promised;
    if (lo < hi) part.bytes = Buffer.from(this.bytesOf(op, lo, hi));
    return part;
  }

  /** Takes `ops` for the pending list. */
  private restore(ops: PendingOp[]): void {
    this.pending = ops;
    this.head = 0;
    this.sorted = ops.length === 0;
    this.highWater = this.lazyHi;
    this.pendingBytesCount = 0;
    for (const op of ops) {
      this.pendingBytesCount += op.hi - op.lo;
      if (op.hi > this.highWater) this.highWater = op.hi;
    }
  }

  /** Makes the cache what the media and `ops` give, and `ops` the pending list. */
  private rebuild(ops: PendingOp[]): void {
    for (const op of ops) {
      if (op.bytes === null && !op.cut) op.bytes = Buffer.from(this.bytesOf(op, op.lo, op.hi));
    }
    this.settle();
    this.copyMediaToCache();
    const kept: PendingOp[] = [];
    for (const op of ops) {
      if (!op.cut) {
        this.reserve(Math.max(op.hi, op.sizeAfter));
        if (op.bytes !== null) this.cache.set(op.bytes, op.lo);
        this.size = Math.max(this.size, op.hi);
        op.sizeAfter = this.size;
        kept.push(op);
      } else if (op.lo < this.size) {
        // It cuts what there is now, which may be more than there was.
        kept.push(new PendingOp(op.seq, op.lo, this.size, true, op.lo, false));
        this.cache.fill(0, op.lo);
        this.size = op.lo;
      }
    }
    this.restore(kept);
  }

  private copyMediaToCache(): void {
    this.size = this.mediaSize;
    this.reserve(this.size);
    const count = Math.min(this.media.length, this.size);
    this.cache.set(this.media.subarray(0, count));
    this.cache.fill(0, count);
  }

  private mediaView(lo: number, hi: number): Uint8Array {
    const view = new Uint8Array(hi - lo);
    this.readMediaInto(view, lo, hi);
    return view;
  }

  private reserve(count: number): void {
    if (count <= this.cache.length) return;
    let capacity = Math.max(this.cache.length * 2, PAGE_BYTES);
    while (capacity < count) capacity *= 2;
    const grown = Buffer.from(new ArrayBuffer(capacity));
    grown.set(this.cache);
    this.cache = grown;
    this.words = new Int32Array(grown.buffer);
  }

  private reserveMedia(count: number): void {
    let capacity = Math.max(this.media.length * 2, this.cache.length, PAGE_BYTES);
    while (capacity < count) capacity *= 2;
    const grown = Buffer.from(new ArrayBuffer(capacity));
    grown.set(this.media);
    this.media = grown;
  }

  private ripen(coveredSeq: number, lo: number, hi: number): void {
    if (this.freshHi === 0) {
      this.freshLo = lo;
      this.freshHi = hi;
    } else {
      this.freshLo = Math.min(this.freshLo, lo);
      this.freshHi = Math.max(this.freshHi, hi);
    }
    if (coveredSeq <= this.ripeSeq) return;
    this.ripeningLo = this.freshLo;
    this.ripeningHi = this.freshHi;
    this.ripeSeq = this.nextSeq;
    this.freshLo = 0;
    this.freshHi = 0;
  }

  private unconfirmedLo(): number {
    let lo = Number.MAX_SAFE_INTEGER;
    if (this.ripeningHi > 0) lo = this.ripeningLo;
    if (this.freshHi > 0) lo = Math.min(lo, this.freshLo);
    for (const op of this.pendingOps()) lo = Math.min(lo, op.lo);
    return lo === Number.MAX_SAFE_INTEGER ? 0 : lo;
  }

  private unconfirmedHi(): number {
    let hi = Math.max(this.ripeningHi, this.freshHi);
    for (const op of this.pendingOps()) hi = Math.max(hi, op.hi);
    return hi;
  }

  private addUnvouched(
    lo: number,
    end: number,
    onMedia: boolean,
    promised: boolean,
    lied: boolean,
    needsRewrite: boolean,
  ): void {
    // What was cut off meanwhile concerns nobody.
    const hi = Math.min(end, this.size);
    if (lo >= hi) return;
    this.unvouched ??= [];
    const last = this.unvouched[this.unvouched.length - 1];
    if (
      last !== undefined &&
      last.hi === lo &&
      last.onMedia === onMedia &&
      last.promised === promised &&
      last.lied === lied &&
      last.needsRewrite === needsRewrite
    ) {
      this.unvouched[this.unvouched.length - 1] = { ...last, hi };
      return;
    }
    this.unvouched.push({ lo, hi, onMedia, promised, lied, needsRewrite });
  }

  /** A successful sync covers what was merely interrupted. */
  private vouch(coveredSeq: number): void {
    const left: UnvouchedRange[] = [];
    for (const range of this.unvouched!) {
      if (range.needsRewrite) left.push(range);
      else this.ripen(coveredSeq, range.lo, range.hi);
    }
    this.unvouched = left.length === 0 ? null : left;
  }

  /** [lo, hi) was written; of ranges missing on the media, all of [pageLo, pageHi) is dirty again. */
  private forgetUnvouched(lo: number, hi: number, pageLo: number, pageHi: number): void {
    const left: UnvouchedRange[] = [];
    for (const range of this.unvouched!) {
      const from = range.onMedia ? lo : pageLo;
      const to = range.onMedia ? hi : pageHi;
      if (range.hi <= from || range.lo >= to) {
        left.push(range);
        continue;
      }
      if (range.lo < from) left.push({ ...range, hi: from });
      if (range.hi > to) left.push({ ...range, lo: to });
    }
    this.unvouched = left.length === 0 ? null : left;
  }
}

function pageFloor(position: number): number {
  return position - (position % PAGE_BYTES);
}

function pageCeiling(position: number): number {
  return pageFloor(position + PAGE_BYTES - 1);
}

function touchesPage(op: PendingOp, page: number): boolean {
  return op.lo < (page + 1) * PAGE_BYTES && op.hi > page * PAGE_BYTES;
}

function samePage(range: UnvouchedRange, lo: number, hi: number): boolean {
  return range.lo < pageCeiling(hi) && range.hi > pageFloor(lo);
}
