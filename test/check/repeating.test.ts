// What may have happened, taken to happen any number of times: against the definition on small histories, and
// on long ones of a compare-and-set register, of which a search that counts ends with none.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { RepeatingSearch } from '../../src/check/linearizability/general/repeating-search.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { casRegisterModel } from '../../src/check/linearizability/models/cas-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import { exhaustRepeating } from '../../src/check/linearizability/proof/exhaustive.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { isLinearizable } from './brute-force.js';
import {
  mutexWorkload,
  RARE_ANSWERS,
  registerWorkload,
  smallHistory,
  type Workload,
  writesWorkload,
} from './small-histories.js';
import { casHistory } from './unanswered-cas.js';

function agree<S, I, O>(name: string, workload: Workload<I, O>, model: Model<S, I, O>): void {
  it(`is right about a ${name}`, () => {
    const random = randomStream('31', `repeating/${name}`);
    const seen = { legal: 0, illegal: 0, refuted: 0 };
    for (let i = 0; i < 10_000; i++) {
      const history = smallHistory(workload, random, 7, RARE_ANSWERS)
        .filter(({ outcome }) => outcome !== 'fail')
        .sort((a, b) => a.callUs - b.callUs || a.id - b.id);
      const expected = isLinearizable(history, model);
      const relaxed = exhaustRepeating(history, model, 100_000).linearizable;
      if (relaxed === false && expected) expect.fail(`refuted: ${show(history)}`);
      const search = RepeatingSearch.of(model, history, true);
      if (search === null) continue;
      seen[expected ? 'legal' : 'illegal']++;
      if (relaxed === false) seen.refuted++;
      const progress = search.advance(1_000_000);
      if (progress !== (expected ? 'legal' : 'illegal')) {
        expect.fail(`${progress}, by definition ${expected}: ${show(history)}`);
      }
      if (progress !== 'legal') continue;
      const wrong = replay(history, model, [{ partition: null, ids: search.order() }]);
      if (wrong !== null) expect.fail(`${wrong}: ${show(history)}`);
    }
    expect(seen.legal).toBeGreaterThan(1000);
    expect(seen.illegal).toBeGreaterThan(300);
    // It shows most violations that there are, not all: what happens once may be what is wrong.
    expect(seen.refuted).toBeGreaterThan(seen.illegal / 4);
    expect(seen.refuted).toBeLessThan(seen.illegal);
  });
}

function show(history: readonly Operation<unknown, unknown>[]): string {
  return history.map((operation) => JSON.stringify(operation)).join('\n');
}

describe('a search in which effects may be repeated', () => {
  agree('register', registerWorkload, registerModel());
  agree('register of many writes', writesWorkload, registerModel());
  agree('mutex', mutexWorkload, mutexModel());
});

describe('long histories of a compare-and-set register', () => {
  const model = casRegisterModel(0);
  const shapes = [5, 10, 20].flatMap((clients) =>
    [2, 5, 15, 30].map((unknownPercent) => ({ clients, unknownPercent, operations: 1000 })),
  );

  it.each(shapes)(
    'with $clients clients and $unknownPercent % unknown outcomes are decided, with a proof',
    (shape) => {
      for (const illegal of [true, false]) {
        const history = casHistory('1', { ...shape, illegal });
        const { verdict, certificate, core } = judgeLinearizable(history, model);
        expect(verdict).toBe(illegal ? 'violation' : 'ok');
        expect(verifyCertificate(history, model, certificate!)).toEqual({ kind: 'verified' });
        if (illegal) expect(core.length).toBeLessThanOrEqual(2);
      }
    },
  );
});
