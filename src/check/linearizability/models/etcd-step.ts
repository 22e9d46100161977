// One answered request against a state of the store: what evaluate (etcd-store.ts) and sameResult
// (etcd-response.ts) say together, without making the answer of what histories are full of: puts and reads of
// one key, by themselves or if something holds. Not here: answers of members that are behind (etcd-answers.ts).

import type {
  KeyValue,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from '../../../etcdpb/kv.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { sameKeyValue, sameResult } from './etcd-response.js';
import { type EtcdState, evaluate, lookUp, putInto, requestError, succeeds } from './etcd-store.js';

/** The state after a request, or undefined if the store does not answer so. Cost as of `evaluate`. */
export function answeredStep(
  state: EtcdState,
  input: EtcdRequest,
  output: EtcdResult,
): EtcdState | undefined {
  if (output.ok) {
    if (input.kind === 'put') return putStep(state, input, output.response);
    if (isGet(input)) return getsValue(state, input, output.response) ? state : undefined;
    if (input.kind === 'txn' && isShort(input)) return shortStep(state, input, output.response);
  }
  const { state: after, result } = evaluate(state, input);
  return sameResult(result, output) ? after : undefined;
}

/** A read of one key as it is now, which no limit, order or filter changes. */
export function isGet(input: EtcdRequest): input is RangeRequest {
  return (
    input.kind === 'range' &&
    input.rangeEnd === '' &&
    input.key !== '' &&
    input.revision <= 0 &&
    !input.keysOnly &&
    !input.countOnly &&
    input.minModRevision === 0 &&
    input.maxModRevision === 0 &&
    input.minCreateRevision === 0 &&
    input.maxCreateRevision === 0
  );
}

/** Of at most one put or read of one key, whichever way its comparisons go. */
function isShort({ success, failure }: TxnRequest): boolean {
  return isPutOrGet(success) && isPutOrGet(failure);
}

function isPutOrGet(operations: readonly RequestOp[]): boolean {
  if (operations.length !== 1) return operations.length === 0;
  const operation = operations[0]!;
  if (operation.kind === 'put') return true;
  // A transaction does not take a revision below zero for the present one.
  return operation.kind === 'range' && operation.revision === 0 && isGet(operation);
}

type Response = (EtcdResult & { ok: true })['response'];

function putStep(state: EtcdState, input: PutRequest, response: Response): EtcdState | undefined {
  if (response.kind !== 'put' || response.revision !== state.revision + 1) return undefined;
  const after = putInto(state, input);
  if (after === null) return undefined;
  const prevKv = input.prevKv ? lookUp(state, input.key) : null;
  return sameKeyValue(prevKv, response.prevKv) ? after : undefined;
}

/** For what {@link isGet}. */
function getsValue(state: EtcdState, { key }: RangeRequest, response: Response): boolean {
  if (response.kind !== 'range' || response.revision !== state.revision || response.more)
    return false;
  const { kvs, count } = response;
  const kv: KeyValue | null = lookUp(state, key);
  if (kv === null) return count === 0 && kvs.length === 0;
  return count === 1 && kvs.length === 1 && sameKeyValue(kv, kvs[0]!);
}

/** For what {@link isShort}. */
function shortStep(state: EtcdState, input: TxnRequest, response: Response): EtcdState | undefined {
  if (response.kind !== 'txn' || requestError(input) !== null) return undefined;
  const { succeeded, responses, revision } = response;
  if (succeeds(state, input) !== succeeded) return undefined;
  const [operation] = succeeded ? input.success : input.failure;
  const [inner] = responses;
  if (operation === undefined || inner === undefined) {
    const isEmpty = operation === undefined && inner === undefined;
    return isEmpty && revision === state.revision ? state : undefined;
  }
  if (responses.length > 1 || inner.revision !== revision) return undefined;
  if (operation.kind === 'put') return putStep(state, operation, inner);
  return getsValue(state, operation as RangeRequest, inner) ? state : undefined;
}
