// Requests that clients seldom make: whatever number a plan draws for one, etcd would not refuse it for its form, and
// the numbers reach every kind of read, compare and change.

import { describe, expect, it } from 'vitest';
import type { KvRequest } from '../../src/etcdpb/kv.js';
import { changeOver, deepTxn, oldRead, query } from '../../src/scenario/rare-requests.js';
import { KvStore } from '../../src/storage/mvcc/store.js';

const SEEN = { revision: 100, modRevision: (key: string) => (key === 'k00' ? 90 : 0) };
const NUMBERS = Array.from({ length: 720 }, (_, which) => which);

function all(make: (which: number) => KvRequest): KvRequest[] {
  const requests = NUMBERS.map(make);
  for (const request of requests)
    expect(KvStore.validate(request), JSON.stringify(request)).toBeNull();
  return requests;
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}

describe('rare requests', () => {
  it('read at revisions around those that compactions leave, and at the next, never before the first', () => {
    const reads = all((which) => oldRead('k00', which, SEEN));
    const revisions = reads.map((read) => (read.kind === 'range' ? read.revision : 0));
    expect([Math.min(...revisions), Math.max(...revisions)]).toEqual([70, 101]);
    expect(oldRead('k00', 31, { ...SEEN, revision: 5 }).revision).toBe(1);
  });

  it('filter, sort, cut and count in every way', () => {
    const queries = all((which) => query('k00', which, SEEN)).flatMap((request) =>
      request.kind === 'range' ? [request] : [],
    );
    expect(distinct(queries.map(({ sortTarget }) => sortTarget))).toHaveLength(5);
    expect(distinct(queries.map(({ sortOrder }) => sortOrder))).toHaveLength(3);
    for (const option of [
      'limit',
      'minModRevision',
      'maxModRevision',
      'minCreateRevision',
      'maxCreateRevision',
    ] as const) {
      expect(
        queries.some((one) => one[option] > 0),
        option,
      ).toBe(true);
    }
    expect(queries.some(({ maxModRevision, limit }) => maxModRevision > 0 && limit > 0)).toBe(true);
    expect(queries.some(({ keysOnly }) => keysOnly)).toBe(true);
    expect(queries.some(({ countOnly }) => countOnly)).toBe(true);
  });

  it('tell what was before, and compare everything in every way', () => {
    expect(distinct(all((which) => changeOver('k00', 'v', which)).map(({ kind }) => kind))).toEqual(
      ['delete-range', 'put'],
    );
    const txns = all((which) => deepTxn('k00', 'k01', ['v', 'w'], which, SEEN));
    const compares = txns.flatMap((txn) => (txn.kind === 'txn' ? txn.compare : []));
    expect(distinct(compares.map(({ target, result }) => `${target} ${result}`))).toHaveLength(16);
    expect(compares.some(({ rangeEnd }) => rangeEnd !== '')).toBe(true);
  });
});
