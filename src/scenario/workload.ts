// Turns planned operations into requests: values no other request uses, compares against what the client
// saw last, and another attempt after a failure that is nobody's fault.

import type { ByteString, Micros, ProcessId } from '../base/ids.js';
import type { Outcome } from '../base/trace.js';
import { appended } from '../check/isolation/etcd-transactions.js';
import type { ClientScript, ClientStep } from '../client/client.js';
import {
  type Compare,
  deleteOf,
  type KeyValue,
  type KvRequest,
  type KvResponse,
  type KvResult,
  putOf,
  type RequestOp,
  type ResponseOp,
  rangeOf,
} from '../etcdpb/kv.js';
import type { PlannedClient, PlannedOperation } from './plan.js';
import { changeOver, deepTxn, oldRead, query, type Seen } from './rare-requests.js';

/** Attempts after the first, each a request of its own, and the pause before each. */
const PATIENT: NonNullable<PlannedClient['stubborn']> = { retries: 2, afterUs: 5_000 };
/** How far behind what it last saw a client compacts, if not all. */
const COMPACT_BEHIND = 20;

/** The script of one client of a plan. */
export class PlannedScript implements ClientScript {
  /** Set when the workload is over: nothing new is begun. */
  stopped = false;
  /** When each operation so far was first due, in virtual time. */
  readonly dueUs: Micros[] = [];
  private readonly name: string;
  private readonly members: readonly ProcessId[];
  private readonly operations: readonly PlannedOperation[];
  private readonly stubborn: typeof PATIENT;
  private readonly valueBytes: number;
  private readonly now: () => Micros;
  private position = 0;
  private retries = 0;
  private sequence = 0;
  private revision = 1;
  private readonly modRevisions = new Map<ByteString, number>();
  /** What lists held when the client last saw them. */
  private readonly lists = new Map<ByteString, ByteString>();

  constructor(
    name: string,
    members: readonly ProcessId[],
    { operations, stubborn = PATIENT }: PlannedClient,
    valueBytes: number,
    now: () => Micros,
  ) {
    this.name = name;
    this.members = members;
    this.operations = operations;
    this.stubborn = stubborn;
    this.valueBytes = valueBytes;
    this.now = now;
  }

  next(): ClientStep {
    const operation = this.operations[this.position];
    if (this.stopped || operation === undefined) return { kind: 'done' };
    const afterUs = this.retries > 0 ? this.stubborn.afterUs : this.due(operation);
    if (operation.kind === 'move-leader') {
      this.position++;
      const target = this.members[operation.other % this.members.length]!;
      return { kind: 'move-leader', afterUs, target };
    }
    return { kind: 'request', afterUs, request: this.request(operation) };
  }

  /** How long from now until an operation begins for the first time; takes note of it. */
  private due({ afterUs, notBeforeUs = 0 }: PlannedOperation): Micros {
    const nowUs = this.now();
    const dueUs = Math.max(nowUs + afterUs, notBeforeUs);
    this.dueUs.push(dueUs);
    return dueUs - nowUs;
  }

  ended(request: KvRequest, outcome: Outcome, result: KvResult | null): void {
    if (result?.ok === true) {
      this.learn(result.response);
      this.learnAppends(request, result.response);
    }
    const refused = outcome === 'fail' && result !== null && !result.ok && result.error.code !== 14;
    if (outcome === 'ok' || refused || this.retries === this.stubborn.retries) {
      this.position++;
      this.retries = 0;
    } else {
      this.retries++;
    }
  }

  private get seen(): Seen {
    return { revision: this.revision, modRevision: (key) => this.modRevision(key) };
  }

  private request(operation: PlannedOperation): KvRequest {
    const key = keyName(operation.key);
    const other = keyName(operation.other);
    switch (operation.kind) {
      case 'put':
        return putOf(key, this.value());
      case 'get':
      case 'move-leader':
        return rangeOf(key);
      case 'get-serializable':
        return rangeOf(key, { serializable: true });
      case 'delete':
        return deleteOf(key);
      case 'cas':
        return {
          kind: 'txn',
          compare: [this.unchanged(key)],
          success: [putOf(key, this.value())],
          failure: [rangeOf(key)],
        };
      case 'txn':
        return this.txn(key, other);
      case 'range':
        return rangeOf(min(key, other), { rangeEnd: `${max(key, other)}\0` });
      case 'delete-range':
        return deleteOf(min(key, other), { rangeEnd: `${max(key, other)}\0` });
      case 'old-read':
        return oldRead(key, operation.other, this.seen);
      case 'query':
        return query(key, operation.other, this.seen);
      case 'change-over':
        return changeOver(key, this.value(), operation.other);
      case 'deep-txn': {
        const neighbour = keyName(operation.key + 1);
        return deepTxn(key, neighbour, [this.value(), this.value()], operation.other, this.seen);
      }
      case 'append-lists':
        return this.appendLists(listsOf(operation));
      case 'read-lists': {
        const reads = listsOf(operation).map((list) => rangeOf(list));
        return { kind: 'txn', compare: [], success: reads, failure: [] };
      }
      case 'compact-all':
        return { kind: 'compaction', revision: this.revision, physical: false };
      case 'compact':
        return this.revision <= COMPACT_BEHIND
          ? rangeOf(key)
          : { kind: 'compaction', revision: this.revision - COMPACT_BEHIND, physical: false };
    }
  }

  private txn(key: ByteString, other: ByteString): KvRequest {
    const success: RequestOp[] = [putOf(key, this.value())];
    if (other !== key) success.push(putOf(other, this.value()));
    success.push(rangeOf(key));
    return {
      kind: 'txn',
      compare: [this.unchanged(key)],
      success,
      failure: [rangeOf(key), rangeOf(other)],
    };
  }

  /** Reads lists and appends to each, if they are as the client last saw them; else only reads them. */
  private appendLists(lists: readonly ByteString[]): KvRequest {
    const reads = lists.map((list) => rangeOf(list));
    this.sequence++;
    const element = `${this.name}.${this.sequence}`;
    const puts = lists.map((list) => putOf(list, appended(this.lists.get(list) ?? '', element)));
    return {
      kind: 'txn',
      compare: lists.map((list) => this.unchanged(list)),
      success: [...reads, ...puts],
      failure: reads,
    };
  }

  private value(): ByteString {
    this.sequence++;
    return `${this.name}.${this.sequence}`.padEnd(this.valueBytes, '.');
  }

  private unchanged(key: ByteString): Compare {
    return {
      key,
      rangeEnd: '',
      target: 'MOD',
      result: 'EQUAL',
      number: this.modRevision(key),
      value: '',
    };
  }

  private modRevision(key: ByteString): number {
    return this.modRevisions.get(key) ?? 0;
  }

  private learn(
    response: ResponseOp | { readonly kind: 'compaction'; readonly revision: number },
  ): void {
    if (response.revision > this.revision) this.revision = response.revision;
    if (response.kind === 'range') for (const kv of response.kvs) this.saw(kv);
    else if (response.kind === 'txn') for (const inner of response.responses) this.learn(inner);
  }

  private saw(kv: KeyValue): void {
    this.modRevisions.set(kv.key, kv.modRevision);
    if (isList(kv.key)) this.lists.set(kv.key, kv.value);
  }

  /** Knows its own appends without reading them again. */
  private learnAppends(request: KvRequest, response: KvResponse): void {
    if (request.kind !== 'txn' || response.kind !== 'txn' || !response.succeeded) return;
    for (const op of request.success) {
      if (op.kind !== 'put' || !isList(op.key)) continue;
      this.modRevisions.set(op.key, response.revision);
      this.lists.set(op.key, op.value);
    }
  }
}

/** After healing: a put, then a read through every member, until each has answered. */
export class ProbeScript implements ClientScript {
  /** Every member has answered a read that follows the write. */
  satisfied = false;
  private wrote = false;
  private reads = 0;
  private readonly members: number;

  constructor(members: number) {
    this.members = members;
  }

  next(): ClientStep {
    if (this.satisfied) return { kind: 'done' };
    const request = this.wrote ? rangeOf(PROBE_KEY) : putOf(PROBE_KEY, `probe.${this.reads}`);
    return { kind: 'request', afterUs: 10_000, request };
  }

  ended(request: KvRequest, outcome: Outcome): void {
    if (outcome !== 'ok') return;
    if (request.kind === 'put') this.wrote = true;
    else this.reads++;
    if (this.wrote && this.reads >= this.members) this.satisfied = true;
  }
}

const PROBE_KEY = 'probe';

/** The name of a numbered key: two digits, so that ranges cover neighbours. */
export function keyName(key: number): ByteString {
  return `k${String(key % 100).padStart(2, '0')}`;
}

/** Whether a key holds a list, which nothing but transactions over lists touches. */
export function isList(key: ByteString): boolean {
  return key.startsWith(LIST_PREFIX);
}

const LIST_PREFIX = 'list';

/** The one or two lists of an operation. */
function listsOf({ key, other }: PlannedOperation): ByteString[] {
  const lists = new Set([key, other].map((number) => `${LIST_PREFIX}${String(number)}`));
  return [...lists];
}

function min(a: ByteString, b: ByteString): ByteString {
  return a < b ? a : b;
}

function max(a: ByteString, b: ByteString): ByteString {
  return a < b ? b : a;
}
