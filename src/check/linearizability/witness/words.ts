// Puts etcd operations, and why they contradict each other, into words: `get x by c3 returned "1" ...`.
// Not here: full answers (models/etcd-response.ts).

import { describeRequest, describeResult } from '../models/etcd-response.js';
import type { EtcdOperation } from '../objects/etcd.js';
import type { Contradiction } from './key-evidence.js';
import { revisionOf } from './place.js';
import type { WitnessViolation } from './violation.js';

/** How clients are called in sentences. */
export type ClientName = (client: number) => string;

export function nameOfClient(client: number): string {
  return `c${client}`;
}

/** For example `put x="2" by c3`. */
export function request(operation: EtcdOperation, clientName: ClientName): string {
  return `${act(operation)} by ${clientName(operation.client)}`;
}

/** For example `get x by c3 returned "1" at revision 7`. */
export function answer(operation: EtcdOperation, clientName: ClientName): string {
  return `${request(operation, clientName)} ${told(operation)}`;
}

function act({ input }: EtcdOperation): string {
  switch (input.kind) {
    case 'range':
      if (input.rangeEnd !== '' || input.revision > 0) return describeRequest(input);
      return input.serializable ? `serializable get ${input.key}` : `get ${input.key}`;
    case 'put':
      return `put ${input.key}=${JSON.stringify(input.value)}`;
    default:
      return describeRequest(input);
  }
}

function told({ input, output }: EtcdOperation): string {
  if (output === null) return 'has no answer';
  if (!output.ok) return `failed with "${output.error.message}"`;
  const { response } = output;
  const where = `at revision ${response.revision}`;
  if (response.kind === 'put') return `completed ${where}`;
  if (response.kind !== 'range' || input.kind !== 'range' || input.rangeEnd !== '') {
    return `answered ${describeResult(output)}`;
  }
  const [kv] = response.kvs;
  if (kv === undefined)
    return `${response.count === 0 ? 'returned nothing' : `counted ${response.count}`} ${where}`;
  return `returned ${JSON.stringify(kv.value)} (mod ${kv.modRevision}, version ${kv.version}) ${where}`;
}

export function twoWriters(
  a: EtcdOperation,
  b: EtcdOperation,
  clientName: ClientName,
): WitnessViolation {
  const reason = `${answer(a, clientName)}, and so did ${answer(b, clientName)}`;
  return { kind: 'two-writers', reason, core: [a.id, b.id] };
}

/** `earlier` is later in the order of revisions, but had returned before `operation` was called. */
export function tooLate(
  operation: EtcdOperation,
  earlier: EtcdOperation,
  clientName: ClientName,
): WitnessViolation {
  const reason =
    `${answer(operation, clientName)}, but ${request(earlier, clientName)} had completed at revision ` +
    `${revisionOf(earlier)} before it was invoked`;
  return { kind: 'real-time', reason, core: [operation.id, earlier.id] };
}

export function compactedBefore(
  read: EtcdOperation,
  compaction: EtcdOperation,
  clientName: ClientName,
): WitnessViolation {
  const reason = `${answer(read, clientName)}, but ${request(compaction, clientName)} had completed before it was invoked`;
  return { kind: 'real-time', reason, core: [read.id, compaction.id] };
}

/** Two answers about one key that contradict each other. */
export function wentBack(found: Contradiction, clientName: ClientName): WitnessViolation {
  const { key, seen, at, modRevision, other, otherRevision } = found;
  const reason =
    `${answer(seen, clientName)} and so saw ${key} at revision ${at} as revision ${modRevision} left it, ` +
    `but ${answer(other, clientName)}, which has ${key} changed at revision ${otherRevision}`;
  return { kind: 'went-back', reason, core: [...new Set([seen.id, other.id])] };
}
