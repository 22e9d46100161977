// Bugs planted in the multi-version store: in what reads, transactions and compactions answer.

import type { Mutant } from './mutant.js';

const RANGE = 'storage/mvcc/range.ts';
const KEY_INDEX = 'storage/mvcc/key-index.ts';
const STATE = 'storage/mvcc/state.ts';
const TXN = 'storage/mvcc/txn.ts';

/** All show in the answers alone: every member is wrong in the same way. */
const SHOWN = { scenario: 'every-request', caughtBy: ['LINEARIZABILITY'], seedsMax: 30 } as const;

export const STORE_MUTANTS: readonly Mutant[] = [
  {
    id: 'old-revision-off-by-one',
    bug: 'A read at a revision shows what was before it',
    reference: 'S9; etcd-semantics, reads at a revision',
    changes: [
      {
        file: KEY_INDEX,
        find: 'versions[high - 1]!.kv.modRevision <= revision',
        replace: 'versions[high - 1]!.kv.modRevision < revision',
      },
      {
        file: KEY_INDEX,
        find: 'versions[middle]!.kv.modRevision <= revision',
        replace: 'versions[middle]!.kv.modRevision < revision',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'compacted-revision-refused',
    bug: 'A read at the very revision of the compaction is refused',
    reference: 'S6, S9; etcd mvcc kvstore_txn.go',
    changes: [
      {
        file: RANGE,
        find: `if (revision <= 0) return null;
  if (revision > state.revision) return ErrFutureRev;
  return revision < state.compactRevision`,
        replace: `if (revision <= 0) return null;
  if (revision > state.revision) return ErrFutureRev;
  return revision <= state.compactRevision`,
      },
    ],
    ...SHOWN,
  },
  {
    id: 'more-off-by-one',
    bug: 'A range that ends exactly at its limit says that there is more',
    reference: 'S9',
    changes: [
      {
        file: RANGE,
        find: 'request.limit > 0 && kvs.length > request.limit',
        replace: 'request.limit > 0 && kvs.length >= request.limit',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'range-ends-before-its-last-key',
    bug: 'A delete of a range leaves its last key',
    reference: 'S9',
    changes: [
      {
        file: STATE,
        find: `for (let i = 0; i < found.length; i++) {
      const index = found[i]!;
      const previous`,
        replace: `for (let i = 0; i < Math.max(1, found.length - 1); i++) {
      const index = found[i]!;
      const previous`,
      },
    ],
    ...SHOWN,
  },
  {
    id: 'nested-compare-sees-changes',
    bug: 'A nested transaction decides by what the outer one has changed already',
    reference: 'V21; etcd-semantics 2.5',
    changes: [
      {
        file: TXN,
        find: 'const succeeded = this.path[this.at]!;',
        replace:
          'const succeeded = allHold(this.state, op.compare);\n        this.path[this.at] = succeeded;',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'greater-holds-for-equals',
    bug: 'A compare for greater holds for equal numbers',
    reference: 'S9',
    changes: [
      {
        file: TXN,
        find: `case 'GREATER':
      return left > right;`,
        replace: `case 'GREATER':
      return left >= right;`,
      },
    ],
    ...SHOWN,
  },
  {
    id: 'missing-value-is-empty',
    bug: 'A key that is not there compares like an empty value',
    reference: 'etcd-semantics 2.5',
    changes: [
      {
        file: TXN,
        find: 'return kv !== null && relates(compare, kv.value, compare.value);',
        replace: `return relates(compare, kv === null ? '' : kv.value, compare.value);`,
      },
    ],
    ...SHOWN,
  },
  {
    id: 'previous-value-forgotten',
    bug: 'A put does not tell what it has replaced',
    reference: 'etcd-semantics 2.3',
    changes: [
      {
        file: TXN,
        find: 'prevKv: request.prevKv ? previous : null',
        replace: 'prevKv: null',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'count-stops-at-the-limit',
    bug: 'The count of a range with a limit is that of the keys shown',
    reference: 'S9',
    changes: [
      {
        file: RANGE,
        find: '    count++;\n    if (!request.countOnly',
        replace: '    if (kvs.length < fetchMax) count++;\n    if (!request.countOnly',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'version-goes-on-after-a-delete',
    bug: 'A key that was deleted and put again goes on counting its versions',
    reference: 'etcd-semantics 2.1; key_index.go, generations',
    changes: [
      {
        file: KEY_INDEX,
        find: 'version: previous === null ? 1 : previous.version + 1',
        replace: 'version: previous === null ? this.versions.length + 1 : previous.version + 1',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'every-write-takes-a-revision',
    bug: 'A delete that finds nothing makes a revision',
    reference: 'etcd-semantics 2.1',
    changes: [
      {
        file: STATE,
        find: '    if (this.changes > 0) {\n      this.revision++;',
        replace: '    {\n      this.revision++;',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'future-revision-served',
    bug: 'A read at the revision after the newest is answered',
    reference: 'S6, S9',
    changes: [
      {
        file: RANGE,
        find: `if (revision <= 0) return null;
  if (revision > state.revision) return`,
        replace: `if (revision <= 0) return null;
  if (revision > state.revision + 1) return`,
      },
    ],
    ...SHOWN,
  },
  {
    id: 'keys-only-keeps-the-value',
    bug: 'A read of one key that asks for keys only shows its value',
    reference: 'S9',
    changes: [
      {
        file: RANGE,
        find: 'const shown = request.keysOnly ? withoutValue(kv) : kv;',
        replace: 'const shown = kv;',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'filters-ignored-for-one-key',
    bug: 'A read of one key ignores between which revisions it was asked for',
    reference: 'S9',
    changes: [
      {
        file: RANGE,
        find: 'if (request.countOnly || !passes(request, kv)) {',
        replace: 'if (request.countOnly) {',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'limit-before-the-filter',
    bug: 'A filtered range is cut to its limit before it is filtered',
    reference: 'S9',
    changes: [
      {
        file: RANGE,
        find: "const reordered = request.sortOrder !== 'NONE' || isFiltered(request);",
        replace: "const reordered = request.sortOrder !== 'NONE';",
      },
    ],
    ...SHOWN,
  },
  {
    id: 'nested-branch-of-the-success',
    bug: 'Where a compare fails, transactions within are decided as if it held',
    reference: 'S9',
    changes: [
      {
        file: TXN,
        find: 'const ops = succeeded ? request.success : request.failure;',
        replace: 'const ops = request.success;',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'range-in-a-transaction-is-of-now',
    bug: 'A range in a transaction ignores the revision that it asks for',
    reference: 'S9',
    changes: [
      {
        file: TXN,
        find: 'return rangeResponse(this.state, op);',
        replace: 'return rangeResponse(this.state, { ...op, revision: 0 });',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'no-key-never-compares',
    bug: 'A compare of a range without keys fails',
    reference: 'S9',
    changes: [
      {
        file: TXN,
        find: 'return live > 0 || matches(compare, null);',
        replace: 'return live > 0;',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'previous-values-of-two',
    bug: 'A delete of a range tells at most two of the previous values',
    reference: 'S9',
    changes: [
      {
        file: STATE,
        find: 'if (request.prevKv) prevKvs.push(previous);',
        replace: 'if (request.prevKv && prevKvs.length < 2) prevKvs.push(previous);',
      },
    ],
    ...SHOWN,
  },
  {
    id: 'a-value-kept-of-nothing',
    bug: 'A transaction puts a key that is not there and keeps its value',
    reference: 'S9; etcd apply.go, checkRequestPut',
    changes: [
      {
        file: TXN,
        find: 'if (this.state.current(request.key) === null) return ErrKeyNotFound;',
        replace: '',
      },
    ],
    ...SHOWN,
    caughtBy: ['LINEARIZABILITY', 'PROCESS-NO-CRASH'],
  },
];
