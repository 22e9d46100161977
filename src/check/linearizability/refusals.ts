// Refusals that follow from the state of an etcd store: whether some state in reach can have caused them. A request
// that was refused had no effect, so each is judged by itself, and linearizability of the rest does not depend on it.
// Not here: refusals that come from around the store, such as "no leader". Keeps: only what no order of the history
// explains is called wrong; not everything that is wrong is found, for no order is searched.

import { ErrCompacted, ErrFutureRev, ErrKeyNotFound } from '../../etcdpb/errors.js';
import type { KvRequest, KvResult, RequestOp } from '../../etcdpb/kv.js';
import type { Operation } from '../history.js';
import { isSerializable } from './models/etcd-answers.js';
import { sameError } from './models/etcd-response.js';
import { requestError } from './models/etcd-store.js';
import type { EtcdRequest, EtcdResult } from './objects/etcd.js';
import { answer, type ClientName, nameOfClient } from './witness/words.js';

type KvOperation = Operation<KvRequest, KvResult>;

export interface WrongRefusal {
  readonly operation: KvOperation;
  /** One sentence with values. */
  readonly reason: string;
}

/** gRPC's InvalidArgument, with which etcd refuses a request for its form. */
const INVALID_ARGUMENT = 3;

/** The first refusal that no state explains, null if there is none. O(refusals × operations). */
export function wrongRefusal(
  history: readonly KvOperation[],
  clientName: ClientName = nameOfClient,
): WrongRefusal | null {
  for (const operation of history) {
    const why = whyWrong(operation, history);
    if (why === null) continue;
    return { operation, reason: `${answer(operation, clientName)}, but ${why}` };
  }
  return null;
}

/**
 * Why no state explains that this operation of a file was refused for what the store held; null if one does,
 * or if it was refused for something else. O(operations).
 */
export function whyRefusalWrong(
  operation: Operation<EtcdRequest, EtcdResult>,
  history: readonly Operation<EtcdRequest, EtcdResult>[],
): string | null {
  const { output, outcome, input } = operation;
  if (outcome !== 'fail' || output === null || output.ok || isOfLease(input)) return null;
  const isOfStore = [ErrCompacted, ErrFutureRev, ErrKeyNotFound].some((error) =>
    sameError(output.error, error),
  );
  if (!isOfStore) return null;
  const plain = history.filter((one) => !isOfLease(one.input)) as readonly KvOperation[];
  const why = whyWrong(operation as KvOperation, plain);
  return why && `${answer(operation as KvOperation, nameOfClient)}, but ${why}`;
}

function isOfLease({ kind }: EtcdRequest): boolean {
  return kind === 'lease-grant' || kind === 'lease-revoke' || kind === 'lease-expire';
}

function whyWrong(operation: KvOperation, history: readonly KvOperation[]): string | null {
  const { input, output } = operation;
  if (output === null || output.ok) return null;
  const { error } = output;
  if (sameError(error, ErrCompacted)) return whyNotCompacted(operation, history);
  if (sameError(error, ErrFutureRev)) return whyNotInFuture(operation, history);
  if (sameError(error, ErrKeyNotFound)) return whyNotMissing(operation, history);
  if (error.code !== INVALID_ARGUMENT) return null;
  const expected = requestError(input);
  return expected !== null && sameError(expected, error) ? null : 'nothing is wrong with its form';
}

/** A revision is compacted only if somebody has asked for it by then. */
function whyNotCompacted(
  { input, returnUs }: KvOperation,
  history: readonly KvOperation[],
): string | null {
  // A compaction is refused at the last compacted revision, a read below it.
  const needed =
    input.kind === 'compaction' ? input.revision : Math.min(...revisionsRead(input)) + 1;
  let highest = 0;
  for (const other of history) {
    if (other.input.kind !== 'compaction' || other.outcome === 'fail') continue;
    if (other.callUs > returnUs) continue;
    highest = Math.max(highest, other.input.revision);
  }
  if (highest >= needed) return null;
  return highest === 0
    ? 'nobody had compacted anything'
    : `no compaction had gone beyond revision ${highest}`;
}

/** A member that is behind may know no better, unless it has to be current. */
function whyNotInFuture(
  { input, callUs }: KvOperation,
  history: readonly KvOperation[],
): string | null {
  if (isSerializable(input)) return null;
  const asked = input.kind === 'compaction' ? input.revision : Math.max(...revisionsRead(input));
  for (const { output, outcome, returnUs } of history) {
    if (outcome !== 'ok' || output?.ok !== true || returnUs >= callUs) continue;
    const { revision } = output.response;
    if (revision >= asked) return `revision ${revision} had been answered before it was invoked`;
  }
  return null;
}

/** A key is there if a put has completed and nobody has asked for a delete. */
function whyNotMissing(
  { input, callUs, returnUs }: KvOperation,
  history: readonly KvOperation[],
): string | null {
  if (input.kind !== 'put') return null;
  let put: KvOperation | null = null;
  for (const other of history) {
    if (other.outcome === 'fail') continue;
    if (other.callUs <= returnUs && mayDelete(other.input)) return null;
    const isPut = other.input.kind === 'put' && other.input.key === input.key;
    if (isPut && other.outcome === 'ok' && other.returnUs < callUs) put = other;
  }
  return put === null ? null : `${input.key} had been put, and nobody had asked for a delete`;
}

/** What is bound to a lease may go with it. */
export function mayDelete(request: EtcdRequest | RequestOp): boolean {
  if (request.kind === 'delete-range') return true;
  if (request.kind === 'put') return request.lease !== 0;
  return request.kind === 'txn' && [...request.success, ...request.failure].some(mayDelete);
}

/** Revisions at which a request reads; current ones left out. */
export function revisionsRead(request: EtcdRequest | RequestOp): number[] {
  if (request.kind === 'range') return request.revision === 0 ? [] : [request.revision];
  if (request.kind !== 'txn') return [];
  return [...request.success, ...request.failure].flatMap(revisionsRead);
}
