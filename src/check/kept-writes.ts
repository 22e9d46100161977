// The judge of promises: every write that a client was told of must be in the log at the revision it was told,
// with that effect and that answer. A write that was acknowledged and then lost contradicts nothing that
// clients saw if nobody read it again, so no judge of histories alone can find it.
// Not here: writes whose outcome no client knows.

import type { Revision } from '../base/ids.js';
import type { Judgement } from './judgement.js';
import {
  describeRequest,
  describeResult,
  reportsWrite,
  sameKeyValue,
  sameResult,
} from './linearizability/models/etcd-response.js';
import type { EtcdState } from './linearizability/models/etcd-store.js';
import { entriesOf, evaluate } from './linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest } from './linearizability/objects/etcd.js';
import type { LoggedEvent, ReplayedLog } from './replayed-log.js';
import { firstEventAt, replayEntry, replayLog, stateAtRevision } from './replayed-log.js';

/** A write that the log does not hold as its client was told. */
export interface LostWrite {
  readonly operation: number;
  readonly revision: Revision;
  /** A clause with values. */
  readonly reason: string;
}

export type KeptWritesCertificate =
  | { readonly kind: 'conforms' }
  | { readonly kind: 'lost'; readonly writes: readonly LostWrite[] };

export type KeptWritesJudgement = Judgement<KeptWritesCertificate>;

/** Judges the acknowledged writes of a history against the whole log of the cluster. O(n log n). */
export function judgeKeptWrites(
  history: readonly EtcdOperation[],
  log: readonly EtcdRequest[],
): KeptWritesJudgement {
  const replayed = replayLog(log);
  const writes: LostWrite[] = [];
  let judged = 0;
  for (const operation of history) {
    const revision = promisedRevision(operation);
    if (revision === null) continue;
    judged++;
    const reason = broken(operation, revision, replayed);
    if (reason !== null) writes.push({ operation: operation.id, revision, reason });
  }
  const common = { model: 'etcd-kept-writes', steps: log.length + judged, anomalies: [] };
  const first = writes[0];
  if (first === undefined) {
    return { ...common, verdict: 'ok', reason: '', core: [], certificate: { kind: 'conforms' } };
  }
  return {
    ...common,
    verdict: 'violation',
    reason: `write ${first.operation} ${first.reason}`,
    core: writes.map(({ operation }) => operation),
    certificate: { kind: 'lost', writes },
  };
}

/** The revision at which a client was told that its write is; null if it was told of none. */
function promisedRevision({ output, outcome }: EtcdOperation): Revision | null {
  if (outcome !== 'ok' || output?.ok !== true) return null;
  return reportsWrite(output.response) ? output.response.revision : null;
}

function broken(
  { input, output }: EtcdOperation,
  revision: Revision,
  log: ReplayedLog,
): string | null {
  const what = `(${describeRequest(input)}) was acknowledged at revision ${revision}`;
  if (revision > log.last.revision) {
    return `${what}, but the log ends at revision ${log.last.revision}`;
  }
  const before = stateAtRevision(log, revision - 1);
  if (before === null) return `${what}, which never was`;
  const { result, events } = replayEntry(before, input, 0);
  if (!sameEvents(events, log, revision)) return `${what}, but the log holds another write there`;
  if (sameResult(result, output!)) return null;
  return `${what} by ${describeResult(output!)}, but the log gives ${describeResult(result)}`;
}

function sameEvents(events: readonly LoggedEvent[], log: ReplayedLog, revision: Revision): boolean {
  const from = firstEventAt(log, revision);
  if (firstEventAt(log, revision + 1) - from !== events.length) return false;
  return events.every(({ kind, kv }, at) => {
    const logged = log.events[from + at]!;
    return logged.kind === kind && sameKeyValue(logged.kv, kv);
  });
}

/**
 * The verifier: looks at whole states instead of events. Returns null if the certificate proves its
 * verdict, else what is wrong with it. O(writes × keys).
 */
export function verifyKeptWrites(
  history: readonly EtcdOperation[],
  log: readonly EtcdRequest[],
  certificate: KeptWritesCertificate,
): string | null {
  const states = new Map<Revision, EtcdState>();
  let state = replayLog([]).last;
  const before = new Map<Revision, EtcdState>();
  for (const request of log) {
    const after = evaluate(state, request).state;
    if (after.revision > state.revision) before.set(after.revision, state);
    state = after;
    states.set(after.revision, after);
  }
  const isKept = (operation: EtcdOperation, revision: Revision): boolean => {
    const from = before.get(revision);
    const to = states.get(revision);
    if (from === undefined || to === undefined) return false;
    const made = evaluate(from, operation.input);
    const left = entriesOf(made.state);
    const right = entriesOf(to);
    if (left.length !== right.length || made.state.revision !== revision) return false;
    if (!left.every((kv, at) => sameKeyValue(kv, right[at]!))) return false;
    return sameResult(made.result, operation.output!);
  };
  if (certificate.kind === 'lost') {
    if (certificate.writes.length === 0) return 'a violation of nothing';
    for (const { operation: id, revision } of certificate.writes) {
      const operation = history.find((candidate) => candidate.id === id);
      if (operation === undefined || promisedRevision(operation) !== revision) {
        return `operation ${id} was not told of revision ${revision}`;
      }
      if (isKept(operation, revision)) return `write ${id} is kept`;
    }
    return null;
  }
  for (const operation of history) {
    const revision = promisedRevision(operation);
    if (revision !== null && !isKept(operation, revision)) return `write ${operation.id} is lost`;
  }
  return null;
}
