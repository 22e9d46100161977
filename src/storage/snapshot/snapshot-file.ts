// The snapshot file's byte format: header, content, trailer with one CRC-32C a chunk, footer.
// Pure: no I/O. Keeps: content is returned only if every chunk passes and the whole file is there.
//
// The chunk CRCs are chained from the header's, so neither a chunk of another snapshot nor one of
// another place in this file passes. The footer repeats the last value: a cut file lacks it.

import { ByteReader, ByteWriter, DecodeError } from '../../base/bytes.js';
import { crc32c } from '../../base/crc32c.js';
import type { LogIndex, Term } from '../../base/ids.js';
import type { ConfState, SnapshotMetadata } from '../../raft/raftpb.js';
import { hex16 } from '../wal/segment.js';

export const SNAPSHOT_DIRECTORY = 'snap';
export const SNAPSHOT_FORMAT = 1;
const HEADER_MAGIC = 0x4b515750;
const FOOTER_MAGIC = 0x4b515745;

export interface SnapshotOwner {
  readonly memberId: number;
  readonly clusterId: number;
}

/** The parts of a file: `header`, then the content, then `trailer`. */
export interface SnapshotFrame {
  readonly header: Uint8Array;
  readonly trailer: Uint8Array;
}

export interface SnapshotContent {
  readonly metadata: SnapshotMetadata;
  /** A view into the bytes that were decoded. */
  readonly data: Uint8Array;
}

export function snapshotPath(term: Term, index: LogIndex): string {
  return `${SNAPSHOT_DIRECTORY}/${hex16(term)}-${hex16(index)}.snap`;
}

/** Null if `name` is not a snapshot's. */
export function parseSnapshotName(name: string): { term: Term; index: LogIndex } | null {
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.snap$/.exec(name);
  if (match === null) return null;
  return { term: Number.parseInt(match[1]!, 16), index: Number.parseInt(match[2]!, 16) };
}

/** Header and trailer for this content. Linear in the content. */
export function encodeSnapshot(
  owner: SnapshotOwner,
  metadata: SnapshotMetadata,
  data: Uint8Array,
  chunkBytes: number,
): SnapshotFrame {
  const header = new ByteWriter(512);
  header.u32(HEADER_MAGIC);
  header.u32(SNAPSHOT_FORMAT);
  header.u64(owner.memberId);
  header.u64(owner.clusterId);
  header.u64(metadata.index);
  header.u64(metadata.term);
  encodeConfState(header, metadata.confState);
  header.u64(data.length);
  header.u32(chunkBytes);
  let crc = crc32c(header.bytes());
  header.u32(crc);

  const trailer = new ByteWriter(Math.ceil(data.length / chunkBytes) * 4 + 8);
  for (let at = 0; at < data.length; at += chunkBytes) {
    crc = crc32c(data, crc, at, Math.min(at + chunkBytes, data.length));
    trailer.u32(crc);
  }
  trailer.u32(FOOTER_MAGIC);
  trailer.u32(crc);
  return { header: header.bytes(), trailer: trailer.bytes() };
}

/** The content of a file, or null if any byte of it is damaged, missing or too many. */
export function decodeSnapshotFile(
  bytes: Uint8Array,
  owner: SnapshotOwner,
): SnapshotContent | null {
  try {
    return decode(bytes, owner);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function decode(bytes: Uint8Array, owner: SnapshotOwner): SnapshotContent | null {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== HEADER_MAGIC || reader.u32() !== SNAPSHOT_FORMAT) return null;
  if (reader.u64() !== owner.memberId || reader.u64() !== owner.clusterId) return null;
  const index = reader.u64();
  const term = reader.u64();
  const confState = decodeConfState(reader);
  const dataBytes = reader.u64();
  const chunkBytes = reader.u32();
  let crc = crc32c(bytes, 0, 0, reader.at);
  if (reader.u32() !== crc || chunkBytes === 0) return null;

  const start = reader.at;
  const data = reader.raw(dataBytes);
  for (let at = 0; at < dataBytes; at += chunkBytes) {
    crc = crc32c(bytes, crc, start + at, start + Math.min(at + chunkBytes, dataBytes));
    if (reader.u32() !== crc) return null;
  }
  if (reader.u32() !== FOOTER_MAGIC || reader.u32() !== crc) return null;
  reader.expectEnd();
  return { metadata: { index, term, confState }, data };
}

function encodeConfState(writer: ByteWriter, confState: ConfState): void {
  encodeIds(writer, confState.voters);
  encodeIds(writer, confState.learners);
  encodeIds(writer, confState.votersOutgoing);
  encodeIds(writer, confState.learnersNext);
  writer.u8(confState.autoLeave ? 1 : 0);
}

function decodeConfState(reader: ByteReader): ConfState {
  return {
    voters: decodeIds(reader),
    learners: decodeIds(reader),
    votersOutgoing: decodeIds(reader),
    learnersNext: decodeIds(reader),
    autoLeave: reader.u8() !== 0,
  };
}

function encodeIds(writer: ByteWriter, ids: readonly number[]): void {
  writer.u32(ids.length);
  for (const id of ids) writer.u64(id);
}

function decodeIds(reader: ByteReader): number[] {
  const ids: number[] = [];
  for (let n = reader.u32(); n > 0; n--) ids.push(reader.u64());
  return ids;
}
