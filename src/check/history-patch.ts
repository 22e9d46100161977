// Settles outcomes that clients do not know by the log that the cluster kept: what the log lacks never
// happened, what it holds happened before the operations after it.
// Not here: the log itself (member-logs.ts), and whether it is right: the judges still judge every answer.
// A write is known again in the log by key and value, so only if one operation alone sent that.

import type { Revision } from '../base/ids.js';
import type { RequestOp } from '../etcdpb/kv.js';
import { boundUnanswered, resolveUnknown } from './history.js';
import type { EtcdOperation, EtcdRequest } from './linearizability/objects/etcd.js';
import type { WatchStream } from './watch/watch-stream.js';

export interface PatchOptions {
  /** Watches that may have seen at which revision a write took effect. */
  readonly watches?: readonly WatchStream[];
  /** How far apart two effects are at least in the recorder's clock, in microseconds. Default 0. */
  readonly apartUs?: number;
}

export interface PatchedHistory {
  readonly operations: EtcdOperation[];
  /** Revisions of operations without answer that a watch saw, by operation. */
  readonly revisions: ReadonlyMap<number, Revision>;
}

/**
 * Drops operations of unknown outcome whose writes the log lacks, and makes those certain whose writes it
 * holds and nobody else sent, with a deadline walked back from the answers of later entries. The log must
 * be whole: what it lacks is taken as never done. O(n).
 */
export function patchHistory(
  history: readonly EtcdOperation[],
  log: readonly EtcdRequest[],
  options: PatchOptions = {},
): PatchedHistory {
  const { watches = [], apartUs = 0 } = options;
  const senders = new Map<string, number>();
  for (const { id, input } of history) {
    for (const write of new Set(writesOf(input))) {
      senders.set(write, senders.has(write) ? AMBIGUOUS : id);
    }
  }
  const logged = new Set<string>();
  const order: number[] = [];
  for (const request of log) {
    const writes = writesOf(request);
    for (const write of writes) logged.add(write);
    const ids = new Set(writes.map((write) => senders.get(write) ?? AMBIGUOUS));
    ids.delete(AMBIGUOUS);
    order.push(ids.size === 1 ? [...ids][0]! : AMBIGUOUS);
  }
  const isApplied = new Set(order);
  const resolved = resolveUnknown(history, ({ id, input }) => {
    if (isApplied.has(id)) return 'applied';
    return writesOf(input).some((write) => logged.has(write)) ? 'unknown' : 'never';
  });
  const operations = boundUnanswered(resolved, order, apartUs);
  return { operations, revisions: seenRevisions(operations, senders, watches) };
}

/** Stands for several operations that sent one write. */
const AMBIGUOUS = -1;

/** Each change a request may make, as text that tells it from others. */
function writesOf(request: EtcdRequest | RequestOp): string[] {
  switch (request.kind) {
    case 'range':
    case 'empty':
      return [];
    case 'put':
      return [putName(request.key, request.value)];
    case 'delete-range':
      return [JSON.stringify(['delete', request.key, request.rangeEnd])];
    case 'txn':
      return [...request.success, ...request.failure].flatMap(writesOf);
    case 'compaction':
      return [JSON.stringify([request.kind, request.revision])];
    default:
      return [JSON.stringify([request.kind, request.lease])];
  }
}

function putName(key: string, value: string): string {
  return JSON.stringify(['put', key, value]);
}

function seenRevisions(
  operations: readonly EtcdOperation[],
  senders: ReadonlyMap<string, number>,
  watches: readonly WatchStream[],
): Map<number, Revision> {
  const unanswered = new Set<number>();
  for (const { id, output, outcome } of operations) {
    if (outcome === 'ok' && output === null) unanswered.add(id);
  }
  const revisions = new Map<number, Revision>();
  for (const { responses } of watches) {
    for (const { events } of responses) {
      for (const { kind, kv } of events) {
        if (kind === 'delete') continue;
        const id = senders.get(putName(kv.key, kv.value));
        if (id !== undefined && unanswered.has(id)) revisions.set(id, kv.modRevision);
      }
    }
  }
  return revisions;
}
