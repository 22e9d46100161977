// Histories that no careful recorder writes, but a file may hold: answers that no object gives, answers without a
// time, answers to operations of unknown outcome, many things at one moment. The definition judges them as well.

import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { isLinearizable } from './brute-force.js';
import {
  growingSet,
  growingText,
  uniqueQueue,
  uniqueRegisters,
} from './single-writer-workloads.js';
import {
  kvWorkload,
  mutexWorkload,
  registerWorkload,
  smallHistory,
  uniqueRegisterWorkload,
  type Workload,
} from './small-histories.js';

type AnyModel = Model<unknown, unknown, unknown>;
type AnyOperation = Operation<unknown, unknown>;

/** Answered with `output`. */
function op(id: number, callUs: number, returnUs: number, input: unknown, output: unknown = null) {
  return { id, client: id, input, output, callUs, returnUs, outcome: 'ok' } as const;
}

const add = (element: number) => ({ kind: 'add', element });
const readOf = (...elements: number[]) => ({ kind: 'read', elements });
const enqueue = (value: number) => ({ kind: 'enqueue', value });
const dequeue = { kind: 'dequeue' };
const put = (value: string) => ({ kind: 'put', key: 'x', value });
const get = { kind: 'get', key: 'x' };
const write = (value: number) => ({ kind: 'write', value });
const read = (key: string) => ({ kind: 'read', key, value: null });
const written = { kind: 'write' };

const CASES: readonly {
  readonly name: string;
  readonly model: object;
  readonly history: readonly AnyOperation[];
  readonly isLegal: boolean;
}[] = [
  {
    name: 'a set that shows an element twice, of which another read shows two',
    model: setModel(),
    history: [
      op(0, 0, 1, add(1), { kind: 'add' }),
      op(1, 0, 1, add(2), { kind: 'add' }),
      op(2, 2, 3, { kind: 'read' }, readOf(1, 2)),
      op(3, 2, 3, { kind: 'read' }, readOf(1, 1)),
    ],
    isLegal: false,
  },
  {
    name: 'a set that shows twice what was read once before',
    model: setModel(),
    history: [
      op(0, 0, 1, add(1), { kind: 'add' }),
      op(1, 2, 3, { kind: 'read' }, readOf(1)),
      op(2, 4, 5, { kind: 'read' }, readOf(1, 1)),
    ],
    isLegal: false,
  },
  {
    name: 'a set that answers an add with a remove',
    model: setModel(),
    history: [op(0, 0, 1, add(1), { kind: 'remove' }), op(1, 0, 1, add(1), { kind: 'add' })],
    isLegal: false,
  },
  {
    name: 'a put that answers with a text, before another put',
    model: kvModel(),
    history: [op(0, 0, 9, put('a'), { value: 'b' }), op(1, 1, 5, put('a'), { value: null })],
    isLegal: false,
  },
  {
    name: 'a get of nothing at all, where there is an empty text',
    model: kvModel(),
    history: [op(0, 0, 1, get, { value: null })],
    isLegal: false,
  },
  {
    name: 'a write that answers as a read',
    model: registerModel(),
    history: [
      op(0, 0, 9, write(1), { kind: 'read', value: 1 }),
      op(1, 1, 5, write(1), { kind: 'write' }),
    ],
    isLegal: false,
  },
  {
    name: 'writes of which one returned at no known time',
    model: registerModel(),
    history: [
      op(0, 7, Infinity, write(2), written),
      op(1, 7, 17, write(2), written),
      op(2, 6, 16, write(1), written),
    ],
    isLegal: true,
  },
  {
    name: 'a dequeue that found nothing at no known time, though something is there for good',
    model: queueModel(),
    history: [op(0, 1, 2, enqueue(1)), op(1, 3, Infinity, dequeue, { value: null })],
    isLegal: false,
  },
  {
    name: 'a dequeue at no known time of what stands behind something that is there for good',
    model: queueModel(),
    history: [
      op(0, 1, 2, enqueue(1)),
      op(1, 3, 4, enqueue(2)),
      op(2, 5, Infinity, dequeue, { value: 2 }),
    ],
    isLegal: false,
  },
  {
    name: 'registers that hold 0 and show null',
    model: multiRegisterModel(0),
    history: [op(0, 0, 1, { accesses: [read('x'), read('y')] }, { values: [null, 0] })],
    isLegal: false,
  },
];

/** Times in coarse ticks, answers at no known time, and operations of unknown outcome that have one. */
function odd(history: readonly AnyOperation[], random: Random): AnyOperation[] {
  const tickUs = random.pick([1, 1, 4, 50]);
  return history.map((operation) => {
    const output = random.below(8) === 0 ? random.pick(history).output : operation.output;
    const returnUs = random.below(8) === 0 ? Infinity : Math.floor(operation.returnUs / tickUs);
    return {
      ...operation,
      output: operation.outcome === 'unknown' ? output : operation.output,
      callUs: Math.floor(operation.callUs / tickUs),
      returnUs,
      outcome: random.below(12) === 0 ? random.pick(['ok', 'unknown'] as const) : operation.outcome,
    };
  });
}

function judge(history: readonly AnyOperation[], model: AnyModel, isLegal: boolean): void {
  const shown = history.map((operation) => JSON.stringify(operation)).join('\n');
  const expected = isLegal ? 'ok' : 'violation';
  for (const shortcuts of [true, false]) {
    expect(checkLinearizable(history, model, { shortcuts }).verdict, shown).toBe(expected);
  }
  const { certificate } = judgeLinearizable(history, model);
  const verification = verifyCertificate(history, model, certificate!);
  expect(verification, shown).toEqual({ kind: 'verified' });
}

describe('an odd history', () => {
  it.each(CASES)('is judged by the definition: $name', ({ model, history, isLegal }) => {
    expect(isLinearizable(history, model as AnyModel)).toBe(isLegal);
    judge(history, model as AnyModel, isLegal);
  });

  it.each([
    ['queue', uniqueQueue, queueModel()],
    ['set', growingSet, setModel()],
    ['text', growingText, kvModel()],
    ['few registers', uniqueRegisters, multiRegisterModel()],
    ['kv store', () => kvWorkload, kvModel()],
    ['register', () => registerWorkload, registerModel()],
    ['register of distinct values', uniqueRegisterWorkload, registerModel()],
    ['mutex', () => mutexWorkload, mutexModel()],
  ] as unknown as readonly [string, () => Workload<unknown, unknown>, AnyModel][])(
    'is judged by the definition, made at random: a %s',
    (name, workload, model) => {
      const random = randomStream('1', `odd/${name}`);
      let legal = 0;
      for (let i = 0; i < 700; i++) {
        const history = odd(smallHistory(workload(), random, 7), random);
        const isLegal = isLinearizable(history, model);
        if (isLegal) legal++;
        judge(history, model, isLegal);
      }
      expect(legal).toBeGreaterThan(200);
      expect(legal).toBeLessThan(680);
    },
  );

  it('has an end although many operations share a moment', { timeout: 60_000 }, () => {
    const values = Array.from({ length: 20_000 }, (_, i) => i);
    const history = values.flatMap((value) => [
      op(2 * value, 0, 5, enqueue(value), { value: null }),
      op(2 * value + 1, 0, 5, dequeue, { value }),
    ]);
    expect(checkLinearizable(history, queueModel() as unknown as AnyModel).verdict).toBe('ok');
  });

  it('is made small within the budget although each of many operations is needed', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    const history = values.flatMap((value) => [
      op(2 * value, 10 * value, 10 * value + 2, enqueue(value), { value: null }),
      op(2 * value + 1, 10 * value + 15, 10 * value + 16, dequeue, { value }),
    ]);
    // Until after the last value came there was always something.
    history.push(op(2000, 5, 9999, dequeue, { value: null }));
    const { verdict, certificate } = judgeLinearizable(
      history,
      queueModel() as unknown as AnyModel,
    );
    expect(verdict).toBe('violation');
    const verification = verifyCertificate(
      history,
      queueModel() as unknown as AnyModel,
      certificate!,
    );
    expect(verification).toEqual({ kind: 'verified' });
  });

  it('proves nothing by the answer of a dequeue of unknown outcome, which may have taken another value', () => {
    const history = [
      op(0, 0, 1, enqueue(1)),
      { ...op(1, 2, 3, dequeue, { value: 2 }), outcome: 'unknown' } as const,
      op(2, 4, 5, dequeue, { value: null }),
    ];
    const model = queueModel() as unknown as AnyModel;
    expect(isLinearizable(history, model)).toBe(true);
    const weakening = {
      abstract: false,
      parts: [1],
      partition: null,
      endUs: Infinity,
      start: null,
      answered: [0, 2],
      optional: [],
    };
    const verification = verifyCertificate(history, model, { kind: 'core', weakening });
    expect(verification.kind).toBe('refuted');
  });
});
