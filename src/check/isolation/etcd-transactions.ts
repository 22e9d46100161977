// Transactions over lists as clients of an etcd store make them: a list is a key whose value is its
// elements, joined by spaces. A read is a range within a txn; an append is a put of the list that was read
// and one more element, in a txn that compares the mod revisions of what was read. So every txn is one
// transaction, and one whose compares fail is a transaction that only reads.

import type { ByteString } from '../../base/ids.js';
import type { KvRequest, KvResult, RequestOp, ResponseOp } from '../../etcdpb/kv.js';
import type { Operation } from '../history.js';
import type { ListOperation, ListTransaction, Value } from './transaction.js';

/** The txns that touch nothing but the keys that `isList` accepts; other operations are left out. */
export function listTransactions(
  operations: readonly Operation<KvRequest, KvResult>[],
  isList: (key: ByteString) => boolean,
): ListTransaction[] {
  const out: ListTransaction[] = [];
  for (const { id, client, input, output, callUs, returnUs, outcome } of operations) {
    if (input.kind !== 'txn' || input.success.length === 0) continue;
    if (![...input.success, ...input.failure].every((op) => touchesList(op, isList))) continue;
    const answer = output?.ok === true && output.response.kind === 'txn' ? output.response : null;
    const answered = outcome === 'ok' && answer !== null;
    const branch = answered && !answer.succeeded ? input.failure : input.success;
    const operationsOf = branch.map((op, i) => operationOf(op, answer?.responses[i] ?? null));
    out.push({
      id,
      process: client,
      operations: operationsOf,
      calledAt: callUs,
      returnedAt: answered || outcome === 'fail' ? returnUs : Number.POSITIVE_INFINITY,
      outcome: answered ? 'ok' : outcome === 'fail' ? 'fail' : 'unknown',
    });
  }
  return out;
}

/** The elements of a list as its key holds them. */
export function elementsOf(value: ByteString): string[] {
  return value === '' ? [] : value.split(' ');
}

/** What a key holds after an append. */
export function appended(value: ByteString, element: string): ByteString {
  return value === '' ? element : `${value} ${element}`;
}

function touchesList(op: RequestOp, isList: (key: ByteString) => boolean): boolean {
  return (op.kind === 'range' || op.kind === 'put') && isList(op.key);
}

function operationOf(op: RequestOp, response: ResponseOp | null): ListOperation {
  if (op.kind === 'put') {
    const elements: Value[] = elementsOf(op.value);
    return ['append', op.key, elements[elements.length - 1]!];
  }
  const key = op.kind === 'range' ? op.key : '';
  const value = response?.kind === 'range' ? (response.kvs[0]?.value ?? '') : '';
  return ['r', key, elementsOf(value)];
}
