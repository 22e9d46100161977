// Tells requests and answers of etcd that leave nothing out, as `formatOperations` writes them: what was
// parsed is then what the schema would return, and need not be copied. It answers in a fraction of the time.
// Not here: defaults and what is wrong with the rest, which the schema (etcd-schema.ts) knows.

import type { Json, JsonObject } from '../json.js';
import { isInteger, isObjectOf } from './complete.js';

const SORT_ORDERS: ReadonlySet<Json> = new Set(['NONE', 'ASCEND', 'DESCEND']);
const SORT_TARGETS: ReadonlySet<Json> = new Set(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']);
const COMPARE_TARGETS: ReadonlySet<Json> = new Set(['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE']);
const COMPARE_RESULTS: ReadonlySet<Json> = new Set(['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']);
const ERROR_CODES: ReadonlySet<Json> = new Set([3, 4, 5, 8, 9, 11, 14]);

/** Leases are rare: left to the schema. */
export function isCompleteEtcdRequest(json: Json): boolean {
  if (isRequestOp(json)) return (json as JsonObject).kind !== 'empty';
  return (
    isObjectOf(json, 3) &&
    json.kind === 'compaction' &&
    isInteger(json.revision) &&
    typeof json.physical === 'boolean'
  );
}

export function isCompleteEtcdResult(json: Json): boolean {
  if (!isObjectOf(json, 2)) return false;
  if (json.ok === true) {
    return json.response !== undefined && (isResponseOp(json.response) || isBare(json.response));
  }
  const { ok, error } = json;
  return (
    ok === false &&
    isObjectOf(error, 2) &&
    ERROR_CODES.has(error.code!) &&
    typeof error.message === 'string'
  );
}

function isRequestOp(json: Json): boolean {
  if (isObjectOf(json, 14)) return isRange(json);
  if (isObjectOf(json, 7)) return isPut(json);
  if (isObjectOf(json, 1)) return json.kind === 'empty';
  if (!isObjectOf(json, 4)) return false;
  const { kind, key, rangeEnd, prevKv, compare, success, failure } = json;
  if (kind === 'txn') {
    return (
      isListOf(compare, isCompare) &&
      isListOf(success, isRequestOp) &&
      isListOf(failure, isRequestOp)
    );
  }
  return (
    kind === 'delete-range' &&
    typeof key === 'string' &&
    typeof rangeEnd === 'string' &&
    typeof prevKv === 'boolean'
  );
}

function isRange(json: JsonObject): boolean {
  return (
    json.kind === 'range' &&
    typeof json.key === 'string' &&
    typeof json.rangeEnd === 'string' &&
    isInteger(json.limit) &&
    isInteger(json.revision) &&
    SORT_ORDERS.has(json.sortOrder!) &&
    SORT_TARGETS.has(json.sortTarget!) &&
    typeof json.serializable === 'boolean' &&
    typeof json.keysOnly === 'boolean' &&
    typeof json.countOnly === 'boolean' &&
    isInteger(json.minModRevision) &&
    isInteger(json.maxModRevision) &&
    isInteger(json.minCreateRevision) &&
    isInteger(json.maxCreateRevision)
  );
}

function isPut(json: JsonObject): boolean {
  return (
    json.kind === 'put' &&
    typeof json.key === 'string' &&
    typeof json.value === 'string' &&
    isInteger(json.lease) &&
    typeof json.prevKv === 'boolean' &&
    typeof json.ignoreValue === 'boolean' &&
    typeof json.ignoreLease === 'boolean'
  );
}

function isCompare(json: Json): boolean {
  return (
    isObjectOf(json, 6) &&
    typeof json.key === 'string' &&
    typeof json.rangeEnd === 'string' &&
    COMPARE_TARGETS.has(json.target!) &&
    COMPARE_RESULTS.has(json.result!) &&
    isInteger(json.number) &&
    typeof json.value === 'string'
  );
}

function isResponseOp(json: Json): boolean {
  if (isObjectOf(json, 5)) {
    const { kind, revision, kvs, more, count } = json;
    return (
      kind === 'range' &&
      isInteger(revision) &&
      isListOf(kvs, isKeyValue) &&
      typeof more === 'boolean' &&
      isInteger(count)
    );
  }
  if (isObjectOf(json, 3)) {
    const { kind, revision, prevKv } = json;
    return (
      kind === 'put' && isInteger(revision) && prevKv !== undefined && isKeyValueOrNull(prevKv)
    );
  }
  if (!isObjectOf(json, 4) || !isInteger(json.revision)) return false;
  return json.kind === 'txn'
    ? typeof json.succeeded === 'boolean' && isListOf(json.responses, isResponseOp)
    : json.kind === 'delete-range' && isInteger(json.deleted) && isListOf(json.prevKvs, isKeyValue);
}

/** An answer with nothing but the revision. */
function isBare(json: Json): boolean {
  return (
    isObjectOf(json, 2) &&
    (json.kind === 'compaction' || json.kind === 'lease') &&
    isInteger(json.revision)
  );
}

function isKeyValueOrNull(json: Json): boolean {
  return json === null || isKeyValue(json);
}

function isKeyValue(json: Json): boolean {
  return (
    isObjectOf(json, 6) &&
    typeof json.key === 'string' &&
    isInteger(json.createRevision) &&
    isInteger(json.modRevision) &&
    isInteger(json.version) &&
    typeof json.value === 'string' &&
    isInteger(json.lease)
  );
}

function isListOf(json: Json | undefined, isItem: (item: Json) => boolean): boolean {
  return Array.isArray(json) && json.every(isItem);
}
