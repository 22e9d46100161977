// The judge of reads of the past: every answer to a serializable read, and to a read at a revision, computed
// again on the state that the log had at its revision. Needs no linearization.
// Not here: real time. That a read must not show what was not yet written, the etcd model says.

import type { Revision } from '../../base/ids.js';
import { ErrCompacted, ErrFutureRev } from '../../etcdpb/errors.js';
import type { RangeRequest, TxnRequest } from '../../etcdpb/kv.js';
import type { Judgement } from '../judgement.js';
import { answerFrom, isSerializable } from '../linearizability/models/etcd-answers.js';
import { describeResult, sameError, sameResult } from '../linearizability/models/etcd-response.js';
import type { EtcdState } from '../linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest, EtcdResult } from '../linearizability/objects/etcd.js';
import type { ReplayedLog } from '../replayed-log.js';
import { replayLog, stateAtRevision } from '../replayed-log.js';
import type { ReadCertificate, WrongRead } from './certificate.js';

export type ReadJudgement = Judgement<ReadCertificate>;

/**
 * Judges the reads of the past in a history against the whole log of the cluster; other operations are
 * passed over. A header revision of 0 counts as not recorded. O(n log n).
 */
export function judgeReads(
  history: readonly EtcdOperation[],
  log: readonly EtcdRequest[],
): ReadJudgement {
  const replayed = replayLog(log);
  const reads: WrongRead[] = [];
  let judged = 0;
  for (const { id, input, output, outcome } of history) {
    if (outcome === 'unknown' || output === null || !isReadOfPast(input)) continue;
    judged++;
    const wrong = output.ok
      ? wrongAnswer(input, output, replayed)
      : wrongError(input, output, replayed);
    if (wrong !== null) reads.push({ operation: id, ...wrong });
  }
  const common = { model: 'etcd-reads', steps: log.length + judged, anomalies: [] };
  const first = reads[0];
  if (first === undefined) {
    return { ...common, verdict: 'ok', reason: '', core: [], certificate: { kind: 'conforms' } };
  }
  return {
    ...common,
    verdict: 'violation',
    reason: `read ${first.operation} ${first.reason}`,
    core: reads.map(({ operation }) => operation),
    certificate: { kind: 'reads', reads },
  };
}

type Read = RangeRequest | TxnRequest;

/** A range that names a revision, or one that any member may answer from what it has. */
export function isReadOfPast(request: EtcdRequest): request is Read {
  return (request.kind === 'range' && request.revision > 0) || isSerializable(request);
}

type Wrong = Omit<WrongRead, 'operation'>;

function wrongAnswer(
  input: Read,
  output: EtcdResult & { ok: true },
  log: ReplayedLog,
): Wrong | null {
  const header = output.response.revision;
  const asked = input.kind === 'range' && input.revision > 0 ? input.revision : header;
  const newest = log.last.revision;
  if (asked > newest || header > newest) {
    const revision = Math.max(asked, header);
    const reason = `was answered at revision ${revision}, but the log ends at revision ${newest}`;
    return { revision: null, reason };
  }
  if (header > 0 && header < asked) {
    const reason = `was answered from revision ${asked} by a member at revision ${header}`;
    return { revision: header, reason };
  }
  const then = stateAtRevision(log, asked);
  if (then === null) return { revision: null, reason: `names revision ${asked}, which never was` };
  const due = answerAt(then, input, header);
  if (sameResult(due, output)) return null;
  const reason = `returned ${describeResult(output)}, but at revision ${asked} the log gives ${describeResult(due)}`;
  return { revision: asked, reason };
}

/** What a member answers from a state that it has not compacted, with the header of the answer judged. */
function answerAt(state: EtcdState, input: Read, header: Revision): EtcdResult {
  const result = answerFrom(state, input);
  if (!result.ok || result.response.kind !== 'range') return result;
  return { ok: true, response: { ...result.response, revision: header } };
}

/** Errors that say nothing about the state are right. */
function wrongError(
  input: Read,
  { error }: EtcdResult & { ok: false },
  log: ReplayedLog,
): Wrong | null {
  const asked = newestAsked(input);
  if (sameError(error, ErrFutureRev)) {
    // A member behind may lack any revision but those that every store has from the start.
    if (asked > 1) return null;
    return { revision: 1, reason: `was told that a revision is in the future, but asked for none` };
  }
  if (!sameError(error, ErrCompacted)) return null;
  const { compacted } = log.last;
  if (oldestAsked(input) < compacted) return null;
  const reason = `was told that its revision is compacted, but the log compacts to ${compacted} at most`;
  return { revision: log.last.revision, reason };
}

function revisionsAsked(input: Read): number[] {
  const ranges = input.kind === 'range' ? [input] : [...input.success, ...input.failure];
  return ranges.flatMap((op) => (op.kind === 'range' && op.revision !== 0 ? [op.revision] : []));
}

function newestAsked(input: Read): Revision {
  return Math.max(0, ...revisionsAsked(input));
}

/** Infinity if only the present is asked for, which no compaction takes away. */
function oldestAsked(input: Read): Revision {
  const asked = revisionsAsked(input);
  // A negative revision is the present in a range by itself, but is compared as it is in a transaction.
  return Math.min(Infinity, ...(input.kind === 'range' ? asked.filter((r) => r > 0) : asked));
}
