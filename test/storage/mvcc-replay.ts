// Reads recorded etcd transcripts and replays their KV and HashKV steps against a KvStore.
// Not here: which steps are expected to differ. Leases are a stub: a set of granted ids, and a revoke
// as the transaction of deletes that etcd makes of it; steps of the Lease service are not judged.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import {
  type Compare,
  type CompareResult,
  type CompareTarget,
  deleteOf,
  type KeyValue,
  type KvRequest,
  type KvResponse,
  putOf,
  type RangeRequest,
  type RequestOp,
  type ResponseOp,
  rangeOf,
  type SortOrder,
  type SortTarget,
  type TxnRequest,
} from '../../src/etcdpb/kv.js';
import { KvStore } from '../../src/storage/mvcc/store.js';

type Json = Record<string, unknown>;

export interface Step {
  readonly i: number;
  readonly op: string;
  readonly req: Json;
  readonly res?: Json;
  readonly err?: { readonly code: number; readonly name: string; readonly message: string };
}

export function loadTranscript(name: string): Step[] {
  const url = new URL(`../data/etcd-golden/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(url, 'utf8').trim().split('\n');
  const meta = JSON.parse(lines[0]!) as { meta: { etcd: string; steps: number } };
  const steps = lines.slice(1).map((line) => JSON.parse(line) as Step);
  expect(meta.meta.etcd).toBe('3.5.30');
  expect(steps).toHaveLength(meta.meta.steps);
  return steps;
}

export interface Replay {
  readonly store: KvStore;
  /** Steps whose answer was compared, by operation. */
  readonly judged: Record<string, number>;
  /** Steps whose answer was not compared, by operation. */
  readonly skipped: Record<string, number>;
  /** Compared steps that differ: `i`, what was recorded, what the store answered. */
  readonly different: {
    readonly i: number;
    readonly recorded: unknown;
    readonly answer: unknown;
  }[];
}

export interface ReplayOptions {
  /** Called after each step, for instance to replace the store by a restored one. */
  readonly after?: (store: KvStore, isLease: (lease: number) => boolean) => KvStore;
}

export function replay(steps: readonly Step[], options: ReplayOptions = {}): Replay {
  const leases = new Set<number>();
  const isLease = (lease: number) => leases.has(lease);
  let store = new KvStore(isLease);
  const judged: Record<string, number> = {};
  const skipped: Record<string, number> = {};
  const different: Replay['different'] = [];
  for (const step of steps) {
    const recorded = step.err ?? step.res;
    const answer = answerOf(store, step);
    if (answer === undefined) {
      skipped[step.op] = (skipped[step.op] ?? 0) + 1;
      stubLease(store, leases, step);
    } else {
      judged[step.op] = (judged[step.op] ?? 0) + 1;
      if (!isSame(recorded, answer)) different.push({ i: step.i, recorded, answer });
    }
    if (options.after !== undefined) store = options.after(store, isLease);
  }
  return { store, judged, skipped, different };
}

/** What the store says, in the transcript's form; undefined for a service it does not have. */
function answerOf(store: KvStore, step: Step): unknown {
  if (step.op === 'Maintenance.HashKV') return hashKvAnswer(store, step.req);
  const request = requestOf(step.op, step.req);
  if (request === null) return undefined;
  const refused = KvStore.validate(request);
  if (refused !== null) return errorJson(refused);
  const before = { revision: store.revision, hash: store.hash() };
  const result = KvStore.isReadOnly(request) ? store.read(request) : store.apply(request);
  if (result.ok) return { ...responseJson(result.response, true) };
  expect({ revision: store.revision, hash: store.hash() }, `step ${step.i}`).toEqual(before);
  return errorJson(result.error);
}

function hashKvAnswer(store: KvStore, req: Json): unknown {
  const result = store.hashKv(number(req, 'revision'));
  if ('code' in result) return errorJson(result);
  return nonZero({
    header: header(result.revision, true),
    hash: result.hash,
    compact_revision: result.compactRevision,
  });
}

/** Does to leases what later KV steps depend on; the header's revision shows that it did. */
function stubLease(store: KvStore, leases: Set<number>, step: Step): void {
  const id = number(step.req, 'ID');
  if (step.op === 'Lease.LeaseGrant' && step.err === undefined) leases.add(id);
  if (step.op === 'Lease.LeaseRevoke' && step.err === undefined) {
    const all = store.read(rangeOf('\0', { rangeEnd: '\0' }));
    if (!all.ok || all.response.kind !== 'range') throw new Error('a range of everything failed');
    const attached = all.response.kvs.filter((kv) => kv.lease === id);
    const success = attached.map((kv) => deleteOf(kv.key));
    store.apply({ kind: 'txn', compare: [], success, failure: [] });
    leases.delete(id);
  }
  const recorded = step.res?.header as { revision?: number } | undefined;
  if (recorded !== undefined) expect(store.revision, `step ${step.i}`).toBe(recorded.revision);
}

function isSame(recorded: unknown, answer: unknown): boolean {
  return canonical(recorded) === canonical(answer);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function requestOf(op: string, req: Json): KvRequest | null {
  switch (op) {
    case 'KV.Range':
      return rangeRequest(req);
    case 'KV.Put':
      return putRequest(req);
    case 'KV.DeleteRange':
      return deleteRequest(req);
    case 'KV.Txn':
      return txnRequest(req);
    case 'KV.Compact':
      return {
        kind: 'compaction',
        revision: number(req, 'revision'),
        physical: flag(req, 'physical'),
      };
    default:
      return null;
  }
}

function rangeRequest(req: Json): RangeRequest {
  return rangeOf(bytes(req, 'key'), {
    rangeEnd: bytes(req, 'range_end'),
    limit: number(req, 'limit'),
    revision: number(req, 'revision'),
    sortOrder: (req.sort_order ?? 'NONE') as SortOrder,
    sortTarget: (req.sort_target ?? 'KEY') as SortTarget,
    serializable: flag(req, 'serializable'),
    keysOnly: flag(req, 'keys_only'),
    countOnly: flag(req, 'count_only'),
    minModRevision: number(req, 'min_mod_revision'),
    maxModRevision: number(req, 'max_mod_revision'),
    minCreateRevision: number(req, 'min_create_revision'),
    maxCreateRevision: number(req, 'max_create_revision'),
  });
}

function putRequest(req: Json) {
  return putOf(bytes(req, 'key'), bytes(req, 'value'), {
    lease: number(req, 'lease'),
    prevKv: flag(req, 'prev_kv'),
    ignoreValue: flag(req, 'ignore_value'),
    ignoreLease: flag(req, 'ignore_lease'),
  });
}

function deleteRequest(req: Json) {
  return deleteOf(bytes(req, 'key'), {
    rangeEnd: bytes(req, 'range_end'),
    prevKv: flag(req, 'prev_kv'),
  });
}

function txnRequest(req: Json): TxnRequest {
  return {
    kind: 'txn',
    compare: list(req, 'compare').map(compareOf),
    success: list(req, 'success').map(requestOp),
    failure: list(req, 'failure').map(requestOp),
  };
}

function requestOp(op: Json): RequestOp {
  if (op.request_range !== undefined) return rangeRequest(op.request_range as Json);
  if (op.request_put !== undefined) return putRequest(op.request_put as Json);
  if (op.request_delete_range !== undefined) return deleteRequest(op.request_delete_range as Json);
  if (op.request_txn !== undefined) return txnRequest(op.request_txn as Json);
  return { kind: 'empty' };
}

const UNION_FIELD: Readonly<Record<CompareTarget, string>> = {
  VERSION: 'version',
  CREATE: 'create_revision',
  MOD: 'mod_revision',
  VALUE: 'value',
  LEASE: 'lease',
};

/** A union of another target than the compare's reads as zero, as in etcd. */
function compareOf(req: Json): Compare {
  const target = (req.target ?? 'VERSION') as CompareTarget;
  const field = UNION_FIELD[target];
  return {
    key: bytes(req, 'key'),
    rangeEnd: bytes(req, 'range_end'),
    target,
    result: (req.result ?? 'EQUAL') as CompareResult,
    number: target === 'VALUE' ? 0 : number(req, field),
    value: target === 'VALUE' ? bytes(req, field) : '',
  };
}

function responseJson(response: KvResponse, outermost: boolean): Json {
  const head = header(response.revision, outermost);
  switch (response.kind) {
    case 'range':
      return nonZero({
        header: head,
        kvs: response.kvs.map(kvJson),
        more: response.more,
        count: response.count,
      });
    case 'put':
      return nonZero({
        header: head,
        prev_kv: response.prevKv === null ? 0 : kvJson(response.prevKv),
      });
    case 'delete-range':
      return nonZero({
        header: head,
        deleted: response.deleted,
        prev_kvs: response.prevKvs.map(kvJson),
      });
    case 'txn':
      return nonZero({
        header: head,
        succeeded: response.succeeded,
        responses: response.responses.map(responseOp),
      });
    case 'compaction':
      return { header: head };
  }
}

function responseOp(response: ResponseOp): Json {
  return { [`response_${response.kind.replace('-', '_')}`]: responseJson(response, false) };
}

function kvJson(kv: KeyValue): Json {
  return nonZero({
    key: kv.key,
    create_revision: kv.createRevision,
    mod_revision: kv.modRevision,
    version: kv.version,
    value: kv.value,
    lease: kv.lease,
  });
}

function header(revision: number, outermost: boolean): Json {
  if (!outermost) return nonZero({ revision });
  return nonZero({ cluster_id: 'C', member_id: 'M', revision, raft_term: 'T' });
}

const CODE_NAMES: Readonly<Record<number, string>> = {
  3: 'INVALID_ARGUMENT',
  5: 'NOT_FOUND',
  11: 'OUT_OF_RANGE',
};

function errorJson(error: { readonly code: number; readonly message: string }): Json {
  return { code: error.code, name: CODE_NAMES[error.code], message: error.message };
}

/** proto3: a field with its zero value is absent. */
function nonZero(fields: Json): Json {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== 0 && value !== '' && value !== false && !(Array.isArray(value) && !value.length),
    ),
  );
}

function bytes(req: Json, field: string): string {
  const value = req[field] ?? '';
  if (typeof value !== 'string') throw new Error(`${field} is not a byte string`);
  return value;
}

function number(req: Json, field: string): number {
  const value = req[field] ?? 0;
  if (typeof value !== 'number') throw new Error(`${field} is not a number`);
  return value;
}

function flag(req: Json, field: string): boolean {
  return req[field] === true;
}

function list(req: Json, field: string): Json[] {
  return (req[field] ?? []) as Json[];
}
