// The versions of all keys in revision order, and the changes that a write makes to them: put,
// tombstone, compaction. Not here: which requests are legal, and what they are answered.
// Keeps: one write that changes something makes exactly one main revision; the revision never goes
// back, not even when compaction leaves no key (etcd #6633, #17780), because nothing derives it.

import { assert } from '../../base/assert.js';
import type { ByteString, Revision } from '../../base/ids.js';
import type { DeleteRangeRequest, KeyValue, PutRequest } from '../../etcdpb/kv.js';
import { type KeyIndex, Version } from './key-index.js';
import { StateHash } from './state-hash.js';
import { TreeIndex } from './tree-index.js';

/** Revision of the empty store. */
export const FIRST_REVISION = 1;
/** Compacted revision before any compaction: Compact(0) and Compact(1) each succeed once. */
export const NEVER_COMPACTED = -1;

const NO_KVS: readonly KeyValue[] = [];

export interface Deleted {
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

const NOTHING_DELETED: Deleted = { deleted: 0, prevKvs: NO_KVS };

export class MvccState {
  readonly tree = new TreeIndex();
  /** Every version held, by (main, sub). */
  readonly log: Version[] = [];
  readonly stateHash = new StateHash();
  revision: Revision = FIRST_REVISION;
  compactRevision: Revision = NEVER_COMPACTED;
  /** Changes of the write in progress; all carry main revision `revision + 1`. */
  private changes = 0;
  /** Scratch of {@link keysIn}. */
  private readonly found: KeyIndex[] = [];

  /** The revision as the write in progress sees it: one ahead as soon as it has changed something. */
  visibleRevision(): Revision {
    return this.changes > 0 ? this.revision + 1 : this.revision;
  }

  /** The newest value of a key, the write in progress included. */
  current(key: ByteString): KeyValue | null {
    const index = this.tree.get(key);
    return index === undefined ? null : index.current();
  }

  /** The keys of a range in key order, dead ones too: a list that the next call overwrites. */
  keysIn(key: ByteString, rangeEnd: ByteString): readonly KeyIndex[] {
    this.found.length = 0;
    this.tree.collect(key, rangeEnd, this.found);
    return this.found;
  }

  /** Makes one change and returns the value before it. */
  put(request: PutRequest): KeyValue | null {
    const index = this.tree.get(request.key) ?? this.tree.create(request.key);
    const previous = index.current();
    let { value, lease } = request;
    if (request.ignoreValue || request.ignoreLease) {
      assert(previous !== null, 'ignore_value and ignore_lease were checked against this state');
      if (request.ignoreValue) value = previous.value;
      if (request.ignoreLease) lease = previous.lease;
    }
    this.append(index, index.next(this.revision + 1, value, lease));
    return previous;
  }

  /** Makes one change a live key in the range, in key order. */
  deleteRange(request: DeleteRangeRequest): Deleted {
    const found = this.keysIn(request.key, request.rangeEnd);
    if (found.length === 0) return NOTHING_DELETED;
    const prevKvs: KeyValue[] = [];
    let deleted = 0;
    for (let i = 0; i < found.length; i++) {
      const index = found[i]!;
      const previous = index.current();
      if (previous === null) continue;
      deleted++;
      if (request.prevKv) prevKvs.push(previous);
      this.append(index, tombstoneOf(index.key, this.revision + 1));
    }
    return { deleted, prevKvs };
  }

  /** Ends the write in progress: its changes, if any, become the new revision. */
  endWrite(): Revision {
    if (this.changes > 0) {
      this.revision++;
      this.changes = 0;
    }
    return this.revision;
  }

  /** Drops history before `revision`. Linear in the versions at or before it. */
  compact(revision: Revision): void {
    assert(this.changes === 0, 'no compaction inside a write');
    assert(revision > this.compactRevision && revision <= this.revision, 'checked by the caller', {
      revision,
      compactRevision: this.compactRevision,
      current: this.revision,
    });
    this.compactRevision = revision;
    const { log, tree } = this;
    let reached = 0;
    for (; reached < log.length; reached++) {
      const { index, kv } = log[reached]!;
      if (kv.modRevision > revision) break;
      if (index.compactedAt === revision) continue;
      index.compact(revision);
      if (index.versions.length === 0) tree.remove(index);
    }
    let kept = 0;
    for (let i = 0; i < reached; i++) {
      const version = log[i]!;
      if (version.dropped) this.stateHash.remove(version);
      else log[kept++] = version;
    }
    if (kept === reached) return;
    log.copyWithin(kept, reached);
    log.length -= reached - kept;
  }

  /** Puts a version read from a snapshot at the end of the log. */
  restoreVersion(kv: KeyValue, sub: number): void {
    const index = this.tree.get(kv.key) ?? this.tree.create(kv.key);
    this.push(new Version(index, kv, sub));
  }

  private append(index: KeyIndex, kv: KeyValue): void {
    this.push(new Version(index, kv, this.changes));
    this.changes++;
  }

  private push(version: Version): void {
    version.index.versions.push(version);
    this.log.push(version);
    this.stateHash.add(version);
  }
}

/** The end of a generation: etcd's delete event, {key, mod_revision}. */
export function tombstoneOf(key: ByteString, main: Revision): KeyValue {
  return { key, createRevision: 0, modRevision: main, version: 0, value: '', lease: 0 };
}
