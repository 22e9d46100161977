// Every layer against the definition, on 100,000 small histories of every plain object, and against each
// other on 100,000 larger ones.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { casRegisterModel } from '../../src/check/linearizability/models/cas-register-model.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import type { KvInput, KvOutput } from '../../src/check/linearizability/objects/kv.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { isLinearizable } from './brute-force.js';
import type { Answers, Workload } from './small-histories.js';
import {
  etcdWorkload,
  kvWorkload,
  multiRegisterWorkload,
  mutexWorkload,
  queueWorkload,
  RARE_ANSWERS,
  registerWorkload,
  SOME_ANSWERS,
  setWorkload,
  smallHistory,
  uniqueRegisterWorkload,
  writesWorkload,
} from './small-histories.js';

interface Case<S, I, O> {
  readonly name: string;
  readonly histories: number;
  /** The most operations of a history; 6 if left out. */
  readonly operations?: number;
  readonly workload: Workload<I, O>;
  /** The model the search uses; the brute force always takes `plain`. */
  readonly model: (history: readonly Operation<I, O>[]) => Model<S, I, O>;
  readonly plain: Model<S, I, O>;
  readonly answers?: Answers;
  /** Legal operations put before each history, so that it lies across the search's words of 32. */
  readonly lead?: (count: number) => Operation<I, O>[];
}

function judge<S, I, O>(one: Case<S, I, O>): void {
  const { name, histories, workload, model, plain, lead, answers } = one;
  it(`agrees with brute force on ${histories} histories of a ${name}`, { timeout: 120_000 }, () => {
    const random = randomStream('7', `small/${name}`);
    let legal = 0;
    for (let i = 0; i < histories; i++) {
      const history = smallHistory(workload, random, one.operations ?? 6, answers);
      const expected = isLinearizable(history, plain);
      if (expected) legal++;
      if (lead !== undefined) history.unshift(...lead(26 + (i % 6)));
      for (const shortcuts of [true, false]) {
        const result = checkLinearizable(history, model(history), { shortcuts });
        if (result.verdict !== (expected ? 'ok' : 'violation')) {
          expect.fail(
            `history ${i}: ${result.verdict}, by definition ${expected}\n${show(history)}`,
          );
        }
        if (result.verdict !== 'ok') continue;
        const wrong: string | null = replay(history, plain, result.orders);
        if (wrong !== null) expect.fail(`history ${i}: ${wrong}\n${show(history)}`);
      }
    }
    // A generator that makes nearly only one verdict would test nothing.
    expect(legal).toBeGreaterThan(histories / 5);
    expect(histories - legal).toBeGreaterThan(histories / 14);
  });
}

/** The model with nothing but what it must have: the search then has none of its shortcuts. */
function bare<S, I, O>(model: Model<S, I, O>): Model<S, I, O> {
  const { name, init, step, hash, equals, describeOperation, describeState, explain } = model;
  return { name, init, step, hash, equals, describeOperation, describeState, explain };
}

function agree<S, I, O>(one: Case<S, I, O>, histories: number): void {
  const { name, workload, model, plain, answers } = one;
  it(`is of one mind in all layers on ${histories} larger histories of a ${name}`, () => {
    const random = randomStream('9', `large/${name}`);
    let legal = 0;
    let illegal = 0;
    for (let i = 0; i < histories; i++) {
      const history = smallHistory(workload, random, 10 + random.below(11), answers);
      const slow = checkLinearizable(history, bare(plain), { stepsMax: 5000 });
      if (slow.verdict === 'undecided') continue;
      if (slow.verdict === 'ok') legal++;
      else illegal++;
      for (const shortcuts of [true, false]) {
        const result = checkLinearizable(history, model(history), { shortcuts });
        if (result.verdict !== slow.verdict) {
          expect.fail(`history ${i}: ${result.verdict}, was ${slow.verdict}\n${show(history)}`);
        }
        if (result.verdict !== 'ok') continue;
        const wrong: string | null = replay(history, plain, result.orders);
        if (wrong !== null) expect.fail(`history ${i}: ${wrong}\n${show(history)}`);
      }
    }
    expect(legal + illegal).toBeGreaterThan(0.95 * histories);
    expect(legal).toBeGreaterThan(histories / 20);
    expect(illegal).toBeGreaterThan(histories / 14);
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

const ALL = { histories: 100_000, operations: 8 } as const;

const register = {
  ...ALL,
  name: 'register',
  workload: registerWorkload,
  model: () => registerModel(),
  plain: registerModel(),
};
const casRegister = {
  ...register,
  name: 'cas register that starts at 0',
  model: () => casRegisterModel(0),
  plain: casRegisterModel(0),
};
const unanswered = {
  ...register,
  name: 'register whose writes are rarely answered',
  histories: 20_000,
  operations: 8,
  workload: writesWorkload,
  answers: RARE_ANSWERS,
};
const uniqueRegister = {
  ...register,
  name: 'register of distinct values',
  workload: uniqueRegisterWorkload(),
};
const multiRegister = {
  ...ALL,
  name: 'multi-register',
  workload: multiRegisterWorkload,
  model: () => multiRegisterModel(0),
  plain: multiRegisterModel(0),
};
const kv = {
  ...ALL,
  name: 'kv store by key',
  workload: kvWorkload,
  model: (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ history }),
  plain: kvModel(),
};
const derived = {
  ...kv,
  name: 'kv store with derived partitions',
  histories: 10_000,
  model: (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ byKey: false, history }),
  plain: kvModel({ byKey: false }),
};
const queue = {
  ...ALL,
  name: 'queue',
  workload: queueWorkload,
  model: () => queueModel(),
  plain: queueModel(),
};
const set = {
  ...ALL,
  name: 'set',
  workload: setWorkload(),
  model: () => setModel(),
  plain: setModel(),
};
const mutex = {
  ...ALL,
  name: 'mutex',
  workload: mutexWorkload,
  model: () => mutexModel(),
  plain: mutexModel(),
};
const etcd = {
  name: 'etcd store',
  histories: 32_000,
  workload: etcdWorkload,
  model: etcdModel,
  plain: etcdModel(),
};

describe('the checker', () => {
  judge(register);
  judge({
    ...register,
    name: 'register, after thirty reads,',
    histories: 5000,
    operations: 6,
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
  judge(unanswered);
  judge({
    ...unanswered,
    name: 'kv store whose writes are rarely answered',
    histories: 10_000,
    workload: kvWorkload,
    model: (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ history }),
    plain: kvModel(),
  });
  judge(casRegister);
  judge(uniqueRegister);
  judge(multiRegister);
  judge(kv);
  judge(derived);
  judge(queue);
  judge(set);
  judge(mutex);
  judge(etcd);
});

describe('the layers', () => {
  agree(register, 30_000);
  agree({ ...unanswered, answers: SOME_ANSWERS }, 20_000);
  agree(uniqueRegister, 20_000);
  agree(multiRegister, 10_000);
  agree(kv, 10_000);
  agree(queue, 10_000);
  agree(set, 10_000);
  agree(mutex, 10_000);
});

describe('weakening', () => {
  const some = { histories: 24_000 };
  weakened({ ...register, ...some });
  weakened({ ...kv, ...some });
  weakened(etcd);
});
