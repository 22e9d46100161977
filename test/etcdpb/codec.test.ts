// The codec of KV requests and results: round trips, exact bytes, and refusal of damaged input.
// Not here: what requests mean.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, DecodeError } from '../../src/base/bytes.js';
import {
  decodeKvRequest,
  decodeKvResult,
  encodeKvRequest,
  encodeKvResult,
} from '../../src/etcdpb/codec.js';
import { ErrCompacted, ErrLeaseNotFound, ErrTimeout } from '../../src/etcdpb/errors.js';
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
  type TxnRequest,
  type TxnResponse,
} from '../../src/etcdpb/kv.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((units) => String.fromCharCode(...units));
const integer = fc.oneof(fc.constant(0), fc.maxSafeInteger());
const natural = fc.oneof(fc.constant(0), fc.maxSafeNat());
const flag = fc.boolean();

const range = fc.record({
  kind: fc.constant('range' as const),
  key: bytes,
  rangeEnd: bytes,
  limit: integer,
  revision: integer,
  sortOrder: fc.constantFrom('NONE' as const, 'ASCEND' as const, 'DESCEND' as const),
  sortTarget: fc.constantFrom(
    'KEY' as const,
    'VERSION' as const,
    'CREATE' as const,
    'MOD' as const,
    'VALUE' as const,
  ),
  serializable: flag,
  keysOnly: flag,
  countOnly: flag,
  minModRevision: integer,
  maxModRevision: integer,
  minCreateRevision: integer,
  maxCreateRevision: integer,
});

const put = fc.record({
  kind: fc.constant('put' as const),
  key: bytes,
  value: bytes,
  lease: integer,
  prevKv: flag,
  ignoreValue: flag,
  ignoreLease: flag,
});

const deletion = fc.record({
  kind: fc.constant('delete-range' as const),
  key: bytes,
  rangeEnd: bytes,
  prevKv: flag,
});

const compare: fc.Arbitrary<Compare> = fc.record({
  key: bytes,
  rangeEnd: bytes,
  target: fc.constantFrom('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'),
  result: fc.constantFrom('EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'),
  number: integer,
  value: bytes,
});

const txn = fc.letrec<{ txn: TxnRequest; op: RequestOp }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'request' },
    put,
    range,
    deletion,
    fc.record({ kind: fc.constant('empty' as const) }),
    tie('txn'),
  ),
  txn: fc.record({
    kind: fc.constant('txn' as const),
    compare: fc.array(compare, { maxLength: 3 }),
    success: fc.array(tie('op'), { maxLength: 3, depthIdentifier: 'request' }),
    failure: fc.array(tie('op'), { maxLength: 3, depthIdentifier: 'request' }),
  }),
})).txn;

const request: fc.Arbitrary<KvRequest> = fc.oneof(
  put,
  range,
  deletion,
  txn,
  fc.record({ kind: fc.constant('compaction' as const), revision: integer, physical: flag }),
);

const keyValue: fc.Arbitrary<KeyValue> = fc.record({
  key: bytes,
  createRevision: natural,
  modRevision: natural,
  version: natural,
  value: bytes,
  lease: integer,
});
const keyValues = fc.array(keyValue, { maxLength: 4 });

const response = fc.letrec<{ txn: TxnResponse; op: ResponseOp }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'response' },
    fc.record({
      kind: fc.constant('put' as const),
      revision: natural,
      prevKv: fc.option(keyValue),
    }),
    fc.record({
      kind: fc.constant('range' as const),
      revision: natural,
      kvs: keyValues,
      more: flag,
      count: natural,
    }),
    fc.record({
      kind: fc.constant('delete-range' as const),
      revision: natural,
      deleted: natural,
      prevKvs: keyValues,
    }),
    tie('txn'),
  ),
  txn: fc.record({
    kind: fc.constant('txn' as const),
    revision: natural,
    succeeded: flag,
    responses: fc.array(tie('op'), { maxLength: 3, depthIdentifier: 'response' }),
  }),
})).op;

const result: fc.Arbitrary<KvResult> = fc.oneof(
  response.map((op) => ({ ok: true as const, response: op })),
  fc.record({
    ok: fc.constant(true as const),
    response: fc.record({ kind: fc.constant('compaction' as const), revision: natural }),
  }),
  fc.record({
    ok: fc.constant(false as const),
    error: fc.constantFrom(ErrCompacted, ErrTimeout, ErrLeaseNotFound),
  }),
);

function requestBytes(value: KvRequest): Uint8Array {
  const writer = new ByteWriter(16);
  encodeKvRequest(value, writer);
  return Uint8Array.from(writer.bytes());
}

function resultBytes(value: KvResult): Uint8Array {
  const writer = new ByteWriter(16);
  encodeKvResult(value, writer);
  return Uint8Array.from(writer.bytes());
}

function hex(source: Uint8Array): string {
  return Buffer.from(source).toString('hex');
}

describe('the codec', () => {
  it('returns every request as it was', () => {
    fc.assert(
      fc.property(request, (value) => {
        const reader = new ByteReader(requestBytes(value));
        expect(decodeKvRequest(reader)).toEqual(value);
        reader.expectEnd();
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('returns every result as it was', () => {
    fc.assert(
      fc.property(result, (value) => {
        const reader = new ByteReader(resultBytes(value));
        expect(decodeKvResult(reader)).toEqual(value);
        reader.expectEnd();
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('refuses what ends early, at every length', () => {
    fc.assert(
      fc.property(request, result, (asked, answered) => {
        const question = requestBytes(asked);
        for (let length = 0; length < question.length; length++) {
          const reader = new ByteReader(question, 0, length);
          expect(() => decodeKvRequest(reader)).toThrow(DecodeError);
        }
        const answer = resultBytes(answered);
        for (let length = 0; length < answer.length; length++) {
          const reader = new ByteReader(answer, 0, length);
          expect(() => decodeKvResult(reader)).toThrow(DecodeError);
        }
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('meets a changed byte with a value or a DecodeError, nothing else', () => {
    const outcomes = { value: 0, refused: 0 };
    const meet = (decode: (reader: ByteReader) => unknown, valid: Uint8Array, position: number) => {
      const damaged = valid.slice();
      damaged[position % valid.length]! ^= 1 << (position % 8);
      try {
        decode(new ByteReader(damaged));
        outcomes.value++;
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        outcomes.refused++;
      }
    };
    fc.assert(
      fc.property(request, result, fc.nat(), (asked, answered, position) => {
        meet(decodeKvRequest, requestBytes(asked), position);
        meet(decodeKvResult, resultBytes(answered), position);
      }),
      { seed: 4, numRuns: 1000 },
    );
    expect(outcomes.value).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
  });

  it('writes exactly these bytes for requests', () => {
    const compare: Compare = {
      key: 'k',
      rangeEnd: '',
      target: 'MOD',
      result: 'LESS',
      number: 258,
      value: '',
    };
    const all: KvRequest[] = [
      putOf('key', 'v\xff'),
      putOf('k', '', { lease: -2, prevKv: true, ignoreValue: true }),
      rangeOf('a', { rangeEnd: '\0', limit: 3, sortOrder: 'DESCEND', sortTarget: 'VALUE' }),
      deleteOf('a', { prevKv: true }),
      { kind: 'txn', compare: [compare], success: [putOf('k', '1')], failure: [{ kind: 'empty' }] },
      { kind: 'compaction', revision: -1, physical: true },
    ];
    expect(all.map((value) => hex(requestBytes(value)))).toEqual([
      '0200030000006b65790200000076ff',
      '020b010000006b00000000010200000000000000',
      '0128010000006101000000000003000000000000000204',
      '0301010000006100000000',
      '04010000000202010000006b0000000000020100000000000000000000010000000200010000006b01000000310100000006',
      '0501010000000000000001',
    ]);
  });

  it('writes exactly these bytes for results', () => {
    const kv: KeyValue = {
      key: 'a',
      createRevision: 2,
      modRevision: 4294967296,
      version: 1,
      value: 'b',
      lease: 0,
    };
    const all: KvResult[] = [
      { ok: true, response: { kind: 'put', revision: 3, prevKv: null } },
      { ok: true, response: { kind: 'range', revision: 3, kvs: [kv], more: true, count: 2 } },
      {
        ok: true,
        response: {
          kind: 'txn',
          revision: 3,
          succeeded: true,
          responses: [{ kind: 'delete-range', revision: 3, deleted: 1, prevKvs: [] }],
        },
      },
      { ok: false, error: { code: 5, message: 'no' } },
    ];
    expect(all.map((value) => hex(resultBytes(value)))).toEqual([
      '02030000000000000000',
      '0103000000000000000200000000000000010100000001000000610200000000000000000000000100000001000000000000000100000062000000000000000000',
      '0403000000000000000101000000030300000000000000010000000000000000000000',
      '0705020000006e6f',
    ]);
  });

  it('refuses unknown tags, flags, table entries and codes', () => {
    const request = (...source: number[]) =>
      decodeKvRequest(new ByteReader(Uint8Array.from(source)));
    const result = (...source: number[]) => decodeKvResult(new ByteReader(Uint8Array.from(source)));
    const noStrings = [0, 0, 0, 0, 0, 0, 0, 0];
    expect(request(2, 0, ...noStrings)).toEqual(putOf('', ''));
    expect(() => request(0)).toThrow(/tag 0/);
    expect(() => request(7, ...noStrings)).toThrow(/tag 7/);
    expect(() => request(6)).toThrow(/empty operation/);
    expect(() => request(2, 16, ...noStrings)).toThrow(/put flags 16/);
    expect(() => request(3, 2, ...noStrings)).toThrow(/flag 2/);
    expect(() => request(1, 32, ...noStrings, 3, 0)).toThrow(/value 3 of 3/);
    expect(() => request(1, 32, ...noStrings, 0, 5)).toThrow(/value 5 of 5/);
    expect(() => result(7, 13, 0, 0, 0, 0)).toThrow(/gRPC code 13/);
    expect(() => result(6)).toThrow(/tag 6/);
    for (const decode of [request, result]) expect(() => decode(2)).toThrow(DecodeError);
  });

  it('carries the deepest legal nesting and refuses one that could exhaust the stack', () => {
    let deep: TxnRequest = { kind: 'txn', compare: [], success: [], failure: [] };
    for (let i = 0; i < 128; i++) {
      deep = { kind: 'txn', compare: [], success: [deep], failure: [] };
    }
    expect(decodeKvRequest(new ByteReader(requestBytes(deep)))).toEqual(deep);
    const level = [4, 0, 0, 0, 0, 1, 0, 0, 0];
    const bottomless = Uint8Array.from(Array.from({ length: 100_000 }, () => level).flat());
    expect(() => decodeKvRequest(new ByteReader(bottomless))).toThrow(DecodeError);
  });
});
