// The whole store as bytes: both revisions and every version held, in revision order, closed by the
// state hash. Not here: checksums against damage on disk, which the file around it carries.
// Keeps: the current revision survives even if no key does; restored and original are equal.

import { type ByteReader, type ByteWriter, DecodeError } from '../../base/bytes.js';
import { isTombstone } from './key-index.js';
import { MvccState, NEVER_COMPACTED, tombstoneOf } from './state.js';

const FORMAT = 1;
const IS_TOMBSTONE = 1;
const HAS_LEASE = 2;
const HAS_SUB = 4;

/** Appends the state. Equal states give equal bytes. */
export function writeState(writer: ByteWriter, state: MvccState): void {
  writer.u8(FORMAT);
  writer.u64(state.revision);
  writer.i64(state.compactRevision);
  writer.u32(state.log.length);
  for (const { kv, sub } of state.log) {
    const ended = isTombstone(kv);
    const leased = kv.lease !== 0;
    writer.u8((ended ? IS_TOMBSTONE : 0) | (leased ? HAS_LEASE : 0) | (sub !== 0 ? HAS_SUB : 0));
    writer.u64(kv.modRevision);
    if (sub !== 0) writer.u32(sub);
    writer.string(kv.key);
    if (ended) continue;
    writer.u64(kv.createRevision);
    writer.u64(kv.version);
    writer.string(kv.value);
    if (leased) writer.i64(kv.lease);
  }
  writer.u64(state.stateHash.digest(state.revision, state.compactRevision));
}

/** Reads what {@link writeState} wrote; throws DecodeError on anything else. */
export function readState(reader: ByteReader): MvccState {
  const format = reader.u8();
  if (format !== FORMAT) throw new DecodeError(`store format ${format}, this reads ${FORMAT}`);
  const state = new MvccState();
  state.revision = reader.u64();
  state.compactRevision = reader.i64();
  if (state.compactRevision < NEVER_COMPACTED || state.compactRevision > state.revision) {
    throw new DecodeError(`compacted at ${state.compactRevision} of ${state.revision}`);
  }
  const count = reader.u32();
  let lastMain = 0;
  let lastSub = -1;
  for (let i = 0; i < count; i++) {
    const flags = reader.u8();
    if (flags > (IS_TOMBSTONE | HAS_LEASE | HAS_SUB)) throw new DecodeError(`flags ${flags}`);
    const main = reader.u64();
    const sub = (flags & HAS_SUB) !== 0 ? reader.u32() : 0;
    const inOrder = main > lastMain || (main === lastMain && sub > lastSub);
    if (!inOrder || main > state.revision) {
      throw new DecodeError(`revision ${main}_${sub} after ${lastMain}_${lastSub}`);
    }
    lastMain = main;
    lastSub = sub;
    const key = reader.string();
    if ((flags & IS_TOMBSTONE) !== 0) {
      state.restoreVersion(tombstoneOf(key, main), sub);
      continue;
    }
    const createRevision = reader.u64();
    const version = reader.u64();
    const value = reader.string();
    const lease = (flags & HAS_LEASE) !== 0 ? reader.i64() : 0;
    if (version === 0) throw new DecodeError(`a put of version 0 at ${main}_${sub}`);
    state.restoreVersion({ key, createRevision, modRevision: main, version, value, lease }, sub);
  }
  const written = reader.u64();
  if (written !== state.stateHash.digest(state.revision, state.compactRevision)) {
    throw new DecodeError('the restored store does not hash to what was written');
  }
  return state;
}
