// The cases of etcd's robustness tests, each judged by what it records; the verdict that a case expects is
// never looked at, but for a case of patching, whose expectation is what there is to judge.

import { judgeRecords, verifyRecords } from '../etcd-records.js';
import type { PlaceIn } from '../format/parsed.js';
import type {
  PatchCase,
  ReadsCase,
  RecordedRequest,
  RecordedResponse,
  StepsCase,
  WatchesCase,
  WholeCase,
} from '../format/schema/robustness-schema.js';
import type { Operation } from '../history.js';
import { patchHistory } from '../history-patch.js';
import type { CheckedCase, OperationRow } from '../judged.js';
import { judgeLinearizable } from '../linearizability/judge.js';
import { etcdModel } from '../linearizability/models/etcd-model.js';
import type { EtcdState } from '../linearizability/models/etcd-store.js';
import { EMPTY_STORE } from '../linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest } from '../linearizability/objects/etcd.js';
import { verifyCertificate } from '../linearizability/proof/certificate.js';
import type { ReplayedLog } from '../replayed-log.js';
import { replayLog, stateAtRevision } from '../replayed-log.js';
import { judgeReads } from '../serializable/reads.js';
import { verifyReads } from '../serializable/verify.js';
import { verifyWatches } from '../watch/verify.js';
import { judgeWatches } from '../watch/watch.js';
import type { WatchStream } from '../watch/watch-stream.js';
import { recordedEtcdModel } from './recorded-model.js';
import { appended } from './recorder-calls.js';
import { complete, errorOf, requestOf, streamOf } from './records.js';

type Checked = Omit<CheckedCase, 'name'>;

export interface CaseOptions {
  readonly stepsMax?: number;
}

/**
 * Steps one after another: a step that no linearizable store can answer so is refused, and the next ones
 * follow as if it had not been. The core is all that were refused.
 */
export function judgeSteps({ operations }: StepsCase, options: CaseOptions): Checked {
  const model = recordedEtcdModel();
  const history: Operation<EtcdRequest, RecordedResponse>[] = [];
  const refused: Operation<EtcdRequest, RecordedResponse>[] = [];
  let first = '';
  let steps = 0;
  let undecided = '';
  let unproved: string | null = null;
  for (const [id, { req, resp }] of operations.entries()) {
    const input = requestOf(req);
    // A defragmentation asks nothing of the store.
    if (input === null) continue;
    const unknown = resp.Error !== '' && errorOf(resp) === null;
    const operation: Operation<EtcdRequest, RecordedResponse> = {
      ...{ id, client: id, input, callUs: 10 * id },
      output: unknown ? null : resp,
      returnUs: unknown ? Infinity : 10 * id + 5,
      outcome: unknown ? 'unknown' : 'ok',
    };
    const longer = [...history, operation];
    const judgement = judgeLinearizable(longer, model, options);
    steps += judgement.steps;
    if (judgement.certificate === null) undecided ||= `step ${id}: ${judgement.reason}`;
    else {
      const proof = verifyCertificate(longer, model, judgement.certificate);
      if (proof.kind !== 'verified') unproved ??= `step ${id}: ${proof.why}`;
    }
    if (judgement.verdict === 'violation') {
      first ||= judgement.reason;
      refused.push(operation);
    } else history.push(operation);
  }
  const others = refused.length > 1 ? `; ${refused.length} steps are refused in all` : '';
  const verdict = refused.length > 0 ? 'violation' : undecided !== '' ? 'undecided' : 'ok';
  return {
    judgement: {
      verdict,
      model: 'etcd',
      steps,
      reason: verdict === 'violation' ? `${first}${others}` : undecided,
      core: refused.map(({ id }) => id),
      anomalies: [],
      certificate: null,
    },
    count: operations.length,
    refuted: unproved,
    core: refused.map((one) => rowOf(one, model.describeOperation(one.input, one.output))),
  };
}

/** Reads of the past, against the log. */
export function judgeReadsCase({ persistedRequests, operations }: ReadsCase): Checked {
  const log = logOf(persistedRequests);
  const replayed = replayLog(log);
  const history = operations.flatMap(({ Input, Output }, id) =>
    operationOf(Input, Output, { id, client: 0, callUs: id, returnUs: id }, replayed),
  );
  const judgement = judgeReads(history, log);
  const { certificate } = judgement;
  return {
    judgement,
    count: operations.length,
    refuted: certificate === null ? null : verifyReads(history, log, certificate),
    core: rowsOf(history, judgement.core),
  };
}

/** Watches, against the log. The core holds watches, by position. */
export function judgeWatchesCase({ persistedRequests, watch, config }: WatchesCase): Checked {
  const log = logOf(persistedRequests);
  const streams = watch.map(streamOf);
  const judgement = judgeWatches(streams, log, { uniqueRevisions: config.ExpectRevisionUnique });
  const { certificate } = judgement;
  return {
    judgement,
    count: watch.length,
    refuted: certificate === null ? null : verifyWatches(streams, log, certificate),
    core: streams.filter(({ id }) => judgement.core.includes(id)).map(watchRow),
  };
}

/** All that was recorded of a run. */
export function judgeWhole(
  { persistedRequests, reports, config }: WholeCase,
  options: CaseOptions,
): Checked {
  const log = logOf(persistedRequests);
  const replayed = replayLog(log);
  const operations = reports
    .flatMap(({ KeyValue }) => KeyValue)
    .flatMap(({ ClientId: client, Input, Output, Call: callUs, Return: returnUs }, id) =>
      operationOf(Input, Output, { id, client, callUs, returnUs }, replayed),
    );
  const watches = reports.flatMap(({ Watch }) => Watch).map(streamOf);
  const records = { operations, watches, log };
  const all = { ...options, uniqueRevisions: config.ExpectRevisionUnique };
  const judged = judgeRecords(records, all);
  const { verdict, reason, linearizability, keptWrites, reads, watches: watched } = judged;
  const parts = [linearizability, keptWrites, reads, watched];
  const worst = parts.find((part) => part.verdict === verdict);
  const core = verdict === 'ok' ? [] : (worst?.core ?? []);
  return {
    judgement: {
      verdict,
      model: verdict === 'ok' ? 'etcd' : (worst?.model ?? 'etcd'),
      steps: parts.reduce((sum, { steps }) => sum + steps, 0),
      reason,
      core,
      anomalies: watched.anomalies,
      certificate: null,
    },
    count: operations.length,
    refuted: verifyRecords(records, judged, all),
    core: worst === watched ? [] : rowsOf(operations, core),
  };
}

/** Whether what the log leaves of a history is what the case says. */
export function judgePatch(
  { historyFunc, persistedRequest, watchOperations, expectedRemainingOperations }: PatchCase,
  placeIn: PlaceIn,
): Checked {
  const history = historyFunc.steps.map((step, id) =>
    appended(step, id, (path) => placeIn(['historyFunc', 'steps', id, ...path])),
  );
  const watches = watchOperations.map(streamOf);
  const { operations, revisions } = patchHistory(history, logOf(persistedRequest), {
    watches,
    apartUs: 1,
  });
  const left = operations.map(({ id, output, outcome, returnUs }) => {
    const how = output !== null ? 'answered' : outcome === 'ok' ? 'persisted' : outcome;
    return remaining(returnUs, how, revisions.get(id));
  });
  const expected = expectedRemainingOperations?.map(({ Return, Output }) => {
    const how = Output.Error !== '' ? 'unknown' : Output.Persisted ? 'persisted' : 'answered';
    const revision = Output.PersistedRevision === 0 ? undefined : Output.PersistedRevision;
    return remaining(Return === 'infinite' ? Infinity : Return, how, revision);
  });
  const differs = expected === undefined ? -1 : firstDifference(left, expected);
  const common = { model: 'etcd-patch', steps: history.length, anomalies: [], certificate: null };
  const which = operations[differs];
  const judgement =
    expected === undefined
      ? { verdict: 'undecided' as const, reason: 'the case does not say what remains', core: [] }
      : differs < 0
        ? { verdict: 'ok' as const, reason: '', core: [] }
        : {
            verdict: 'violation' as const,
            reason: `of the history the log leaves ${left[differs] ?? 'nothing more'} as operation ${differs}, but the case says ${expected[differs] ?? 'nothing more'}`,
            core: which === undefined ? [] : [which.id],
          };
  return {
    judgement: { ...common, ...judgement },
    count: history.length,
    refuted: null,
    core: rowsOf(history, judgement.core),
  };
}

function remaining(returnUs: number, how: string, revision: number | undefined): string {
  const at = revision === undefined ? '' : ` at revision ${revision}`;
  return `one ${how}${at} that returns ${returnUs === Infinity ? 'never' : `at ${returnUs}`}`;
}

/** -1 if there is none. */
function firstDifference(a: readonly string[], b: readonly string[]): number {
  const longer = a.length >= b.length ? a : b;
  return longer.findIndex((_, at) => a[at] !== b[at]);
}

function logOf(requests: readonly RecordedRequest[]): EtcdRequest[] {
  return requests.flatMap((recorded) => requestOf(recorded) ?? []);
}

/** None for a request that asks nothing of the store. What was not recorded of an answer is as the log has it. */
function operationOf(
  recorded: RecordedRequest,
  answer: RecordedResponse,
  when: {
    readonly id: number;
    readonly client: number;
    readonly callUs: number;
    readonly returnUs: number;
  },
  log: ReplayedLog,
): EtcdOperation[] {
  const input = requestOf(recorded);
  if (input === null) return [];
  if (answer.Persisted) return [{ ...when, input, output: null, outcome: 'ok' }];
  if (answer.Error !== '' && errorOf(answer) === null) {
    return [{ ...when, input, output: null, returnUs: Infinity, outcome: 'unknown' }];
  }
  const output = complete(stateBefore(input, answer, log), input, answer);
  return [{ ...when, input, output, outcome: 'ok' }];
}

/** The state that the request met, by the log. */
function stateBefore(
  input: EtcdRequest,
  { Revision }: RecordedResponse,
  log: ReplayedLog,
): EtcdState {
  const asked = input.kind === 'range' && input.revision > 0 ? input.revision : Revision;
  const revision = input.kind === 'txn' ? asked - 1 : asked;
  return stateAtRevision(log, revision) ?? EMPTY_STORE;
}

function rowsOf(history: readonly EtcdOperation[], core: readonly number[]): OperationRow[] {
  const { describeOperation } = etcdModel();
  return history
    .filter(({ id }) => core.includes(id))
    .map((one) => rowOf(one, describeOperation(one.input, one.output)));
}

function rowOf(operation: Operation<unknown, unknown>, text: string): OperationRow {
  const { id, client, callUs, returnUs, outcome } = operation;
  return { id, client, text, callUs, returnUs, outcome };
}

function watchRow({ id, client, request, responses }: WatchStream): OperationRow {
  const events = responses.reduce((sum, response) => sum + response.events.length, 0);
  const text = `watch ${JSON.stringify(request.key)} from revision ${request.startRevision}: ${events} events`;
  return { id, client, text, callUs: 0, returnUs: Infinity, outcome: 'ok' };
}
