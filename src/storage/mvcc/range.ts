// Reads of one key or a range of keys at the current or an older revision: fetch, filter, sort, cut.
// Not here: reads inside a transaction's compares. Order of work and quirks are those of etcd 3.5.

import type { Revision } from '../../base/ids.js';
import type { EtcdError } from '../../etcdpb/errors.js';
import { ErrCompacted, ErrFutureRev } from '../../etcdpb/errors.js';
import type { KeyValue, RangeRequest, RangeResponse, SortTarget } from '../../etcdpb/kv.js';
import type { MvccState } from './state.js';

const NO_KVS: readonly KeyValue[] = [];

/** What a plain range says about its revision: zero and negative mean the current one. */
export function checkRangeRevision(state: MvccState, revision: Revision): EtcdError | null {
  if (revision <= 0) return null;
  if (revision > state.revision) return ErrFutureRev;
  return revision < state.compactRevision ? ErrCompacted : null;
}

/** Inside a transaction etcd compares a negative revision raw: compacted, once anything was. */
export function checkTxnRangeRevision(state: MvccState, revision: Revision): EtcdError | null {
  if (revision === 0) return null;
  if (revision > state.revision) return ErrFutureRev;
  return revision < state.compactRevision ? ErrCompacted : null;
}

/** Answers a range whose revision has been checked. Sees the write in progress. */
export function rangeResponse(state: MvccState, request: RangeRequest): RangeResponse {
  const revision = state.visibleRevision();
  if (request.rangeEnd === '') return oneKey(state, request, revision);

  const found = state.keysIn(request.key, request.rangeEnd);
  const reordered = request.sortOrder !== 'NONE' || isFiltered(request);
  // Sorting with order NONE does not lift the limit: those rows were already cut by key order.
  const fetchMax = reordered || request.limit <= 0 ? Number.MAX_SAFE_INTEGER : request.limit + 1;
  let kvs: KeyValue[] = [];
  let count = 0;
  for (let i = 0; i < found.length; i++) {
    const index = found[i]!;
    const kv = request.revision > 0 ? index.at(request.revision) : index.current();
    if (kv === null) continue;
    count++;
    if (!request.countOnly && kvs.length < fetchMax) kvs.push(kv);
  }
  if (request.countOnly) return { kind: 'range', revision, kvs: NO_KVS, more: false, count };

  if (isFiltered(request)) kvs = kvs.filter((kv) => passes(request, kv));
  if (request.sortOrder !== 'NONE' || request.sortTarget !== 'KEY') {
    kvs.sort(comparator(request.sortTarget, request.sortOrder === 'DESCEND'));
  }
  const more = request.limit > 0 && kvs.length > request.limit;
  if (more) kvs.length = request.limit;
  return {
    kind: 'range',
    revision,
    kvs: request.keysOnly ? kvs.map(withoutValue) : kvs,
    more,
    count,
  };
}

function oneKey(state: MvccState, request: RangeRequest, revision: Revision): RangeResponse {
  const index = state.tree.get(request.key);
  let kv: KeyValue | null = null;
  if (index !== undefined) {
    kv = request.revision > 0 ? index.at(request.revision) : index.current();
  }
  if (kv === null) return { kind: 'range', revision, kvs: NO_KVS, more: false, count: 0 };
  if (request.countOnly || !passes(request, kv)) {
    return { kind: 'range', revision, kvs: NO_KVS, more: false, count: 1 };
  }
  const shown = request.keysOnly ? withoutValue(kv) : kv;
  return { kind: 'range', revision, kvs: [shown], more: false, count: 1 };
}

function isFiltered(request: RangeRequest): boolean {
  return (
    request.minModRevision !== 0 ||
    request.maxModRevision !== 0 ||
    request.minCreateRevision !== 0 ||
    request.maxCreateRevision !== 0
  );
}

function passes(request: RangeRequest, kv: KeyValue): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return (
    (maxModRevision === 0 || kv.modRevision <= maxModRevision) &&
    (minModRevision === 0 || kv.modRevision >= minModRevision) &&
    (maxCreateRevision === 0 || kv.createRevision <= maxCreateRevision) &&
    (minCreateRevision === 0 || kv.createRevision >= minCreateRevision)
  );
}

function withoutValue(kv: KeyValue): KeyValue {
  return { ...kv, value: '' };
}

/** Ties go by ascending key in both directions: what etcd's sort does to up to 12 rows. */
function comparator(target: SortTarget, descending: boolean) {
  return (a: KeyValue, b: KeyValue): number => {
    const x = sortKey(target, a);
    const y = sortKey(target, b);
    if (x !== y) return x < y === descending ? 1 : -1;
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  };
}

function sortKey(target: SortTarget, kv: KeyValue): number | string {
  switch (target) {
    case 'KEY':
      return kv.key;
    case 'VERSION':
      return kv.version;
    case 'CREATE':
      return kv.createRevision;
    case 'MOD':
      return kv.modRevision;
    case 'VALUE':
      return kv.value;
  }
}
