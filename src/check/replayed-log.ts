// The log of an etcd cluster replayed from the empty store: the state at every revision and every change
// in the order in which watchers must see it. What watches and reads of the past are judged by.
// Not here: where the log comes from (member-logs.ts merges those of several members).

import { assert } from '../base/assert.js';
import type { ByteString, Revision } from '../base/ids.js';
import type { KeyValue, RequestOp, ResponseOp } from '../etcdpb/kv.js';
import type { EtcdState } from './linearizability/models/etcd-store.js';
import { EMPTY_STORE, evaluate, lookUp, stateAt } from './linearizability/models/etcd-store.js';
import { keysOf, valueAt, valuesIn } from './linearizability/models/ordered-map.js';
import type { EtcdRequest, EtcdResult } from './linearizability/objects/etcd.js';

/** One change of one key. */
export interface LoggedEvent {
  readonly kind: 'put' | 'delete';
  /** For a delete the key and the revision alone, as etcd sends it. */
  readonly kv: KeyValue;
  /** The key at the revision before. */
  readonly prevKv: KeyValue | null;
  /** A put that began a generation of its key. */
  readonly isCreate: boolean;
  /** Position in the log of the request that made it, from 0. */
  readonly entry: number;
}

export interface ReplayedLog {
  /** The state after the whole log. */
  readonly last: EtcdState;
  /** In order: by revision, within one in the order in which its request made them. */
  readonly events: readonly LoggedEvent[];
}

/** Replays a log. Requests that the store refuses or that only read are part of a log too. O(n log n). */
export function replayLog(log: readonly EtcdRequest[]): ReplayedLog {
  const events: LoggedEvent[] = [];
  let last = EMPTY_STORE;
  for (const [entry, request] of log.entries()) {
    const made = replayEntry(last, request, entry);
    last = made.after;
    for (const event of made.events) events.push(event);
  }
  return { last, events };
}

export interface ReplayedEntry {
  readonly after: EtcdState;
  readonly result: EtcdResult;
  readonly events: readonly LoggedEvent[];
}

/** What one request does to a state. */
export function replayEntry(before: EtcdState, request: EtcdRequest, entry: number): ReplayedEntry {
  const { state: after, result } = evaluate(before, request);
  if (after.revision === before.revision) return { after, result, events: [] };
  assert(result.ok, 'a request that was refused made a revision', { entry });
  const changes = new Changes(before, entry);
  if ('lease' in request && request.kind !== 'put') {
    const held = valueAt(before.leases, request.lease) ?? null;
    for (const key of keysOf(held)) changes.remove(key);
  } else {
    changes.follow(request as RequestOp, result.response as ResponseOp);
  }
  return { after, result, events: changes.events };
}

/** The store at a revision, null if the log does not reach it or the store never had it. */
export function stateAtRevision(log: ReplayedLog, revision: Revision): EtcdState | null {
  return revision > log.last.revision ? null : stateAt(log.last, revision);
}

/** The position of the first event at or above a revision. O(log n). */
export function firstEventAt(log: ReplayedLog, revision: Revision): number {
  let from = 0;
  let to = log.events.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (log.events[middle]!.kv.modRevision < revision) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The changes of one revision, followed along the branches that its transaction took. */
class Changes {
  readonly events: LoggedEvent[] = [];
  private readonly before: EtcdState;
  private readonly entry: number;
  private readonly revision: Revision;
  /** Keys already changed in this revision; null if gone. */
  private readonly changed = new Map<ByteString, KeyValue | null>();

  constructor(before: EtcdState, entry: number) {
    this.before = before;
    this.entry = entry;
    this.revision = before.revision + 1;
  }

  follow(request: RequestOp, response: ResponseOp): void {
    if (request.kind === 'put') {
      const { key, value, lease, ignoreValue, ignoreLease } = request;
      const old = this.current(key);
      this.record('put', {
        key,
        value: ignoreValue && old !== null ? old.value : value,
        lease: ignoreLease && old !== null ? old.lease : lease,
        createRevision: old === null ? this.revision : old.createRevision,
        modRevision: this.revision,
        version: old === null ? 1 : old.version + 1,
      });
    } else if (request.kind === 'delete-range') {
      const { key, rangeEnd } = request;
      const end = rangeEnd === '' ? `${key}\0` : rangeEnd === '\0' ? null : rangeEnd;
      const keys = new Set(valuesIn(this.before.keys, key, end).map((kv) => kv.key));
      for (const changed of this.changed.keys()) {
        if (changed >= key && (end === null || changed < end)) keys.add(changed);
      }
      for (const gone of [...keys].sort(byBytes))
        if (this.current(gone) !== null) this.remove(gone);
    } else if (request.kind === 'txn' && response.kind === 'txn') {
      const branch = response.succeeded ? request.success : request.failure;
      for (const [at, op] of branch.entries()) this.follow(op, response.responses[at]!);
    }
  }

  remove(key: ByteString): void {
    const modRevision = this.revision;
    this.record('delete', { key, value: '', lease: 0, createRevision: 0, modRevision, version: 0 });
  }

  private current(key: ByteString): KeyValue | null {
    const changed = this.changed.get(key);
    return changed === undefined ? lookUp(this.before, key) : changed;
  }

  private record(kind: 'put' | 'delete', kv: KeyValue): void {
    const isCreate = kind === 'put' && kv.createRevision === kv.modRevision;
    const prevKv = lookUp(this.before, kv.key);
    this.changed.set(kv.key, kind === 'put' ? kv : null);
    this.events.push({ kind, kv, prevKv, isCreate, entry: this.entry });
  }
}

function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
