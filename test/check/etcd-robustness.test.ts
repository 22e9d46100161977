// The verdicts of etcd's own robustness tests, case by case: model, patching, watches, reads, whole.

import { describe, expect, it } from 'vitest';
import { judgeRecords } from '../../src/check/etcd-records.js';
import type {
  RecordedRequest,
  StepsCase,
} from '../../src/check/format/schema/robustness-schema.js';
import { patchHistory } from '../../src/check/history-patch.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import type { EtcdState } from '../../src/check/linearizability/models/etcd-store.js';
import { EMPTY_STORE } from '../../src/check/linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest } from '../../src/check/linearizability/objects/etcd.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import { replayLog, stateAtRevision } from '../../src/check/replayed-log.js';
import { appended } from '../../src/check/robustness/recorder-calls.js';
import { complete, errorOf, requestOf, streamOf } from '../../src/check/robustness/records.js';
import { judgeReads } from '../../src/check/serializable/reads.js';
import { verifyReads } from '../../src/check/serializable/verify.js';
import { verifyWatches } from '../../src/check/watch/verify.js';
import { judgeWatches } from '../../src/check/watch/watch.js';
import { readCases } from './robustness-cases.js';

const judged = { model: 0, unknown: 0, steps: 0, patched: 0, watches: 0, reads: 0, whole: 0 };
/** Steps that no model of the store can judge, and why. */
const passedOver: string[] = [];

/** Follows the states that are possible after each step, and asks the judge about each prefix as a history. */
function follow({ name, operations }: StepsCase): void {
  const model = etcdModel();
  let states: EtcdState[] = [EMPTY_STORE];
  const history: EtcdOperation[] = [];
  for (const [id, { req, resp, legal }] of operations.entries()) {
    const input = requestOf(req);
    if (input === null) {
      passedOver.push(`${name}: ${req.Type} asks nothing of the store`);
      continue;
    }
    judged.steps++;
    const callUs = 10 * id;
    const common = { id, client: id, input, callUs };
    if (resp.Error !== '') {
      expect(legal).toBe(true);
      const applied = states.flatMap((state) => model.step(state, input, null) ?? []);
      states = [...states, ...applied];
      history.push({ ...common, output: null, returnUs: Infinity, outcome: 'unknown' });
      continue;
    }
    const after: EtcdState[] = [];
    let placed: EtcdOperation | null = null;
    for (const state of states) {
      const output = complete(state, input, resp);
      const next = model.step(state, input, output);
      const operation: EtcdOperation = { ...common, output, returnUs: callUs + 5, outcome: 'ok' };
      const prefix = [...history, operation];
      const judgement = judgeLinearizable(prefix, model, { pruned: etcdModel(prefix) });
      const proof = verifyCertificate(prefix, model, judgement.certificate!);
      expect(proof, name).toEqual({ kind: 'verified' });
      if (next !== undefined) {
        expect(judgement.verdict, `${name}, step ${id}`).toBe('ok');
        placed = operation;
        after.push(next);
      } else if (!legal) {
        expect(judgement.verdict, `${name}, step ${id}`).toBe('violation');
      }
    }
    expect(after.length > 0, `${name}, step ${id}`).toBe(legal);
    if (!legal) continue;
    states = after;
    history.push(placed!);
  }
}

describe("etcd's model", () => {
  it.each(readCases('steps', 'model_deterministic'))('$name', (model) => {
    follow(model);
    judged.model++;
  });
  it.each(readCases('steps', 'model_nondeterministic_extra'))('unknown: $name', (model) => {
    follow(model);
    judged.unknown++;
  });
});

describe('patching of histories', () => {
  it.each(readCases('patch', 'patch_history'))('$name', (patch) => {
    const history = patch.historyFunc.steps.map((step, id) => appended(step, id, () => START));
    const log = logOf(patch.persistedRequest);
    const watches = patch.watchOperations.map(streamOf);
    const { operations, revisions } = patchHistory(history, log, { watches, apartUs: 1 });
    const seen = operations.map(({ id, output, outcome, returnUs }) => ({
      return: returnUs,
      outcome: output !== null ? 'answered' : outcome === 'ok' ? 'persisted' : outcome,
      revision: revisions.get(id),
    }));
    const expected = patch.expectedRemainingOperations!.map(({ Return, Output }) => ({
      return: Return === 'infinite' ? Infinity : Return,
      outcome: Output.Error !== '' ? 'unknown' : Output.Persisted ? 'persisted' : 'answered',
      revision: Output.PersistedRevision === 0 ? undefined : Output.PersistedRevision,
    }));
    expect(seen).toEqual(expected);
    judged.patched++;
  });
});

describe('watches', () => {
  it.each(readCases('watches', 'validate_watch'))('$name', (watch) => {
    const log = logOf(watch.persistedRequests);
    const streams = watch.watch.map(streamOf);
    const uniqueRevisions = watch.config.ExpectRevisionUnique;
    const judgement = judgeWatches(streams, log, { uniqueRevisions });
    const expected = watch.expectError!.replace('errBroke', '').toLowerCase();
    expect((judgement.anomalies[0] ?? '').replace('-', '')).toBe(expected);
    expect(judgement.verdict).toBe(expected === '' ? 'ok' : 'violation');
    expect(verifyWatches(streams, log, judgement.certificate!)).toBeNull();
    judged.watches++;
  });
});

describe('reads of the past', () => {
  it.each(readCases('reads', 'validate_serializable'))('$name', (reads) => {
    const log = logOf(reads.persistedRequests);
    const replayed = replayLog(log);
    const history = reads.operations.map(({ Input, Output }, id): EtcdOperation => {
      const input = requestOf(Input) as EtcdRequest & { kind: 'range' };
      const state = stateAtRevision(replayed, input.revision) ?? EMPTY_STORE;
      const unknown = Output.Error !== '' && errorOf(Output) === null;
      const output = unknown ? null : complete(state, input, Output);
      const outcome = unknown ? 'unknown' : 'ok';
      return { id, client: 0, input, output, callUs: id, returnUs: id, outcome };
    });
    const judgement = judgeReads(history, log);
    expect(judgement.verdict).toBe(reads.expectError === '' ? 'ok' : 'violation');
    expect(verifyReads(history, log, judgement.certificate!)).toBeNull();
    judged.reads++;
  });
});

describe('whole recordings', () => {
  it.each(readCases('whole', 'validate_all'))('$name', (whole) => {
    const log = logOf(whole.persistedRequests);
    const operations = whole.reports
      .flatMap(({ KeyValue }) => KeyValue)
      .map(({ ClientId, Input, Output, Call, Return }, id): EtcdOperation => {
        const input = requestOf(Input)!;
        const output = complete(EMPTY_STORE, input, Output);
        return {
          id,
          client: ClientId,
          input,
          output,
          callUs: Call,
          returnUs: Return,
          outcome: 'ok',
        };
      });
    const watches = whole.reports.flatMap(({ Watch }) => Watch).map(streamOf);
    const judgement = judgeRecords({ operations, watches, log });
    expect(judgement.verdict).toBe(whole.expectError === '' ? 'ok' : 'violation');
    judged.whole++;
  });
});

const START = { line: 1, column: 1 };

function logOf(requests: readonly RecordedRequest[]): EtcdRequest[] {
  return requests.map((recorded) => requestOf(recorded)!);
}

it('judges every case, and says what it passed over', () => {
  expect(judged).toEqual({
    model: 14,
    unknown: 12,
    steps: 164,
    patched: 21,
    watches: 30,
    reads: 5,
    whole: 2,
  });
  expect(passedOver).toEqual(['All request types: defragment asks nothing of the store']);
});
