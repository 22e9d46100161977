// What etcd's robustness tests record, in our types: requests, answers and watches.
// They keep less of an answer than etcd gives (no create revisions, no leases, no `more`): `complete` takes
// these from the answer of the store, and only these. Not here: the text (format/schema), and judging.

import { ErrCompacted, ErrFutureRev } from '../../etcdpb/errors.js';
import type { Compare, KeyValue, RequestOp, ResponseOp } from '../../etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../etcdpb/kv.js';
import type {
  RecordedKeyValues,
  RecordedOperation,
  RecordedRange,
  RecordedRequest,
  RecordedResponse,
  RecordedValue,
  RecordedWatch,
} from '../format/schema/robustness-schema.js';
import { type EtcdState, evaluate } from '../linearizability/models/etcd-store.js';
import type { EtcdRequest, EtcdResult } from '../linearizability/objects/etcd.js';
import type {
  RecordedKeyValue,
  WatchEvent,
  WatchResponse,
  WatchStream,
} from '../watch/watch-stream.js';
import { watchOf } from '../watch/watch-stream.js';

/** Null for a defragmentation, which asks nothing of the store, and for a request without its content. */
export function requestOf(recorded: RecordedRequest): EtcdRequest | null {
  const { Type, Txn, Range, LeaseGrant, LeaseRevoke, Compact } = recorded;
  if (Type === 'txn' && Txn !== undefined) {
    return {
      kind: 'txn',
      compare: Txn.Conditions.map(conditionOf),
      success: Txn.OperationsOnSuccess.map(operationOf),
      failure: Txn.OperationsOnFailure.map(operationOf),
    };
  }
  if (Type === 'range' && Range !== undefined) return rangeFrom(Range);
  if (Type === 'leaseGrant' && LeaseGrant !== undefined) {
    return { kind: 'lease-grant', lease: LeaseGrant.LeaseID };
  }
  if (Type === 'leaseRevoke' && LeaseRevoke !== undefined) {
    return { kind: 'lease-revoke', lease: LeaseRevoke.LeaseID };
  }
  if (Type === 'compact' && Compact !== undefined) {
    return { kind: 'compaction', revision: Compact.Revision, physical: false };
  }
  return null;
}

/** What a request of a type must hold, and what its answer must; null if there is nothing to it. */
export const CONTENT_OF = {
  txn: { request: 'Txn', answer: 'Txn' },
  range: { request: 'Range', answer: 'Range' },
  leaseGrant: { request: 'LeaseGrant', answer: null },
  leaseRevoke: { request: 'LeaseRevoke', answer: null },
  compact: { request: 'Compact', answer: null },
  defragment: { request: null, answer: null },
} as const;

function rangeFrom({ Start, End, Limit, Revision }: RecordedRange): RequestOp & { kind: 'range' } {
  return rangeOf(Start, { rangeEnd: End, limit: Limit, revision: Revision });
}

function conditionOf({
  Key: key,
  ExpectedRevision,
  ExpectedVersion,
}: {
  readonly Key: string;
  readonly ExpectedRevision: number;
  readonly ExpectedVersion: number;
}): Compare {
  const common = { key, rangeEnd: '', result: 'EQUAL', value: '' } as const;
  if (ExpectedVersion > 0) return { ...common, target: 'VERSION', number: ExpectedVersion };
  return { ...common, target: 'MOD', number: ExpectedRevision };
}

function operationOf({ Type, Range, Put, Delete }: RecordedOperation): RequestOp {
  if (Type === 'put-operation' && Put !== undefined) {
    return putOf(Put.Key, textOf(Put.Value), { lease: Put.LeaseID });
  }
  if (Type === 'delete-operation' && Delete !== undefined) return deleteOf(Delete.Key);
  if (Type === 'range-operation' && Range !== undefined) return rangeFrom(Range);
  return { kind: 'empty' };
}

/** A hash stands for the text it is of, wherever that is recorded. */
function textOf({ Value, Hash }: RecordedValue): string {
  return Hash === 0 ? Value : `#${Hash}`;
}

/** What the model makes of an error that is an answer; null for an outcome that nobody knows. */
export function errorOf({ Error: unknown, ClientError }: RecordedResponse): EtcdResult | null {
  if (ClientError === '' && unknown !== 'model.ErrEtcdFutureRev') return null;
  const known = [ErrFutureRev, ErrCompacted].find(({ message }) => message.endsWith(ClientError));
  if (ClientError === '') return { ok: false, error: ErrFutureRev };
  return { ok: false, error: known ?? { code: 14, message: ClientError } };
}

/** The recorded answer, with what is not recorded as the store gives it in `state`. */
export function complete(
  state: EtcdState,
  request: EtcdRequest,
  recorded: RecordedResponse,
): EtcdResult {
  const error = errorOf(recorded);
  if (error !== null) return error;
  const { result } = evaluate(state, request);
  const due = result.ok ? result.response : null;
  const revision = recorded.Revision;
  if (request.kind === 'range') {
    const range = recorded.Range ?? { KVs: [], Count: 0 };
    return { ok: true, response: { ...rangeAnswer(range, due as ResponseOp | null), revision } };
  }
  if (request.kind === 'txn') {
    const { Failure, Results } = recorded.Txn ?? { Failure: false, Results: [] };
    const known = due?.kind === 'txn' ? due.responses : [];
    const branch = Failure ? request.failure : request.success;
    const responses = Results.map((answer, at): ResponseOp => {
      const one = known[at];
      switch (branch[at]?.kind) {
        case 'range':
          return { ...rangeAnswer(answer, one ?? null), revision: one?.revision ?? 0 };
        case 'delete-range':
          return {
            ...{ kind: 'delete-range', revision: 0, prevKvs: [], ...one },
            deleted: answer.Deleted,
          } as ResponseOp;
        default:
          return one ?? { kind: 'put', revision: 0, prevKv: null };
      }
    });
    return { ok: true, response: { kind: 'txn', revision, succeeded: !Failure, responses } };
  }
  if (request.kind === 'compaction') {
    return { ok: true, response: { kind: 'compaction', revision } };
  }
  return { ok: true, response: { kind: 'lease', revision } };
}

function rangeAnswer(
  { KVs, Count }: RecordedKeyValues,
  due: ResponseOp | null,
): ResponseOp & { kind: 'range' } {
  const known = due?.kind === 'range' ? due : null;
  const kvs = KVs.map((kv): KeyValue => {
    const one = known?.kvs.find(({ key }) => key === kv.Key);
    return {
      key: kv.Key,
      value: textOf(kv.Value),
      modRevision: kv.ModRevision,
      version: kv.Version,
      createRevision: one?.createRevision ?? 0,
      lease: one?.lease ?? 0,
    };
  });
  return { kind: 'range', revision: 0, kvs, count: Count, more: known?.more ?? false };
}

export function streamOf({ client, Request, Responses }: RecordedWatch, id: number): WatchStream {
  const { Key, Revision, WithPrefix, WithPrevKV } = Request;
  const responses = Responses.map(
    ({ Events, IsProgressNotify, Revision: progress }): WatchResponse => ({
      events: Events.map(
        ({ Event, Revision: modRevision, IsCreate, PrevValue }): WatchEvent => ({
          kind: Event.Type === 'put-operation' ? 'put' : 'delete',
          kv: keyValueOf(Event.Key, Event.Value, modRevision, null),
          prevKv:
            PrevValue === undefined
              ? null
              : keyValueOf(Event.Key, PrevValue.Value, PrevValue.ModRevision, PrevValue.Version),
          isCreate: IsCreate,
        }),
      ),
      progressRevision: IsProgressNotify ? progress : null,
      fragment: false,
      compactRevision: null,
    }),
  );
  return {
    id,
    client,
    request: watchOf(Key, {
      rangeEnd: WithPrefix ? prefixEnd(Key) : '',
      startRevision: Revision,
      prevKv: WithPrevKV,
    }),
    createdRevision: null,
    responses,
  };
}

function keyValueOf(
  key: string,
  value: RecordedValue | undefined,
  modRevision: number,
  version: number | null,
): RecordedKeyValue {
  const text = value === undefined ? '' : textOf(value);
  return { key, value: text, modRevision, createRevision: null, version, lease: null };
}

function prefixEnd(prefix: string): string {
  if (prefix === '') return '\0';
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}
