// Where the records of one kind lie in a file of the log: what a disk fault of the plan is aimed at is looked up in the
// real bytes at the moment it strikes. Not here: what happens to them (sim/disk-decay.ts, sim/disk-read-fault.ts).

import { crc32c } from '../base/crc32c.js';
import type { ByteAim, ByteRange } from '../sim/disk-decay.js';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  type DecodedRecord,
  decodeBatches,
  RecordConfirm,
  RecordEntry,
  RecordHardState,
  RecordMetadata,
  RecordSnapshot,
  type RecordType,
  readBatchHeader,
} from '../storage/wal/record.js';
import {
  decodeSegmentHeader,
  isSealed,
  parseSegmentName,
  WAL_DIRECTORY,
} from '../storage/wal/segment.js';
import type { RecordKind } from './plan.js';

/** Damage here meets what a crash may leave behind. */
const NEWEST_BATCHES = 4;

/** Bytes of a segment header that mean something. */
const SEGMENT_HEADER_BYTES = 64;

const TYPES: Readonly<Record<string, RecordType>> = {
  metadata: RecordMetadata,
  entry: RecordEntry,
  'hard-state': RecordHardState,
  'snapshot-marker': RecordSnapshot,
  confirm: RecordConfirm,
};

/** Finds records of this kind; none in files that are no segment of the log. Linear in the file. */
export function recordAim(kind: RecordKind): ByteAim {
  return (path, bytes) => {
    const prefix = `${WAL_DIRECTORY}/`;
    const name = path.startsWith(prefix) ? parseSegmentName(path.slice(prefix.length)) : null;
    if (name === null) return [];
    if (kind === 'segment-header') {
      return decodeSegmentHeader(bytes) === null ? [] : [{ lo: 0, hi: SEGMENT_HEADER_BYTES }];
    }
    const { batches, records } = decodeBatches(bytes, 0, bytes.length);
    if (kind === 'proven-batch') return provenBatches(bytes, name.sequence);
    if (kind === 'batch-header') return batches.map(headerRange);
    if (kind === 'newest-batch') {
      // A sealed segment is followed by another one.
      return isSealed(bytes, name.sequence) ? [] : batches.slice(-NEWEST_BATCHES).map(whole);
    }
    if (kind === 'replacing-entry') return replacingEntries(records).map(recordRange);
    if (kind === 'newest-hard-state') return newestHardState(batches, records);
    return records.filter(({ type }) => type === TYPES[kind]).map(recordRange);
  };
}

/**
 * A power loss has left the header of a batch and not all of the rest: that tells that the batches before were durable,
 * and nothing else does of the last of them.
 */
function provenBatches(bytes: Uint8Array, segment: number): ByteRange[] {
  const { batches, next } = decodeBatches(bytes, 0, bytes.length);
  const torn = batches.findIndex((batch) => !isIntact(bytes, batch));
  const proof = torn < 0 ? readBatchHeader(bytes, next) : batches[torn]!;
  if (proof === null || proof.segment !== segment) return [];
  const intact = torn < 0 ? batches : batches.slice(0, torn);
  return intact
    .filter(({ sequence }) => sequence <= proof.durableThrough)
    .slice(-NEWEST_BATCHES)
    .map(({ start, end }) => ({ lo: start, hi: end, isProven: true }));
}

function isIntact(bytes: Uint8Array, { start, end, previousChain, chain }: BatchHeader): boolean {
  return crc32c(bytes, previousChain, start + BATCH_HEADER_BYTES, end) === chain;
}

/** The last hard state that was written, and all headers behind it, which repeat it. */
function newestHardState(
  batches: readonly BatchHeader[],
  records: readonly DecodedRecord[],
): ByteRange[] {
  const newest = records.findLast(({ type }) => type === RecordHardState);
  const headers = batches.filter(({ start }) => newest === undefined || start > newest.start);
  return [...(newest === undefined ? [] : [recordRange(newest)]), ...headers.map(headerRange)];
}

function replacingEntries(records: readonly DecodedRecord[]): DecodedRecord[] {
  let last = 0;
  return records.filter(({ type, index }) => {
    if (type !== RecordEntry) return false;
    const replaces = index <= last;
    last = index;
    return replaces;
  });
}

function headerRange({ start }: BatchHeader): ByteRange {
  return { lo: start, hi: start + BATCH_HEADER_BYTES };
}

function whole({ start, end }: BatchHeader): ByteRange {
  return { lo: start, hi: end };
}

function recordRange({ start, end }: DecodedRecord): ByteRange {
  return { lo: start, hi: end };
}
