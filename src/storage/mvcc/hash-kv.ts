// etcd's HashKV: CRC-32C over the stored records up to a revision, byte for byte as etcd 3.5.30
// computes it, so that a store can be compared with a real etcd's. Not the cheap hash for comparing
// members (state-hash.ts), and without etcd's memory of the hashes of its last 10 compactions,
// which a member forgets at a restart.

import { ByteWriter } from '../../base/bytes.js';
import { crc32c } from '../../base/crc32c.js';
import type { ByteString, Revision } from '../../base/ids.js';
import type { EtcdError } from '../../etcdpb/errors.js';
import { ErrCompacted, ErrFutureRev } from '../../etcdpb/errors.js';
import type { KeyValue } from '../../etcdpb/kv.js';
import { isTombstone, type KeyIndex, type Version } from './key-index.js';
import type { MvccState } from './state.js';

const TWO_POW_32 = 4294967296;
const CHUNK_BYTES = 65536;

export interface HashKv {
  readonly hash: number;
  /** The revision up to which was hashed. */
  readonly hashRevision: Revision;
  readonly compactRevision: Revision;
  /** Current revision, for the header. */
  readonly revision: Revision;
}

/** Revision 0 is the current one. Linear in the versions held. */
export function hashKvAt(state: MvccState, revision: Revision): HashKv | EtcdError {
  const { compactRevision } = state;
  if (revision > 0 && revision < compactRevision) return ErrCompacted;
  if (revision > state.revision) return ErrFutureRev;
  const upTo = revision === 0 ? state.revision : revision;
  // etcd skips superseded records only if there is any record to keep.
  const skipsSuperseded = state.tree.all().some((index) => isLiveForEtcd(index, upTo));
  const writer = new ByteWriter(CHUNK_BYTES);
  writeText(writer, 'key');
  let crc = 0;
  for (const version of state.log) {
    const main = version.kv.modRevision;
    if (main > upTo) break;
    if (main <= compactRevision && skipsSuperseded && !isKept(version, upTo)) continue;
    // Older versions of etcd drop this tombstone, so those that keep it leave it out of the hash.
    if (main === compactRevision && isTombstone(version.kv)) continue;
    writeRecord(writer, version);
    if (writer.length >= CHUNK_BYTES) {
      crc = crc32c(writer.bytes(), crc);
      writer.reset();
    }
  }
  crc = crc32c(writer.bytes(), crc);
  return { hash: crc, hashRevision: upTo, compactRevision, revision: state.revision };
}

/** Would a compaction at `revision` keep this put? */
function isKept(version: Version, revision: Revision): boolean {
  return !isTombstone(version.kv) && version.index.versionAt(revision) === version;
}

/** Of a key deleted and put again within `revision` itself, etcd looks at the generation that ended. */
function isLiveForEtcd(index: KeyIndex, revision: Revision): boolean {
  const last = index.versionAt(revision);
  if (last === null || isTombstone(last.kv)) return false;
  const before = index.versions[index.versions.indexOf(last) - 1];
  return before === undefined || !isTombstone(before.kv) || before.kv.modRevision !== revision;
}

/** The internal key, then the marshalled mvccpb.KeyValue. */
function writeRecord(writer: ByteWriter, version: Version): void {
  const { kv } = version;
  writeBigEndian(writer, kv.modRevision);
  writer.u8(0x5f);
  writeBigEndian(writer, version.sub);
  if (isTombstone(kv)) {
    writer.u8(0x74);
    writeBytesField(writer, 1, kv.key);
    return;
  }
  writeKeyValue(writer, kv);
}

function writeKeyValue(writer: ByteWriter, kv: KeyValue): void {
  writeBytesField(writer, 1, kv.key);
  writeIntField(writer, 2, kv.createRevision);
  writeIntField(writer, 3, kv.modRevision);
  writeIntField(writer, 4, kv.version);
  writeBytesField(writer, 5, kv.value);
  writeIntField(writer, 6, kv.lease);
}

function writeBytesField(writer: ByteWriter, field: number, text: ByteString): void {
  if (text === '') return;
  writer.u8((field << 3) | 2);
  writeVarint(writer, text.length);
  writeText(writer, text);
}

function writeIntField(writer: ByteWriter, field: number, value: number): void {
  if (value === 0) return;
  writer.u8(field << 3);
  writeVarint(writer, value);
}

/** Base 128, least significant group first; a negative number as its 64-bit two's complement. */
function writeVarint(writer: ByteWriter, value: number): void {
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) writer.u8(Number(rest & 127n) | 128);
    writer.u8(Number(rest));
    return;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) writer.u8((rest % 128) | 128);
  writer.u8(rest);
}

function writeBigEndian(writer: ByteWriter, value: number): void {
  const high = Math.floor(value / TWO_POW_32);
  const low = value % TWO_POW_32;
  for (let shift = 24; shift >= 0; shift -= 8) writer.u8((high >>> shift) & 255);
  for (let shift = 24; shift >= 0; shift -= 8) writer.u8((low >>> shift) & 255);
}

function writeText(writer: ByteWriter, text: ByteString): void {
  for (let i = 0; i < text.length; i++) writer.u8(text.charCodeAt(i));
}
