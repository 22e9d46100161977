// etcd's key-value store as a pure function from (state, request) to (state, result): revisions,
// ranges, transactions, compaction, leases. Written from etcd's behaviour (3.5.30), not from src/storage,
// so that each can be checked against the other. States share what did not change.
// Not here: time (that a lease runs out is a request nobody sent), quotas, auth, watches.

import type { ByteString, Revision } from '../../../base/ids.js';
import type { EtcdError } from '../../../etcdpb/errors.js';
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
import type { EtcdRequest, EtcdResult, LeaseRequest } from '../objects/etcd.js';
import type { OrderedMap } from './ordered-map.js';
import {
  rankOf,
  sizeOf,
  valueAt,
  valuesIn,
  valuesOf,
  withEntry,
  withoutInterval,
  withoutKey,
  withValue,
} from './ordered-map.js';

export const ErrLeaseExists: EtcdError = { code: 9, message: 'etcdserver: lease already exists' };

/** An immutable state of the store. States share what did not change. */
export interface EtcdState {
  readonly revision: Revision;
  /** Reads below this revision fail; -1 before the first compaction. */
  readonly compacted: Revision;
  /** Live keys. */
  readonly keys: OrderedMap<ByteString, KeyValue>;
  /** Leases that exist, each with the keys attached to it. */
  readonly leases: OrderedMap<number, OrderedMap<ByteString, ByteString>>;
  /** The state one revision before, for reads of the past; null where the past begins. */
  readonly previous: EtcdState | null;
  /** An older state, so placed that any revision is found in logarithmic time (Myers 1983). */
  readonly jump: EtcdState | null;
}

/**
 * A class, as are the nodes of its maps: where a literal's objects once lived long, V8 goes on making them where
 * only a full collection finds them, though most states are gone with the next.
 */
class StoreState implements EtcdState {
  readonly revision: Revision;
  readonly compacted: Revision;
  readonly keys: EtcdState['keys'];
  readonly leases: EtcdState['leases'];
  readonly previous: EtcdState | null;
  readonly jump: EtcdState | null;

  constructor(
    revision: Revision,
    compacted: Revision,
    keys: EtcdState['keys'],
    leases: EtcdState['leases'],
    previous: EtcdState | null,
    jump: EtcdState | null,
  ) {
    this.revision = revision;
    this.compacted = compacted;
    this.keys = keys;
    this.leases = leases;
    this.previous = previous;
    this.jump = jump;
  }
}

/** A key as a put left it. A class for the same reason. */
class StoredValue implements KeyValue {
  readonly key: ByteString;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  readonly value: ByteString;
  readonly lease: number;

  /** What `request` makes of `old` at a revision. */
  constructor(request: PutRequest, old: KeyValue | null, revision: Revision) {
    this.key = request.key;
    this.createRevision = old === null ? revision : old.createRevision;
    this.modRevision = revision;
    this.version = old === null ? 1 : old.version + 1;
    this.value = request.ignoreValue && old !== null ? old.value : request.value;
    this.lease = request.ignoreLease && old !== null ? old.lease : request.lease;
  }
}

export const EMPTY_STORE: EtcdState = new StoreState(1, -1, null, null, null, null);

/** etcd's default for --max-txn-ops. */
const TXN_OPS_MAX = 128;
/** As `rangeEnd`: every key from `key` on. */
const FROM_KEY = '\0';

export interface Evaluation {
  readonly state: EtcdState;
  readonly result: EtcdResult;
}

/** What the store answers, and the state after it. Logarithmic in the live keys, linear in those touched. */
export function evaluate(
  state: EtcdState,
  request: KvRequest,
): { readonly state: EtcdState; readonly result: KvResult };
export function evaluate(state: EtcdState, request: EtcdRequest): Evaluation;
export function evaluate(state: EtcdState, request: EtcdRequest): Evaluation {
  if (isLease(request)) return evaluateLease(state, request);
  const error = requestError(request);
  if (error !== null) return refused(state, error);
  switch (request.kind) {
    case 'range': {
      const past = pastError(state, request.revision > 0 ? request.revision : state.revision);
      if (past !== null) return refused(state, past);
      const source = request.revision > 0 ? keysAt(state, request.revision) : state.keys;
      return { state, result: { ok: true, response: rangeOver(source, request, state.revision) } };
    }
    case 'compaction': {
      const { revision } = request;
      if (revision <= state.compacted) return refused(state, ErrCompacted);
      if (revision > state.revision) return refused(state, ErrFutureRev);
      return {
        state: compactedAt(state, revision),
        result: { ok: true, response: { kind: 'compaction', revision: state.revision } },
      };
    }
    case 'txn':
      return evaluateTxn(state, request);
    case 'put':
      return evaluatePut(state, request);
    default: {
      const draft = new Draft(state);
      const response = draft.run(request);
      return { state: draft.finish(), result: { ok: true, response } };
    }
  }
}

/** The value of one key in a state. O(log keys). */
export function lookUp(state: EtcdState, key: ByteString): KeyValue | null {
  return valueAt(state.keys, key) ?? null;
}

/** Live keys in byte order. */
export function entriesOf(state: EtcdState): readonly KeyValue[] {
  return valuesOf(state.keys);
}

/** The state at a revision, or null if it is not an ancestor. O(log distance). */
export function stateAt(state: EtcdState, revision: Revision): EtcdState | null {
  let at: EtcdState | null = state;
  while (at !== null && at.revision > revision) {
    at = at.jump !== null && at.jump.revision >= revision ? at.jump : at.previous;
  }
  return at !== null && at.revision === revision ? at : null;
}

/**
 * Lets go of all states before `revision`, an ancestor's, in the objects themselves: for the only holder
 * of a long history. Linear in the revisions kept.
 */
export function forgetBefore(state: EtcdState, revision: Revision): void {
  let at: { -readonly [Field in keyof EtcdState]: EtcdState[Field] } | null = state;
  while (at !== null) {
    if (at.jump !== null && at.jump.revision < revision) at.jump = null;
    if (at.revision <= revision) at.previous = null;
    at = at.previous;
  }
}

/** The answer to a range over these live keys, without checks; `revision` is the header's. */
export function rangeOver(
  keys: EtcdState['keys'],
  request: RangeRequest,
  revision: Revision,
): RangeResponse {
  const { key, rangeEnd, limit } = request;
  if (request.countOnly) {
    const count = countIn(keys, key, rangeEnd);
    return { kind: 'range', revision, kvs: [], more: false, count };
  }
  let kvs = keyValuesIn(keys, key, rangeEnd);
  const count = kvs.length;
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

function isLease(request: EtcdRequest): request is LeaseRequest {
  return (
    request.kind === 'lease-grant' ||
    request.kind === 'lease-revoke' ||
    request.kind === 'lease-expire'
  );
}

function evaluateLease(state: EtcdState, { kind, lease }: LeaseRequest): Evaluation {
  const keysOf = valueAt(state.leases, lease);
  if (kind === 'lease-grant') {
    if (keysOf !== undefined) return { state, result: { ok: false, error: ErrLeaseExists } };
    return answered(withLeases(state, withEntry(state.leases, lease, null)));
  }
  if (keysOf === undefined) return { state, result: { ok: false, error: ErrLeaseNotFound } };
  const leases = withoutKey(state.leases, lease);
  if (keysOf === null) return answered(withLeases(state, leases));
  let { keys } = state;
  for (const key of valuesOf(keysOf)) keys = withoutKey(keys, key);
  return answered(successor(state, keys, leases));
}

function answered(state: EtcdState): Evaluation {
  return { state, result: { ok: true, response: { kind: 'lease', revision: state.revision } } };
}

/** The state one revision after `base`. */
function successor(
  base: EtcdState,
  keys: EtcdState['keys'],
  leases: EtcdState['leases'],
): EtcdState {
  const { jump } = base;
  // Two jumps of equal length behind make one of twice the length and one step.
  const equalJumps =
    jump !== null &&
    jump.jump !== null &&
    base.revision - jump.revision === jump.revision - jump.jump.revision;
  const further = equalJumps ? jump.jump : base;
  return new StoreState(base.revision + 1, base.compacted, keys, leases, base, further);
}

/** The same store after a compaction; -1 for none. */
export function compactedAt(state: EtcdState, compacted: Revision): EtcdState {
  const { revision, keys, leases, previous, jump } = state;
  return new StoreState(revision, compacted, keys, leases, previous, jump);
}

function withLeases(state: EtcdState, leases: EtcdState['leases']): EtcdState {
  const { revision, compacted, keys, previous, jump } = state;
  return new StoreState(revision, compacted, keys, leases, previous, jump);
}

/** One request's changes, all at the revision after `base`. */
class Draft {
  private readonly base: EtcdState;
  private keys: EtcdState['keys'];
  private leases: EtcdState['leases'];
  private changed = false;

  constructor(base: EtcdState) {
    this.base = base;
    this.keys = base.keys;
    this.leases = base.leases;
  }

  finish(): EtcdState {
    return this.changed ? successor(this.base, this.keys, this.leases) : this.base;
  }

  /** The store's revision as operations of this request see it. */
  revision(): Revision {
    return this.changed ? this.base.revision + 1 : this.base.revision;
  }

  find(key: ByteString): KeyValue | null {
    return valueAt(this.keys, key) ?? null;
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
        const removed = this.remove(request.key, request.rangeEnd);
        return {
          kind: 'delete-range',
          revision: this.revision(),
          deleted: removed.length,
          prevKvs: request.prevKv ? removed : [],
        };
      }
      case 'range': {
        const { revision } = request;
        const source = revision > 0 ? keysAt(this.base, revision) : this.keys;
        return rangeOver(source, request, this.revision());
      }
    }
  }

  private put(request: PutRequest): KeyValue | null {
    const { key } = request;
    const old = this.find(key);
    const kv = new StoredValue(request, old, this.base.revision + 1);
    this.keys = old === null ? withEntry(this.keys, key, kv) : withValue(this.keys, key, kv);
    this.leases = attached(this.leases, key, old === null ? 0 : old.lease, kv.lease);
    this.changed = true;
    return old;
  }

  private remove(key: ByteString, rangeEnd: ByteString): KeyValue[] {
    const removed = keyValuesIn(this.keys, key, rangeEnd);
    if (removed.length === 0) return removed;
    this.keys =
      rangeEnd === ''
        ? withoutKey(this.keys, key)
        : withoutInterval(this.keys, key, rangeEnd === FROM_KEY ? null : rangeEnd);
    for (const kv of removed) this.leases = attached(this.leases, kv.key, kv.lease, 0);
    this.changed = true;
    return removed;
  }
}

/** The leases after a key has moved from one to another; 0 is none. */
function attached(
  leases: EtcdState['leases'],
  key: ByteString,
  from: number,
  to: number,
): EtcdState['leases'] {
  if (from === to) return leases;
  let moved = leases;
  for (const lease of [from, to]) {
    const keys = lease === 0 ? undefined : valueAt(moved, lease);
    if (keys === undefined) continue;
    const next = lease === to ? withEntry(keys, key, key) : withoutKey(keys, key);
    moved = withEntry(moved, lease, next);
  }
  return moved;
}

/** The state after a single put, or null if it is refused. O(log keys). */
export function putInto(state: EtcdState, request: PutRequest): EtcdState | null {
  return checkOperation(request, 0) === null && putError(state, request) === null
    ? afterPut(state, request)
    : null;
}

/** What {@link Draft} does, without one: most writes are single puts. */
function afterPut(state: EtcdState, request: PutRequest): EtcdState {
  const { key } = request;
  const old = lookUp(state, key);
  const kv = new StoredValue(request, old, state.revision + 1);
  const keys = old === null ? withEntry(state.keys, key, kv) : withValue(state.keys, key, kv);
  const leases = attached(state.leases, key, old === null ? 0 : old.lease, kv.lease);
  return successor(state, keys, leases);
}

function evaluatePut(state: EtcdState, request: PutRequest): Evaluation {
  const unfit = putError(state, request);
  if (unfit !== null) return refused(state, unfit);
  const after = afterPut(state, request);
  const prevKv = request.prevKv ? lookUp(state, request.key) : null;
  const response: ResponseOp = { kind: 'put', revision: after.revision, prevKv };
  return { state: after, result: { ok: true, response } };
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
  const succeeded = succeeds(state, request);
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
    } else if (step.kind === 'put') {
      const error = putError(state, step);
      if (error !== null) return error;
    }
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

/** Whether all comparisons of a transaction hold. O(log keys) each, and linear in the keys compared. */
export function succeeds(state: EtcdState, { compare }: TxnRequest): boolean {
  for (const one of compare) if (!holds(state, one)) return false;
  return true;
}

function holds(state: EtcdState, compare: Compare): boolean {
  const kvs = keyValuesIn(state.keys, compare.key, compare.rangeEnd);
  // No key compares as a key of zeros, but not by its value, which it does not have.
  if (kvs.length === 0) {
    return compare.target !== 'VALUE' && matches(0, compare.number, compare.result);
  }
  return kvs.every((kv) =>
    compare.target === 'VALUE'
      ? matches(kv.value, compare.value, compare.result)
      : matches(numberOf(kv, compare.target), compare.number, compare.result),
  );
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

function keysAt(state: EtcdState, revision: Revision): EtcdState['keys'] {
  return stateAt(state, revision)?.keys ?? null;
}

/** What is wrong with a put in this state, or null. */
function putError(state: EtcdState, request: PutRequest): EtcdError | null {
  const { lease } = request;
  if (lease !== 0 && valueAt(state.leases, lease) === undefined) return ErrLeaseNotFound;
  if (!request.ignoreValue && !request.ignoreLease) return null;
  return lookUp(state, request.key) === null ? ErrKeyNotFound : null;
}

/** What is wrong with a request whatever the state, or null. */
export function requestError(request: KvRequest): EtcdError | null {
  if (request.kind === 'compaction') return null;
  if (request.kind !== 'txn') return checkOperation(request, 0);
  return checkTxn(request, TXN_OPS_MAX) ?? checkOverlap(request);
}

function checkOverlap(request: TxnRequest): EtcdError | null {
  return overlap(request.success) || overlap(request.failure) ? ErrDuplicateKey : null;
}

function overlap(operations: readonly RequestOp[]): boolean {
  // One operation overlaps with nothing, unless it has operations itself.
  if (operations.length === 0 || (operations.length === 1 && operations[0]!.kind !== 'txn')) {
    return false;
  }
  return footprint(operations) === null;
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

function keyValuesIn(keys: EtcdState['keys'], key: ByteString, rangeEnd: ByteString): KeyValue[] {
  if (rangeEnd !== '') return valuesIn(keys, key, rangeEnd === FROM_KEY ? null : rangeEnd);
  const kv = valueAt(keys, key);
  return kv === undefined ? [] : [kv];
}

function countIn(keys: EtcdState['keys'], key: ByteString, rangeEnd: ByteString): number {
  if (rangeEnd === '') return valueAt(keys, key) === undefined ? 0 : 1;
  const end = rangeEnd === FROM_KEY ? sizeOf(keys) : rankOf(keys, rangeEnd);
  return Math.max(0, end - rankOf(keys, key));
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
