// Orders what was answered at one revision. Real time alone decides unless there are compactions: these
// rise, and what reads an old revision comes before its compaction.

import type { Revision } from '../../../base/ids.js';
import type { RequestOp } from '../../../etcdpb/kv.js';
import type { EtcdOperation, EtcdRequest } from '../objects/etcd.js';
import type { WitnessViolation } from './violation.js';
import { type ClientName, compactedBefore } from './words.js';

/** Sorts `reads`, which are in call order; not null if they cannot be ordered. `fitsAnywhere` by id. */
export function orderWithin(
  reads: EtcdOperation[],
  fitsAnywhere: (id: number) => boolean,
  clientName: ClientName,
): WitnessViolation | null {
  const compactions = reads.filter(({ input }) => input.kind === 'compaction');
  compactions.sort((a, b) => compactedTo(a) - compactedTo(b) || a.callUs - b.callUs);
  /** When each can be placed at the earliest. */
  const atUs = new Map(reads.map((operation) => [operation.id, operation.callUs]));
  let latest: EtcdOperation | null = null;
  for (const compaction of compactions) {
    for (const read of reads) {
      if (read.input.kind === 'compaction' || fitsAnywhere(read.id)) continue;
      if (readsPast(read) >= compactedTo(compaction)) continue;
      if (latest === null || read.callUs > latest.callUs) latest = read;
    }
    if (latest !== null && latest.callUs > compaction.returnUs) {
      return compactedBefore(latest, compaction, clientName);
    }
    if (latest === null || compaction.callUs > latest.callUs) latest = compaction;
    atUs.set(compaction.id, latest.callUs);
  }
  const rank = ({ input }: EtcdOperation): number => (input.kind === 'compaction' ? 1 : 0);
  reads.sort(
    (a, b) =>
      atUs.get(a.id)! - atUs.get(b.id)! || rank(a) - rank(b) || compactedTo(a) - compactedTo(b),
  );
  return null;
}

function compactedTo({ input }: EtcdOperation): Revision {
  return input.kind === 'compaction' ? input.revision : 0;
}

/** The oldest revision that a request asks for by number; Infinity if none. */
export function readsPast({ input }: EtcdOperation): Revision {
  return oldestRead(input);
}

function oldestRead(request: EtcdRequest | RequestOp): Revision {
  if (request.kind === 'range') return request.revision > 0 ? request.revision : Infinity;
  if (request.kind !== 'txn') return Infinity;
  let oldest = Infinity;
  for (const inner of request.success) oldest = Math.min(oldest, oldestRead(inner));
  for (const inner of request.failure) oldest = Math.min(oldest, oldestRead(inner));
  return oldest;
}
