// The model's store against transcripts of the real etcd 3.5.30: every key-value and lease answer, in full.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  describeRequest,
  describeResult,
  sameResult,
} from '../../src/check/linearizability/models/etcd-response.js';
import { EMPTY_STORE, evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type { EtcdRequest, EtcdResult } from '../../src/check/linearizability/objects/etcd.js';
import type { Compare, KeyValue, KvResponse, RequestOp, ResponseOp } from '../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

const DIRECTORY = 'test/data/etcd-golden';

/** JSON of a protobuf message; a field with its zero value is absent. */
type Json = { readonly [field: string]: unknown };

interface Step {
  readonly op: string;
  readonly req: Json;
  readonly res?: Json;
  readonly err?: { readonly code: number; readonly message: string };
}

function steps(file: string): Step[] {
  const lines = readFileSync(`${DIRECTORY}/${file}.jsonl`, 'utf8').trimEnd().split('\n');
  return lines.slice(1).map((line) => JSON.parse(line) as Step);
}

const text = (json: Json, field: string): string => {
  const value = json[field] ?? '';
  if (typeof value === 'string') return value;
  const [unit, count] = (value as { $rep: [string, number] }).$rep;
  return unit.repeat(count);
};
const integer = (json: Json, field: string): number => Number(json[field] ?? 0);
const flag = (json: Json, field: string): boolean => json[field] === true;
const list = (json: Json, field: string): Json[] => (json[field] ?? []) as Json[];

function range(json: Json): RequestOp & { kind: 'range' } {
  return rangeOf(text(json, 'key'), {
    rangeEnd: text(json, 'range_end'),
    limit: integer(json, 'limit'),
    revision: integer(json, 'revision'),
    sortOrder: (json.sort_order ?? 'NONE') as 'NONE',
    sortTarget: (json.sort_target ?? 'KEY') as 'KEY',
    serializable: flag(json, 'serializable'),
    keysOnly: flag(json, 'keys_only'),
    countOnly: flag(json, 'count_only'),
    minModRevision: integer(json, 'min_mod_revision'),
    maxModRevision: integer(json, 'max_mod_revision'),
    minCreateRevision: integer(json, 'min_create_revision'),
    maxCreateRevision: integer(json, 'max_create_revision'),
  });
}

function put(json: Json): RequestOp & { kind: 'put' } {
  return putOf(text(json, 'key'), text(json, 'value'), {
    lease: integer(json, 'lease'),
    prevKv: flag(json, 'prev_kv'),
    ignoreValue: flag(json, 'ignore_value'),
    ignoreLease: flag(json, 'ignore_lease'),
  });
}

function deletion(json: Json): RequestOp & { kind: 'delete-range' } {
  return deleteOf(text(json, 'key'), {
    rangeEnd: text(json, 'range_end'),
    prevKv: flag(json, 'prev_kv'),
  });
}

function compare(json: Json): Compare {
  const numbers = ['version', 'create_revision', 'mod_revision', 'lease'];
  return {
    key: text(json, 'key'),
    rangeEnd: text(json, 'range_end'),
    target: (json.target ?? 'VERSION') as 'VERSION',
    result: (json.result ?? 'EQUAL') as 'EQUAL',
    number: numbers.reduce((sum, field) => sum + integer(json, field), 0),
    value: text(json, 'value'),
  };
}

function txn(json: Json): RequestOp & { kind: 'txn' } {
  return {
    kind: 'txn',
    compare: list(json, 'compare').map(compare),
    success: list(json, 'success').map(operation),
    failure: list(json, 'failure').map(operation),
  };
}

function operation(json: Json): RequestOp {
  const part = (field: string): Json => json[field] as Json;
  if ('request_range' in json) return range(part('request_range'));
  if ('request_put' in json) return put(part('request_put'));
  if ('request_delete_range' in json) return deletion(part('request_delete_range'));
  if ('request_txn' in json) return txn(part('request_txn'));
  return { kind: 'empty' };
}

function request(step: Step): EtcdRequest | null {
  switch (step.op) {
    case 'KV.Range':
      return range(step.req);
    case 'KV.Put':
      return put(step.req);
    case 'KV.DeleteRange':
      return deletion(step.req);
    case 'KV.Txn':
      return txn(step.req);
    case 'KV.Compact':
      return { kind: 'compaction', revision: integer(step.req, 'revision'), physical: false };
    case 'Lease.LeaseGrant':
      return { kind: 'lease-grant', lease: integer(step.req, 'ID') };
    case 'Lease.LeaseRevoke':
      return { kind: 'lease-revoke', lease: integer(step.req, 'ID') };
    default:
      return null;
  }
}

function keyValue(json: Json): KeyValue {
  return {
    key: text(json, 'key'),
    createRevision: integer(json, 'create_revision'),
    modRevision: integer(json, 'mod_revision'),
    version: integer(json, 'version'),
    value: text(json, 'value'),
    lease: integer(json, 'lease'),
  };
}

function response(kind: KvResponse['kind'], json: Json): KvResponse {
  const revision = integer((json.header ?? {}) as Json, 'revision');
  switch (kind) {
    case 'range': {
      const kvs = list(json, 'kvs').map(keyValue);
      return { kind, revision, kvs, more: flag(json, 'more'), count: integer(json, 'count') };
    }
    case 'put': {
      const previous = json.prev_kv as Json | undefined;
      return { kind, revision, prevKv: previous === undefined ? null : keyValue(previous) };
    }
    case 'delete-range': {
      const prevKvs = list(json, 'prev_kvs').map(keyValue);
      return { kind, revision, deleted: integer(json, 'deleted'), prevKvs };
    }
    case 'txn': {
      const responses = list(json, 'responses').map(nested);
      return { kind, revision, succeeded: flag(json, 'succeeded'), responses };
    }
    case 'compaction':
      return { kind, revision };
  }
}

function nested(json: Json): ResponseOp {
  const [field] = Object.keys(json);
  const kinds = {
    response_range: 'range',
    response_put: 'put',
    response_delete_range: 'delete-range',
    response_txn: 'txn',
  } as const;
  const kind = kinds[field as keyof typeof kinds];
  return response(kind, json[field!] as Json) as ResponseOp;
}

function result(step: Step, kind: EtcdRequest['kind']): EtcdResult {
  if (step.err === undefined && kind.startsWith('lease')) {
    const header = (step.res?.header ?? {}) as Json;
    return { ok: true, response: { kind: 'lease', revision: integer(header, 'revision') } };
  }
  if (step.err === undefined) {
    return { ok: true, response: response(kind as KvResponse['kind'], step.res ?? {}) };
  }
  const { code, message } = step.err;
  return { ok: false, error: { code: code as 3, message } };
}

describe('the model store', () => {
  it.each([
    ['edge_kv', 94],
    ['edge_txn', 100],
    ['edge_compact', 43],
    ['rand_kv_1', 665],
    ['rand_kv_2', 669],
    ['rand_kv_3', 672],
    ['rand_kv_4', 664],
  ])('answers as etcd 3.5.30 does in %s', (file, comparedCount) => {
    let state = EMPTY_STORE;
    let compared = 0;
    for (const [i, step] of steps(file).entries()) {
      const input = request(step);
      if (input === null) continue;
      const evaluation = evaluate(state, input);
      const expected = result(step, input.kind);
      if (!sameResult(evaluation.result, expected)) {
        expect.fail(
          `step ${i + 1}, ${describeRequest(input)}\n` +
            `etcd:  ${describeResult(expected)}\nmodel: ${describeResult(evaluation.result)}`,
        );
      }
      state = evaluation.state;
      compared++;
    }
    expect(compared).toBe(comparedCount);
  });
});
