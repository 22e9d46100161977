// Transactions: decide the path, check it, then run its operations in order (etcd's apply of Txn).
// Not here: what is refused before proposing (validate.ts).
// Keeps: all compares, nested ones too, see the state before the transaction; an error applies
// nothing, because everything that can fail is checked before the first operation runs.

import { assert, unreachable } from '../../base/assert.js';
import type { ByteString } from '../../base/ids.js';
import type { EtcdError } from '../../etcdpb/errors.js';
import { ErrKeyNotFound, ErrLeaseNotFound } from '../../etcdpb/errors.js';
import type {
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  KvResult,
  PutRequest,
  PutResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
} from '../../etcdpb/kv.js';
import { checkTxnRangeRevision, rangeResponse } from './range.js';
import type { MvccState } from './state.js';
import { FROM_KEY } from './tree-index.js';

/** Whether a lease exists: the seam to the lessor. */
export type LeaseLookup = (lease: number) => boolean;

/** Runs a transaction as one write. */
export function runTxn(state: MvccState, leaseExists: LeaseLookup, request: TxnRequest): KvResult {
  const run = new TxnRun(state, leaseExists);
  run.decide(request);
  const error = run.check(request);
  if (error !== null) return { ok: false, error };
  const responses = run.execute(request);
  const revision = state.endWrite();
  const succeeded = run.succeeded();
  return { ok: true, response: { kind: 'txn', revision, succeeded, responses } };
}

class TxnRun {
  private readonly state: MvccState;
  private readonly leaseExists: LeaseLookup;
  /** Outcomes of the compares of each transaction on the path, in preorder. */
  private readonly path: boolean[] = [];
  private at = 0;
  /** Whether the path deletes, and whether it has a put that keeps part of the old value. */
  private deletes = false;
  private keeps = false;

  constructor(state: MvccState, leaseExists: LeaseLookup) {
    this.state = state;
    this.leaseExists = leaseExists;
  }

  succeeded(): boolean {
    return this.path[0]!;
  }

  /** Chooses the branches of the whole tree before anything runs. */
  decide(request: TxnRequest): void {
    const succeeded = allHold(this.state, request.compare);
    this.path.push(succeeded);
    const ops = succeeded ? request.success : request.failure;
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      if (op.kind === 'txn') this.decide(op);
    }
  }

  /** All puts of the path first, then its ranges: the order in which etcd finds errors. */
  check(request: TxnRequest): EtcdError | null {
    this.at = 0;
    let error = this.checkPuts(this.branch(request));
    if (error !== null) return error;
    this.at = 0;
    error = this.checkRanges(this.branch(request));
    if (error !== null) return error;
    if (!this.deletes || !this.keeps) return null;
    this.at = 0;
    return this.checkKept(this.branch(request), []);
  }

  /** Runs the chosen operations in order; each sees what the earlier ones did. */
  execute(request: TxnRequest): ResponseOp[] {
    this.at = 0;
    return this.executeOps(this.branch(request));
  }

  private branch(request: TxnRequest): readonly RequestOp[] {
    return this.path[this.at++]! ? request.success : request.failure;
  }

  private checkPuts(ops: readonly RequestOp[]): EtcdError | null {
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      let error: EtcdError | null = null;
      if (op.kind === 'put') error = this.checkPut(op);
      else if (op.kind === 'delete-range') this.deletes = true;
      else if (op.kind === 'txn') error = this.checkPuts(this.branch(op));
      else if (op.kind === 'empty') error = ErrKeyNotFound;
      if (error !== null) return error;
    }
    return null;
  }

  /** Inside a transaction etcd looks for the key before the lease; a plain put does the opposite. */
  private checkPut(request: PutRequest): EtcdError | null {
    if (request.ignoreValue || request.ignoreLease) {
      this.keeps = true;
      if (this.state.current(request.key) === null) return ErrKeyNotFound;
    }
    return request.lease !== 0 && !this.leaseExists(request.lease) ? ErrLeaseNotFound : null;
  }

  private checkRanges(ops: readonly RequestOp[]): EtcdError | null {
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      let error: EtcdError | null = null;
      if (op.kind === 'range') error = checkTxnRangeRevision(this.state, op.revision);
      else if (op.kind === 'txn') error = this.checkRanges(this.branch(op));
      if (error !== null) return error;
    }
    return null;
  }

  /**
   * Refuses a put that keeps the value or lease of a key which an earlier operation deletes. Only a
   * from-key delete gets past validation with that. Real etcd panics here, on every member and
   * again after each restart, since the entry is committed.
   */
  private checkKept(ops: readonly RequestOp[], deletes: DeleteRangeRequest[]): EtcdError | null {
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      if (op.kind === 'delete-range') {
        deletes.push(op);
      } else if (op.kind === 'put' && (op.ignoreValue || op.ignoreLease)) {
        if (deletes.some((range) => covers(range, op.key))) return ErrKeyNotFound;
      } else if (op.kind === 'txn') {
        const error = this.checkKept(this.branch(op), deletes);
        if (error !== null) return error;
      }
    }
    return null;
  }

  private executeOps(ops: readonly RequestOp[]): ResponseOp[] {
    const responses: ResponseOp[] = [];
    for (let i = 0; i < ops.length; i++) responses.push(this.executeOp(ops[i]!));
    return responses;
  }

  private executeOp(op: RequestOp): ResponseOp {
    switch (op.kind) {
      case 'range':
        return rangeResponse(this.state, op);
      case 'put':
        return putResponse(this.state, op);
      case 'delete-range':
        return deleteRangeResponse(this.state, op);
      case 'txn': {
        const succeeded = this.path[this.at]!;
        const responses = this.executeOps(this.branch(op));
        return { kind: 'txn', revision: 0, succeeded, responses };
      }
      case 'empty':
        assert(false, 'the check before refuses a transaction with an empty operation');
        break;
      default:
        return unreachable(op);
    }
  }
}

/** One put of the write in progress. */
export function putResponse(state: MvccState, request: PutRequest): PutResponse {
  const previous = state.put(request);
  return {
    kind: 'put',
    revision: state.visibleRevision(),
    prevKv: request.prevKv ? previous : null,
  };
}

/** One delete of the write in progress. */
export function deleteRangeResponse(
  state: MvccState,
  request: DeleteRangeRequest,
): DeleteRangeResponse {
  const { deleted, prevKvs } = state.deleteRange(request);
  return { kind: 'delete-range', revision: state.visibleRevision(), deleted, prevKvs };
}

function covers(range: DeleteRangeRequest, key: ByteString): boolean {
  if (range.rangeEnd === '') return key === range.key;
  return key >= range.key && (range.rangeEnd === FROM_KEY || key < range.rangeEnd);
}

function allHold(state: MvccState, compares: readonly Compare[]): boolean {
  for (let i = 0; i < compares.length; i++) if (!holds(state, compares[i]!)) return false;
  return true;
}

/** Every live key in the range must match; no key at all compares like a kv of zeros. */
function holds(state: MvccState, compare: Compare): boolean {
  if (compare.rangeEnd === '') return matches(compare, state.current(compare.key));
  let live = 0;
  for (const index of state.keysIn(compare.key, compare.rangeEnd)) {
    const kv = index.current();
    if (kv === null) continue;
    live++;
    if (!matches(compare, kv)) return false;
  }
  return live > 0 || matches(compare, null);
}

function matches(compare: Compare, kv: KeyValue | null): boolean {
  // A missing value is not the empty value, and a compare cannot express it.
  if (compare.target === 'VALUE') return kv !== null && relates(compare, kv.value, compare.value);
  return relates(compare, kv === null ? 0 : numberOf(compare, kv), compare.number);
}

function numberOf(compare: Compare, kv: KeyValue): number {
  switch (compare.target) {
    case 'VERSION':
      return kv.version;
    case 'CREATE':
      return kv.createRevision;
    case 'MOD':
      return kv.modRevision;
    case 'LEASE':
      return kv.lease;
    case 'VALUE':
      assert(false, 'values are not compared as numbers');
  }
}

function relates<T extends number | string>(compare: Compare, left: T, right: T): boolean {
  switch (compare.result) {
    case 'EQUAL':
      return left === right;
    case 'NOT_EQUAL':
      return left !== right;
    case 'GREATER':
      return left > right;
    case 'LESS':
      return left < right;
  }
}
