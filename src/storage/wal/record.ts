// The WAL's byte format: batches of records, what one flush writes. Encoding and pure decoding.
// Not here: files, recovery decisions, or checking the CRC chain (recover.ts does).
//
// A batch starts on a sector boundary and is accepted whole or not at all:
//
//   0 magic        4 byteLength     8 segment      16 sequence    24 durableThrough
//  32 count       36 previousChain 40 chain        44 lastIndex   52 lastTerm
//  60 term        68 vote          76 commit       84 crc of bytes 0..83     88 records
//
// `lastIndex` to `commit` tell where the log and the hard state stood before this batch: what earlier
// batches said, said again in another sector. By Log Matching (lastIndex, lastTerm) names the whole log.
//
// `durableThrough` is the newest batch whose sync had returned when this one was encoded: the proof,
// found by recovery, that damage before it cannot be a torn write. Since a sector of 512 bytes never
// holds two batches, losing one sector cannot take both a batch and the proof of its durability.
// Records are 8-byte aligned; `chain` is the CRC-32C over all records since the log began.

import { assert } from '../../base/assert.js';
import { crc32c } from '../../base/crc32c.js';
import type { LogIndex, Term } from '../../base/ids.js';
import type {
  ConfState,
  Entry,
  EntryType,
  HardState,
  SnapshotMetadata,
} from '../../raft/raftpb.js';

/** What disks write atomically; batches start on multiples of it. */
export const SECTOR_BYTES = 512;
export const BATCH_HEADER_BYTES = 88;
const HEADER_CRC_AT = 84;
export const BATCH_MAGIC = 0x4b515742;
export const SEGMENT_MAGIC = 0x4b515753;

export const RecordMetadata = 1;
export const RecordEntry = 2;
export const RecordHardState = 3;
export const RecordSnapshot = 4;
export const RecordConfirm = 5;

/** Which of the above a record is. */
export type RecordType = 1 | 2 | 3 | 4 | 5;

const RECORD_HEADER_BYTES = 8;
const FLAG_INSTALLED = 1;
const FLAG_AUTO_LEAVE = 2;
const TWO_POW_32 = 4294967296;
const INITIAL_BATCH_BYTES = 4096;
/** A batch buffer that one huge batch has grown beyond this is not kept. */
const BATCH_BYTES_KEPT_MAX = 8 * 1024 * 1024;

/** The next sector boundary at or after `position`. */
export function alignSector(position: number): number {
  return Math.ceil(position / SECTOR_BYTES) * SECTOR_BYTES;
}

/** Stores a u32, little-endian. */
export function put32(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
  target[at + 2] = value >>> 16;
  target[at + 3] = value >>> 24;
}

/** Stores a non-negative safe integer as a u64, little-endian. */
export function put64(target: Uint8Array, at: number, value: number): void {
  const low = value >>> 0;
  put32(target, at, low);
  put32(target, at + 4, (value - low) / TWO_POW_32);
}

export function get32(source: Uint8Array, at: number): number {
  return (
    (source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24)) >>> 0
  );
}

/** A u64; above 2^53 it is not a safe integer, which callers treat as damage. */
export function get64(source: Uint8Array, at: number): number {
  const low = get32(source, at);
  const high = get32(source, at + 4);
  // Nearly always; and V8 would keep the result of a product in a box of its own, for good.
  return high === 0 ? low : high * TWO_POW_32 + low;
}

/** Where a log and its hard state stand. */
export interface LogSummary {
  readonly lastIndex: LogIndex;
  /** Term of the entry, or of the snapshot, at `lastIndex`. */
  readonly lastTerm: Term;
  readonly hardState: HardState;
}

/** Encodes one batch after the other into one buffer: reset, add records, seal, write. */
export class BatchEncoder {
  buffer: Buffer;
  /** Bytes of the batch so far, header included. */
  length = BATCH_HEADER_BYTES;
  /** Records so far. */
  count = 0;

  constructor(capacity = INITIAL_BATCH_BYTES) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  reset(): void {
    this.length = BATCH_HEADER_BYTES;
    this.count = 0;
    if (this.buffer.length > BATCH_BYTES_KEPT_MAX) {
      this.buffer = Buffer.allocUnsafeSlow(INITIAL_BATCH_BYTES);
    }
  }

  entry(entry: Entry): void {
    const { data } = entry;
    const byteCount = data.length;
    const at = this.open(RecordEntry, entry.type, 16 + byteCount);
    const { buffer } = this;
    put64(buffer, at, entry.index);
    put64(buffer, at + 8, entry.term);
    const start = at + 16;
    // Below about 64 bytes a loop beats the call into the runtime.
    if (byteCount <= 64) for (let i = 0; i < byteCount; i++) buffer[start + i] = data[i]!;
    else buffer.set(data, start);
  }

  hardState(state: HardState): void {
    const at = this.open(RecordHardState, 0, 24);
    const { buffer } = this;
    put64(buffer, at, state.term);
    put64(buffer, at + 8, state.vote);
    put64(buffer, at + 16, state.commit);
  }

  metadata(memberId: number, clusterId: number): void {
    const at = this.open(RecordMetadata, 0, 16);
    put64(this.buffer, at, memberId);
    put64(this.buffer, at + 8, clusterId);
  }

  /** `installed`: the snapshot replaces the whole log, also entries after its index. */
  snapshot(metadata: SnapshotMetadata, installed: boolean): void {
    const { confState } = metadata;
    const lists = confStateLists(confState);
    let idCount = 0;
    for (const list of lists) idCount += list.length;
    const flags = (installed ? FLAG_INSTALLED : 0) | (confState.autoLeave ? FLAG_AUTO_LEAVE : 0);
    let at = this.open(RecordSnapshot, flags, 32 + idCount * 8);
    const { buffer } = this;
    put64(buffer, at, metadata.index);
    put64(buffer, at + 8, metadata.term);
    at += 16;
    for (const list of lists) {
      put32(buffer, at, list.length);
      at += 4;
    }
    for (const list of lists) {
      for (const id of list) {
        put64(buffer, at, id);
        at += 8;
      }
    }
  }

  /** A record without content: its batch exists for the `durableThrough` in its header. */
  confirm(): void {
    this.open(RecordConfirm, 0, 0);
  }

  /** Completes the header. Returns the new value of the CRC chain. */
  seal(
    segment: number,
    sequence: number,
    durableThrough: number,
    previousChain: number,
    before: LogSummary,
  ): number {
    const { buffer, length } = this;
    const chain = crc32c(buffer, previousChain, BATCH_HEADER_BYTES, length);
    put32(buffer, 0, BATCH_MAGIC);
    put32(buffer, 4, length - BATCH_HEADER_BYTES);
    put64(buffer, 8, segment);
    put64(buffer, 16, sequence);
    put64(buffer, 24, durableThrough);
    put32(buffer, 32, this.count);
    put32(buffer, 36, previousChain);
    put32(buffer, 40, chain);
    const { hardState } = before;
    put64(buffer, 44, before.lastIndex);
    put64(buffer, 52, before.lastTerm);
    put64(buffer, 60, hardState.term);
    put64(buffer, 68, hardState.vote);
    put64(buffer, 76, hardState.commit);
    put32(buffer, HEADER_CRC_AT, crc32c(buffer, 0, 0, HEADER_CRC_AT));
    return chain;
  }

  /** Writes a record's header and padding; returns where its `byteCount` bytes of content go. */
  private open(type: RecordType, flags: number, byteCount: number): number {
    const at = this.length;
    const end = at + RECORD_HEADER_BYTES + ((byteCount + 7) & ~7);
    if (end > this.buffer.length) this.grow(end);
    const { buffer } = this;
    put32(buffer, at, byteCount);
    put32(buffer, at + 4, type | (flags << 8));
    // Padding is covered by the chain, so it has to be something definite.
    for (let i = at + RECORD_HEADER_BYTES + byteCount; i < end; i++) buffer[i] = 0;
    this.length = end;
    this.count++;
    return at + RECORD_HEADER_BYTES;
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** A batch header whose own CRC holds. `end` may lie beyond the file if the batch is torn. */
export class BatchHeader implements LogSummary {
  readonly start: number;
  readonly end: number;
  readonly segment: number;
  readonly sequence: number;
  readonly durableThrough: number;
  readonly count: number;
  readonly previousChain: number;
  readonly chain: number;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly hardState: HardState;

  constructor(source: Uint8Array, at: number) {
    this.start = at;
    this.end = at + BATCH_HEADER_BYTES + get32(source, at + 4);
    this.segment = get64(source, at + 8);
    this.sequence = get64(source, at + 16);
    this.durableThrough = get64(source, at + 24);
    this.count = get32(source, at + 32);
    this.previousChain = get32(source, at + 36);
    this.chain = get32(source, at + 40);
    this.lastIndex = get64(source, at + 44);
    this.lastTerm = get64(source, at + 52);
    this.hardState = {
      term: get64(source, at + 60),
      vote: get64(source, at + 68),
      commit: get64(source, at + 76),
    };
  }
}

/** The header at `at`, or null if there is none. Says nothing of the records behind it. */
export function readBatchHeader(
  source: Uint8Array,
  at: number,
  end: number = source.length,
): BatchHeader | null {
  if (at + BATCH_HEADER_BYTES > end || get32(source, at) !== BATCH_MAGIC) return null;
  const crc = get32(source, at + HEADER_CRC_AT);
  if (crc32c(source, 0, at, at + HEADER_CRC_AT) !== crc) return null;
  const header = new BatchHeader(source, at);
  const plausible =
    header.durableThrough < header.sequence && header.count > 0 && (header.end - at) % 8 === 0;
  return plausible ? header : null;
}

/** One record, by content and by byte extent `[start, end)`. Fields that a type lacks are 0. */
export class DecodedRecord {
  readonly type: RecordType;
  readonly start: number;
  /** Padding included. */
  readonly end: number;
  /** Entry and snapshot: the index. Metadata: the member. */
  readonly index: LogIndex;
  /** Entry, snapshot and hard state: the term. Metadata: the cluster. */
  readonly term: Term;
  /** Hard state only. */
  readonly vote: number;
  /** Hard state only. */
  readonly commit: LogIndex;
  /** Entry: its type. Snapshot: bit 0 "replaces the whole log", bit 1 ConfState.autoLeave. */
  readonly flags: number;
  /** Entry: its data is `[dataStart, dataEnd)` of the source. Snapshot: its ConfState. */
  readonly dataStart: number;
  readonly dataEnd: number;

  constructor(source: Uint8Array, at: number, type: RecordType, flags: number, byteCount: number) {
    const body = at + RECORD_HEADER_BYTES;
    const hasIndex = type !== RecordHardState && type !== RecordConfirm;
    this.type = type;
    this.start = at;
    this.end = body + ((byteCount + 7) & ~7);
    this.index = hasIndex ? get64(source, body) : 0;
    this.term = hasIndex
      ? get64(source, body + 8)
      : type === RecordHardState
        ? get64(source, body)
        : 0;
    this.vote = type === RecordHardState ? get64(source, body + 8) : 0;
    this.commit = type === RecordHardState ? get64(source, body + 16) : 0;
    this.flags = flags;
    this.dataStart = body + (hasIndex ? 16 : 0);
    this.dataEnd = hasIndex ? body + byteCount : this.dataStart;
  }

  /** Snapshot only: whether the snapshot replaces entries after its index as well. */
  get installed(): boolean {
    return this.type === RecordSnapshot && (this.flags & FLAG_INSTALLED) !== 0;
  }
}

/**
 * Appends the records in `[start, end)` to `into`; false if the bytes are not records from end to
 * end. Linear in the number of records: payloads are neither copied nor looked at.
 */
export function decodeRecords(
  source: Uint8Array,
  start: number,
  end: number,
  into: DecodedRecord[],
): boolean {
  let at = start;
  while (at < end) {
    if (at + RECORD_HEADER_BYTES > end) return false;
    const byteCount = get32(source, at);
    const type = source[at + 4]!;
    const next = at + RECORD_HEADER_BYTES + Math.ceil(byteCount / 8) * 8;
    if (next > end || !isRecordType(type) || byteCount < contentBytesMin(type)) return false;
    into.push(new DecodedRecord(source, at, type, source[at + 5]!, byteCount));
    at = next;
  }
  return true;
}

/** What {@link decodeBatches} found. */
export interface DecodedBatches {
  readonly batches: BatchHeader[];
  readonly records: DecodedRecord[];
  /** Where the next batch would begin; beyond `end` if the bytes stop within a header or padding. */
  readonly next: number;
}

/**
 * Parses what one pwrite to a WAL file was given: a batch, or a segment header and batches. `start`
 * must be where the write begins, on a sector boundary of the file. Zeros, and anything else that is
 * no batch, give nothing. Record CRCs are not checked: the caller's bytes come from the writer.
 */
export function decodeBatches(source: Uint8Array, start: number, end: number): DecodedBatches {
  const batches: BatchHeader[] = [];
  const records: DecodedRecord[] = [];
  let at = start;
  if (at + 4 <= end && get32(source, at) === SEGMENT_MAGIC) at += SECTOR_BYTES;
  while (at < end) {
    const header = readBatchHeader(source, at, end);
    if (header === null || header.end > end) break;
    if (!decodeRecords(source, at + BATCH_HEADER_BYTES, header.end, records)) break;
    batches.push(header);
    at = start + alignSector(header.end - start);
  }
  return { batches, records, next: at };
}

/** The snapshot metadata in a record; null if its lists do not fit the record. */
export function decodeSnapshot(source: Uint8Array, record: DecodedRecord): SnapshotMetadata | null {
  assert(record.type === RecordSnapshot, 'only snapshot records name a snapshot');
  let at = record.dataStart + 16;
  if (at > record.dataEnd) return null;
  const lists: number[][] = [];
  let idCount = 0;
  for (let i = 0; i < 4; i++) idCount += get32(source, record.dataStart + i * 4);
  if (at + idCount * 8 !== record.dataEnd) return null;
  for (let i = 0; i < 4; i++) {
    const list: number[] = [];
    for (let n = get32(source, record.dataStart + i * 4); n > 0; n--) {
      list.push(get64(source, at));
      at += 8;
    }
    lists.push(list);
  }
  const confState: ConfState = {
    voters: lists[0]!,
    learners: lists[1]!,
    votersOutgoing: lists[2]!,
    learnersNext: lists[3]!,
    autoLeave: (record.flags & FLAG_AUTO_LEAVE) !== 0,
  };
  return { index: record.index, term: record.term, confState };
}

/** The entry type in a record. */
export function decodeEntryType(record: DecodedRecord): EntryType | null {
  return record.flags === 0 || record.flags === 1 ? record.flags : null;
}

function confStateLists(confState: ConfState): (readonly number[])[] {
  return [confState.voters, confState.learners, confState.votersOutgoing, confState.learnersNext];
}

function isRecordType(type: number): type is RecordType {
  return type >= RecordMetadata && type <= RecordConfirm;
}

function contentBytesMin(type: RecordType): number {
  switch (type) {
    case RecordMetadata:
    case RecordEntry:
      return 16;
    case RecordHardState:
      return 24;
    case RecordSnapshot:
      return 32;
    case RecordConfirm:
      return 0;
  }
}
