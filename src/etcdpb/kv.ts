// etcd's KV requests and responses (etcdserverpb, mvccpb at v3.5.30), as plain immutable objects.
// Keys and values are byte strings. Field meanings are etcd's; absent fields have proto3's zero.

import type { ByteString, Revision } from '../base/ids.js';
import type { EtcdError } from './errors.js';

export interface KeyValue {
  readonly key: ByteString;
  /** Revision of the put that began this generation of the key. */
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** Puts in this generation, from 1. */
  readonly version: number;
  readonly value: ByteString;
  /** Lease id, 0 for none. */
  readonly lease: number;
}

export interface ResponseHeader {
  readonly clusterId: number;
  readonly memberId: number;
  /** Store revision after the request; for a read, the current one even when reading an older. */
  readonly revision: Revision;
  readonly raftTerm: number;
}

export type SortOrder = 'NONE' | 'ASCEND' | 'DESCEND';
export type SortTarget = 'KEY' | 'VERSION' | 'CREATE' | 'MOD' | 'VALUE';

/** `rangeEnd` '' = the single key, '\0' = all keys from `key` on, else [key, rangeEnd). */
export interface RangeRequest {
  readonly kind: 'range';
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly limit: number;
  /** 0 or negative: the current revision. */
  readonly revision: Revision;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  readonly serializable: boolean;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: Revision;
  readonly maxModRevision: Revision;
  readonly minCreateRevision: Revision;
  readonly maxCreateRevision: Revision;
}

export interface PutRequest {
  readonly kind: 'put';
  readonly key: ByteString;
  readonly value: ByteString;
  readonly lease: number;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export interface DeleteRangeRequest {
  readonly kind: 'delete-range';
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly prevKv: boolean;
}

export type CompareTarget = 'VERSION' | 'CREATE' | 'MOD' | 'VALUE' | 'LEASE';
export type CompareResult = 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL';

export interface Compare {
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly target: CompareTarget;
  readonly result: CompareResult;
  /** The right-hand side for VERSION, CREATE, MOD and LEASE. */
  readonly number: number;
  /** The right-hand side for VALUE. */
  readonly value: ByteString;
}

/** `empty` is etcd's RequestOp with no request set: an error, but one that must be answered. */
export type RequestOp =
  | RangeRequest
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | { readonly kind: 'empty' };

export interface TxnRequest {
  readonly kind: 'txn';
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface CompactionRequest {
  readonly kind: 'compaction';
  readonly revision: Revision;
  readonly physical: boolean;
}

/** What a client may ask of the KV service. */
export type KvRequest =
  | RangeRequest
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | CompactionRequest;

export interface RangeResponse {
  readonly kind: 'range';
  readonly revision: Revision;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Keys in the range at that revision, before limit and filters. */
  readonly count: number;
}

export interface PutResponse {
  readonly kind: 'put';
  readonly revision: Revision;
  readonly prevKv: KeyValue | null;
}

export interface DeleteRangeResponse {
  readonly kind: 'delete-range';
  readonly revision: Revision;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export interface TxnResponse {
  readonly kind: 'txn';
  /** 0 in a nested response, whose header etcd leaves empty. */
  readonly revision: Revision;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export type ResponseOp = RangeResponse | PutResponse | DeleteRangeResponse | TxnResponse;

export interface CompactionResponse {
  readonly kind: 'compaction';
  readonly revision: Revision;
}

/** `revision` is the header's store revision; the rest of the header belongs to the member. */
export type KvResponse = ResponseOp | CompactionResponse;

/** The answer to a request: a response, or an error with etcd's code and text. */
export type KvResult =
  | { readonly ok: true; readonly response: KvResponse }
  | { readonly ok: false; readonly error: EtcdError };

/** A range request for the current value of one key. */
export function rangeOf(key: ByteString, options: Partial<RangeRequest> = {}): RangeRequest {
  return {
    kind: 'range',
    key,
    rangeEnd: '',
    limit: 0,
    revision: 0,
    sortOrder: 'NONE',
    sortTarget: 'KEY',
    serializable: false,
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
    ...options,
  };
}

/** A put without lease and without flags. */
export function putOf(
  key: ByteString,
  value: ByteString,
  options: Partial<PutRequest> = {},
): PutRequest {
  return {
    kind: 'put',
    key,
    value,
    lease: 0,
    prevKv: false,
    ignoreValue: false,
    ignoreLease: false,
    ...options,
  };
}

/** A delete of one key. */
export function deleteOf(
  key: ByteString,
  options: Partial<DeleteRangeRequest> = {},
): DeleteRangeRequest {
  return { kind: 'delete-range', key, rangeEnd: '', prevKv: false, ...options };
}
