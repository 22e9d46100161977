// One key's history: its versions in revision order, cut into generations by tombstones (etcd's
// keyIndex). Not here: which keys exist (tree-index.ts) and the order across keys (state.ts).
// Keeps: a read at any revision not yet compacted finds the version that was current then.

import { assert } from '../../base/assert.js';
import type { ByteString, Revision } from '../../base/ids.js';
import type { KeyValue } from '../../etcdpb/kv.js';
import { hashText } from './text-hash.js';

/** Of a {@link KeyIndex} that no compaction has visited yet; below every revision. */
const NEVER_COMPACTED = -2;

/** One change of one key: internal revision (`kv.modRevision`, `sub`). */
export class Version {
  readonly index: KeyIndex;
  /** What a read returns. Of a tombstone only key and modRevision are set, as in etcd's event. */
  readonly kv: KeyValue;
  /** Ordinal of the change within its main revision, from 0. */
  readonly sub: number;
  /** Set by compaction, for the pass that takes the version out of the log. */
  dropped = false;

  constructor(index: KeyIndex, kv: KeyValue, sub: number) {
    this.index = index;
    this.kv = kv;
    this.sub = sub;
  }
}

/** A put counts from version 1, so 0 marks the end of a generation. */
export function isTombstone(kv: KeyValue): boolean {
  return kv.version === 0;
}

export class KeyIndex {
  readonly key: ByteString;
  /** Oldest first; never empty while the index is in the tree. */
  readonly versions: Version[] = [];
  /** Two lanes of the key's hash, kept because every change of the key needs them. */
  readonly hashA: number;
  readonly hashB: number;
  compactedAt: Revision = NEVER_COMPACTED;

  constructor(key: ByteString) {
    this.key = key;
    this.hashA = hashText(key, 0x2545f491);
    this.hashB = hashText(key, 0x3c6ef372);
  }

  /** The newest value, or null if the key's last generation has ended. O(1). */
  current(): KeyValue | null {
    const { versions } = this;
    if (versions.length === 0) return null;
    const { kv } = versions[versions.length - 1]!;
    return isTombstone(kv) ? null : kv;
  }

  /** The value as of the end of main revision `revision`, or null. O(log versions). */
  at(revision: Revision): KeyValue | null {
    const version = this.versionAt(revision);
    return version === null || isTombstone(version.kv) ? null : version.kv;
  }

  /** The last version at or before main revision `revision`, tombstones included. */
  versionAt(revision: Revision): Version | null {
    const count = this.countUpTo(revision);
    return count === 0 ? null : this.versions[count - 1]!;
  }

  /** The kv of a put at main revision `main`: it continues the live generation or begins one. */
  next(main: Revision, value: ByteString, lease: number): KeyValue {
    const previous = this.current();
    return {
      key: this.key,
      createRevision: previous === null ? main : previous.createRevision,
      modRevision: main,
      version: previous === null ? 1 : previous.version + 1,
      value,
      lease,
    };
  }

  /**
   * Drops what no read at `revision` or later can see: each version followed by another one at or
   * before `revision`, and tombstones before it. A tombstone exactly at `revision` stays, because a
   * watch from there must deliver it (etcd since 3.5.16), next to the put that may follow it in the
   * same revision (etcd #22376 loses that one).
   */
  compact(revision: Revision): void {
    assert(revision > this.compactedAt, 'compaction goes forward', {
      revision,
      compactedAt: this.compactedAt,
    });
    this.compactedAt = revision;
    const { versions } = this;
    const reached = this.countUpTo(revision);
    let kept = 0;
    for (let i = 0; i < reached; i++) {
      const version = versions[i]!;
      const survives = isTombstone(version.kv)
        ? version.kv.modRevision === revision
        : i === reached - 1;
      if (survives) versions[kept++] = version;
      else version.dropped = true;
    }
    if (kept < reached) versions.splice(kept, reached - kept);
  }

  /** How many versions have a main revision at or before `revision`. */
  private countUpTo(revision: Revision): number {
    const { versions } = this;
    let high = versions.length;
    // Most reads at an old revision are at a recent one.
    if (high === 0 || versions[high - 1]!.kv.modRevision <= revision) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (versions[middle]!.kv.modRevision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
