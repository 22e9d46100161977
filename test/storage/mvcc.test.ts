// What the transcripts and the random model cannot pin down: where the store differs from etcd on
// purpose, what compaction keeps, damaged snapshots, and the index at sizes beyond one block.

import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, DecodeError } from '../../src/base/bytes.js';
import { crc32c } from '../../src/base/crc32c.js';
import { randomStream } from '../../src/base/random.js';
import {
  ErrDuplicateKey,
  ErrEmptyKey,
  ErrKeyNotFound,
  ErrLeaseNotFound,
  ErrTooManyOps,
} from '../../src/etcdpb/errors.js';
import {
  deleteOf,
  type KvRequest,
  type KvResponse,
  putOf,
  type RequestOp,
  rangeOf,
  type TxnRequest,
} from '../../src/etcdpb/kv.js';
import { isTombstone, KeyIndex, Version } from '../../src/storage/mvcc/key-index.js';
import { MvccState, tombstoneOf } from '../../src/storage/mvcc/state.js';
import { KvStore } from '../../src/storage/mvcc/store.js';
import { TreeIndex } from '../../src/storage/mvcc/tree-index.js';

const FROM_A = deleteOf('a', { rangeEnd: '\0' });
const ALL = rangeOf('\0', { rangeEnd: '\0' });

function txnOf(...success: RequestOp[]): TxnRequest {
  return { kind: 'txn', compare: [], success, failure: [] };
}

function compactionOf(revision: number): KvRequest {
  return { kind: 'compaction', revision, physical: false };
}

function storeOf(...requests: KvRequest[]): KvStore {
  const store = new KvStore();
  for (const request of requests) done(store, request);
  return store;
}

/** Applies a request that must succeed. */
function done(store: KvStore, request: KvRequest): KvResponse {
  const result = store.apply(request);
  if (!result.ok) throw new Error(result.error.message);
  return result.response;
}

function keysOf(store: KvStore, revision = 0): string[] {
  const result = store.read({ ...ALL, revision });
  if (!result.ok || result.response.kind !== 'range') throw new Error('a range of all keys failed');
  return result.response.kvs.map((kv) => `${kv.key}=${kv.value}`);
}

function bytesOf(store: KvStore): Uint8Array {
  const writer = new ByteWriter();
  store.serialize(writer);
  return Uint8Array.from(writer.bytes());
}

describe('where real etcd breaks', () => {
  it('refuses to keep the value of a key that the transaction deletes first, applying nothing', () => {
    const request = txnOf(putOf('0', 'new'), FROM_A, putOf('b', '', { ignoreValue: true }));
    expect(KvStore.validate(request)).toBeNull();
    const store = storeOf(putOf('b', 'old'));
    const before = bytesOf(store);
    expect(store.apply(request)).toEqual({ ok: false, error: ErrKeyNotFound });
    expect(bytesOf(store)).toEqual(before);
    expect(keysOf(store)).toEqual(['b=old']);
  });

  it('does so across nesting levels too, and for a kept lease', () => {
    const store = storeOf(putOf('b', 'old'));
    const nested = txnOf(txnOf(FROM_A), txnOf(putOf('b', 'new', { ignoreLease: true })));
    expect(KvStore.validate(nested)).toBeNull();
    expect(store.apply(nested)).toEqual({ ok: false, error: ErrKeyNotFound });
  });

  it('keeps the value if the delete comes after, or hits other keys only', () => {
    const store = storeOf(putOf('b', 'old'), putOf('x', '1'));
    const other = txnOf(deleteOf('c', { rangeEnd: '\0' }), putOf('b', '', { ignoreValue: true }));
    done(store, other);
    expect(keysOf(store)).toEqual(['b=old']);
    const after = txnOf(putOf('b', '', { ignoreValue: true, prevKv: true }), FROM_A);
    expect(done(store, after)).toMatchObject({
      responses: [{ prevKv: { value: 'old', version: 2 } }, { deleted: 1 }],
    });
    expect(keysOf(store)).toEqual([]);
  });

  it('keeps a value that is deleted and put again in the very revision it is compacted at', () => {
    const store = storeOf(putOf('b', 'old'), txnOf(FROM_A, putOf('b', 'new')));
    expect(store.revision).toBe(3);
    done(store, compactionOf(3));
    expect(keysOf(store)).toEqual(['b=new']);
    expect(keysOf(store, 3)).toEqual(['b=new']);
    expect(store.read(rangeOf('b'))).toMatchObject({
      response: { kvs: [{ createRevision: 3, modRevision: 3, version: 1 }] },
    });
  });

  it('never answers HashKV from memory after a compaction at 0', () => {
    const store = storeOf(putOf('a', '1'), compactionOf(0));
    expect(store.hashKv(0)).toMatchObject({ hash: 2587454935, compactRevision: 0, revision: 2 });
    done(store, putOf('a', '2'));
    expect(store.hashKv(0)).toEqual(store.hashKv(3));
    expect(store.hashKv(0)).toMatchObject({ hash: 535221974 });
  });
});

describe('the current revision', () => {
  it('survives a snapshot of a store whose every key was deleted and compacted away', () => {
    const store = storeOf(putOf('a', '1'), deleteOf('a'), putOf('b', '1'), deleteOf('b'));
    done(store, compactionOf(5));
    const restored = KvStore.restore(new ByteReader(bytesOf(store)));
    expect([restored.revision, restored.compactRevision]).toEqual([5, 5]);
    expect(done(restored, putOf('c', '1')).revision).toBe(6);
    done(restored, deleteOf('c'));
    done(restored, compactionOf(7));
    done(restored, putOf('d', '1'));
    done(restored, compactionOf(8));
    const again = KvStore.restore(new ByteReader(bytesOf(restored)));
    expect([again.revision, keysOf(again)]).toEqual([8, ['d=1']]);
  });

  it('does not move for what changes nothing', () => {
    const store = storeOf(putOf('a', '1'));
    const hash = store.hash();
    for (const request of [deleteOf('b'), FROM_B, txnOf(deleteOf('b'), ALL), txnOf(), ALL]) {
      expect(done(store, request).revision).toBe(2);
    }
    expect(store.hash()).toBe(hash);
  });
});

const FROM_B = deleteOf('b', { rangeEnd: '\0' });

describe('compaction of one key', () => {
  /** p = put, t = tombstone; each with its main revision and its sub. */
  function historyOf(...changes: readonly (readonly ['p' | 't', number, number])[]): KeyIndex {
    const index = new KeyIndex('k');
    for (const [kind, main, sub] of changes) {
      const kv = kind === 'p' ? index.next(main, '', 0) : tombstoneOf('k', main);
      index.versions.push(new Version(index, kv, sub));
    }
    return index;
  }

  function keptAfter(index: KeyIndex, revision: number): string {
    const all = [...index.versions];
    index.compact(revision);
    expect(all.filter((version) => !version.dropped)).toEqual(index.versions);
    return index.versions
      .map(({ kv, sub }) => `${isTombstone(kv) ? 't' : 'p'}${kv.modRevision}_${sub}`)
      .join(' ');
  }

  const LIFE = [
    ['p', 2, 0],
    ['p', 4, 0],
    ['t', 6, 0],
    ['p', 8, 0],
    ['p', 10, 0],
  ] as const;

  for (const [revision, kept] of [
    [1, 'p2_0 p4_0 t6_0 p8_0 p10_0'],
    [2, 'p2_0 p4_0 t6_0 p8_0 p10_0'],
    [3, 'p2_0 p4_0 t6_0 p8_0 p10_0'],
    [4, 'p4_0 t6_0 p8_0 p10_0'],
    [5, 'p4_0 t6_0 p8_0 p10_0'],
    [6, 't6_0 p8_0 p10_0'],
    [7, 'p8_0 p10_0'],
    [9, 'p8_0 p10_0'],
    [10, 'p10_0'],
    [99, 'p10_0'],
  ] as const) {
    it(`at ${revision} keeps ${kept}`, () => {
      expect(keptAfter(historyOf(...LIFE), revision)).toBe(kept);
    });
  }

  it('keeps a tombstone at the revision next to the put that follows it', () => {
    expect(keptAfter(historyOf(['p', 2, 0], ['t', 3, 0], ['p', 3, 1]), 3)).toBe('t3_0 p3_1');
  });

  it('drops a put that the same revision deletes again', () => {
    expect(keptAfter(historyOf(['p', 3, 0], ['t', 3, 1]), 3)).toBe('t3_1');
    expect(keptAfter(historyOf(['p', 3, 0], ['t', 3, 1]), 4)).toBe('');
  });
});

describe('compaction of the store', () => {
  it('takes what it drops out of log, tree and hash, also at the revision itself', () => {
    const store = storeOf(putOf('b', 'old'), txnOf(putOf('b', 'x'), putOf('c', 'y'), FROM_A));
    done(store, compactionOf(3));
    expect(store.hash()).toBe(store.recomputeHash());
    expect(store.hash()).toBe(KvStore.restore(new ByteReader(bytesOf(store))).recomputeHash());
    // Two tombstones: flags, main revision, sub of the second, key.
    const head = 1 + 8 + 9 + 4;
    expect(bytesOf(store).length).toBe(head + (1 + 8 + 5) + (1 + 8 + 4 + 5) + 4 + 8);
  });

  it('forgets a key with its last version', () => {
    const state = new MvccState();
    state.put(putOf('a', '1'));
    state.endWrite();
    state.deleteRange(deleteOf('a'));
    state.endWrite();
    state.compact(3);
    expect([state.tree.size, state.log.length]).toEqual([1, 1]);
    state.put(putOf('b', '1'));
    state.endWrite();
    state.compact(4);
    expect(state.tree.all().map((index) => index.key)).toEqual(['b']);
    expect(state.log.length).toBe(1);
  });
});

describe('HashKV, computed here by hand from the bytes etcd stores', () => {
  /** One record: internal key, then the marshalled KeyValue given as its field bytes. */
  function record(main: number, sub: number, ...marshalled: (number | string)[]): Buffer {
    const head = Buffer.alloc(17, '_');
    head.writeBigUInt64BE(BigInt(main), 0);
    head.writeBigUInt64BE(BigInt(sub), 9);
    const parts = marshalled.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]),
    );
    return Buffer.concat([head, ...parts]);
  }

  /** Fields 1 to 5 of a kv with a short key and value and small numbers. */
  function kv(key: string, create: number, mod: number, version: number, value: string) {
    const text = (field: number, content: string) => [(field << 3) | 2, content.length, content];
    return [...text(1, key), 16, create, 24, mod, 32, version, ...text(5, value)];
  }

  function tombstone(main: number, sub: number, key: string): Buffer {
    return record(main, sub, 't', 10, key.length, key);
  }

  const hashOf = (...records: Buffer[]) => crc32c(Buffer.concat([Buffer.from('key'), ...records]));
  const hashAt = (store: KvStore, revision = 0) => store.hashKv(revision);

  it('skips what a compaction at the revision would drop, as far as one has gone', () => {
    const store = storeOf(putOf('a', '1'), putOf('b', '1'), compactionOf(3), putOf('a', '2'));
    const b = record(3, 0, ...kv('b', 3, 3, 1, '1'));
    const records = [b, record(4, 0, ...kv('a', 2, 4, 2, '2'))];
    expect(hashAt(store)).toEqual({
      hash: hashOf(...records),
      hashRevision: 4,
      compactRevision: 3,
      revision: 4,
    });
    // The compacted revision itself can still be asked for.
    const first = record(2, 0, ...kv('a', 2, 2, 1, '1'));
    expect(hashAt(store, 3)).toMatchObject({ hash: hashOf(first, b), hashRevision: 3 });
  });

  it('skips nothing if no key is left, as etcd does', () => {
    const store = storeOf(putOf('a', '1'), putOf('b', '1'), compactionOf(3));
    done(store, deleteOf('a', { rangeEnd: 'c' }));
    const records = [
      record(2, 0, ...kv('a', 2, 2, 1, '1')),
      record(3, 0, ...kv('b', 3, 3, 1, '1')),
    ];
    const ends = [tombstone(4, 0, 'a'), tombstone(4, 1, 'b')];
    expect(hashAt(store)).toMatchObject({ hash: hashOf(...records, ...ends) });
  });

  it('takes a key deleted and put again in the revision for a deleted one, as etcd does', () => {
    const store = storeOf(putOf('b', '1'), compactionOf(2), txnOf(FROM_A, putOf('b', '2')));
    const records = [record(2, 0, ...kv('b', 2, 2, 1, '1')), tombstone(3, 0, 'b')];
    const again = record(3, 1, ...kv('b', 3, 3, 1, '2'));
    expect(hashAt(store)).toMatchObject({ hash: hashOf(...records, again) });
    // One revision later it counts as live, and the superseded record is skipped.
    done(store, putOf('c', '1'));
    const c = record(4, 0, ...kv('c', 4, 4, 1, '1'));
    expect(hashAt(store)).toMatchObject({ hash: hashOf(records[1]!, again, c) });
  });

  it('marshals a negative lease as ten bytes and large numbers in groups of seven bits', () => {
    const store = new KvStore(() => true);
    done(store, putOf('a', '1', { lease: -2 }));
    done(store, putOf('a', '', { lease: 300 }));
    const minusTwo = [48, 0xfe, ...Array.from({ length: 8 }, () => 0xff), 1];
    const first = record(2, 0, ...kv('a', 2, 2, 1, '1'), ...minusTwo);
    const second = record(3, 0, 10, 1, 'a', 16, 2, 24, 3, 32, 2, 48, 0xac, 2);
    expect(hashAt(store)).toMatchObject({ hash: hashOf(first, second) });
  });

  it('continues over more records than fit its buffer', () => {
    const store = new KvStore();
    const records: Buffer[] = [];
    const value = 'v'.repeat(1000);
    for (let main = 2; main < 120; main++) {
      done(store, putOf('k', value));
      const numbers = [16, 2, 24, main, 32, main - 1];
      records.push(record(main, 0, 10, 1, 'k', ...numbers, 42, 0xe8, 7, value));
    }
    expect(hashAt(store)).toMatchObject({ hash: hashOf(...records) });
  });

  it('of a negative revision is the hash of nothing', () => {
    expect(hashAt(storeOf(putOf('a', '1')), -1)).toMatchObject({ hash: hashOf() });
  });
});

describe('validation', () => {
  const put = (key: string) => putOf(key, '1');
  const many = (count: number, of: (i: number) => RequestOp) =>
    Array.from({ length: count }, (_, i) => of(i));

  it('limits each level to what its parents leave of 128 operations', () => {
    const level = (count: number) => txnOf(...many(count, (i) => put(`k${i}`)));
    expect(KvStore.validate(level(128))).toBeNull();
    expect(KvStore.validate(level(129))).toBe(ErrTooManyOps);
    expect(KvStore.validate(txnOf(level(127)))).toBeNull();
    expect(KvStore.validate(txnOf(level(128)))).toBe(ErrTooManyOps);
    let deep = txnOf();
    for (let i = 0; i < 128; i++) deep = txnOf(deep);
    expect(KvStore.validate(deep)).toBeNull();
    expect(KvStore.validate(txnOf(deep))).toBe(ErrTooManyOps);
  });

  it('finds empty keys and empty operations in the branch not taken and in compares', () => {
    expect(KvStore.validate({ ...txnOf(), failure: [deleteOf('')] })).toBe(ErrEmptyKey);
    expect(KvStore.validate(txnOf(txnOf({ kind: 'empty' })))).toBe(ErrKeyNotFound);
    const compare = { key: '', rangeEnd: '', target: 'MOD', result: 'EQUAL', number: 0, value: '' };
    const request = { ...txnOf(), compare: [compare] } as TxnRequest;
    expect(KvStore.validate(request)).toBe(ErrEmptyKey);
  });

  it('refuses to write a key twice but looks at nested deletes only for what follows', () => {
    const duplicate: TxnRequest[] = [
      txnOf(put('a'), put('a')),
      txnOf(deleteOf('a', { rangeEnd: 'c' }), put('b')),
      txnOf(put('b'), deleteOf('a', { rangeEnd: 'c' })),
      txnOf(txnOf(put('a')), txnOf(put('a'))),
      txnOf(txnOf(deleteOf('a')), txnOf(put('a'))),
    ];
    for (const request of duplicate) expect(KvStore.validate(request)).toBe(ErrDuplicateKey);
    const fine: TxnRequest[] = [
      txnOf(deleteOf('a', { rangeEnd: 'c' }), put('c')),
      txnOf(deleteOf('a'), deleteOf('a', { rangeEnd: 'c' })),
      txnOf({ ...txnOf(put('a')), failure: [put('a')] }),
      txnOf(txnOf(put('a')), txnOf(deleteOf('a'))),
      txnOf(FROM_A, put('b')),
    ];
    for (const request of fine) expect(KvStore.validate(request)).toBeNull();
  });

  it('counts a nested transaction as a write, even if it only reads', () => {
    const local = rangeOf('a', { serializable: true });
    expect(KvStore.isReadOnly({ ...txnOf(local), failure: [ALL] })).toBe(true);
    expect(KvStore.isSerializable({ ...txnOf(local), failure: [ALL] })).toBe(false);
    expect(KvStore.isSerializable(txnOf(local, local))).toBe(true);
    expect(KvStore.isReadOnly(txnOf(txnOf(ALL)))).toBe(false);
    expect(KvStore.isReadOnly(txnOf(ALL, deleteOf('a')))).toBe(false);
    expect([KvStore.isReadOnly(ALL), KvStore.isReadOnly(put('a'))]).toEqual([true, false]);
  });
});

describe('leases', () => {
  it('are unknown to a store without a lessor', () => {
    const store = storeOf(putOf('a', '1'));
    const put = putOf('a', '2', { lease: 7 });
    expect(store.apply(put)).toEqual({ ok: false, error: ErrLeaseNotFound });
    expect(store.apply(txnOf(putOf('b', '1'), put))).toEqual({
      ok: false,
      error: ErrLeaseNotFound,
    });
    expect(keysOf(store)).toEqual(['a=1']);
  });

  it('are looked up before the key by a put, and after it in a transaction', () => {
    const put = putOf('a', '', { lease: 7, ignoreValue: true });
    expect(new KvStore().apply(put)).toEqual({ ok: false, error: ErrLeaseNotFound });
    expect(new KvStore().apply(txnOf(put))).toEqual({ ok: false, error: ErrKeyNotFound });
  });
});

describe('the state hash', () => {
  it('differs as soon as anything differs', () => {
    const lessor = () => true;
    const leased = new KvStore(lessor);
    done(leased, putOf('a', '1', { lease: 5 }));
    const negative = new KvStore(lessor);
    done(negative, putOf('a', '1', { lease: -5 }));
    const stores = [
      new KvStore(),
      storeOf(compactionOf(0)),
      storeOf(compactionOf(1)),
      storeOf(putOf('a', '1')),
      storeOf(putOf('a', '')),
      storeOf(putOf('a', '\0')),
      storeOf(putOf('a1', '')),
      storeOf(putOf('b', '1')),
      leased,
      negative,
      storeOf(putOf('a', '1'), putOf('a', '1')),
      storeOf(putOf('a', '1'), putOf('a', '1'), compactionOf(2)),
      storeOf(putOf('a', '1'), putOf('a', '1'), compactionOf(3)),
      storeOf(putOf('a', '1'), deleteOf('a')),
      storeOf(putOf('a', '1'), deleteOf('a'), compactionOf(3)),
      storeOf(putOf('b', '1'), putOf('a', '1')),
      storeOf(putOf('a', '1'), putOf('b', '1')),
      storeOf(putOf('a', 'x'), putOf('b', 'y')),
      storeOf(putOf('a', 'y'), putOf('b', 'x')),
      storeOf(txnOf(putOf('a', '1'), putOf('b', '1'))),
      storeOf(txnOf(putOf('b', '1'), putOf('a', '1'))),
    ];
    const hashes = stores.map((store) => store.hash());
    expect(new Set(hashes).size).toBe(stores.length);
    for (const hash of hashes) expect(Number.isSafeInteger(hash)).toBe(true);
  });
});

describe('a snapshot', () => {
  const store = storeOf(
    putOf('a', '1'),
    txnOf(putOf('b', 'x'), deleteOf('a')),
    compactionOf(2),
    putOf('c', 'long '.repeat(10)),
  );
  const written = bytesOf(store);

  it('that ends early is refused at every length', () => {
    for (let length = 0; length < written.length; length++) {
      const cut = new ByteReader(written.slice(0, length));
      expect(() => KvStore.restore(cut), `${length} bytes`).toThrow(DecodeError);
    }
  });

  it('with any byte changed is refused, or means the same', () => {
    let refused = 0;
    for (let at = 0; at < written.length; at++) {
      const damaged = written.slice();
      damaged[at] = damaged[at]! ^ 0x11;
      try {
        const restored = KvStore.restore(new ByteReader(damaged));
        expect(bytesOf(restored), `byte ${at}`).toEqual(written);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(written.length - 3);
  });

  it('with versions out of order is refused', () => {
    const plain = bytesOf(storeOf(putOf('a', '1'), putOf('b', '1')));
    const size = (plain.length - 22 - 8) / 2;
    const [first, second] = [plain.slice(22, 22 + size), plain.slice(22 + size, 22 + 2 * size)];
    plain.set(second, 22);
    plain.set(first, 22 + size);
    expect(() => KvStore.restore(new ByteReader(plain))).toThrow(/revision 2_0 after 3_0/);
  });

  it('leaves the reader behind its last byte', () => {
    const reader = new ByteReader(Uint8Array.from([...written, 7]));
    KvStore.restore(reader);
    expect(reader.remaining()).toBe(1);
  });
});

describe('the tree index', () => {
  it('keeps thousands of keys in order while they come and go', () => {
    const random = randomStream('1', 'tree');
    const tree = new TreeIndex();
    const known = new Set<string>();
    for (let i = 0; i < 12_000; i++) {
      const key = `k${random.below(3000)}`;
      if (known.delete(key)) tree.remove(tree.get(key)!);
      else {
        known.add(key);
        tree.create(key);
      }
      if (i % 500 !== 0) continue;
      const sorted = [...known].sort();
      expect(tree.size).toBe(sorted.length);
      expect(tree.all().map((index) => index.key)).toEqual(sorted);
      const from = `k${random.below(3000)}`;
      const end = i % 1000 === 0 ? '\0' : `k${random.below(3000)}`;
      const found: KeyIndex[] = [];
      tree.collect(from, end, found);
      expect(found.map((index) => index.key)).toEqual(
        sorted.filter((key) => key >= from && (end === '\0' || key < end)),
      );
    }
    for (const key of known) tree.remove(tree.get(key)!);
    expect([tree.size, tree.all()]).toEqual([0, []]);
  });
});
