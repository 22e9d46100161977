// Requests and answers of etcd in simquake's own format: the fields of etcdpb/kv.ts. A field that is absent
// has proto3's zero, as on the wire. Keys and values are byte strings: one character a byte.

import * as z from 'zod';
import type { EtcdError } from '../../../etcdpb/errors.js';
import type {
  Compare,
  DeleteRangeRequest,
  KeyValue,
  PutRequest,
  RangeRequest,
  RequestOp,
  ResponseOp,
  TxnRequest,
} from '../../../etcdpb/kv.js';
import type { EtcdRequest, EtcdResult } from '../../linearizability/objects/etcd.js';
import { isCompleteEtcdRequest, isCompleteEtcdResult } from './etcd-complete.js';
import type { OperationSchema } from './operation-schema.js';

const bytes = z.string().default('');
const flag = z.boolean().default(false);
const number = z.int().default(0);

const rangeRequest: z.ZodType<RangeRequest> = z.strictObject({
  kind: z.literal('range'),
  key: z.string(),
  rangeEnd: bytes,
  limit: number,
  revision: number,
  sortOrder: z.enum(['NONE', 'ASCEND', 'DESCEND']).default('NONE'),
  sortTarget: z.enum(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']).default('KEY'),
  serializable: flag,
  keysOnly: flag,
  countOnly: flag,
  minModRevision: number,
  maxModRevision: number,
  minCreateRevision: number,
  maxCreateRevision: number,
});

const putRequest: z.ZodType<PutRequest> = z.strictObject({
  kind: z.literal('put'),
  key: z.string(),
  value: bytes,
  lease: number,
  prevKv: flag,
  ignoreValue: flag,
  ignoreLease: flag,
});

const deleteRequest: z.ZodType<DeleteRangeRequest> = z.strictObject({
  kind: z.literal('delete-range'),
  key: z.string(),
  rangeEnd: bytes,
  prevKv: flag,
});

const compare: z.ZodType<Compare> = z.strictObject({
  key: z.string(),
  rangeEnd: bytes,
  target: z.enum(['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE']),
  result: z.enum(['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']),
  number,
  value: bytes,
});

const emptyRequest = z.strictObject({ kind: z.literal('empty') });

const requestOps: z.ZodType<readonly RequestOp[]> = z.array(
  z.lazy(() => z.union([rangeRequest, putRequest, deleteRequest, txnRequest, emptyRequest])),
);

const txnRequest: z.ZodType<TxnRequest> = z.strictObject({
  kind: z.literal('txn'),
  compare: z.array(compare).default([]),
  success: requestOps.default([]),
  failure: requestOps.default([]),
});

const keyValue: z.ZodType<KeyValue> = z.strictObject({
  key: z.string(),
  createRevision: z.int(),
  modRevision: z.int(),
  version: z.int(),
  value: bytes,
  lease: number,
});

const revision = z.int();

const responseOps: z.ZodType<readonly ResponseOp[]> = z.array(z.lazy(() => responseOp));

const responses = [
  z.strictObject({
    kind: z.literal('range'),
    revision,
    kvs: z.array(keyValue).default([]),
    more: flag,
    count: number,
  }),
  z.strictObject({ kind: z.literal('put'), revision, prevKv: keyValue.nullable().default(null) }),
  z.strictObject({
    kind: z.literal('delete-range'),
    revision,
    deleted: number,
    prevKvs: z.array(keyValue).default([]),
  }),
  z.strictObject({ kind: z.literal('txn'), revision, succeeded: flag, responses: responseOps }),
] as const;

const responseOp: z.ZodType<ResponseOp> = z.discriminatedUnion('kind', [...responses]);

const error = z.strictObject({
  code: z.union([3, 4, 5, 8, 9, 11, 14].map((code) => z.literal(code))),
  message: z.string(),
}) as unknown as z.ZodType<EtcdError>;

const lease = z.int();

export const etcdSchema: OperationSchema<EtcdRequest, EtcdResult> = {
  input: z.discriminatedUnion('kind', [
    rangeRequest,
    putRequest,
    deleteRequest,
    txnRequest,
    z.strictObject({ kind: z.literal('compaction'), revision: z.int(), physical: flag }),
    z.strictObject({ kind: z.enum(['lease-grant', 'lease-revoke', 'lease-expire']), lease }),
  ] as never) as unknown as z.ZodType<EtcdRequest>,
  output: z.discriminatedUnion('ok', [
    z.strictObject({
      ok: z.literal(true),
      response: z.discriminatedUnion('kind', [
        ...responses,
        z.strictObject({ kind: z.literal('compaction'), revision }),
        z.strictObject({ kind: z.literal('lease'), revision }),
      ]),
    }),
    z.strictObject({ ok: z.literal(false), error }),
  ]) as unknown as z.ZodType<EtcdResult>,
  complete: { input: isCompleteEtcdRequest, output: isCompleteEtcdResult },
};
