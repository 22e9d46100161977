// Compares answers of the etcd key-value service field by field, and puts them into words.
// Not here: computing the right answer (etcd-store.ts).

import type { EtcdError } from '../../../etcdpb/errors.js';
import type { KeyValue, RequestOp, ResponseOp } from '../../../etcdpb/kv.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';

type EtcdResponse = (EtcdResult & { ok: true })['response'];

/** True if two answers agree in every field a client can see. */
export function sameResult(a: EtcdResult, b: EtcdResult): boolean {
  if (a.ok) return b.ok && sameResponse(a.response, b.response);
  return !b.ok && sameError(a.error, b.error);
}

export function sameError(a: EtcdError, b: EtcdError): boolean {
  return a === b || (a.code === b.code && a.message === b.message);
}

export function sameKeyValue(a: KeyValue | null, b: KeyValue | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a === b ||
    (a.modRevision === b.modRevision &&
      a.key === b.key &&
      a.value === b.value &&
      a.version === b.version &&
      a.createRevision === b.createRevision &&
      a.lease === b.lease)
  );
}

function sameResponse(a: EtcdResponse, b: EtcdResponse): boolean {
  if (a.revision !== b.revision) return false;
  switch (a.kind) {
    case 'range':
      return (
        b.kind === 'range' && a.count === b.count && a.more === b.more && sameList(a.kvs, b.kvs)
      );
    case 'put':
      return b.kind === 'put' && sameKeyValue(a.prevKv, b.prevKv);
    case 'delete-range':
      return b.kind === 'delete-range' && a.deleted === b.deleted && sameList(a.prevKvs, b.prevKvs);
    case 'txn':
      return (
        b.kind === 'txn' && a.succeeded === b.succeeded && sameResponses(a.responses, b.responses)
      );
    default:
      return b.kind === a.kind;
  }
}

function sameList(a: readonly KeyValue[], b: readonly KeyValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameKeyValue(a[i]!, b[i]!)) return false;
  return true;
}

function sameResponses(a: readonly ResponseOp[], b: readonly ResponseOp[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameResponse(a[i]!, b[i]!)) return false;
  return true;
}

/** True if the answer says that something was written. */
export function reportsWrite(response: EtcdResponse): boolean {
  switch (response.kind) {
    case 'put':
      return true;
    case 'delete-range':
      return response.deleted > 0;
    case 'txn':
      for (const inner of response.responses) if (reportsWrite(inner)) return true;
      return false;
    default:
      return false;
  }
}

/** For example `put k1 "c1:3"`. */
export function describeRequest(request: EtcdRequest | RequestOp): string {
  switch (request.kind) {
    case 'range': {
      const past = request.revision > 0 ? ` at revision ${request.revision}` : '';
      const keysOnly = request.keysOnly ? ' keys only' : '';
      const countOnly = request.countOnly ? ' count only' : '';
      const serializable = request.serializable ? ' serializable' : '';
      return `range ${interval(request)}${past}${keysOnly}${countOnly}${serializable}`;
    }
    case 'put':
      return `put ${text(request.key)} ${text(request.value)}`;
    case 'delete-range':
      return `delete ${interval(request)}`;
    case 'txn': {
      const compares = request.compare.map(
        ({ key, target, result, number, value }) =>
          `${text(key)}.${target} ${result} ${target === 'VALUE' ? text(value) : number}`,
      );
      const success = request.success.map(describeRequest).join(', ');
      const failure = request.failure.map(describeRequest).join(', ');
      return `txn if [${compares.join(', ')}] then [${success}] else [${failure}]`;
    }
    case 'compaction':
      return `compact to ${request.revision}`;
    case 'empty':
      return 'empty';
    default:
      return `${request.kind.replace('lease-', '')} lease ${request.lease}`;
  }
}

/** For example `revision 7: put, previous k1="a" (mod 5)`. */
export function describeResult(result: EtcdResult): string {
  if (!result.ok) return `error ${result.error.code} "${result.error.message}"`;
  return `revision ${result.response.revision}: ${describeResponse(result.response)}`;
}

function describeKeyValue(kv: KeyValue): string {
  const { key, value, createRevision, modRevision, version, lease } = kv;
  const leased = lease === 0 ? '' : `, lease ${lease}`;
  return `${text(key)}=${text(value)} (create ${createRevision}, mod ${modRevision}, version ${version}${leased})`;
}

function describeResponse(response: EtcdResponse): string {
  switch (response.kind) {
    case 'range': {
      const kvs = response.kvs.map(describeKeyValue).join(', ');
      const more = response.more ? ', more' : '';
      return `range of ${response.count} [${kvs}]${more}`;
    }
    case 'put':
      return response.prevKv === null ? 'put' : `put over ${describeKeyValue(response.prevKv)}`;
    case 'delete-range':
      return `deleted ${response.deleted} [${response.prevKvs.map(describeKeyValue).join(', ')}]`;
    case 'txn': {
      const branch = response.succeeded ? 'then' : 'else';
      return `txn ${branch} [${response.responses.map(describeResponse).join(', ')}]`;
    }
    case 'compaction':
      return 'compacted';
    case 'lease':
      return 'lease';
  }
}

function interval(request: { readonly key: string; readonly rangeEnd: string }): string {
  if (request.rangeEnd === '') return text(request.key);
  const end = request.rangeEnd === '\0' ? 'end' : text(request.rangeEnd);
  return `[${text(request.key)}, ${end})`;
}

function text(bytes: string): string {
  return JSON.stringify(bytes);
}
