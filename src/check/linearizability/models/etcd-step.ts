// One answered request against a state of the store: what evaluate (etcd-store.ts) and sameResult
// (etcd-response.ts) say together, without making the answer of what histories are full of: puts, and reads of
// one key. Not here: answers of members that are behind (etcd-answers.ts).

import type { KeyValue, PutRequest, RangeRequest } from '../../../etcdpb/kv.js';
import { sameKeyValue, sameResult } from './etcd-response.js';
import {
  type EtcdRequest,
  type EtcdResult,
  type EtcdState,
  evaluate,
  lookUp,
  putInto,
} from './etcd-store.js';

/** The state after a request, or undefined if the store does not answer so. Cost as of `evaluate`. */
export function answeredStep(
  state: EtcdState,
  input: EtcdRequest,
  output: EtcdResult,
): EtcdState | undefined {
  if (output.ok) {
    if (input.kind === 'put') return putStep(state, input, output.response);
    if (isGet(input)) return getsValue(state, input, output.response) ? state : undefined;
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
