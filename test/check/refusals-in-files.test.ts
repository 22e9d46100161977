// Refusals that a file records: those that no state explains are violations, whether it is read as a stream or
// as a whole, and what watches them while they come finds what the rules say.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { formatOperations } from '../../src/check/format/operation-lines.js';
import type { Operation } from '../../src/check/history.js';
import { type CheckedHistory, HistoryCheck } from '../../src/check/history-check.js';
import type { EtcdRequest, EtcdResult } from '../../src/check/linearizability/objects/etcd.js';
import { RefusalWatch } from '../../src/check/linearizability/refusal-watch.js';
import { whyRefusalWrong } from '../../src/check/linearizability/refusals.js';
import { type Reading, STREAM, WHOLE } from '../../src/check/reading.js';
import {
  ErrCompacted,
  ErrFutureRev,
  ErrKeyNotFound,
  type EtcdError,
} from '../../src/etcdpb/errors.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

type EtcdOperation = Operation<EtcdRequest, EtcdResult>;

const compaction = (revision: number): EtcdRequest => ({
  ...{ kind: 'compaction', revision, physical: false },
});

function check(history: readonly EtcdOperation[], first: Reading): [CheckedHistory, string] {
  const text = formatOperations('etcd', history);
  let readings = '';
  for (let reading = first; ; ) {
    readings += reading.kind[0];
    const checking = new HistoryCheck({ reading });
    checking.push(text);
    const finished = checking.finish();
    if (!('again' in finished)) return [finished, readings];
    reading = finished.again;
  }
}

/** Two puts of k, then a refusal. */
function refused(input: EtcdRequest, error: EtcdError, before: EtcdOperation[]): EtcdOperation[] {
  const put = (id: number): EtcdOperation => ({
    ...{ id, client: 1, input: putOf('k', `${id}`), callUs: 10 * id, returnUs: 10 * id + 5 },
    ...{ output: { ok: true, response: { kind: 'put', revision: id + 1, prevKv: null } } },
    outcome: 'ok',
  });
  return [
    ...[put(1), put(2), ...before],
    {
      ...{ id: 9, client: 2, input, output: { ok: false, error }, callUs: 90, returnUs: 95 },
      outcome: 'fail',
    },
  ];
}

const unknown = (input: EtcdRequest): EtcdOperation => ({
  ...{ id: 5, client: 3, input, output: null, callUs: 50, returnUs: Infinity, outcome: 'unknown' },
});

describe('a refusal that a file records', () => {
  it.each<[string, EtcdRequest, EtcdError, EtcdOperation | null]>([
    ['compacted', rangeOf('k', { revision: 2 }), ErrCompacted, unknown(compaction(3))],
    ['in the future', rangeOf('k', { revision: 3 }), ErrFutureRev, null],
    ['not found', { ...putOf('k', ''), ignoreValue: true }, ErrKeyNotFound, unknown(deleteOf('k'))],
  ])('because of what is %s is a violation if no state explains it', (_, input, error, excuse) => {
    for (const reading of [WHOLE, STREAM]) {
      const [{ judgement, core, refuted }] = check(refused(input, error, []), reading);
      expect(judgement).toMatchObject({
        ...{ verdict: 'violation', core: [9] },
        certificate: { kind: 'refusal', operation: 9 },
      });
      expect(judgement.reason).toContain('by c2');
      expect(core).toHaveLength(1);
      expect(refuted).toBeNull();
      if (excuse === null) continue;
      const [excused, readings] = check(refused(input, error, [excuse]), reading);
      expect(excused.judgement.verdict).toBe('ok');
      expect(readings).toBe(reading === WHOLE ? 'w' : 's');
    }
  });

  it('of a revision that nobody has been shown is none', () => {
    const history = refused(rangeOf('k', { revision: 4 }), ErrFutureRev, []);
    expect(check(history, STREAM)[0].judgement.verdict).toBe('ok');
  });

  it('is found by the watch if the rules say so, in whatever order it comes', () => {
    const random = randomStream('1', 'refusals-in-files');
    let wrong = 0;
    for (let i = 0; i < 5000; i++) {
      const history = Array.from({ length: 2 + random.below(8) }, (_, id): EtcdOperation => {
        const callUs = random.below(40);
        const returnUs = callUs + random.below(10);
        const revision = 1 + random.below(6);
        const shared = { id, client: id, callUs, returnUs };
        const input = random.pick([
          putOf('k', 'v'),
          { ...putOf('k', 'v'), lease: random.below(8) === 0 ? 1 : 0 },
          ...(random.below(6) === 0 ? [deleteOf('k')] : []),
          rangeOf('k', { revision }),
          compaction(revision),
        ]);
        const kind = random.below(4);
        if (kind === 0) return { ...shared, input, output: null, outcome: 'unknown' };
        if (kind < 3) {
          const error = random.pick([ErrCompacted, ErrFutureRev, ErrKeyNotFound]);
          return { ...shared, input, output: { ok: false, error }, outcome: 'fail' };
        }
        const response = { kind: 'put', revision, prevKv: null } as const;
        return { ...shared, input, output: { ok: true, response }, outcome: 'ok' };
      });
      const watch = new RefusalWatch();
      for (const operation of random.shuffle(history)) watch.add(operation);
      const isWrong = history.some((operation) => whyRefusalWrong(operation, history) !== null);
      const found = watch.finish();
      expect(found !== null).toBe(isWrong);
      if (found !== null) expect(whyRefusalWrong(found, history)).not.toBeNull();
      if (isWrong) wrong++;
    }
    expect(wrong).toBeGreaterThan(1000);
    expect(wrong).toBeLessThan(4500);
  });
});
