// Where an answer puts its operation: the store's revision in the answer names the place in the order.
// Not here: whether the operations fit together (revision-replay.ts).

import type { Revision } from '../../../base/ids.js';
import { isModelled, isSerializable } from '../models/etcd-answers.js';
import { reportsWrite, sameError } from '../models/etcd-response.js';
import { requestError } from '../models/etcd-store.js';
import type { EtcdOperation } from '../objects/etcd.js';

/**
 * - `write`: it made `revision`.
 * - `read`: it changed nothing, and saw the store at `revision`.
 * - `compaction`: answered at `revision`, which it did not change.
 * - `shown`: a member that may be behind showed `revision`; the read itself may come later.
 * - `anywhere`: legal in every state, and changes none.
 * - `revoke`: at `revision`, which it made if its lease had keys.
 * - `grant`: its answer names no place.
 * - `silent`: nobody saw an answer.
 * - `elsewhere`: the order of revisions does not decide where it goes.
 */
export type PlaceKind =
  | 'write'
  | 'read'
  | 'compaction'
  | 'shown'
  | 'anywhere'
  | 'revoke'
  | 'grant'
  | 'silent'
  | 'elsewhere';

/** The revision of an answer; 0 if it has none. */
export function revisionOf({ output }: EtcdOperation): Revision {
  return output?.ok === true ? output.response.revision : 0;
}

/** For operations that did not fail. */
export function placeKind(operation: EtcdOperation): PlaceKind {
  const { input, output, outcome } = operation;
  if (outcome === 'unknown' || output === null) {
    if (outcome === 'ok' && input.kind === 'range') return 'anywhere';
    return input.kind === 'lease-grant' ? 'grant' : 'silent';
  }
  if (!output.ok) {
    if (!isModelled(output)) return 'anywhere';
    if (input.kind.startsWith('lease-')) return 'elsewhere';
    const error = requestError(input as Parameters<typeof requestError>[0]);
    return error !== null && sameError(error, output.error) ? 'anywhere' : 'elsewhere';
  }
  const { response } = output;
  if (input.kind === 'lease-grant') return response.kind === 'lease' ? 'grant' : 'elsewhere';
  // Revision 1 is the empty store's; below it the answer does not carry the revision.
  if (response.revision < 1) return 'elsewhere';
  switch (input.kind) {
    case 'range':
      if (response.kind !== 'range') return 'elsewhere';
      return input.serializable ? 'shown' : 'read';
    case 'put':
      return response.kind === 'put' ? 'write' : 'elsewhere';
    case 'delete-range':
      if (response.kind !== 'delete-range') return 'elsewhere';
      return response.deleted > 0 ? 'write' : 'read';
    case 'txn':
      if (response.kind !== 'txn') return 'elsewhere';
      if (reportsWrite(response)) return 'write';
      return isSerializable(input) ? 'shown' : 'read';
    case 'compaction':
      return response.kind === 'compaction' ? 'compaction' : 'elsewhere';
    case 'lease-revoke':
      return response.kind === 'lease' ? 'revoke' : 'elsewhere';
    case 'lease-expire':
      return 'elsewhere';
  }
}
