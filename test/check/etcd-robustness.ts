// Reads the unit cases of etcd's robustness tests (test/data/histories/etcd-robustness) into our types.
// They leave out fields of answers that etcd's model does not have (create revisions, leases, previous
// keys, `more`): `complete` takes these from the answer of the store, and only these.

import { readFileSync } from 'node:fs';
import type { EtcdOperation } from '../../src/check/linearizability/models/etcd-model.js';
import type {
  EtcdRequest,
  EtcdResult,
  EtcdState,
} from '../../src/check/linearizability/models/etcd-store.js';
import { evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type {
  RecordedKeyValue,
  WatchEvent,
  WatchResponse,
  WatchStream,
} from '../../src/check/watch/watch-stream.js';
import { watchOf } from '../../src/check/watch/watch-stream.js';
import { ErrFutureRev } from '../../src/etcdpb/errors.js';
import type { Compare, KeyValue, RequestOp, ResponseOp } from '../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

const DIRECTORY = 'test/data/histories/etcd-robustness';

export function readCases<T>(file: string): T[] {
  return JSON.parse(readFileSync(`${DIRECTORY}/${file}.json`, 'utf8')) as T[];
}

interface JsonValue {
  readonly Value: string;
}
interface JsonOp {
  readonly Type: 'put-operation' | 'delete-operation';
  readonly Put?: { readonly Key: string; readonly Value: JsonValue; readonly LeaseID?: number };
  readonly Delete?: { readonly Key: string };
}
export interface JsonRequest {
  readonly Type: string;
  readonly Txn?: {
    readonly Conditions: readonly { readonly Key: string; readonly ExpectedRevision: number }[];
    readonly OperationsOnSuccess: readonly JsonOp[];
    readonly OperationsOnFailure: readonly JsonOp[];
  };
  readonly Range?: {
    readonly Start: string;
    readonly End?: string;
    readonly Limit?: number;
    readonly Revision?: number;
  };
  readonly LeaseGrant?: { readonly LeaseID: number };
  readonly LeaseRevoke?: { readonly LeaseID: number };
  readonly Compact?: { readonly Revision: number };
}
interface JsonKeyValue {
  readonly Key: string;
  readonly Value: JsonValue;
  readonly ModRevision: number;
  readonly Version: number;
}
export interface JsonResponse {
  readonly Error?: string;
  readonly Revision?: number;
  readonly Range?: { readonly KVs: readonly JsonKeyValue[]; readonly Count?: number };
  readonly Txn?: {
    readonly Failure: boolean;
    readonly Results: readonly { readonly Deleted?: number }[];
  };
}

/** Null for a defragmentation, which asks nothing of the store. */
export function requestOf(json: JsonRequest): EtcdRequest | null {
  switch (json.Type) {
    case 'txn': {
      const { Conditions, OperationsOnSuccess, OperationsOnFailure } = json.Txn!;
      return {
        kind: 'txn',
        compare: Conditions.map(({ Key, ExpectedRevision }) => modEquals(Key, ExpectedRevision)),
        success: OperationsOnSuccess.map(operationOf),
        failure: OperationsOnFailure.map(operationOf),
      };
    }
    case 'range': {
      const { Start, End, Limit, Revision } = json.Range!;
      return rangeOf(Start, {
        rangeEnd: End ?? '',
        limit: Limit ?? 0,
        revision: Revision ?? 0,
      });
    }
    case 'leaseGrant':
      return { kind: 'lease-grant', lease: json.LeaseGrant!.LeaseID };
    case 'leaseRevoke':
      return { kind: 'lease-revoke', lease: json.LeaseRevoke!.LeaseID };
    case 'compact':
      return { kind: 'compaction', revision: json.Compact!.Revision, physical: false };
    case 'defragment':
      return null;
    default:
      throw new Error(`unknown request ${json.Type}`);
  }
}

export function logOf(requests: readonly JsonRequest[] | undefined): EtcdRequest[] {
  return (requests ?? []).map((json) => requestOf(json)!);
}

export function modEquals(key: string, number: number): Compare {
  return { key, rangeEnd: '', target: 'MOD', result: 'EQUAL', number, value: '' };
}

function operationOf({ Put, Delete }: JsonOp): RequestOp {
  if (Put === undefined) return deleteOf(Delete!.Key);
  return putOf(Put.Key, Put.Value.Value, { lease: Put.LeaseID ?? 0 });
}

/** The recorded answer, with the fields that were not recorded as the store gives them in `state`. */
export function complete(state: EtcdState, request: EtcdRequest, json: JsonResponse): EtcdResult {
  const { result } = evaluate(state, request);
  const revision = json.Revision ?? 0;
  if (request.kind === 'range') {
    const due = result.ok && result.response.kind === 'range' ? result.response : null;
    const kvs = json.Range!.KVs.map((kv): KeyValue => {
      const known = due?.kvs.find(({ key }) => key === kv.Key);
      return {
        key: kv.Key,
        value: kv.Value.Value,
        modRevision: kv.ModRevision,
        version: kv.Version,
        createRevision: known?.createRevision ?? 0,
        lease: known?.lease ?? 0,
      };
    });
    const count = json.Range!.Count ?? 0;
    const response = { kind: 'range', revision, kvs, count, more: due?.more ?? false } as const;
    return { ok: true, response };
  }
  if (request.kind === 'txn') {
    const { Failure, Results } = json.Txn!;
    const due = result.ok && result.response.kind === 'txn' ? result.response.responses : [];
    const nothing: ResponseOp = { kind: 'put', revision: 0, prevKv: null };
    const responses = Results.map(({ Deleted }, at): ResponseOp => {
      const known = due[at] ?? nothing;
      return known.kind === 'delete-range' ? { ...known, deleted: Deleted ?? 0 } : known;
    });
    return { ok: true, response: { kind: 'txn', revision, succeeded: !Failure, responses } };
  }
  if (request.kind === 'compaction')
    return { ok: true, response: { kind: 'compaction', revision } };
  return { ok: true, response: { kind: 'lease', revision } };
}

/** The answer to a read of the past: an error by its name, or data. */
export function readResult(state: EtcdState, request: EtcdRequest, json: JsonResponse): EtcdResult {
  if (json.Error === undefined) return complete(state, request, json);
  if (json.Error === 'model.ErrEtcdFutureRev') return { ok: false, error: ErrFutureRev };
  return { ok: false, error: { code: 4, message: json.Error } };
}

export interface JsonWatch {
  readonly client?: number;
  readonly Request?: {
    readonly Key?: string;
    readonly Revision?: number;
    readonly WithPrefix?: boolean;
    readonly WithPrevKV?: boolean;
  };
  readonly Responses: readonly {
    readonly IsProgressNotify?: boolean;
    readonly Revision?: number;
    readonly Events?: readonly {
      readonly Event: { readonly Type: string; readonly Key: string; readonly Value?: JsonValue };
      readonly Revision: number;
      readonly IsCreate?: boolean;
      readonly PrevValue?: Omit<JsonKeyValue, 'Key'>;
    }[];
  }[];
}

export function streamOf(json: JsonWatch, id: number): WatchStream {
  const { Key = '', Revision = 0, WithPrefix = false, WithPrevKV = false } = json.Request ?? {};
  const responses = json.Responses.map((response): WatchResponse => {
    const events = (response.Events ?? []).map(
      ({ Event, Revision: modRevision, IsCreate, PrevValue }): WatchEvent => ({
        kind: Event.Type === 'put-operation' ? 'put' : 'delete',
        kv: recorded(Event.Key, Event.Value?.Value ?? '', modRevision, null),
        prevKv:
          PrevValue === undefined
            ? null
            : recorded(Event.Key, PrevValue.Value.Value, PrevValue.ModRevision, PrevValue.Version),
        isCreate: IsCreate ?? false,
      }),
    );
    const progressRevision = response.IsProgressNotify === true ? (response.Revision ?? 0) : null;
    return { events, progressRevision, fragment: false, compactRevision: null };
  });
  return {
    id,
    client: json.client ?? 0,
    request: watchOf(Key, {
      rangeEnd: WithPrefix ? prefixEnd(Key) : '',
      startRevision: Revision,
      prevKv: WithPrevKV,
    }),
    createdRevision: null,
    responses,
  };
}

function recorded(
  key: string,
  value: string,
  modRevision: number,
  version: number | null,
): RecordedKeyValue {
  return { key, value, modRevision, createRevision: null, version, lease: null };
}

function prefixEnd(prefix: string): string {
  if (prefix === '') return '\0';
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/** One call of etcd's recorder: name, arguments, call time, return time, response, error. */
interface JsonStep {
  readonly call: string;
  readonly args: readonly unknown[];
}

/** An operation as etcd's recorder would append it; nanoseconds are taken as microseconds. */
export function appended({ call, args }: JsonStep, id: number): EtcdOperation {
  const named = args as readonly never[];
  const parts = ((): [EtcdRequest, number] => {
    switch (call) {
      case 'AppendRange':
        return [
          rangeOf(named[0]!, { rangeEnd: named[1]!, revision: named[2]!, limit: named[3]! }),
          5,
        ];
      case 'AppendPut':
        return [single(putOf(named[0]!, named[1]!)), 2];
      case 'AppendPutWithLease':
        return [single(putOf(named[0]!, named[1]!, { lease: named[2]! })), 3];
      case 'AppendDelete':
        return [single(deleteOf(named[0]!)), 1];
      case 'AppendCompact':
        return [{ kind: 'compaction', revision: named[0]!, physical: false }, 1];
      case 'AppendTxn': {
        const branch = (at: number): RequestOp[] => ((args[at] ?? []) as JsonCall[]).map(called);
        return [{ kind: 'txn', compare: [], success: branch(1), failure: branch(2) }, 3];
      }
      default:
        throw new Error(`unknown step ${call}`);
    }
  })();
  const [input, at] = parts;
  const failed = args.at(-1) === 'failed';
  return {
    id,
    client: 0,
    input,
    output: failed ? null : responseTo(input),
    callUs: args[at] as number,
    returnUs: failed ? Infinity : (args[at + 1] as number),
    outcome: failed ? 'unknown' : 'ok',
  };
}

interface JsonCall {
  readonly $call: 'clientv3.OpPut' | 'clientv3.OpDelete';
  readonly args: readonly string[];
}

function called({ $call, args }: JsonCall): RequestOp {
  return $call === 'clientv3.OpPut' ? putOf(args[0]!, args[1]!) : deleteOf(args[0]!);
}

function single(op: RequestOp): EtcdRequest {
  return { kind: 'txn', compare: [], success: [op], failure: [] };
}

/** An answer with nothing in it: patching asks only whether there is one. */
function responseTo(input: EtcdRequest): EtcdResult {
  if (input.kind === 'compaction') {
    return { ok: true, response: { kind: 'compaction', revision: 0 } };
  }
  if (input.kind === 'txn') {
    return { ok: true, response: { kind: 'txn', revision: 0, succeeded: true, responses: [] } };
  }
  return { ok: true, response: { kind: 'range', revision: 0, kvs: [], count: 0, more: false } };
}
