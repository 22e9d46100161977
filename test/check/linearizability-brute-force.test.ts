// The search against the definition, on tens of thousands of small histories of four objects.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import type { KvInput, KvOutput } from '../../src/check/linearizability/models/kv-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { isLinearizable } from './brute-force.js';
import type { Workload } from './small-histories.js';
import { etcdWorkload, kvWorkload, registerWorkload, smallHistory } from './small-histories.js';

interface Case<S, I, O> {
  readonly name: string;
  readonly histories: number;
  readonly workload: Workload<I, O>;
  /** The model the search uses; the brute force always takes `plain`. */
  readonly model: (history: readonly Operation<I, O>[]) => Model<S, I, O>;
  readonly plain: Model<S, I, O>;
  /** Operations put before each history, so that it lies across the search's words of 32. */
  readonly lead?: (count: number) => Operation<I, O>[];
}

function judge<S, I, O>({ name, histories, workload, model, plain, lead }: Case<S, I, O>): void {
  it(`agrees with brute force on ${histories} histories of a ${name}`, () => {
    const random = randomStream('7', `small/${name}`);
    let legal = 0;
    for (let i = 0; i < histories; i++) {
      const history = smallHistory(workload, random, 6);
      if (lead !== undefined) history.unshift(...lead(26 + (i % 6)));
      const expected = isLinearizable(history, plain);
      const result = checkLinearizable(history, model(history));
      if (result.verdict !== (expected ? 'ok' : 'violation')) {
        expect.fail(`history ${i}: ${result.verdict}, by definition ${expected}\n${show(history)}`);
      }
      if (result.verdict !== 'ok') continue;
      legal++;
      const wrong = replay(history, plain, result.orders);
      if (wrong !== null) expect.fail(`history ${i}: ${wrong}\n${show(history)}`);
    }
    // A generator that makes nearly only one verdict would test nothing.

    expect(legal).toBeGreaterThan(histories / 5);
    expect(histories - legal).toBeGreaterThan(histories / 10);
  });
}

function weakened<S, I, O>({ name, histories, workload, model }: Case<S, I, O>): void {
  it(`keeps a ${name}'s history legal when it is weakened`, () => {
    const random = randomStream('8', `weak/${name}`);
    let weaker = 0;
    for (let i = 0; i < histories / 5; i++) {
      const history = smallHistory(workload, random, 7);
      if (checkLinearizable(history, model(history)).verdict !== 'ok') continue;
      for (const other of weakenings(history, random, model(history))) {
        weaker++;
        const result = checkLinearizable(other, model(other));
        if (result.verdict !== 'ok')
          expect.fail(`${result.reason}\n${show(history)}\n${show(other)}`);
      }
    }
    expect(weaker).toBeGreaterThan(histories / 5);
  });
}

/** Histories with every legal order of `history`, cut to what is left of it. */
function weakenings<S, I, O>(
  history: readonly Operation<I, O>[],
  random: Random,
  model: Model<S, I, O>,
): Operation<I, O>[][] {
  const wider = history.map((operation) => ({
    ...operation,
    callUs: operation.callUs - random.below(4),
    returnUs: operation.returnUs + random.below(4),
  }));
  const victim = random.below(history.length);
  const forgotten = history.map((operation, i) =>
    i === victim && operation.outcome === 'ok'
      ? { ...operation, outcome: 'unknown' as const, output: null, returnUs: Infinity }
      : operation,
  );
  const withoutPure = history.filter(
    ({ input, output, outcome }, i) =>
      i !== victim || outcome !== 'ok' || model.isPure?.(input, output) !== true,
  );
  const endUs = random.below(24);
  const cut = history
    .filter(({ callUs }) => callUs <= endUs)
    .map((operation) =>
      operation.outcome === 'ok' && operation.returnUs > endUs
        ? { ...operation, outcome: 'unknown' as const, output: null, returnUs: Infinity }
        : operation,
    );
  return [wider, forgotten, withoutPure, cut];
}

function show(history: readonly Operation<unknown, unknown>[]): string {
  return history.map((operation) => JSON.stringify(operation)).join('\n');
}

describe('the search', () => {
  const register = {
    name: 'register',
    histories: 24_000,
    workload: registerWorkload,
    model: () => registerModel(),
    plain: registerModel(),
  };
  const kv = {
    name: 'kv store by key',
    histories: 24_000,
    workload: kvWorkload,
    model: (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ history }),
    plain: kvModel(),
  };
  const whole = {
    ...kv,
    name: 'kv store as one object',
    histories: 5000,
    model: (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ byKey: false, history }),
  };
  const etcd = {
    name: 'etcd store',
    histories: 32_000,
    workload: etcdWorkload,
    model: etcdModel,
    plain: etcdModel(),
  };
  judge(register);
  judge({
    ...register,
    name: 'register, after thirty reads,',
    histories: 5000,
    lead: (count) =>
      Array.from({ length: count }, (_, i) => ({
        id: 1000 + i,
        client: 0,
        input: { kind: 'read' as const },
        output: { kind: 'read' as const, value: null },
        callUs: 2 * i - 100,
        returnUs: 2 * i - 99,
        outcome: 'ok' as const,
      })),
  });
  judge(kv);
  judge(whole);
  judge(etcd);
  weakened(register);
  weakened(kv);
  weakened(etcd);
});
