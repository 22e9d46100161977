// Turns planned operations into requests: values no other request uses, compares against what the client
// saw last, and another attempt after a failure that is nobody's fault.

import type { ByteString, Micros, ProcessId } from '../base/ids.js';
import type { Outcome } from '../base/trace.js';
import type { ClientScript, ClientStep } from '../client/client.js';
import {
  type Compare,
  deleteOf,
  type KeyValue,
  type KvRequest,
  type KvResult,
  putOf,
  type RequestOp,
  type ResponseOp,
  rangeOf,
} from '../etcdpb/kv.js';
import type { PlannedOperation } from './plan.js';

/** Attempts after the first, each a request of its own. */
const RETRIES_MAX = 2;
/** Pause before another attempt. */
const RETRY_AFTER_US = 5_000;
/** How far behind what it last saw a client compacts. */
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
  private readonly valueBytes: number;
  private readonly now: () => Micros;
  private position = 0;
  private retries = 0;
  private sequence = 0;
  private revision = 1;
  private readonly modRevisions = new Map<ByteString, number>();

  constructor(
    name: string,
    members: readonly ProcessId[],
    operations: readonly PlannedOperation[],
    valueBytes: number,
    now: () => Micros,
  ) {
    this.name = name;
    this.members = members;
    this.operations = operations;
    this.valueBytes = valueBytes;
    this.now = now;
  }

  next(): ClientStep {
    const operation = this.operations[this.position];
    if (this.stopped || operation === undefined) return { kind: 'done' };
    const afterUs = this.retries > 0 ? RETRY_AFTER_US : this.due(operation);
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

  ended(_request: KvRequest, outcome: Outcome, result: KvResult | null): void {
    if (result?.ok === true) this.learn(result.response);
    const refused = outcome === 'fail' && result !== null && !result.ok && result.error.code !== 14;
    if (outcome === 'ok' || refused || this.retries === RETRIES_MAX) {
      this.position++;
      this.retries = 0;
    } else {
      this.retries++;
    }
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
      number: this.modRevisions.get(key) ?? 0,
      value: '',
    };
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

function min(a: ByteString, b: ByteString): ByteString {
  return a < b ? a : b;
}

function max(a: ByteString, b: ByteString): ByteString {
  return a < b ? b : a;
}
