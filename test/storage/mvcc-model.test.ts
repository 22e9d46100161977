// Random requests against the store and a naive model that copies everything: answers, history,
// hashes and snapshots must agree. Not here: whether the model is right; transcripts judge that.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.js';
import {
  type Compare,
  type KvRequest,
  type RequestOp,
  rangeOf,
  type TxnRequest,
} from '../../src/etcdpb/kv.js';
import { KvStore } from '../../src/storage/mvcc/store.js';
import { Model } from './mvcc-model.js';

const KEYS = ['a', 'a\0', 'b', 'b/1', 'b/2', 'c', '\xff'];
const key = fc.constantFrom(...KEYS);
const rangeEnd = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constant('\0') },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b', 'b0', 'd') },
);
const value = fc.constantFrom('', '1', '2', 'v\x80\xff');
const revision = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 20 }) },
);
const smallBound = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }) },
);

const range = fc.record({
  kind: fc.constant('range' as const),
  key,
  rangeEnd,
  limit: fc.constantFrom(0, 0, -1, 1, 2, 3),
  revision,
  sortOrder: fc.constantFrom(
    'NONE' as const,
    'NONE' as const,
    'ASCEND' as const,
    'DESCEND' as const,
  ),
  sortTarget: fc.constantFrom(
    'KEY' as const,
    'KEY' as const,
    'VERSION' as const,
    'CREATE' as const,
    'MOD' as const,
    'VALUE' as const,
  ),
  serializable: fc.boolean(),
  keysOnly: fc.boolean(),
  countOnly: fc.constantFrom(false, false, true),
  minModRevision: smallBound,
  maxModRevision: smallBound,
  minCreateRevision: smallBound,
  maxCreateRevision: smallBound,
});

const put = fc
  .record({
    kind: fc.constant('put' as const),
    key,
    value,
    lease: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 77),
    prevKv: fc.boolean(),
    ignoreValue: fc.constantFrom(false, false, false, true),
    ignoreLease: fc.constantFrom(false, false, false, true),
  })
  .map((p) => ({
    ...p,
    value: p.ignoreValue ? '' : p.value,
    lease: p.ignoreLease ? 0 : p.lease,
  }));

const deletion = fc.record({
  kind: fc.constant('delete-range' as const),
  key,
  rangeEnd,
  prevKv: fc.boolean(),
});

const compare: fc.Arbitrary<Compare> = fc.record({
  key,
  rangeEnd,
  target: fc.constantFrom('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'),
  result: fc.constantFrom('EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'),
  number: fc.integer({ min: 0, max: 6 }),
  value,
});

const txn: fc.Arbitrary<TxnRequest> = fc.letrec<{ txn: TxnRequest; op: RequestOp }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'txn' },
    put,
    deletion,
    range,
    tie('txn') as fc.Arbitrary<RequestOp>,
  ),
  txn: fc.record(
    {
      kind: fc.constant('txn' as const),
      compare: fc.array(compare, { maxLength: 2 }),
      success: fc.array(tie('op'), { maxLength: 4, depthIdentifier: 'txn' }),
      failure: fc.array(tie('op'), { maxLength: 3, depthIdentifier: 'txn' }),
    },
    { noNullPrototype: true },
  ),
})).txn;

const compaction = fc.record({
  kind: fc.constant('compaction' as const),
  revision: fc.integer({ min: -1, max: 15 }),
  physical: fc.boolean(),
});

const request: fc.Arbitrary<KvRequest> = fc.oneof(
  { weight: 5, arbitrary: put },
  { weight: 2, arbitrary: deletion },
  { weight: 4, arbitrary: txn },
  { weight: 3, arbitrary: range },
  { weight: 1, arbitrary: compaction },
);

const requests = fc.array(request, { minLength: 1, maxLength: 40, size: 'max' });

describe('the store against a model that copies everything', () => {
  it('answers every request alike and keeps its hash up to date', () => {
    const seen = { applied: 0, refused: 0, failed: 0, txnFailed: 0, compacted: 0 };
    fc.assert(
      fc.property(requests, (sequence) => {
        const store = new KvStore();
        const model = new Model();
        for (const request of sequence) {
          if (KvStore.validate(request) !== null) {
            seen.refused++;
            continue;
          }
          const before = store.hash();
          const result = store.apply(request);
          expect(result).toEqual(model.apply(request));
          expect(store.revision).toBe(model.revision);
          expect(store.compactRevision).toBe(model.compactRevision);
          expect(store.hash()).toBe(store.recomputeHash());
          if (result.ok) seen.applied++;
          else {
            seen.failed++;
            if (request.kind === 'txn') seen.txnFailed++;
            expect(store.hash()).toBe(before);
          }
          if (result.ok && request.kind === 'compaction') seen.compacted++;
        }
        expectSameHistory(store, model);
      }),
      { seed: 20260101, numRuns: 400 },
    );
    // The sequences reach what they are meant to reach.
    expect(seen.applied).toBeGreaterThan(4000);
    expect(seen.refused).toBeGreaterThan(100);
    expect(seen.failed).toBeGreaterThan(500);
    expect(seen.txnFailed).toBeGreaterThan(50);
    expect(seen.compacted).toBeGreaterThan(100);
  });

  it('goes on alike after it was written and restored at any point', () => {
    fc.assert(
      fc.property(requests, fc.nat(), (sequence, cut) => {
        const legal = sequence.filter((request) => KvStore.validate(request) === null);
        const original = new KvStore();
        const at = cut % (legal.length + 1);
        for (const request of legal.slice(0, at)) original.apply(request);
        const written = bytesOf(original);
        const restored = KvStore.restore(new ByteReader(written));
        expect(bytesOf(restored)).toEqual(written);
        expect(restored.hash()).toBe(original.hash());
        for (const request of legal.slice(at)) {
          expect(restored.apply(request)).toEqual(original.apply(request));
          expect(restored.hash()).toBe(original.hash());
        }
        expect(restored.hashKv(0)).toEqual(original.hashKv(0));
        expect(bytesOf(restored)).toEqual(bytesOf(original));
      }),
      { seed: 20260102, numRuns: 150 },
    );
  });

  it('hashes alike, however the history before a compaction was compacted', () => {
    fc.assert(
      fc.property(requests, fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), (sequence, steps) => {
        const once = new KvStore();
        const often = new KvStore();
        for (const request of sequence) {
          if (KvStore.validate(request) !== null || request.kind === 'compaction') continue;
          expect(often.apply(request)).toEqual(once.apply(request));
        }
        for (const revision of [...steps].sort((a, b) => a - b)) {
          often.apply({ kind: 'compaction', revision, physical: true });
        }
        if (often.compactRevision === -1) return;
        once.apply({ kind: 'compaction', revision: often.compactRevision, physical: true });
        expect(bytesOf(often)).toEqual(bytesOf(once));
        expect(often.hash()).toBe(once.hash());
      }),
      { seed: 20260103, numRuns: 150 },
    );
  });
});

function expectSameHistory(store: KvStore, model: Model): void {
  for (let at = Math.max(1, model.compactRevision); at <= model.revision; at++) {
    const all = store.read(rangeOf('\0', { rangeEnd: '\0', revision: at }));
    const expected = [...model.states[at]!.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(all).toEqual({
      ok: true,
      response: {
        kind: 'range',
        revision: model.revision,
        kvs: expected,
        more: false,
        count: expected.length,
      },
    });
  }
}

function bytesOf(store: KvStore): Uint8Array {
  const writer = new ByteWriter();
  store.serialize(writer);
  return Uint8Array.from(writer.bytes());
}
