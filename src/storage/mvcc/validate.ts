// What is refused before a request is proposed, whatever the state: empty keys, contradictory
// flags, transactions that are too large or write a key twice (etcd server/etcdserver/api/v3rpc).
// Not here: checks against the state, which every member makes when it applies the request.

import type { ByteString } from '../../base/ids.js';
import type { EtcdError } from '../../etcdpb/errors.js';
import {
  ErrDuplicateKey,
  ErrEmptyKey,
  ErrKeyNotFound,
  ErrLeaseProvided,
  ErrTooManyOps,
  ErrValueProvided,
} from '../../etcdpb/errors.js';
import type {
  DeleteRangeRequest,
  KvRequest,
  PutRequest,
  RequestOp,
  TxnRequest,
} from '../../etcdpb/kv.js';

/** etcd's --max-txn-ops: operations on one level; a nested transaction gets what is left. */
export const TXN_OPS_MAX = 128;

/** The error of a request that must not be proposed, else null. */
export function validateRequest(request: KvRequest): EtcdError | null {
  switch (request.kind) {
    case 'range':
    case 'delete-range':
      return request.key === '' ? ErrEmptyKey : null;
    case 'put':
      return validatePut(request);
    case 'txn':
      return validateTxn(request);
    case 'compaction':
      return null;
  }
}

/** Whether a request needs no consensus on a change. A nested transaction always counts as one. */
export function isReadOnlyRequest(request: KvRequest): boolean {
  if (request.kind === 'range') return true;
  if (request.kind !== 'txn') return false;
  return request.success.every(isRange) && request.failure.every(isRange);
}

/** Whether a read-only request may be answered from local state alone: all its ranges say so. */
export function isSerializableRequest(request: KvRequest): boolean {
  if (request.kind === 'range') return request.serializable;
  if (request.kind !== 'txn') return false;
  return request.success.every(isSerializableRange) && request.failure.every(isSerializableRange);
}

function isRange(op: RequestOp): boolean {
  return op.kind === 'range';
}

function isSerializableRange(op: RequestOp): boolean {
  return op.kind === 'range' && op.serializable;
}

function validatePut(request: PutRequest): EtcdError | null {
  if (request.key === '') return ErrEmptyKey;
  if (request.ignoreValue && request.value !== '') return ErrValueProvided;
  if (request.ignoreLease && request.lease !== 0) return ErrLeaseProvided;
  return null;
}

function validateTxn(request: TxnRequest): EtcdError | null {
  const error = validateTxnOps(request, TXN_OPS_MAX);
  if (error !== null) return error;
  if (overlaps(request.success) || overlaps(request.failure)) return ErrDuplicateKey;
  return null;
}

function validateTxnOps(request: TxnRequest, budget: number): EtcdError | null {
  const { compare, success, failure } = request;
  const opsCount = Math.max(compare.length, success.length, failure.length);
  if (opsCount > budget) return ErrTooManyOps;
  for (let i = 0; i < compare.length; i++) if (compare[i]!.key === '') return ErrEmptyKey;
  return validateBranch(success, budget - opsCount) ?? validateBranch(failure, budget - opsCount);
}

function validateBranch(ops: readonly RequestOp[], nestedBudget: number): EtcdError | null {
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i]!;
    let error: EtcdError | null;
    if (op.kind === 'empty') error = ErrKeyNotFound;
    else if (op.kind === 'txn') error = validateTxnOps(op, nestedBudget);
    else error = validateRequest(op);
    if (error !== null) return error;
  }
  return null;
}

function overlaps(ops: readonly RequestOp[]): boolean {
  if (ops.length === 0 || (ops.length === 1 && ops[0]!.kind !== 'txn')) return false;
  return footprint(ops) === null;
}

interface Footprint {
  readonly puts: Set<ByteString>;
  readonly deletes: DeleteRangeRequest[];
}

/**
 * What a branch may write, or null if it could write a key twice: two puts of one key, or a put
 * inside a deleted range, across nesting levels. Then and else of one nested transaction may share
 * keys. Like etcd this looks at a nested transaction's deletes only for the ones after it.
 */
function footprint(ops: readonly RequestOp[]): Footprint | null {
  const puts = new Set<ByteString>();
  const deletes = ops.filter((op) => op.kind === 'delete-range');
  for (const op of ops) {
    if (op.kind !== 'txn') continue;
    const then = footprint(op.success);
    const otherwise = then === null ? null : footprint(op.failure);
    if (then === null || otherwise === null) return null;
    for (const key of then.puts) {
      if (puts.has(key) || isDeleted(deletes, key)) return null;
      puts.add(key);
    }
    for (const key of otherwise.puts) {
      if ((puts.has(key) && !then.puts.has(key)) || isDeleted(deletes, key)) return null;
      puts.add(key);
    }
    deletes.push(...then.deletes, ...otherwise.deletes);
  }
  for (const op of ops) {
    if (op.kind !== 'put') continue;
    if (puts.has(op.key) || isDeleted(deletes, op.key)) return null;
    puts.add(op.key);
  }
  return { puts, deletes };
}

/** A from-key delete (end '\0') counts as an empty interval here, as in etcd: txn.ts copes. */
function isDeleted(deletes: readonly DeleteRangeRequest[], key: ByteString): boolean {
  for (let i = 0; i < deletes.length; i++) {
    const { key: begin, rangeEnd } = deletes[i]!;
    if (rangeEnd === '' ? key === begin : key >= begin && key < rangeEnd) return true;
  }
  return false;
}
