// Reads the WAL back after a stop and decides what a damaged place is: a torn write, which is cut off,
// or corruption of durable bytes, which must never be. Then makes the disk agree with the decision.
// Keeps: nothing that a completed sync covered is ever cut off; nothing cut off ever comes back.
//
// Batches are flushed one at a time, each proves the one before durable, and a segment has a name
// only if its head is durable. So a crash can damage nothing but the one batch after the last proof.

import { assert } from '../../base/assert.js';
import { crc32c } from '../../base/crc32c.js';
import type { Disk, Fd } from '../../ports/disk.js';
import { FailStop } from '../../ports/process.js';
import {
  mustWrite,
  ROOT_DIRECTORY,
  readFully,
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
  /** End of the last accepted batch, on a sector boundary: all behind it goes. */
  readonly cut: number;
  /** From here to the cut the bytes are good but perhaps not on the media. */
  readonly rewriteFrom: number;
  readonly sequence: number;
  readonly chain: number;
  /** Whether some batch proves that the last accepted one is durable. */
  readonly confirmed: boolean;
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
  return { segments, leftovers, ...readSegments(disk, config, segments) };
}

function readSegments(
  disk: Disk,
  config: WalConfig,
  segments: readonly SegmentName[],
): { replay: LogReplay; tail: WalTail } {
  const replay = new LogReplay(segments[0]!.firstIndex, config.memberId, config.clusterId);
  let reader: SegmentReader | null = null;
  for (const name of segments) {
    const { fd, bytes } = readSegment(disk, name);
    const header = expectHeader(bytes, name, config);
    if (reader !== null) {
      reader.expectFollowedBy(header, replay);
      disk.close(reader.fd);
    }
    reader = new SegmentReader(fd, bytes, header);
    reader.acceptBatches(replay);
  }
  assert(reader !== null, 'there is a last segment');
  return { replay, tail: reader.tail() };
}

function readSegment(disk: Disk, name: SegmentName): { fd: Fd; bytes: Uint8Array } {
  const path = segmentPath(name);
  try {
    const fd = disk.open(path);
    const bytes = Buffer.alloc(disk.size(fd));
    const count = readFully(disk, fd, bytes, bytes.length);
    return { fd, bytes: bytes.subarray(0, count) };
  } catch (error) {
    throw new FailStop('disk-read', `cannot read ${path}`, error);
  }
}

function expectHeader(bytes: Uint8Array, name: SegmentName, config: WalConfig): SegmentHeader {
  const path = segmentPath(name);
  const header = decodeSegmentHeader(bytes);
  if (header === null) throw corrupt(`the header of ${path} is damaged`);
  if (header.format !== SEGMENT_FORMAT) {
    throw new FailStop('wrong-data', `${path} has format ${header.format}, not ${SEGMENT_FORMAT}`);
  }
  if (header.memberId !== config.memberId || header.clusterId !== config.clusterId) {
    throw new FailStop(
      'wrong-data',
      `${path} belongs to member ${header.memberId} of cluster ${header.clusterId}`,
    );
  }
  if (header.sequence !== name.sequence || header.firstIndex !== name.firstIndex) {
    throw corrupt(`${path} has the header of segment ${header.sequence}`);
  }
  if (bytes.length < header.segmentBytes) {
    throw corrupt(`${path} was cut to ${bytes.length} of ${header.segmentBytes} bytes`);
  }
  return header;
}

/** Walks the batches of one segment. */
class SegmentReader {
  readonly fd: Fd;
  private readonly bytes: Uint8Array;
  private readonly header: SegmentHeader;
  private at = SECTOR_BYTES;
  private sequence: number;
  private chain: number;
  /** W: every batch up to here is proven durable. A segment's name proves its first batch. */
  private durableThrough: number;
  /** Where the last proven batch begins; 0 for the first, whose segment header is as old. */
  private provenAt = 0;
  /** Where the batch after that begins. */
  private lastAt = 0;

  constructor(fd: Fd, bytes: Uint8Array, header: SegmentHeader) {
    this.fd = fd;
    this.bytes = bytes;
    this.header = header;
    this.sequence = header.firstBatch - 1;
    this.chain = header.previousChain;
    this.durableThrough = header.firstBatch;
  }

  /** Applies every batch that continues the chain, up to the first place that does not. */
  acceptBatches(replay: LogReplay): void {
    const { bytes } = this;
    const records: DecodedRecord[] = [];
    for (;;) {
      const batch = readBatchHeader(bytes, this.at);
      if (batch === null || !this.continues(batch)) return;
      records.length = 0;
      const complete = decodeRecords(bytes, this.at + BATCH_HEADER_BYTES, batch.end, records);
      if (!complete || records.length !== batch.count) {
        throw corrupt(`batch ${batch.sequence} passes its checksum but holds no records`);
      }
      for (const record of records) replay.apply(bytes, record);
      if (batch.sequence > this.header.firstBatch) {
        this.provenAt = this.lastAt;
        this.lastAt = batch.start;
      }
      this.durableThrough = Math.max(this.durableThrough, batch.durableThrough);
      this.sequence = batch.sequence;
      this.chain = batch.chain;
      this.at = alignSector(batch.end);
    }
  }

  private continues(batch: BatchHeader): boolean {
    return (
      batch.segment === this.header.sequence &&
      batch.sequence === this.sequence + 1 &&
      batch.previousChain === this.chain &&
      batch.end <= this.bytes.length &&
      crc32c(this.bytes, this.chain, batch.start + BATCH_HEADER_BYTES, batch.end) === batch.chain
    );
  }

  /** A later segment exists only if this one was durable to its end. */
  expectFollowedBy(next: SegmentHeader, replay: LogReplay): void {
    if (next.firstBatch !== this.sequence + 1 || next.previousChain !== this.chain) {
      throw corrupt(
        `segment ${this.header.sequence} is damaged after batch ${this.sequence}; ` +
          `segment ${next.sequence} continues after batch ${next.firstBatch - 1}`,
      );
    }
    if (next.firstIndex !== replay.lastIndex + 1) {
      throw corrupt(`segment ${next.sequence} does not begin after entry ${replay.lastIndex}`);
    }
  }

  /** Judges what lies behind the last accepted batch of the last segment. */
  tail(): WalTail {
    this.searchProofs();
    const expected = this.sequence + 1;
    if (this.durableThrough >= expected) {
      throw corrupt(
        `batch ${expected} at byte ${this.at} of segment ${this.header.sequence} is damaged, ` +
          `but a later one proves that it was durable`,
      );
    }
    const confirmed = this.durableThrough === this.sequence;
    return {
      fd: this.fd,
      bytes: this.bytes,
      cut: this.at,
      rewriteFrom: confirmed ? this.lastAt : this.provenAt,
      sequence: this.sequence,
      chain: this.chain,
      confirmed,
    };
  }

  /** Looks behind the damage for headers of later batches, whose payload need not be intact. */
  private searchProofs(): void {
    const { bytes, header } = this;
    const broken = readBatchHeader(bytes, this.at);
    // Behind an intact header lies payload, which may be anything, even an image of a WAL.
    const skip = broken !== null && broken.sequence === this.sequence + 1;
    let at = skip ? alignSector(broken.end) : this.at;
    for (; at < bytes.length; at += SECTOR_BYTES) {
      const batch = readBatchHeader(bytes, at);
      if (batch === null || batch.segment !== header.sequence) continue;
      this.durableThrough = Math.max(this.durableThrough, batch.durableThrough);
    }
  }
}

/** Where the log continues after {@link repairWal}. */
export interface RepairedTail {
  readonly offset: number;
  readonly segmentSize: number;
}

/**
 * Makes the disk hold exactly what the scan accepted, durably, then calls `then`. Nothing may be
 * vouched for before that.
 */
export function repairWal(disk: Disk, scan: WalScan, then: (tail: RepairedTail) => void): void {
  for (const path of scan.leftovers) removeFile(disk, path);
  const { fd, bytes, cut, rewriteFrom } = scan.tail;
  // After a failed sync the cache can hold good pages, marked clean, that never reached the media:
  // only writing them again makes the next sync cover them. A late error puts the last proven batch
  // in the same doubt.
  rewriteTail(disk, fd, bytes, rewriteFrom, cut);
  // Old bytes behind the cut must not be there when a shorter batch has taken their place.
  writeZeros(disk, fd, cut, bytes.length);
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
