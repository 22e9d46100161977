// One answered request against a state, judged without making the answer, says what making and comparing it says.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { sameResult } from '../../src/check/linearizability/models/etcd-response.js';
import { answeredStep } from '../../src/check/linearizability/models/etcd-step.js';
import type { EtcdState } from '../../src/check/linearizability/models/etcd-store.js';
import {
  EMPTY_STORE,
  evaluate,
  lookUp,
} from '../../src/check/linearizability/models/etcd-store.js';
import type { EtcdRequest, EtcdResult } from '../../src/check/linearizability/objects/etcd.js';
import type { Compare, KeyValue, RequestOp } from '../../src/etcdpb/kv.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { FLAWS, flawedEtcdHistory } from './flawed-etcd.js';

const HISTORIES = 1000;

/** Null if the answer is refused. */
function byComparing(state: EtcdState, input: EtcdRequest, output: EtcdResult): EtcdState | null {
  const { state: after, result } = evaluate(state, input);
  return sameResult(result, output) ? after : null;
}

const model = etcdModel();

/** Whether the answer is accepted; fails if the two ways differ. */
function accepts(state: EtcdState, input: EtcdRequest, output: EtcdResult): boolean {
  const expected = byComparing(state, input, output);
  const after = answeredStep(state, input, output) ?? null;
  if ((after === null) !== (expected === null)) {
    expect.fail(`${model.describeOperation(input, output)} at ${model.describeState?.(state)}`);
  }
  if (after === null || expected === null) return false;
  expect(model.equals(after, expected)).toBe(true);
  return true;
}

describe('a step of the store with its answer', () => {
  it(`agrees with making the answer and comparing it, over ${HISTORIES} histories`, () => {
    const random = randomStream('31', 'etcd-step');
    let accepted = 0;
    let refused = 0;
    for (let i = 0; i < HISTORIES; i++) {
      const history = flawedEtcdHistory(
        {
          ...{ operations: 12, keys: 2, lastsUs: 12, spanUs: 60, unknownPercent: 0 },
          ...{ flawPercent: 50, flaw: FLAWS[i % FLAWS.length]!, leases: i % 4 === 0 },
        },
        random,
      );
      let state = EMPTY_STORE;
      for (const { input } of history) {
        for (const { input: other, output } of history) {
          if (output === null) continue;
          if (accepts(state, other, output)) accepted++;
          else refused++;
        }
        ({ state } = evaluate(state, input));
      }
    }
    expect(accepted).toBeGreaterThan(10 * HISTORIES);
    expect(refused).toBeGreaterThan(10 * HISTORIES);
  });

  it('takes every field of a read into account', () => {
    const { state } = evaluate(evaluate(EMPTY_STORE, putOf('k', 'v')).state, putOf('k', 'w'));
    const { result } = evaluate(state, rangeOf('k'));
    if (!result.ok || result.response.kind !== 'range') expect.fail('no range');
    const { response } = result;
    const [kv] = response.kvs as readonly [KeyValue];
    const answers = [
      {},
      { revision: 2 },
      { count: 0 },
      { count: 2 },
      { more: true },
      { kvs: [] },
      { kvs: [], count: 0 },
      { kvs: [kv, kv] },
      { kvs: [{ ...kv, value: '' }] },
      { kvs: [{ ...kv, version: 1 }] },
    ].map((changes) => told(response, changes));
    const requests = [
      {},
      { limit: 1 },
      { keysOnly: true },
      { countOnly: true },
      { serializable: true },
      { minModRevision: 3 },
      { minModRevision: 4 },
      { maxModRevision: 2 },
      { minCreateRevision: 3 },
      { maxCreateRevision: 1 },
      { revision: -1 },
      { revision: 2 },
      { revision: 9 },
      { rangeEnd: 'l' },
      { sortTarget: 'MOD', sortOrder: 'DESCEND' },
    ].map((options) => rangeOf('k', options as Parameters<typeof rangeOf>[1]));
    let accepted = 0;
    for (const request of [...requests, rangeOf(''), rangeOf('absent')]) {
      for (const answer of answers) if (accepts(state, request, answer)) accepted++;
    }
    expect(accepted).toBeGreaterThan(requests.length - 3);
  });

  it('takes the previous value of a put, and what it may not do, into account', () => {
    const { state } = evaluate(EMPTY_STORE, putOf('k', 'v'));
    const old = lookUp(state, 'k')!;
    const answers = [3, 2].flatMap((revision) =>
      [null, old, { ...old, value: 'x' }].map(
        (prevKv): EtcdResult => ({ ok: true, response: { kind: 'put', revision, prevKv } }),
      ),
    );
    const puts = [
      putOf('k', 'w'),
      { ...putOf('k', 'w'), prevKv: true },
      { ...putOf('absent', 'w'), prevKv: true },
      { ...putOf('k', ''), ignoreValue: true },
      { ...putOf('k', 'w'), ignoreValue: true },
      { ...putOf('absent', ''), ignoreValue: true },
      { ...putOf('k', 'w'), lease: 7 },
      { ...putOf('k', 'w'), lease: 7, ignoreLease: true },
      putOf('', 'w'),
    ];
    const accepted = puts.map((put) => answers.filter((answer) => accepts(state, put, answer)));
    expect(accepted.map(({ length }) => length)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('takes every field of a short transaction into account', () => {
    const { state } = evaluate(EMPTY_STORE, putOf('k', 'v'));
    const branches: readonly (readonly RequestOp[])[] = [
      [],
      [putOf('k', 'w')],
      [{ ...putOf('k', 'w'), prevKv: true }],
      [{ ...putOf('absent', ''), ignoreValue: true }],
      [putOf('', 'w')],
      [rangeOf('k')],
      [rangeOf('k', { revision: -9 })],
      [rangeOf('k', { revision: 1 })],
      [rangeOf('k'), putOf('k', 'w')],
    ];
    const compares = [2, 1].map((number): Compare[] => [
      { key: 'k', rangeEnd: '', target: 'MOD', result: 'EQUAL', number, value: '' },
    ]);
    const txns = [[], ...compares].flatMap((compare) =>
      branches.flatMap((success) =>
        branches.map((failure): EtcdRequest => ({ kind: 'txn', compare, success, failure })),
      ),
    );
    const compacted = evaluate(state, { kind: 'compaction', revision: 2, physical: false }).state;
    let accepted = 0;
    for (const from of [state, compacted]) {
      const answers = new Map<string, EtcdResult>();
      for (const txn of txns) {
        for (const answer of withSlips(evaluate(from, txn).result)) {
          answers.set(JSON.stringify(answer), answer);
        }
      }
      for (const txn of txns) {
        for (const answer of answers.values()) if (accepts(from, txn, answer)) accepted++;
      }
    }
    expect(accepted).toBeGreaterThanOrEqual(2 * txns.length);
  });
});

/** The answer to a transaction, and others that are wrong in one field. */
function withSlips(result: EtcdResult): EtcdResult[] {
  if (!result.ok || result.response.kind !== 'txn') return [result];
  const { response } = result;
  const { responses, revision, succeeded } = response;
  const slips = [
    { revision: revision + 1 },
    { succeeded: !succeeded },
    { responses: [] },
    { responses: [...responses, { kind: 'put', revision, prevKv: null }] },
    { responses: responses.map((inner) => ({ ...inner, revision: revision - 1 })) },
    { responses: responses.map((inner) => ({ ...inner, prevKv: null, kvs: [] })) },
  ];
  return [result, ...slips.map((slip) => told(response, slip))];
}

function told(response: object, changes: object): EtcdResult {
  return { ok: true, response: { ...response, ...changes } } as EtcdResult;
}
