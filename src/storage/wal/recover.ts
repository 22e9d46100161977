// Reads the WAL back after a stop and decides what a damaged place is: a torn write, which is cut off,
// or damage to durable bytes, which is never cut off: what it held is a hole in the log (replay.ts), and
// the rest is kept. Then makes the disk agree with the decision. Not here: how holes are filled.
// Keeps: nothing that a completed sync covered is ever cut off; nothing cut off ever comes back.
//
// Batches are flushed one at a time, each proves the one before durable, and a segment has a name
// only if its head is durable. So a crash can damage nothing but the one batch after the last proof.

import { assert } from '../../base/assert.js';
import { crc32c } from '../../base/crc32c.js';
import type { Disk, Fd } from '../../ports/disk.js';
import { FailStop } from '../../ports/process.js';
import {
  hasCode,
  mustWrite,
  ROOT_DIRECTORY,
  removeFile,
  syncDirectory,
  syncTwice,
  writeFully,
} from './disk-io.js';
import {
  alignSector,
  BATCH_HEADER_BYTES,
  type BatchHeader,
  type DecodedRecord,
  decodeRecords,
  readBatchHeader,
  SECTOR_BYTES,
} from './record.js';
import { corrupt, LogReplay } from './replay.js';
import {
  decodeSegmentHeader,
  isSealed,
  parseSegmentName,
  SEGMENT_FORMAT,
  type SegmentHeader,
  type SegmentName,
  segmentPath,
  WAL_DIRECTORY,
} from './segment.js';
import { writeZeros } from './spare-segment.js';
import type { WalConfig } from './wal.js';

/** What the directory holds, before anything in it was changed. */
export interface WalScan {
  /** The log's segments, oldest first, without a gap in their sequence. */
  readonly segments: readonly SegmentName[];
  /** Files to remove: spares, and segments whose unlinking was not durable. */
  readonly leftovers: readonly string[];
  readonly replay: LogReplay;
  readonly tail: WalTail;
}

/** The last segment. */
export interface WalTail {
  readonly fd: Fd;
  readonly bytes: Uint8Array;
  /** End of the last accepted batch, on a sector boundary: the next one goes here. */
  readonly cut: number;
  /** From here on all goes: the cut, or the end of a header there that alone proves what is before it. */
  readonly zeroFrom: number;
  /** From here to what goes the bytes are good but perhaps not on the media. */
  readonly rewriteFrom: number;
  readonly sequence: number;
  readonly chain: number;
  /** Whether some batch proves that the last accepted one is durable. */
  readonly confirmed: boolean;
}

/** One reading of all segments. */
interface Reading {
  readonly replay: LogReplay;
  readonly last: SegmentBytes;
  readonly tail: Omit<WalTail, 'fd' | 'bytes'>;
}

interface SegmentBytes {
  readonly bytes: Buffer;
  /** Starts of sectors that could not be read, and count as zeros. */
  readonly unreadable: readonly number[];
}

/** Splits the names in the WAL directory; null if there is no segment. Changes nothing. */
export function scanWal(disk: Disk, config: WalConfig, names: readonly string[]): WalScan | null {
  const found: SegmentName[] = [];
  const leftovers: string[] = [];
  for (const name of names) {
    const segment = parseSegmentName(name);
    if (segment !== null) found.push(segment);
    else if (name.endsWith('.tmp')) leftovers.push(`${WAL_DIRECTORY}/${name}`);
  }
  if (found.length === 0) return null;
  found.sort((a, b) => a.sequence - b.sequence || a.firstIndex - b.firstIndex);
  // Segments are released oldest first, but a power loss may undo some unlinks and not others: what
  // lies before a gap is such a leftover. Were it a lost file, the entries behind would not connect.
  let oldest = found.length - 1;
  while (oldest > 0 && found[oldest - 1]!.sequence === found[oldest]!.sequence - 1) oldest--;
  if (oldest > 0 && found[oldest - 1]!.sequence === found[oldest]!.sequence) {
    throw corrupt(`two segments have the sequence ${found[oldest]!.sequence}`);
  }
  for (const stale of found.slice(0, oldest)) leftovers.push(segmentPath(stale));
  const segments = found.slice(oldest);
  const { replay, last, tail } = readReliably(disk, config, segments);
  const path = segmentPath(segments.at(-1)!);
  const fd = reading(path, () => disk.open(path));
  return { segments, leftovers, replay, tail: { ...tail, fd, bytes: last.bytes } };
}

/**
 * A read can be wrong once (a stale or misdirected one), and a stale end of the log looks like no end at
 * all. So what looks damaged, and the end in any case, is read again; the reading that finds more counts.
 */
function readReliably(disk: Disk, config: WalConfig, segments: readonly SegmentName[]): Reading {
  const first = attempt(() => readSegments(disk, config, segments));
  if (!(first instanceof FailStop) && !first.replay.damaged) {
    const again = readSegment(disk, segments.at(-1)!);
    if (again.bytes.equals(first.last.bytes)) return first;
  }
  const second = attempt(() => readSegments(disk, config, segments));
  if (second instanceof FailStop) {
    if (first instanceof FailStop) throw second;
    return first;
  }
  if (first instanceof FailStop) return second;
  if (first.tail.sequence !== second.tail.sequence) {
    return first.tail.sequence > second.tail.sequence ? first : second;
  }
  return second.replay.damaged && !first.replay.damaged ? first : second;
}

function attempt(read: () => Reading): Reading | FailStop {
  try {
    return read();
  } catch (error) {
    if (error instanceof FailStop) return error;
    throw error;
  }
}

function readSegments(disk: Disk, config: WalConfig, segments: readonly SegmentName[]): Reading {
  const replay = new LogReplay(segments[0]!.firstIndex, config.memberId, config.clusterId);
  const reader = new BatchReader(replay);
  let last: SegmentBytes | null = null;
  for (const name of segments) {
    last = readSegment(disk, name);
    reader.enter(name, last, segmentHeader(last.bytes, name, config));
  }
  assert(last !== null, 'there is a last segment');
  const name = segments.at(-1)!;
  if (isSealed(last.bytes, name.sequence)) {
    throw corrupt(`${segmentPath(name)} says that another segment follows; it is gone`);
  }
  return { replay, last, tail: reader.tail() };
}

function readSegment(disk: Disk, name: SegmentName): SegmentBytes {
  const path = segmentPath(name);
  return reading(path, () => {
    const fd = disk.open(path);
    const bytes = Buffer.alloc(disk.size(fd));
    const unreadable: number[] = [];
    const end = readRange(disk, fd, bytes, 0, bytes.length, unreadable);
    disk.close(fd);
    return { bytes: bytes.subarray(0, end), unreadable };
  });
}

/** Fills [start, end) and returns where the file ends; sectors that cannot be read become zeros. */
function readRange(
  disk: Disk,
  fd: Fd,
  bytes: Buffer,
  start: number,
  end: number,
  unreadable: number[],
): number {
  let at = start;
  try {
    while (at < end) {
      const count = disk.pread(fd, bytes, at, end - at, at);
      if (count <= 0) return at;
      at += count;
    }
    return end;
  } catch (error) {
    if (!hasCode(error, 'EIO')) throw error;
  }
  if (end - start <= SECTOR_BYTES) {
    bytes.fill(0, start, end);
    unreadable.push(start);
    return end;
  }
  const middle = start + alignSector((end - start) / 2);
  const reached = readRange(disk, fd, bytes, start, middle, unreadable);
  return reached < middle ? reached : readRange(disk, fd, bytes, middle, end, unreadable);
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FailStop('disk-read', `cannot read ${path}`, error);
  }
}

/** The header of a segment; null if it is damaged. */
function segmentHeader(
  bytes: Uint8Array,
  name: SegmentName,
  config: WalConfig,
): SegmentHeader | null {
  const path = segmentPath(name);
  const header = decodeSegmentHeader(bytes);
  const segmentBytes = header?.segmentBytes ?? config.segmentBytes;
  if (bytes.length < segmentBytes) {
    throw corrupt(`${path} was cut to ${bytes.length} of ${segmentBytes} bytes`);
  }
  if (header === null) return null;
  if (header.format !== SEGMENT_FORMAT) {
    throw new FailStop('wrong-data', `${path} has format ${header.format}, not ${SEGMENT_FORMAT}`);
  }
  if (header.memberId !== config.memberId || header.clusterId !== config.clusterId) {
    throw new FailStop(
      'wrong-data',
      `${path} belongs to member ${header.memberId} of cluster ${header.clusterId}`,
    );
  }
  // A header of another segment is one that was written to the wrong place.
  return header.sequence === name.sequence && header.firstIndex === name.firstIndex ? header : null;
}

/** Walks the batches of all segments, over damage too. */
class BatchReader {
  private readonly replay: LogReplay;
  private segment = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private unreadable: readonly number[] = [];
  private at = 0;
  /** Of the last accepted batch; -1: there was none, and where the log begins is not known. */
  private sequence = -1;
  private chain = 0;
  /** Batches were lost since. */
  private gap = false;
  /** W: every batch up to here is proven durable. A segment's name proves its first batch. */
  private durableThrough = -1;
  /** Where the last proven batch of this segment begins; 0 for the first, whose header is as old. */
  private provenAt = 0;
  /** Where the batch after that begins. */
  private lastAt = 0;
  /** End of the header that the log falls back on. */
  private proofEnd = 0;

  constructor(replay: LogReplay) {
    this.replay = replay;
  }

  /** Applies what a segment holds. */
  enter(
    name: SegmentName,
    { bytes, unreadable }: SegmentBytes,
    header: SegmentHeader | null,
  ): void {
    this.segment = name.sequence;
    this.bytes = bytes;
    this.unreadable = unreadable;
    this.at = SECTOR_BYTES;
    // A damaged header is not written again: that would make of a bad reading a bad header.
    this.provenAt = header === null ? SECTOR_BYTES : 0;
    this.lastAt = this.provenAt;
    if (header !== null) {
      // A later segment exists only if the one before was durable to its end.
      const before = header.firstBatch - 1;
      if (this.sequence > before) throw corrupt(`segment ${name.sequence} repeats batches`);
      const follows = this.sequence === before && this.chain === header.previousChain;
      if (this.sequence >= 0 && !follows) this.gap = true;
      this.sequence = before;
      this.chain = header.previousChain;
    } else {
      this.replay.damaged = true;
      if (this.sequence < 0) this.gap = true;
    }
    const firstBatch = this.sequence + 1;
    this.durableThrough = Math.max(this.durableThrough, firstBatch);
    let isFirst = true;
    for (;;) {
      const batch = readBatchHeader(bytes, this.at);
      if (batch !== null && this.continues(batch)) this.accept(batch, isFirst);
      else if (!this.skipDamage(batch)) return;
      isFirst = false;
    }
  }

  private continues(batch: BatchHeader): boolean {
    return (
      batch.sequence === this.sequence + 1 &&
      batch.previousChain === this.chain &&
      this.isIntact(batch)
    );
  }

  private isIntact(batch: BatchHeader): boolean {
    return (
      batch.segment === this.segment &&
      batch.end <= this.bytes.length &&
      crc32c(this.bytes, batch.previousChain, batch.start + BATCH_HEADER_BYTES, batch.end) ===
        batch.chain
    );
  }

  private accept(batch: BatchHeader, isFirst: boolean): void {
    const { bytes, replay } = this;
    const records: DecodedRecord[] = [];
    const complete = decodeRecords(bytes, batch.start + BATCH_HEADER_BYTES, batch.end, records);
    if (!complete || records.length !== batch.count) {
      throw corrupt(`batch ${batch.sequence} passes its checksum but holds no records`);
    }
    if (this.gap) replay.resume(batch);
    else replay.expect(batch);
    for (const record of records) replay.apply(bytes, record);
    if (this.gap) {
      // What was damaged is not written again: the media may still have it for another reading.
      this.provenAt = batch.start;
      this.lastAt = batch.start;
    } else if (!isFirst) {
      this.provenAt = this.lastAt;
      this.lastAt = batch.start;
    }
    this.gap = false;
    this.durableThrough = Math.max(this.durableThrough, batch.durableThrough);
    this.sequence = batch.sequence;
    this.chain = batch.chain;
    this.at = alignSector(batch.end);
  }

  /**
   * Goes to the next intact batch of this segment; false if there is none. It was written only when all
   * before it was durable, so what lies between is damage and no torn write.
   */
  private skipDamage(broken: BatchHeader | null): boolean {
    for (const batch of this.laterHeaders(broken)) {
      if (batch.sequence <= this.sequence || !this.isIntact(batch)) continue;
      this.gap = true;
      this.at = batch.start;
      this.sequence = batch.sequence - 1;
      this.chain = batch.previousChain;
      return true;
    }
    return false;
  }

  /** Headers of later batches behind a place where none is accepted; their records may be damaged. */
  private *laterHeaders(broken: BatchHeader | null): Generator<BatchHeader> {
    const { bytes } = this;
    // Behind an intact header lies payload, which may be anything, even an image of a WAL.
    const skip = broken !== null && broken.sequence === this.sequence + 1;
    let at = skip ? alignSector(broken.end) : this.at;
    for (; at < bytes.length; at += SECTOR_BYTES) {
      const batch = readBatchHeader(bytes, at);
      if (batch !== null && batch.segment === this.segment) yield batch;
    }
  }

  /** Judges what lies behind the last accepted batch of the last segment. */
  tail(): Omit<WalTail, 'fd' | 'bytes'> {
    let proof: BatchHeader | null = null;
    for (const batch of this.laterHeaders(readBatchHeader(this.bytes, this.at))) {
      if (batch.durableThrough <= this.sequence) continue;
      if (proof === null || batch.sequence > proof.sequence) proof = batch;
    }
    if (proof !== null || this.gap || this.durableThrough > this.sequence) this.fallBackOn(proof);
    else {
      // No crash makes a sector unreadable: what was here may have been durable.
      const lost = this.unreadable.find((start) => start >= this.at);
      if (lost !== undefined) throw corrupt(`byte ${lost} behind the last batch cannot be read`);
    }
    const confirmed = this.durableThrough === this.sequence;
    return {
      cut: this.at,
      zeroFrom: Math.max(this.at, this.proofEnd),
      rewriteFrom: confirmed ? this.lastAt : this.provenAt,
      sequence: this.sequence,
      chain: this.chain,
      confirmed,
    };
  }

  /**
   * Batches that were durable are damaged, and none behind them is intact. The header of the one that
   * proves it still tells the log's end and the hard state; its own records may be torn. Without it the
   * newest vote is gone, so this member must not vote again.
   */
  private fallBackOn(proof: BatchHeader | null): void {
    if (proof === null) {
      throw corrupt(`batch ${this.sequence + 1} was durable, and nothing tells what it held`);
    }
    this.replay.resume(proof);
    this.gap = false;
    // It stays until another batch takes its place: after a crash before that, it has to prove the same again.
    this.proofEnd = proof.start + BATCH_HEADER_BYTES;
    this.at = proof.start;
    this.provenAt = proof.start;
    this.lastAt = proof.start;
    this.sequence = proof.sequence - 1;
    this.chain = proof.previousChain;
    this.durableThrough = this.sequence;
  }
}

/** Where the log continues after {@link repairWal}. */
export interface RepairedTail {
  readonly offset: number;
  readonly segmentSize: number;
}

/**
 * Makes the disk hold exactly what the scan accepted, durably, then calls `then`. Nothing may be
 * vouched for before that. With `sparing` it removes no segment: one that looks left over may be needed.
 */
export function repairWal(
  disk: Disk,
  scan: WalScan,
  sparing: boolean,
  then: (tail: RepairedTail) => void,
): void {
  for (const path of scan.leftovers) {
    if (path.endsWith('.tmp') || !sparing) removeFile(disk, path);
  }
  const { fd, bytes, cut, zeroFrom, rewriteFrom } = scan.tail;
  // After a failed sync the cache can hold good pages, marked clean, that never reached the media:
  // only writing them again makes the next sync cover them. A late error puts the last proven batch
  // in the same doubt.
  rewriteTail(disk, fd, bytes, rewriteFrom, zeroFrom);
  // Old bytes behind the cut must not be there when a shorter batch has taken their place.
  writeZeros(disk, fd, zeroFrom, bytes.length);
  syncTwice(disk, fd, 'the repaired segment', () => {
    // A kill between a rename and its sync leaves names that only the cache knows.
    syncDirectory(disk, WAL_DIRECTORY, () => {
      syncDirectory(disk, ROOT_DIRECTORY, () => then({ offset: cut, segmentSize: bytes.length }));
    });
  });
}

function rewriteTail(disk: Disk, fd: Fd, bytes: Uint8Array, start: number, end: number): void {
  // A segment with one huge batch may end between two sector boundaries.
  const length = Math.min(end, bytes.length) - start;
  writeFully(disk, fd, bytes, start, length, start);
}

/** Makes the empty directories of a new member durable. */
export function createDirectories(disk: Disk, paths: readonly string[], then: () => void): void {
  for (const path of paths) mustWrite(`create ${path}`, () => disk.mkdir(path));
  syncDirectory(disk, ROOT_DIRECTORY, then);
}
