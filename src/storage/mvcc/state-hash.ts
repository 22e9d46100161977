// An order-independent hash of all versions a store holds, kept up to date change by change, so
// that members at one applied index can be compared at any time. Not etcd's HashKV (hash-kv.ts),
// and no protection against an adversary.

import { mix } from '../../base/hash.js';
import type { Revision } from '../../base/ids.js';
import type { Version } from './key-index.js';
import { step } from './text-hash.js';

const TWO_POW_32 = 4294967296;
const MULTIPLIER_B = 0xc2b2ae35 | 0;

/** Sums, per lane and modulo 2^32, a well mixed hash of each version. */
export class StateHash {
  private a = 0;
  private b = 0;

  /** Linear in the bytes of the value. */
  add(version: Version): void {
    this.fold(version, 1);
  }

  /** The inverse of {@link add}. */
  remove(version: Version): void {
    this.fold(version, -1);
  }

  /** The hash of the versions and of the store's two revisions: 53 bits, as a safe integer. O(1). */
  digest(revision: Revision, compactRevision: Revision): number {
    let low = mix(this.a, revision | 0);
    low = mix(low, (revision / TWO_POW_32) | 0);
    low = mix(low, compactRevision | 0);
    let high = mix(this.b, low);
    high = mix(high, (compactRevision / TWO_POW_32) | 0);
    return (low >>> 0) + (high >>> 11) * TWO_POW_32;
  }

  private fold(version: Version, sign: 1 | -1): void {
    const { index, kv } = version;
    const { modRevision, createRevision, lease, value } = kv;
    let a = step(index.hashA, modRevision | 0);
    a = step(a, (modRevision / TWO_POW_32) | 0);
    a = step(a, version.sub);
    a = step(a, createRevision | 0);
    a = step(a, (createRevision / TWO_POW_32) | 0);
    a = step(a, kv.version | 0);
    a = step(a, (kv.version / TWO_POW_32) | 0);
    if (lease !== 0) a = step(step(a, lease | 0), (lease / TWO_POW_32) | 0);
    let b = index.hashB ^ a;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      a = step(a, unit);
      b = Math.imul(b + unit, MULTIPLIER_B);
      b ^= b >>> 15;
    }
    // A sum keeps weak low bits weak, so each term is mixed to the end.
    const termA = mix(a, value.length);
    const termB = mix(b, termA);
    this.a = (this.a + sign * termA) | 0;
    this.b = (this.b + sign * termB) | 0;
  }
}
