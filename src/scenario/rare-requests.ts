// Requests that clients seldom make, but that etcd's KV service answers: old revisions, limits and orders, filters,
// previous values, compares of every kind, transactions within transactions. Which of them is one number of the plan.
// Not here: the ordinary ones (workload.ts). Keeps: all of them pass validation, whatever the number.

import type { ByteString, Revision } from '../base/ids.js';
import {
  type Compare,
  type CompareResult,
  type CompareTarget,
  deleteOf,
  type KvRequest,
  putOf,
  type RangeRequest,
  rangeOf,
  type SortTarget,
  type TxnRequest,
} from '../etcdpb/kv.js';

/** What a client has seen. */
export interface Seen {
  readonly revision: Revision;
  /** Revision of the newest change to the key that it knows of, 0 for none. */
  modRevision(key: ByteString): Revision;
}

/** A range that ends so has no end. */
const FROM_KEY = '\0';
/** How far back reads go: beyond what compactions leave, so that some are refused. The first are of the future. */
const BACK_MAX = 32;
/** Of changes. */
const CLEARED_ONE_IN = 16;
const SORT_TARGETS: readonly SortTarget[] = ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'];
const COMPARE_TARGETS: readonly CompareTarget[] = ['VERSION', 'CREATE', 'MOD', 'VALUE'];
const COMPARE_RESULTS: readonly CompareResult[] = ['EQUAL', 'NOT_EQUAL', 'GREATER', 'LESS'];

/** A key, or all from it on, as of an earlier revision. */
export function oldRead(key: ByteString, which: number, seen: Seen): RangeRequest {
  const revision = Math.max(1, seen.revision + 1 - (which % BACK_MAX));
  const rangeEnd = which % 2 === 0 ? '' : FROM_KEY;
  return rangeOf(key, { rangeEnd, revision });
}

/** All keys from one on: some of them, in an order, or in part; or one key, in part. */
export function query(key: ByteString, which: number, seen: Seen): RangeRequest {
  const sortTarget = SORT_TARGETS[which % SORT_TARGETS.length]!;
  const around = Math.max(1, seen.revision - (which % 16));
  const few = Math.floor(which / 9) % 3;
  const options: readonly Partial<RangeRequest>[] = [
    { limit: 1 + (which % 4) },
    { limit: 1 + (which % 3), sortOrder: 'DESCEND', sortTarget },
    { sortOrder: 'ASCEND', sortTarget },
    { keysOnly: true, limit: few },
    { countOnly: true },
    { minModRevision: around },
    { maxModRevision: around, limit: few },
    { minCreateRevision: around, maxModRevision: around + 8 },
    { maxCreateRevision: around },
    { rangeEnd: '', keysOnly: true },
    { rangeEnd: '', countOnly: true },
    { rangeEnd: '', minModRevision: around },
    { rangeEnd: '', maxCreateRevision: around },
  ];
  return rangeOf(key, { rangeEnd: FROM_KEY, ...options[which % options.length] });
}

/** A change that tells what was before, or keeps the value; now and then of all keys from one on. */
export function changeOver(key: ByteString, value: ByteString, which: number): KvRequest {
  if (which % CLEARED_ONE_IN === 1) return deleteOf(key, { rangeEnd: FROM_KEY, prevKv: true });
  switch (which % 4) {
    case 0:
      return putOf(key, '', { ignoreValue: true, prevKv: true });
    case 1:
      return deleteOf(key, { prevKv: true });
    default:
      return putOf(key, value, { prevKv: true });
  }
}

/**
 * A transaction with a compare of any kind, and another one in it that compares what the first has just changed:
 * etcd decides both by the state before either.
 */
export function deepTxn(
  key: ByteString,
  neighbour: ByteString,
  values: readonly [ByteString, ByteString],
  which: number,
  seen: Seen,
): TxnRequest {
  const inner: TxnRequest = {
    kind: 'txn',
    compare: [compareOf(key, 'MOD', which % 7 < 5 ? 'EQUAL' : 'NOT_EQUAL', seen.modRevision(key))],
    success: [rangeOf(key), putOf(neighbour, values[1], { prevKv: true })],
    failure: [deleteOf(neighbour, { prevKv: true }), rangeOf(key)],
  };
  const changes = [
    putOf(key, values[0]),
    putOf(key, '', { ignoreValue: true }),
    deleteOf(key),
  ] as const;
  return {
    kind: 'txn',
    compare: [anyCompare(key, which, seen, values[0])],
    success: [
      changes[which % changes.length]!,
      inner,
      rangeOf(key, { rangeEnd: FROM_KEY, revision: seenBefore(which, seen) }),
    ],
    failure: [rangeOf(key), { ...inner, compare: [anyCompare(neighbour, which, seen, values[1])] }],
  };
}

/** Of a range in a transaction: most often now. */
function seenBefore(which: number, { revision }: Seen): Revision {
  return which % 8 < 6 ? 0 : Math.max(1, revision + 1 - (which % 5));
}

function anyCompare(key: ByteString, which: number, seen: Seen, middle: ByteString): Compare {
  const target = COMPARE_TARGETS[which % COMPARE_TARGETS.length]!;
  const result = COMPARE_RESULTS[(which >>> 2) % COMPARE_RESULTS.length]!;
  const number = target === 'VERSION' ? which % 9 : seen.modRevision(key);
  const compare = compareOf(key, target, result, number, which % 2 === 0 ? '' : middle);
  // A range holds if every key in it does.
  return which % 5 === 0 ? { ...compare, rangeEnd: FROM_KEY } : compare;
}

/** To equal the empty value is not to be missing. */
function compareOf(
  key: ByteString,
  target: CompareTarget,
  result: CompareResult,
  number: number,
  value: ByteString = '',
): Compare {
  return { key, rangeEnd: '', target, result, number, value };
}
