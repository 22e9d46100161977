// Every history of Knossos's data that we have, with the verdict its folder names.

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { casRegisterModel } from '../../src/check/linearizability/models/cas-register-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import {
  knossosFiles,
  knossosMultiRegister,
  knossosMutex,
  knossosRegister,
} from './knossos-histories.js';

/** Has no operation at all, and so is linearizable, as its folder says. */
const EMPTY = 'good/mongodb-v0-ack-rollback-.edn';

/** Judges every file of a set; returns how many have a legal order, and how many have none. */
function judgeSet<S, I, O>(
  set: string,
  read: (path: string) => Operation<I, O>[],
  model: Model<S, I, O>,
): { ok: number; violation: number } {
  const counts = { ok: 0, violation: 0 };
  for (const { path, expected } of knossosFiles(set)) {
    const history = read(path);
    if (path.endsWith(EMPTY)) expect(history).toEqual([]);
    else expect(history.length, path).toBeGreaterThan(1);
    for (const shortcuts of [true, false]) {
      const result = checkLinearizable(history, model, { shortcuts });
      expect(`${path} ${result.verdict}`).toBe(`${path} ${expected}`);
      if (result.verdict === 'ok') expect(replay(history, model, result.orders)).toBeNull();
    }
    counts[expected]++;
  }
  return counts;
}

describe("Knossos's histories", () => {
  it('of compare-and-set registers get the known verdict, all 60 of them', () => {
    const counts = judgeSet('cas-register', knossosRegister, casRegisterModel(0));
    expect(counts).toEqual({ ok: 56, violation: 4 });
  });

  it('of registers under transactions get the known verdict, the one there is', () => {
    const counts = judgeSet('multi-register', knossosMultiRegister, multiRegisterModel(0));
    expect(counts).toEqual({ ok: 1, violation: 0 });
  });

  it('of a mutex get the known verdict, the one there is', () => {
    expect(judgeSet('mutex', knossosMutex, mutexModel())).toEqual({ ok: 0, violation: 1 });
  });
});
