// A naive model of etcd's store to test the real one against: a full copy of all keys per revision,
// and transactions that run on a copy which an error throws away. Not here: hashes, validation.

import {
  ErrCompacted,
  ErrFutureRev,
  ErrKeyNotFound,
  ErrLeaseNotFound,
  type EtcdError,
} from '../../src/etcdpb/errors.js';
import type {
  Compare,
  KeyValue,
  KvRequest,
  KvResult,
  PutRequest,
  RangeRequest,
  RequestOp,
  ResponseOp,
  TxnRequest,
} from '../../src/etcdpb/kv.js';

type Keys = Map<string, KeyValue>;

export class Model {
  revision = 1;
  compactRevision = -1;
  /** All keys as of each revision. */
  readonly states: Keys[] = [new Map(), new Map()];

  apply(request: KvRequest): KvResult {
    try {
      return { ok: true, response: this.respond(request) };
    } catch (thrown) {
      if (thrown instanceof Refused) return { ok: false, error: thrown.error };
      throw thrown;
    }
  }

  private respond(request: KvRequest) {
    if (request.kind === 'compaction') {
      refuseIf(request.revision <= this.compactRevision, ErrCompacted);
      refuseIf(request.revision > this.revision, ErrFutureRev);
      this.compactRevision = request.revision;
      return { kind: 'compaction', revision: this.revision } as const;
    }
    if (request.kind === 'range' && request.revision > 0) this.checkRevision(request.revision);
    if (request.kind === 'put') {
      refuseIf(request.lease !== 0, ErrLeaseNotFound);
    }
    const write = new Write(this, this.states[this.revision]!);
    if (request.kind === 'txn') {
      const plan = write.plan(request);
      for (const op of plan.flat) if (op.kind === 'put') write.checkPut(op);
      for (const op of plan.flat) {
        if (op.kind === 'range' && op.revision !== 0) this.checkRevision(op.revision);
      }
    }
    const response = write.run(request);
    if (write.changed) {
      this.revision++;
      this.states.push(write.keys);
    }
    return response.kind === 'txn' ? { ...response, revision: this.revision } : response;
  }

  checkRevision(revision: number): void {
    refuseIf(revision > this.revision, ErrFutureRev);
    refuseIf(revision < this.compactRevision, ErrCompacted);
  }
}

class Refused {
  readonly error: EtcdError;
  constructor(error: EtcdError) {
    this.error = error;
  }
}

function refuseIf(condition: boolean, error: EtcdError): void {
  if (condition) throw new Refused(error);
}

class Write {
  readonly model: Model;
  readonly before: Keys;
  readonly keys: Keys;
  changed = false;

  constructor(model: Model, before: Keys) {
    this.model = model;
    this.before = before;
    this.keys = new Map(before);
  }

  /** The operations that will run, by the state before the transaction. */
  plan(txn: TxnRequest): { flat: RequestOp[] } {
    const ops = this.holds(txn) ? txn.success : txn.failure;
    return { flat: ops.flatMap((op) => (op.kind === 'txn' ? this.plan(op).flat : [op])) };
  }

  checkPut(put: PutRequest): void {
    refuseIf((put.ignoreValue || put.ignoreLease) && !this.before.has(put.key), ErrKeyNotFound);
    refuseIf(put.lease !== 0, ErrLeaseNotFound);
  }

  run(op: RequestOp): ResponseOp {
    switch (op.kind) {
      case 'range':
        return this.range(op);
      case 'put': {
        const previous = this.keys.get(op.key) ?? null;
        refuseIf((op.ignoreValue || op.ignoreLease) && previous === null, ErrKeyNotFound);
        const main = this.model.revision + 1;
        this.keys.set(op.key, {
          key: op.key,
          createRevision: previous?.createRevision ?? main,
          modRevision: main,
          version: (previous?.version ?? 0) + 1,
          value: op.ignoreValue ? previous!.value : op.value,
          lease: 0,
        });
        this.changed = true;
        return { kind: 'put', revision: main, prevKv: op.prevKv ? previous : null };
      }
      case 'delete-range': {
        const victims = select(this.keys, op.key, op.rangeEnd);
        for (const kv of victims) this.keys.delete(kv.key);
        if (victims.length > 0) this.changed = true;
        return {
          kind: 'delete-range',
          revision: this.visible(),
          deleted: victims.length,
          prevKvs: op.prevKv ? victims : [],
        };
      }
      case 'txn': {
        const succeeded = this.holds(op);
        const responses = (succeeded ? op.success : op.failure).map((inner) => this.run(inner));
        return { kind: 'txn', revision: 0, succeeded, responses };
      }
      case 'empty':
        throw new Refused(ErrKeyNotFound);
    }
  }

  private visible(): number {
    return this.model.revision + (this.changed ? 1 : 0);
  }

  private range(request: RangeRequest): ResponseOp {
    const keys = request.revision > 0 ? this.model.states[request.revision]! : this.keys;
    const rows = select(keys, request.key, request.rangeEnd);
    const revision = this.visible();
    const count = rows.length;
    if (request.countOnly) return { kind: 'range', revision, kvs: [], more: false, count };
    const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
    const bounded = minModRevision || maxModRevision || minCreateRevision || maxCreateRevision;
    let kvs = rows;
    if (request.limit > 0 && request.sortOrder === 'NONE' && !bounded) {
      kvs = kvs.slice(0, request.limit + 1);
    }
    if (maxModRevision) kvs = kvs.filter((kv) => kv.modRevision <= maxModRevision);
    if (minModRevision) kvs = kvs.filter((kv) => kv.modRevision >= minModRevision);
    if (maxCreateRevision) kvs = kvs.filter((kv) => kv.createRevision <= maxCreateRevision);
    if (minCreateRevision) kvs = kvs.filter((kv) => kv.createRevision >= minCreateRevision);
    const sign = request.sortOrder === 'DESCEND' ? -1 : 1;
    const by = (kv: KeyValue) =>
      ({
        KEY: kv.key,
        VERSION: kv.version,
        CREATE: kv.createRevision,
        MOD: kv.modRevision,
        VALUE: kv.value,
      })[request.sortTarget];
    // Array sort is stable, and the rows come in key order.
    kvs = [...kvs].sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
    const more = request.limit > 0 && kvs.length > request.limit;
    if (more) kvs = kvs.slice(0, request.limit);
    if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: '' }));
    return { kind: 'range', revision, kvs, more, count };
  }

  private holds(txn: TxnRequest): boolean {
    return txn.compare.every((compare) => {
      const rows = select(this.before, compare.key, compare.rangeEnd);
      if (rows.length === 0) {
        return compare.target !== 'VALUE' && relates(compare, 0, compare.number);
      }
      return rows.every((kv) => relates(compare, sideOf(compare, kv), sideOf(compare, null)));
    });
  }
}

function sideOf(compare: Compare, kv: KeyValue | null): number | string {
  switch (compare.target) {
    case 'VALUE':
      return kv === null ? compare.value : kv.value;
    case 'VERSION':
      return kv === null ? compare.number : kv.version;
    case 'CREATE':
      return kv === null ? compare.number : kv.createRevision;
    case 'MOD':
      return kv === null ? compare.number : kv.modRevision;
    case 'LEASE':
      return kv === null ? compare.number : kv.lease;
  }
}

function relates(compare: Compare, left: number | string, right: number | string): boolean {
  const order = left < right ? 'LESS' : left > right ? 'GREATER' : 'EQUAL';
  return compare.result === 'NOT_EQUAL' ? order !== 'EQUAL' : order === compare.result;
}

function select(keys: Keys, key: string, rangeEnd: string): KeyValue[] {
  return [...keys.values()]
    .filter((kv) => {
      if (rangeEnd === '') return kv.key === key;
      return kv.key >= key && (rangeEnd === '\0' || kv.key < rangeEnd);
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
