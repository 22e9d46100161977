// etcd's key-value store as a pure function from (state, request) to (state, result): revisions,
// ranges, transactions, compaction. Written from etcd's behaviour (3.5.30), not from src/storage, so
// that each can be checked against the other. Small and direct rather than fast on many keys: a write
// copies the list of keys. Not here: leases beyond their number on a key, quotas, auth, watches.

import type { ByteString, Revision } from '../../../base/ids.js';
import type { EtcdError } from '../../../etcdpb/errors.js';
import {
  ErrCompacted,
  ErrDuplicateKey,
  ErrEmptyKey,
  ErrFutureRev,
  ErrKeyNotFound,
  ErrLeaseProvided,
  ErrTooManyOps,
  ErrValueProvided,
} from '../../../etcdpb/errors.js';
import type {
  Compare,
  KeyValue,
  KvRequest,
  KvResult,
  PutRequest,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
} from '../../../etcdpb/kv.js';

/** An immutable state of the store. States share what did not change. */
export interface EtcdState {
  readonly revision: Revision;
  /** Reads below this revision fail; -1 before the first compaction. */
  readonly compacted: Revision;
  /** Live keys in byte order. */
  readonly entries: readonly KeyValue[];
  /** The state one revision before, for reads of the past; null in the empty store. */
  readonly previous: EtcdState | null;
}

export const EMPTY_STORE: EtcdState = { revision: 1, compacted: -1, entries: [], previous: null };

/** etcd's default for --max-txn-ops. */
const TXN_OPS_MAX = 128;
/** As `rangeEnd`: every key from `key` on. */
const FROM_KEY = '\0';

export interface Evaluation {
  readonly state: EtcdState;
  readonly result: KvResult;
}

/** What the store answers, and the state after it. Linear in the number of live keys. */
export function evaluate(state: EtcdState, request: KvRequest): Evaluation {
  const error = checkRequest(request);
  if (error !== null) return refused(state, error);
  switch (request.kind) {
    case 'range': {
      const past = pastError(state, request.revision > 0 ? request.revision : state.revision);
      if (past !== null) return refused(state, past);
      const source = request.revision > 0 ? entriesAt(state, request.revision) : state.entries;
      return { state, result: { ok: true, response: rangeOver(source, request, state.revision) } };
    }
    case 'compaction': {
      const { revision } = request;
      if (revision <= state.compacted) return refused(state, ErrCompacted);
      if (revision > state.revision) return refused(state, ErrFutureRev);
      return {
        state: { ...state, compacted: revision },
        result: { ok: true, response: { kind: 'compaction', revision: state.revision } },
      };
    }
    case 'txn':
      return evaluateTxn(state, request);
    default: {
      if (request.kind === 'put' && lacksKey(state, request)) return refused(state, ErrKeyNotFound);
      const draft = new Draft(state);
      const response = draft.run(request);
      return { state: draft.finish(), result: { ok: true, response } };
    }
  }
}

/** The value of one key in a state. O(log keys). */
export function lookUp(state: EtcdState, key: ByteString): KeyValue | null {
  const kv = state.entries[lowerBound(state.entries, key)];
  return kv !== undefined && kv.key === key ? kv : null;
}

/** The state at a revision, or null if it is not an ancestor. Linear in the distance. */
export function stateAt(state: EtcdState, revision: Revision): EtcdState | null {
  let at: EtcdState | null = state;
  while (at !== null && at.revision > revision) at = at.previous;
  return at !== null && at.revision === revision ? at : null;
}

/** The answer to a range over these live keys, without checks; `revision` is the header's. */
export function rangeOver(
  entries: readonly KeyValue[],
  request: RangeRequest,
  revision: Revision,
): RangeResponse {
  const { key, rangeEnd, limit } = request;
  const from = lowerBound(entries, key);
  const to = upperBound(entries, key, rangeEnd, from);
  const count = to - from;
  if (request.countOnly) return { kind: 'range', revision, kvs: [], more: false, count };

  let kvs = entries.slice(from, to);
  const { sortOrder, sortTarget } = request;
  const filtered =
    request.minModRevision !== 0 ||
    request.maxModRevision !== 0 ||
    request.minCreateRevision !== 0 ||
    request.maxCreateRevision !== 0;
  // Without an order or a filter etcd fetches one key more than the limit and looks no further, so
  // that a sort target alone sorts only those.
  if (sortOrder === 'NONE' && !filtered && limit > 0) kvs = kvs.slice(0, limit + 1);
  if (filtered) kvs = kvs.filter((kv) => passes(kv, request));
  if (sortTarget !== 'KEY' || sortOrder === 'DESCEND') {
    const sign = sortOrder === 'DESCEND' ? -1 : 1;
    kvs.sort((a, b) => sign * compareBy(sortTarget, a, b));
  }
  const more = limit > 0 && kvs.length > limit;
  if (more) kvs = kvs.slice(0, limit);
  if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: '' }));
  return { kind: 'range', revision, kvs, more, count };
}

function refused(state: EtcdState, error: EtcdError): Evaluation {
  return { state, result: { ok: false, error } };
}

/** One request's changes, all at the revision after `base`. */
class Draft {
  private readonly base: EtcdState;
  private entries: readonly KeyValue[];
  private changed = false;

  constructor(base: EtcdState) {
    this.base = base;
    this.entries = base.entries;
  }

  finish(): EtcdState {
    const { base } = this;
    if (!this.changed) return base;
    return {
      revision: base.revision + 1,
      compacted: base.compacted,
      entries: this.entries,
      previous: base,
    };
  }

  /** The store's revision as operations of this request see it. */
  revision(): Revision {
    return this.changed ? this.base.revision + 1 : this.base.revision;
  }

  find(key: ByteString): KeyValue | null {
    const kv = this.entries[lowerBound(this.entries, key)];
    return kv !== undefined && kv.key === key ? kv : null;
  }

  run(request: Exclude<RequestOp, TxnRequest | { kind: 'empty' }>): ResponseOp {
    switch (request.kind) {
      case 'put': {
        const prevKv = this.put(request);
        return {
          kind: 'put',
          revision: this.revision(),
          prevKv: request.prevKv ? prevKv : null,
        };
      }
      case 'delete-range': {
        const from = lowerBound(this.entries, request.key);
        const to = upperBound(this.entries, request.key, request.rangeEnd, from);
        const removed = this.entries.slice(from, to);
        if (removed.length > 0) {
          this.entries = [...this.entries.slice(0, from), ...this.entries.slice(to)];
          this.changed = true;
        }
        return {
          kind: 'delete-range',
          revision: this.revision(),
          deleted: removed.length,
          prevKvs: request.prevKv ? removed : [],
        };
      }
      case 'range': {
        const { revision } = request;
        const source = revision > 0 ? entriesAt(this.base, revision) : this.entries;
        return rangeOver(source, request, this.revision());
      }
    }
  }

  private put(request: PutRequest): KeyValue | null {
    const { key } = request;
    const { entries } = this;
    const revision = this.base.revision + 1;
    const at = lowerBound(entries, key);
    const found = entries[at];
    const old = found !== undefined && found.key === key ? found : null;
    const kv: KeyValue = {
      key,
      createRevision: old === null ? revision : old.createRevision,
      modRevision: revision,
      version: old === null ? 1 : old.version + 1,
      value: request.ignoreValue && old !== null ? old.value : request.value,
      lease: request.ignoreLease && old !== null ? old.lease : request.lease,
    };
    const next = entries.slice();
    if (old === null) next.splice(at, 0, kv);
    else next[at] = kv;
    this.entries = next;
    this.changed = true;
    return old;
  }
}

function evaluateTxn(state: EtcdState, request: TxnRequest): Evaluation {
  // The whole path is decided against the state before the transaction, nested branches included.
  const plan = choose(state, request);
  const error = checkPuts(state, plan) ?? checkRanges(state, plan);
  if (error !== null) return refused(state, error);
  const draft = new Draft(state);
  const responses = execute(draft, plan);
  if (responses === null) return refused(state, ErrKeyNotFound);
  const response: ResponseOp = {
    kind: 'txn',
    revision: draft.revision(),
    succeeded: plan.succeeded,
    responses,
  };
  return { state: draft.finish(), result: { ok: true, response } };
}

/** A transaction with its branches chosen. */
interface Plan {
  readonly succeeded: boolean;
  readonly steps: readonly (Exclude<RequestOp, TxnRequest | { kind: 'empty' }> | Plan)[];
}

function choose(state: EtcdState, request: TxnRequest): Plan {
  const succeeded = request.compare.every((compare) => holds(state, compare));
  const steps: Plan['steps'][number][] = [];
  for (const operation of succeeded ? request.success : request.failure) {
    if (operation.kind === 'txn') steps.push(choose(state, operation));
    else if (operation.kind !== 'empty') steps.push(operation);
  }
  return { succeeded, steps };
}

function checkPuts(state: EtcdState, plan: Plan): EtcdError | null {
  for (const step of plan.steps) {
    if ('steps' in step) {
      const error = checkPuts(state, step);
      if (error !== null) return error;
    } else if (step.kind === 'put' && lacksKey(state, step)) return ErrKeyNotFound;
  }
  return null;
}

function checkRanges(state: EtcdState, plan: Plan): EtcdError | null {
  for (const step of plan.steps) {
    if ('steps' in step) {
      const error = checkRanges(state, step);
      if (error !== null) return error;
    } else if (step.kind === 'range' && step.revision !== 0) {
      // Unlike outside a transaction, a negative revision is not read as "now" by this check.
      const error = pastError(state, step.revision);
      if (error !== null) return error;
    }
  }
  return null;
}

/** Null if a put keeps the value of a key that an earlier operation of the same transaction deleted. */
function execute(draft: Draft, plan: Plan): ResponseOp[] | null {
  const responses: ResponseOp[] = [];
  for (const step of plan.steps) {
    if ('steps' in step) {
      const nested = execute(draft, step);
      if (nested === null) return null;
      responses.push({ kind: 'txn', revision: 0, succeeded: step.succeeded, responses: nested });
      continue;
    }
    if (step.kind === 'put' && (step.ignoreValue || step.ignoreLease)) {
      if (draft.find(step.key) === null) return null;
    }
    responses.push(draft.run(step));
  }
  return responses;
}

function holds(state: EtcdState, compare: Compare): boolean {
  const { entries } = state;
  const from = lowerBound(entries, compare.key);
  const to = upperBound(entries, compare.key, compare.rangeEnd, from);
  // No key compares as a key of zeros, but not by its value, which it does not have.
  if (from === to) return compare.target !== 'VALUE' && matches(0, compare.number, compare.result);
  for (let i = from; i < to; i++) {
    const kv = entries[i]!;
    const same =
      compare.target === 'VALUE'
        ? matches(kv.value, compare.value, compare.result)
        : matches(numberOf(kv, compare.target), compare.number, compare.result);
    if (!same) return false;
  }
  return true;
}

function numberOf(kv: KeyValue, target: Exclude<Compare['target'], 'VALUE'>): number {
  switch (target) {
    case 'VERSION':
      return kv.version;
    case 'CREATE':
      return kv.createRevision;
    case 'MOD':
      return kv.modRevision;
    case 'LEASE':
      return kv.lease;
  }
}

function matches<T extends number | string>(left: T, right: T, result: Compare['result']): boolean {
  switch (result) {
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

/** Why a revision cannot be read, or null. */
function pastError(state: EtcdState, revision: Revision): EtcdError | null {
  if (revision > state.revision) return ErrFutureRev;
  return revision < state.compacted ? ErrCompacted : null;
}

function entriesAt(state: EtcdState, revision: Revision): readonly KeyValue[] {
  return stateAt(state, revision)?.entries ?? [];
}

function lacksKey(state: EtcdState, request: PutRequest): boolean {
  return (request.ignoreValue || request.ignoreLease) && lookUp(state, request.key) === null;
}

/** What is wrong with a request whatever the state, or null. */
function checkRequest(request: KvRequest): EtcdError | null {
  if (request.kind === 'compaction') return null;
  if (request.kind !== 'txn') return checkOperation(request, 0);
  return checkTxn(request, TXN_OPS_MAX) ?? checkOverlap(request);
}

function checkOverlap(request: TxnRequest): EtcdError | null {
  return footprint(request.success) === null || footprint(request.failure) === null
    ? ErrDuplicateKey
    : null;
}

function checkOperation(operation: RequestOp, opsMax: number): EtcdError | null {
  switch (operation.kind) {
    case 'empty':
      return ErrKeyNotFound;
    case 'txn':
      return checkTxn(operation, opsMax);
    case 'put':
      if (operation.key === '') return ErrEmptyKey;
      if (operation.ignoreValue && operation.value !== '') return ErrValueProvided;
      return operation.ignoreLease && operation.lease !== 0 ? ErrLeaseProvided : null;
    default:
      return operation.key === '' ? ErrEmptyKey : null;
  }
}

function checkTxn(request: TxnRequest, opsMax: number): EtcdError | null {
  const { compare, success, failure } = request;
  const count = Math.max(compare.length, success.length, failure.length);
  if (count > opsMax) return ErrTooManyOps;
  for (const { key } of compare) if (key === '') return ErrEmptyKey;
  for (const operation of success) {
    const error = checkOperation(operation, opsMax - count);
    if (error !== null) return error;
  }
  for (const operation of failure) {
    const error = checkOperation(operation, opsMax - count);
    if (error !== null) return error;
  }
  return null;
}

/** What the operations of a branch may write: keys put, and intervals deleted. */
interface Footprint {
  readonly puts: Set<ByteString>;
  readonly deletes: { readonly key: ByteString; readonly rangeEnd: ByteString }[];
}

/** Null if a key may be put twice, or put and deleted, on one path through these operations. */
function footprint(operations: readonly RequestOp[]): Footprint | null {
  const total: Footprint = { puts: new Set(), deletes: [] };
  for (const operation of operations) {
    let part: Footprint | null;
    switch (operation.kind) {
      case 'put':
        part = { puts: new Set([operation.key]), deletes: [] };
        break;
      case 'delete-range':
        part = { puts: new Set(), deletes: [operation] };
        break;
      case 'txn': {
        // Only one of the two branches runs, so they may share keys.
        const success = footprint(operation.success);
        const failure = footprint(operation.failure);
        if (success === null || failure === null) return null;
        part = {
          puts: new Set([...success.puts, ...failure.puts]),
          deletes: [...success.deletes, ...failure.deletes],
        };
        break;
      }
      default:
        continue;
    }
    if (collide(total, part)) return null;
    for (const key of part.puts) total.puts.add(key);
    total.deletes.push(...part.deletes);
  }
  return total;
}

function collide(a: Footprint, b: Footprint): boolean {
  for (const key of b.puts) if (a.puts.has(key) || deletes(a, key)) return true;
  for (const key of a.puts) if (deletes(b, key)) return true;
  return false;
}

/**
 * etcd takes a delete of all keys from one on ('\\0') for an empty interval here, and so does this
 * model: nothing but the empty key sorts below that end.
 */
function deletes(print: Footprint, key: ByteString): boolean {
  return print.deletes.some((range) =>
    range.rangeEnd === '' ? key === range.key : range.key <= key && key < range.rangeEnd,
  );
}

/** The first index whose key is at or above `key`. */
function lowerBound(entries: readonly KeyValue[], key: ByteString): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The end of the interval [key, rangeEnd) that begins at index `from`. */
function upperBound(
  entries: readonly KeyValue[],
  key: ByteString,
  rangeEnd: ByteString,
  from: number,
): number {
  if (rangeEnd === '') return from < entries.length && entries[from]!.key === key ? from + 1 : from;
  if (rangeEnd === FROM_KEY) return entries.length;
  return Math.max(from, lowerBound(entries, rangeEnd));
}

function passes(kv: KeyValue, request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  if (maxModRevision !== 0 && kv.modRevision > maxModRevision) return false;
  if (minModRevision !== 0 && kv.modRevision < minModRevision) return false;
  if (maxCreateRevision !== 0 && kv.createRevision > maxCreateRevision) return false;
  return minCreateRevision === 0 || kv.createRevision >= minCreateRevision;
}

function compareBy(target: RangeRequest['sortTarget'], a: KeyValue, b: KeyValue): number {
  switch (target) {
    case 'KEY':
      return compareText(a.key, b.key);
    case 'VALUE':
      return compareText(a.value, b.value);
    case 'VERSION':
      return a.version - b.version;
    case 'CREATE':
      return a.createRevision - b.createRevision;
    case 'MOD':
      return a.modRevision - b.modRevision;
  }
}

function compareText(a: ByteString, b: ByteString): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
