// Where an answer of an etcd store stands in the order of revisions, which real time must agree with.

import type { Revision } from '../../../base/ids.js';
import type { RequestOp } from '../../../etcdpb/kv.js';
import { reportsWrite } from '../models/etcd-response.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';

/**
 * The revision an answer shows and whether it wrote it, if it has a place in the order of revisions:
 * members answer serializable requests from the past, and other headers than these are not read
 * atomically with the effect.
 */
export function orderOf(
  input: EtcdRequest,
  output: EtcdResult,
): { revision: Revision; writes: boolean } | null {
  if (!output.ok) return null;
  const { response } = output;
  switch (response.kind) {
    case 'put':
    case 'delete-range':
      break;
    case 'range':
      if (input.kind !== 'range' || input.serializable) return null;
      break;
    case 'txn':
      if (input.kind !== 'txn' || !takesConsensus(input)) return null;
      break;
    default:
      return null;
  }
  return { revision: response.revision, writes: reportsWrite(response) };
}

/** A transaction of nothing but serializable reads may be answered from the past. */
function takesConsensus(request: RequestOp): boolean {
  if (request.kind === 'range') return !request.serializable;
  if (request.kind !== 'txn') return true;
  const operations = [...request.success, ...request.failure];
  return operations.length === 0 || operations.some(takesConsensus);
}
