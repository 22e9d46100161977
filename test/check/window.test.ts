// Refutation from a window against the definition: it may never refute a legal history, and has to be of
// some use on illegal ones.

import { describe, expect, it } from 'vitest';
import { casRegisterGrid } from '../../bench/check/grid.js';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { refuteAround } from '../../src/check/linearizability/general/window.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import {
  mutexWorkload,
  registerWorkload,
  SOME_ANSWERS,
  smallHistory,
  uniqueRegisterWorkload,
  type Workload,
  writesWorkload,
} from './small-histories.js';

/** Tries the window around every operation; returns how many illegal histories one refuted, of how many. */
function refute<S, I, O>(
  name: string,
  workload: Workload<I, O>,
  model: Model<S, I, O>,
  histories: number,
  repeats = false,
): { legal: number; illegal: number; refuted: number } {
  const random = randomStream('5', `window/${name}`);
  const counts = { legal: 0, illegal: 0, refuted: 0 };
  for (let i = 0; i < histories; i++) {
    const answers = repeats ? SOME_ANSWERS : undefined;
    const history = smallHistory(workload, random, 4 + random.below(12), answers)
      .filter(({ outcome }) => outcome !== 'fail')
      .sort((a, b) => a.callUs - b.callUs || a.id - b.id);
    const { verdict } = checkLinearizable(history, model, { shortcuts: false });
    const cores = history.map(
      ({ id }) =>
        refuteAround(history, model, id, { isOnePart: true, stepsMax: 20_000, repeats }).core,
    );
    const core = cores.find(({ length }) => length > 0);
    if (verdict === 'ok') {
      counts.legal++;
      if (core !== undefined) expect.fail(`${JSON.stringify(core)} of ${show(history)}`);
    } else {
      counts.illegal++;
      if (core !== undefined) counts.refuted++;
    }
  }
  return counts;
}

function show(history: readonly Operation<unknown, unknown>[]): string {
  return history.map((operation) => JSON.stringify(operation)).join('\n');
}

describe('a window', () => {
  it.each([
    ['register', () => refute('register', registerWorkload, registerModel(), 20_000)],
    ['distinct', () => refute('distinct', uniqueRegisterWorkload(), registerModel(), 10_000)],
    ['mutex', () => refute('mutex', mutexWorkload, mutexModel(), 10_000)],
    [
      'register, where effects may be repeated,',
      () => refute('repeated', writesWorkload, registerModel(), 8000, true),
    ],
    [
      'mutex, where effects may be repeated,',
      () => refute('repeated mutex', mutexWorkload, mutexModel(), 6000, true),
    ],
  ])('of a %s refutes illegal histories only', (_name, run) => {
    const { legal, illegal, refuted } = run();
    expect(legal).toBeGreaterThan(1000);
    expect(illegal).toBeGreaterThan(1000);
    expect(refuted).toBeGreaterThan(illegal / 10);
  });

  it('refutes what the search alone does not within the same budget', () => {
    const history = casRegisterGrid({
      seed: '1',
      clients: 20,
      operations: 1000,
      unknownPpm: 0,
      illegal: true,
    });
    const result = checkLinearizable(history, registerModel(), { stepsMax: 600_000 });
    if (result.verdict !== 'violation') expect.fail(result.verdict);
    const { statesOf: _, ...unaided } = registerModel();
    expect(checkLinearizable(history, unaided, { stepsMax: 600_000 }).verdict).toBe('undecided');
    // The read of a value that nobody wrote.
    const [first] = result.core;
    expect(history.find(({ id }) => id === first)?.output).toEqual({ kind: 'read', value: 99 });
  });
});
