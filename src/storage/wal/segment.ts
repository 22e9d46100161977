// One segment file of the WAL: its name and its header sector.
// A segment gets its final name only after its header and first batch are durable, so a file with a
// segment's name and a bad header is damage, in no crash state a torn creation.

import { crc32c } from '../../base/crc32c.js';
import type { LogIndex } from '../../base/ids.js';
import { get32, get64, put32, put64, SECTOR_BYTES, SEGMENT_MAGIC } from './record.js';

export const WAL_DIRECTORY = 'wal';
export const SEGMENT_FORMAT = 2;
const CRC_AT = 60;
/** Behind the header, in its sector. */
const SEAL_AT = 64;
const SEAL_MAGIC = 0x4b51575a;
const SEAL_BYTES = 16;

/** Where a segment stands in the log; both numbers are in its name. */
export interface SegmentName {
  /** Counted from 0, without gaps. */
  readonly sequence: number;
  /** Index after the last entry at the time of the cut. */
  readonly firstIndex: LogIndex;
}

export interface SegmentHeader extends SegmentName {
  readonly format: number;
  /** Sequence of the first batch. */
  readonly firstBatch: number;
  readonly memberId: number;
  readonly clusterId: number;
  /** Preallocated bytes; a shorter file has lost some. */
  readonly segmentBytes: number;
  /** CRC chain at the end of the segment before. */
  readonly previousChain: number;
}

export function segmentPath(name: SegmentName): string {
  return `${WAL_DIRECTORY}/${hex16(name.sequence)}-${hex16(name.firstIndex)}.wal`;
}

/** Null if `name` is not a segment's. */
export function parseSegmentName(name: string): SegmentName | null {
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/.exec(name);
  if (match === null) return null;
  const sequence = Number.parseInt(match[1]!, 16);
  const firstIndex = Number.parseInt(match[2]!, 16);
  return Number.isSafeInteger(sequence) && Number.isSafeInteger(firstIndex)
    ? { sequence, firstIndex }
    : null;
}

/** 16 hex digits, so that names sort by number. */
export function hex16(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** Fills the header sector at the start of `target`. */
export function encodeSegmentHeader(target: Uint8Array, header: SegmentHeader): void {
  target.fill(0, 0, SECTOR_BYTES);
  put32(target, 0, SEGMENT_MAGIC);
  put32(target, 4, header.format);
  put64(target, 8, header.sequence);
  put64(target, 16, header.firstIndex);
  put64(target, 24, header.firstBatch);
  put64(target, 32, header.memberId);
  put64(target, 40, header.clusterId);
  put64(target, 48, header.segmentBytes);
  put32(target, 56, header.previousChain);
  put32(target, CRC_AT, crc32c(target, 0, 0, CRC_AT));
}

/** Null if the header is damaged. */
export function decodeSegmentHeader(source: Uint8Array): SegmentHeader | null {
  if (source.length < SECTOR_BYTES || get32(source, 0) !== SEGMENT_MAGIC) return null;
  if (crc32c(source, 0, 0, CRC_AT) !== get32(source, CRC_AT)) return null;
  return {
    format: get32(source, 4),
    sequence: get64(source, 8),
    firstIndex: get64(source, 16),
    firstBatch: get64(source, 24),
    memberId: get64(source, 32),
    clusterId: get64(source, 40),
    segmentBytes: get64(source, 48),
    previousChain: get32(source, 56),
  };
}

/** What is written behind a segment's header once the next segment exists for sure. */
export function encodeSeal(sequence: number): { readonly bytes: Uint8Array; readonly at: number } {
  const bytes = new Uint8Array(SEAL_BYTES);
  put32(bytes, 0, SEAL_MAGIC);
  put64(bytes, 4, sequence);
  put32(bytes, 12, crc32c(bytes, 0, 0, 12));
  return { bytes, at: SEAL_AT };
}

/** Whether a segment with this sequence says that another one follows. */
export function isSealed(source: Uint8Array, sequence: number): boolean {
  if (source.length < SECTOR_BYTES || get32(source, SEAL_AT) !== SEAL_MAGIC) return false;
  const crc = crc32c(source, 0, SEAL_AT, SEAL_AT + 12);
  return crc === get32(source, SEAL_AT + 12) && get64(source, SEAL_AT + 4) === sequence;
}
