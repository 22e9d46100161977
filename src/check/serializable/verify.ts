// The verifier of verdicts on reads of the past. It shares the store and the replayed log with the judge, and
// judges plain ranges by its own reading of a state.

import type { KeyValue, RangeRequest, RangeResponse } from '../../etcdpb/kv.js';
import { sameResult } from '../linearizability/models/etcd-response.js';
import { entriesOf, evaluate } from '../linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest } from '../linearizability/objects/etcd.js';
import type { ReplayedLog } from '../replayed-log.js';
import { replayLog, stateAtRevision } from '../replayed-log.js';
import type { ReadCertificate } from './certificate.js';
import { isReadOfPast } from './reads.js';

/** Returns null if the certificate proves its verdict, else what is wrong with it. O(reads × keys). */
export function verifyReads(
  history: readonly EtcdOperation[],
  log: readonly EtcdRequest[],
  certificate: ReadCertificate,
): string | null {
  const replayed = replayLog(log);
  if (certificate.kind === 'reads' && certificate.reads.length === 0)
    return 'a violation of nothing';
  const accused = certificate.kind === 'reads' ? certificate.reads.map((r) => r.operation) : null;
  for (const id of accused ?? history.map((operation) => operation.id)) {
    const operation = history.find((candidate) => candidate.id === id);
    if (operation === undefined) return `there is no operation ${id}`;
    const right = isRight(operation, replayed);
    if (accused === null && !right) return `read ${id} is not what the log gives`;
    if (accused !== null && right) return `read ${id} is what the log gives`;
  }
  return null;
}

function isRight({ input, output, outcome }: EtcdOperation, log: ReplayedLog): boolean {
  if (outcome === 'unknown' || output === null || !isReadOfPast(input)) return true;
  if (!output.ok) {
    const ranges = input.kind === 'range' ? [input] : [...input.success, ...input.failure];
    const numbers = ranges.map((op) => (op.kind === 'range' ? op.revision : 0));
    const asked = numbers.filter((number) => number > 0 || (number < 0 && input.kind === 'txn'));
    if (/future revision$/.test(output.error.message)) return asked.some((number) => number > 1);
    if (!/has been compacted$/.test(output.error.message)) return true;
    return asked.some((number) => number < log.last.compacted);
  }
  const { response } = output;
  if (input.kind === 'txn') {
    const then = stateAtRevision(log, response.revision);
    return then !== null && sameResult(evaluate({ ...then, compacted: -1 }, input).result, output);
  }
  if (response.kind !== 'range') return false;
  const asked = input.revision > 0 ? input.revision : response.revision;
  if (response.revision > 0 && response.revision < asked) return false;
  const then = response.revision > log.last.revision ? null : stateAtRevision(log, asked);
  if (then === null) return false;
  if (isPlain(input)) return shows(entriesOf(then), input, response);
  const { result } = evaluate({ ...then, compacted: -1 }, input);
  if (!result.ok) return false;
  const due = { ...result.response, revision: response.revision };
  return sameResult({ ok: true, response: due }, output);
}

/** True if a range over these keys, in order of their names, answers so. */
function shows(entries: readonly KeyValue[], input: RangeRequest, said: RangeResponse): boolean {
  const { key, rangeEnd, limit, keysOnly } = input;
  const end = rangeEnd === '' ? `${key}\0` : rangeEnd;
  const inside = entries.filter((kv) => kv.key >= key && (end === '\0' || kv.key < end));
  if (said.count !== inside.length) return false;
  if (input.countOnly) return said.kvs.length === 0 && !said.more;
  const due = limit > 0 ? inside.slice(0, limit) : inside;
  if (said.more !== due.length < inside.length || said.kvs.length !== due.length) return false;
  return said.kvs.every((kv, at) => isShown(kv, due[at]!, keysOnly));
}

function isShown(kv: KeyValue, due: KeyValue, keysOnly: boolean): boolean {
  return (
    kv.key === due.key &&
    kv.value === (keysOnly ? '' : due.value) &&
    kv.modRevision === due.modRevision &&
    kv.createRevision === due.createRevision &&
    kv.version === due.version &&
    kv.lease === due.lease
  );
}

/** True if the answer is the keys of the interval, without filter and sorting. */
function isPlain(input: RangeRequest): boolean {
  const bounds = [
    input.minModRevision,
    input.maxModRevision,
    input.minCreateRevision,
    input.maxCreateRevision,
  ];
  const isSorted = input.sortOrder === 'DESCEND' || input.sortTarget !== 'KEY';
  return !isSorted && bounds.every((bound) => bound === 0) && input.key !== '';
}
