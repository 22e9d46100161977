// What kind of answer an etcd store gave: by any member or by all, following from the state or not.
// Not here: whether it is right (etcd-model.ts, ../witness).

import {
  ErrCompacted,
  ErrDuplicateKey,
  ErrEmptyKey,
  ErrFutureRev,
  ErrKeyNotFound,
  ErrLeaseNotFound,
  ErrLeaseProvided,
  ErrTooManyOps,
  ErrValueProvided,
} from '../../../etcdpb/errors.js';
import type { RequestOp } from '../../../etcdpb/kv.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { sameError } from './etcd-response.js';
import { compactedAt, ErrLeaseExists, type EtcdState, evaluate } from './etcd-store.js';

/** Errors that follow from request and state. Others (overload, no leader) say only "no effect". */
const MODELLED_ERRORS = [
  ErrEmptyKey,
  ErrKeyNotFound,
  ErrValueProvided,
  ErrLeaseProvided,
  ErrTooManyOps,
  ErrDuplicateKey,
  ErrCompacted,
  ErrFutureRev,
  ErrLeaseNotFound,
  ErrLeaseExists,
];

/** Answered by any member from what it has applied: etcd's own rule for transactions included. */
export function isSerializable(request: EtcdRequest): boolean {
  if (request.kind === 'range') return request.serializable;
  if (request.kind !== 'txn' || request.success.length + request.failure.length === 0) return false;
  return areLocal(request.success) && areLocal(request.failure);
}

function areLocal(operations: readonly RequestOp[]): boolean {
  for (const op of operations) if (op.kind !== 'range' || !op.serializable) return false;
  return true;
}

/** The answer of a member that is at `state` and may not have applied its compactions. */
export function answerFrom(state: EtcdState, input: EtcdRequest): EtcdResult {
  return evaluate(state.compacted < 0 ? state : compactedAt(state, -1), input).result;
}

/** True if the error follows from request and state; others say only that there was no effect. */
export function isModelled(output: EtcdResult & { ok: false }): boolean {
  return MODELLED_ERRORS.some((error) => sameError(error, output.error));
}
