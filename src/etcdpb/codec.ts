// KV requests and results as bytes, for log entries and client messages: this project's own compact
// format over ByteWriter, not protobuf. Not here: framing, checksums, and whether a request is legal.
// Keeps: decode(encode(x)) equals x; input that ends early or names the impossible is a DecodeError.

import { assert, unreachable } from '../base/assert.js';
import { type ByteReader, type ByteWriter, DecodeError } from '../base/bytes.js';
import type { EtcdError, GrpcCode } from './errors.js';
import type {
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  KvRequest,
  KvResponse,
  KvResult,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  SortOrder,
  SortTarget,
  TxnRequest,
  TxnResponse,
} from './kv.js';

// The first byte of a request, operation, response or result.
const RANGE = 1;
const PUT = 2;
const DELETE_RANGE = 3;
const TXN = 4;
const COMPACTION = 5;
const EMPTY = 6;
const ERROR = 7;

/** Deeper nesting than any legal transaction's, whose every level uses up part of 128 operations. */
const NESTING_MAX = 160;

// The position in the table is what is written.
const SORT_ORDERS: readonly SortOrder[] = ['NONE', 'ASCEND', 'DESCEND'];
const SORT_TARGETS: readonly SortTarget[] = ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'];
const COMPARE_TARGETS: readonly CompareTarget[] = ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'];
const COMPARE_RESULTS: readonly CompareResult[] = ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'];
const CODES: readonly GrpcCode[] = [3, 4, 5, 8, 9, 11, 14];

// Flags of a put.
const PUT_PREV_KV = 1;
const PUT_IGNORE_VALUE = 2;
const PUT_IGNORE_LEASE = 4;
const PUT_LEASE = 8;

// Flags of a range: three booleans, then which groups of fields follow.
const RANGE_SERIALIZABLE = 1;
const RANGE_KEYS_ONLY = 2;
const RANGE_COUNT_ONLY = 4;
const RANGE_LIMIT = 8;
const RANGE_REVISION = 16;
const RANGE_SORT = 32;
const RANGE_MOD_BOUNDS = 64;
const RANGE_CREATE_BOUNDS = 128;

/** Appends a request. */
export function encodeKvRequest(request: KvRequest, writer: ByteWriter): void {
  if (request.kind === 'compaction') {
    writer.u8(COMPACTION);
    writer.i64(request.revision);
    writer.u8(request.physical ? 1 : 0);
  } else {
    encodeOp(request, writer, 0);
  }
}

/** Reads one request and leaves the reader behind it. Throws DecodeError. */
export function decodeKvRequest(reader: ByteReader): KvRequest {
  const tag = reader.u8();
  if (tag === COMPACTION) {
    return { kind: 'compaction', revision: reader.i64(), physical: flag(reader) };
  }
  const op = decodeOp(reader, tag, 0);
  if (op.kind === 'empty') throw new DecodeError('an empty operation is not a request');
  return op;
}

/** Appends a response or an error. */
export function encodeKvResult(result: KvResult, writer: ByteWriter): void {
  if (result.ok) {
    encodeKvResponse(result.response, writer);
  } else {
    writer.u8(ERROR);
    writer.u8(result.error.code);
    writer.string(result.error.message);
  }
}

/** Reads one result and leaves the reader behind it. Throws DecodeError. */
export function decodeKvResult(reader: ByteReader): KvResult {
  const tag = reader.u8();
  if (tag === ERROR) return { ok: false, error: decodeError(reader) };
  return { ok: true, response: decodeResponse(reader, tag) };
}

/** Appends a response. */
export function encodeKvResponse(response: KvResponse, writer: ByteWriter): void {
  if (response.kind === 'compaction') {
    writer.u8(COMPACTION);
    writer.u64(response.revision);
  } else {
    encodeResponseOp(response, writer, 0);
  }
}

/** Reads one response and leaves the reader behind it. Throws DecodeError. */
export function decodeKvResponse(reader: ByteReader): KvResponse {
  return decodeResponse(reader, reader.u8());
}

function decodeResponse(reader: ByteReader, tag: number): KvResponse {
  if (tag === COMPACTION) return { kind: 'compaction', revision: reader.u64() };
  return decodeResponseOp(reader, tag, 0);
}

function encodeOp(op: RequestOp, writer: ByteWriter, depth: number): void {
  switch (op.kind) {
    case 'put':
      encodePut(op, writer);
      break;
    case 'range':
      encodeRange(op, writer);
      break;
    case 'delete-range':
      encodeDeleteRange(op, writer);
      break;
    case 'txn':
      encodeTxn(op, writer, depth);
      break;
    case 'empty':
      writer.u8(EMPTY);
      break;
    default:
      unreachable(op);
  }
}

function decodeOp(reader: ByteReader, tag: number, depth: number): RequestOp {
  switch (tag) {
    case PUT:
      return decodePut(reader);
    case RANGE:
      return decodeRange(reader);
    case DELETE_RANGE:
      return decodeDeleteRange(reader);
    case TXN:
      return decodeTxn(reader, depth);
    case EMPTY:
      return { kind: 'empty' };
    default:
      throw new DecodeError(`operation tag ${tag} at byte ${reader.at - 1}`);
  }
}

function encodePut(put: PutRequest, writer: ByteWriter): void {
  writer.u8(PUT);
  writer.u8(
    (put.prevKv ? PUT_PREV_KV : 0) |
      (put.ignoreValue ? PUT_IGNORE_VALUE : 0) |
      (put.ignoreLease ? PUT_IGNORE_LEASE : 0) |
      (put.lease !== 0 ? PUT_LEASE : 0),
  );
  writer.string(put.key);
  writer.string(put.value);
  if (put.lease !== 0) writer.i64(put.lease);
}

function decodePut(reader: ByteReader): PutRequest {
  const flags = reader.u8();
  if (flags > 15) throw new DecodeError(`put flags ${flags} at byte ${reader.at - 1}`);
  return {
    kind: 'put',
    key: reader.string(),
    value: reader.string(),
    lease: (flags & PUT_LEASE) !== 0 ? reader.i64() : 0,
    prevKv: (flags & PUT_PREV_KV) !== 0,
    ignoreValue: (flags & PUT_IGNORE_VALUE) !== 0,
    ignoreLease: (flags & PUT_IGNORE_LEASE) !== 0,
  };
}

function encodeRange(range: RangeRequest, writer: ByteWriter): void {
  const sorted = range.sortOrder !== 'NONE' || range.sortTarget !== 'KEY';
  const modBounds = range.minModRevision !== 0 || range.maxModRevision !== 0;
  const createBounds = range.minCreateRevision !== 0 || range.maxCreateRevision !== 0;
  writer.u8(RANGE);
  writer.u8(
    (range.serializable ? RANGE_SERIALIZABLE : 0) |
      (range.keysOnly ? RANGE_KEYS_ONLY : 0) |
      (range.countOnly ? RANGE_COUNT_ONLY : 0) |
      (range.limit !== 0 ? RANGE_LIMIT : 0) |
      (range.revision !== 0 ? RANGE_REVISION : 0) |
      (sorted ? RANGE_SORT : 0) |
      (modBounds ? RANGE_MOD_BOUNDS : 0) |
      (createBounds ? RANGE_CREATE_BOUNDS : 0),
  );
  writer.string(range.key);
  writer.string(range.rangeEnd);
  if (range.limit !== 0) writer.i64(range.limit);
  if (range.revision !== 0) writer.i64(range.revision);
  if (sorted) {
    writer.u8(SORT_ORDERS.indexOf(range.sortOrder));
    writer.u8(SORT_TARGETS.indexOf(range.sortTarget));
  }
  if (modBounds) {
    writer.i64(range.minModRevision);
    writer.i64(range.maxModRevision);
  }
  if (createBounds) {
    writer.i64(range.minCreateRevision);
    writer.i64(range.maxCreateRevision);
  }
}

function decodeRange(reader: ByteReader): RangeRequest {
  const flags = reader.u8();
  const sorted = (flags & RANGE_SORT) !== 0;
  const modBounds = (flags & RANGE_MOD_BOUNDS) !== 0;
  const createBounds = (flags & RANGE_CREATE_BOUNDS) !== 0;
  const key = reader.string();
  const rangeEnd = reader.string();
  // The fields stand in the order in which they were written: an object literal is evaluated so.
  return {
    kind: 'range',
    key,
    rangeEnd,
    limit: (flags & RANGE_LIMIT) !== 0 ? reader.i64() : 0,
    revision: (flags & RANGE_REVISION) !== 0 ? reader.i64() : 0,
    sortOrder: sorted ? entry(SORT_ORDERS, reader) : 'NONE',
    sortTarget: sorted ? entry(SORT_TARGETS, reader) : 'KEY',
    serializable: (flags & RANGE_SERIALIZABLE) !== 0,
    keysOnly: (flags & RANGE_KEYS_ONLY) !== 0,
    countOnly: (flags & RANGE_COUNT_ONLY) !== 0,
    minModRevision: modBounds ? reader.i64() : 0,
    maxModRevision: modBounds ? reader.i64() : 0,
    minCreateRevision: createBounds ? reader.i64() : 0,
    maxCreateRevision: createBounds ? reader.i64() : 0,
  };
}

function encodeDeleteRange(deletion: DeleteRangeRequest, writer: ByteWriter): void {
  writer.u8(DELETE_RANGE);
  writer.u8(deletion.prevKv ? 1 : 0);
  writer.string(deletion.key);
  writer.string(deletion.rangeEnd);
}

function decodeDeleteRange(reader: ByteReader): DeleteRangeRequest {
  const prevKv = flag(reader);
  return { kind: 'delete-range', key: reader.string(), rangeEnd: reader.string(), prevKv };
}

function encodeTxn(txn: TxnRequest, writer: ByteWriter, depth: number): void {
  assert(depth < NESTING_MAX, 'validation refuses such nesting', { depth });
  writer.u8(TXN);
  writer.u32(txn.compare.length);
  for (let i = 0; i < txn.compare.length; i++) encodeCompare(txn.compare[i]!, writer);
  encodeOps(txn.success, writer, depth);
  encodeOps(txn.failure, writer, depth);
}

function decodeTxn(reader: ByteReader, depth: number): TxnRequest {
  checkDepth(depth);
  const compareCount = reader.u32();
  const compare: Compare[] = [];
  for (let i = 0; i < compareCount; i++) compare.push(decodeCompare(reader));
  const success = decodeOps(reader, depth);
  const failure = decodeOps(reader, depth);
  return { kind: 'txn', compare, success, failure };
}

function encodeOps(ops: readonly RequestOp[], writer: ByteWriter, depth: number): void {
  writer.u32(ops.length);
  for (let i = 0; i < ops.length; i++) encodeOp(ops[i]!, writer, depth + 1);
}

function decodeOps(reader: ByteReader, depth: number): RequestOp[] {
  const count = reader.u32();
  const ops: RequestOp[] = [];
  for (let i = 0; i < count; i++) ops.push(decodeOp(reader, reader.u8(), depth + 1));
  return ops;
}

function encodeCompare(compare: Compare, writer: ByteWriter): void {
  const target = COMPARE_TARGETS.indexOf(compare.target);
  const result = COMPARE_RESULTS.indexOf(compare.result);
  writer.u8(target);
  writer.u8(result);
  writer.string(compare.key);
  writer.string(compare.rangeEnd);
  writer.i64(compare.number);
  writer.string(compare.value);
}

function decodeCompare(reader: ByteReader): Compare {
  const target = entry(COMPARE_TARGETS, reader);
  const result = entry(COMPARE_RESULTS, reader);
  return {
    key: reader.string(),
    rangeEnd: reader.string(),
    target,
    result,
    number: reader.i64(),
    value: reader.string(),
  };
}

function encodeResponseOp(response: ResponseOp, writer: ByteWriter, depth: number): void {
  switch (response.kind) {
    case 'put':
      encodePutResponse(response, writer);
      break;
    case 'range':
      encodeRangeResponse(response, writer);
      break;
    case 'delete-range':
      encodeDeleteRangeResponse(response, writer);
      break;
    case 'txn':
      encodeTxnResponse(response, writer, depth);
      break;
    default:
      unreachable(response);
  }
}

function decodeResponseOp(reader: ByteReader, tag: number, depth: number): ResponseOp {
  switch (tag) {
    case PUT:
      return decodePutResponse(reader);
    case RANGE:
      return decodeRangeResponse(reader);
    case DELETE_RANGE:
      return decodeDeleteRangeResponse(reader);
    case TXN:
      return decodeTxnResponse(reader, depth);
    default:
      throw new DecodeError(`response tag ${tag} at byte ${reader.at - 1}`);
  }
}

function encodePutResponse(response: PutResponse, writer: ByteWriter): void {
  writer.u8(PUT);
  writer.u64(response.revision);
  writer.u8(response.prevKv === null ? 0 : 1);
  if (response.prevKv !== null) encodeKeyValue(response.prevKv, writer);
}

function decodePutResponse(reader: ByteReader): PutResponse {
  const revision = reader.u64();
  return { kind: 'put', revision, prevKv: flag(reader) ? decodeKeyValue(reader) : null };
}

function encodeRangeResponse(response: RangeResponse, writer: ByteWriter): void {
  writer.u8(RANGE);
  writer.u64(response.revision);
  writer.u64(response.count);
  writer.u8(response.more ? 1 : 0);
  encodeKeyValues(response.kvs, writer);
}

function decodeRangeResponse(reader: ByteReader): RangeResponse {
  const revision = reader.u64();
  const count = reader.u64();
  const more = flag(reader);
  return { kind: 'range', revision, kvs: decodeKeyValues(reader), more, count };
}

function encodeDeleteRangeResponse(response: DeleteRangeResponse, writer: ByteWriter): void {
  writer.u8(DELETE_RANGE);
  writer.u64(response.revision);
  writer.u64(response.deleted);
  encodeKeyValues(response.prevKvs, writer);
}

function decodeDeleteRangeResponse(reader: ByteReader): DeleteRangeResponse {
  const revision = reader.u64();
  const deleted = reader.u64();
  return { kind: 'delete-range', revision, deleted, prevKvs: decodeKeyValues(reader) };
}

function encodeTxnResponse(response: TxnResponse, writer: ByteWriter, depth: number): void {
  assert(depth < NESTING_MAX, 'validation refuses such nesting', { depth });
  writer.u8(TXN);
  writer.u64(response.revision);
  writer.u8(response.succeeded ? 1 : 0);
  const { responses } = response;
  writer.u32(responses.length);
  for (let i = 0; i < responses.length; i++) encodeResponseOp(responses[i]!, writer, depth + 1);
}

function decodeTxnResponse(reader: ByteReader, depth: number): TxnResponse {
  checkDepth(depth);
  const revision = reader.u64();
  const succeeded = flag(reader);
  const count = reader.u32();
  const responses: ResponseOp[] = [];
  for (let i = 0; i < count; i++) responses.push(decodeResponseOp(reader, reader.u8(), depth + 1));
  return { kind: 'txn', revision, succeeded, responses };
}

function encodeKeyValues(kvs: readonly KeyValue[], writer: ByteWriter): void {
  writer.u32(kvs.length);
  for (let i = 0; i < kvs.length; i++) encodeKeyValue(kvs[i]!, writer);
}

function decodeKeyValues(reader: ByteReader): KeyValue[] {
  const count = reader.u32();
  const kvs: KeyValue[] = [];
  for (let i = 0; i < count; i++) kvs.push(decodeKeyValue(reader));
  return kvs;
}

function encodeKeyValue(kv: KeyValue, writer: ByteWriter): void {
  writer.string(kv.key);
  writer.u64(kv.createRevision);
  writer.u64(kv.modRevision);
  writer.u64(kv.version);
  writer.string(kv.value);
  writer.i64(kv.lease);
}

function decodeKeyValue(reader: ByteReader): KeyValue {
  // Evaluated, and so read, in the order of the literal.
  return {
    key: reader.string(),
    createRevision: reader.u64(),
    modRevision: reader.u64(),
    version: reader.u64(),
    value: reader.string(),
    lease: reader.i64(),
  };
}

function decodeError(reader: ByteReader): EtcdError {
  const number = reader.u8();
  const code = CODES.find((known) => known === number);
  if (code === undefined) throw new DecodeError(`gRPC code ${number} at byte ${reader.at - 1}`);
  return { code, message: reader.string() };
}

/** A boolean in a byte of its own. */
function flag(reader: ByteReader): boolean {
  const value = reader.u8();
  if (value > 1) throw new DecodeError(`flag ${value} at byte ${reader.at - 1}`);
  return value === 1;
}

/** One byte that names a table entry. */
function entry<T>(table: readonly T[], reader: ByteReader): T {
  const position = reader.u8();
  const found = table[position];
  if (found === undefined) {
    throw new DecodeError(`value ${position} of ${table.length} at byte ${reader.at - 1}`);
  }
  return found;
}

function checkDepth(depth: number): void {
  if (depth >= NESTING_MAX) throw new DecodeError(`transactions nested ${depth} deep`);
}
