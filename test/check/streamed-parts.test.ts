// Histories of every object, judged window by window while they are read: what comes out is what the whole
// history says; a violation is proved from the operations around it; what is held does not grow.

import { describe, expect, it } from 'vitest';
import {
  appendGrid,
  casRegisterGrid,
  type Grid,
  kvGrid,
  multiRegisterGrid,
  mutexGrid,
  queueGrid,
  setGrid,
  uniqueRegisterGrid,
} from '../../bench/check/grid.js';
import { randomStream } from '../../src/base/random.js';
import { formatOperations } from '../../src/check/format/operation-lines.js';
import type { Operation } from '../../src/check/history.js';
import { type CheckedHistory, HistoryCheck } from '../../src/check/history-check.js';
import { judgeSurroundings } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { QUEUE_BACKLOG, queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import type { QueueInput, QueueOutput } from '../../src/check/linearizability/objects/queue.js';
import {
  StreamedParts,
  type StreamedPartsOptions,
} from '../../src/check/linearizability/online/streamed-parts.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { type Reading, STREAM, WHOLE } from '../../src/check/reading.js';
import {
  elementWorkload,
  plainMutexWorkload,
  plainQueueWorkload,
  plainRegistersWorkload,
  plainSetWorkload,
  singleRegistersWorkload,
} from './plain-workloads.js';
import {
  kvWorkload,
  RARE_ANSWERS,
  registerWorkload,
  SOME_ANSWERS,
  smallHistory,
  uniqueRegisterWorkload,
  type Workload,
  writesWorkload,
} from './small-histories.js';

type Any = Operation<unknown, unknown>;
type AnyModel = Model<unknown, unknown, unknown>;
type AnyOptions = StreamedPartsOptions<unknown, unknown, unknown>;

const KV_OPTIONS: StreamedPartsOptions<never, never, never> = {
  pruned: ((history: never, initial: never) => kvModel({ history, initial })) as never,
};
const QUEUE_OPTIONS: StreamedPartsOptions<never, never, never> = {
  backlog: QUEUE_BACKLOG as never,
  pruned: ((history: never, initial: never) => queueModel({ history, initial })) as never,
};

function distinctQueue(): Workload<QueueInput, QueueOutput> {
  let value = 0;
  return {
    ...plainQueueWorkload,
    input: (random) =>
      random.below(2) === 0 ? { kind: 'enqueue', value: ++value } : { kind: 'dequeue' },
  };
}

const OBJECTS = [
  ['register', () => registerWorkload, registerModel(), {}],
  ['register that is mostly written', () => writesWorkload, registerModel(), {}],
  ['register of unique values', uniqueRegisterWorkload, registerModel(), {}],
  ['kv store', () => kvWorkload, kvModel(), KV_OPTIONS],
  ['set', () => plainSetWorkload, setModel(), {}],
  ['set by element', () => elementWorkload, setModel(), {}],
  ['queue', () => plainQueueWorkload, queueModel(), QUEUE_OPTIONS],
  ['queue of distinct values', distinctQueue, queueModel(), QUEUE_OPTIONS],
  ['lock', () => plainMutexWorkload, mutexModel(), {}],
  ['registers', () => plainRegistersWorkload, multiRegisterModel(), {}],
  ['register by key', () => singleRegistersWorkload, multiRegisterModel(), {}],
] as unknown as readonly [string, () => Workload<unknown, unknown>, AnyModel, AnyOptions][];

/** Hard ones stay undecided, for they are many. */
const STEPS_MAX = 5000;
const HISTORIES = 200;

describe.each(OBJECTS)('a streamed %s', (name, workload, model, options) => {
  it('gets the verdict of the whole history, and proves violations from their surroundings', () => {
    const random = randomStream('1', `streamed-parts/${name}`);
    const counts = { ok: 0, lost: 0, undecided: 0, wrongPast: 0, proved: 0, cut: 0, unproved: 0 };
    for (let i = 0; i < HISTORIES; i++) {
      const answers = [undefined, SOME_ANSWERS, RARE_ANSWERS][i % 3];
      const stretch = 1 + random.below(6);
      const history = smallHistory(workload(), random, 8 + random.below(40), answers, stretch);
      // As recorders write: by the calls, or by the ends.
      const endUs = ({ callUs, returnUs }: Any): number => Math.min(returnUs, callUs + 8);
      const key = i % 2 === 0 ? ({ callUs }: Any): number => callUs : endUs;
      history.sort((a, b) => key(a) - key(b) || a.id - b.id);
      const stream = new StreamedParts(model, {
        ...options,
        window: { min: 1 + random.below(8), max: 64 },
        answersMax: 2 + random.below(10),
        stepsMax: STEPS_MAX,
      });
      for (const operation of history) stream.add(operation);
      const streamed = stream.finish();
      const whole = checkLinearizable(history, model, { stepsMax: STEPS_MAX }).verdict;
      if (streamed.kind === 'lost') {
        counts.lost++;
        // What the replay finds wrong would be a bug.
        expect(streamed.why).toMatch(/comes long after|joins parts/);
      } else if (streamed.kind === 'ok') {
        counts.ok++;
        expect(whole).not.toBe('violation');
      } else if (streamed.kind !== 'reading') {
        const { around, untilUs } = streamed;
        const proved = around && judgeSurroundings(model, around, untilUs, { stepsMax: STEPS_MAX });
        if (proved) {
          expect(whole).not.toBe('ok');
          counts[around.forgottenUs === -Infinity ? 'proved' : 'cut']++;
        } else if (whole === 'ok') counts.wrongPast++;
        else counts[streamed.kind === 'stuck' ? 'undecided' : 'unproved']++;
      }
    }
    expect(counts.ok).toBeGreaterThan(HISTORIES / 3);
    expect(counts.proved + counts.cut).toBeGreaterThan(HISTORIES / 8);
    expect(counts.lost + counts.wrongPast).toBeLessThan(HISTORIES / 20);
    expect(counts.unproved + counts.undecided).toBeLessThan(HISTORIES / 5);
  });
});

it('a queue of distinct values has the same verdict where the search knows what leaves when', () => {
  const random = randomStream('2', 'streamed-parts/pruned-queue');
  const counts = { ok: 0, violation: 0, undecided: 0 };
  for (let i = 0; i < 1500; i++) {
    const answers = [undefined, undefined, SOME_ANSWERS][i % 3];
    const history = smallHistory(distinctQueue(), random, 8 + random.below(8), answers, 1);
    const options = { stepsMax: 20_000 };
    const plain = checkLinearizable(history, queueModel(), options).verdict;
    const { verdict } = checkLinearizable(history, queueModel({ history }), options);
    counts[plain]++;
    if (plain !== 'undecided' && verdict !== 'undecided') expect(verdict).toBe(plain);
    else expect(plain).toBe('undecided');
  }
  expect(counts.ok).toBeGreaterThan(300);
  expect(counts.violation).toBeGreaterThan(300);
});

const GRIDS = [
  ['register', casRegisterGrid, registerModel(), {}, 10],
  ['register', uniqueRegisterGrid, registerModel(), {}, 50],
  ['kv', kvGrid, kvModel(), KV_OPTIONS, 50],
  ['kv', appendGrid, kvModel(), KV_OPTIONS, 10],
  ['multi-register', multiRegisterGrid, multiRegisterModel(), {}, 5],
  ['queue', queueGrid, queueModel(), QUEUE_OPTIONS, 3],
  ['set', setGrid, setModel(), {}, 50],
  ['mutex', mutexGrid, mutexModel(), {}, 20],
] as unknown as readonly [string, (grid: Grid) => Any[], AnyModel, AnyOptions, number][];

const LONG = 40_000;

function long(make: (grid: Grid) => Any[], clients: number, options: Partial<Grid> = {}): Any[] {
  const grid = { seed: '1', clients, operations: LONG, unknownPpm: 0, illegal: false, ...options };
  // What has no answer is given up after a while.
  const endUs = ({ callUs, returnUs }: Any): number => Math.min(returnUs, callUs + 200);
  return make(grid).sort((a, b) => endUs(a) - endUs(b));
}

describe('a long history', () => {
  it.each(GRIDS)('of a %s is judged in little memory', (_, make, model, options, clients) => {
    const held = [1, 2].map((times) => {
      const stream = new StreamedParts(model, { ...options, heldMax: 2048 });
      let heldMax = 0;
      for (const operation of long(make, clients, { operations: (LONG / 2) * times })) {
        stream.add(operation);
        heldMax = Math.max(heldMax, stream.held);
      }
      expect(stream.finish()).toMatchObject({ kind: 'ok', placed: (LONG / 2) * times });
      return heldMax;
    });
    expect(held[1]).toBeLessThan(1.3 * held[0]!);
  });

  it.each(GRIDS.slice(0, 4))(
    'of a %s with a wrong answer is proved to be illegal by what came shortly before',
    (_, make, model, options, clients) => {
      const history = long(make, clients, { illegal: true });
      const stream = new StreamedParts(model, options);
      for (const operation of history) stream.add(operation);
      const verdict = stream.finish();
      if (verdict.kind !== 'violation' || verdict.around === null) {
        expect.fail(`a violation, not ${verdict.kind}`);
      }
      expect(verdict.around.operations.length).toBeLessThan(LONG / 2);
      const proved = judgeSurroundings(model, verdict.around, verdict.untilUs);
      expect(proved?.judgement.core).toHaveLength(2);
    },
  );
});

describe('a text of any format', () => {
  function check(text: string, model: string): { checked: CheckedHistory; readings: string } {
    let readings = '';
    for (let reading: Reading = STREAM; ; ) {
      readings += reading.kind[0];
      const checking = new HistoryCheck({ reading, model });
      for (let at = 0; at < text.length && !checking.isSettled; at += 10_000) {
        checking.push(text.slice(at, at + 10_000));
      }
      const finished = checking.finish();
      if (!('again' in finished)) return { checked: finished, readings };
      reading = finished.again;
    }
  }

  const whole = (text: string, model: string): CheckedHistory => {
    const checking = new HistoryCheck({ reading: WHOLE, model });
    checking.push(text);
    return checking.finish() as CheckedHistory;
  };

  it.each(GRIDS)('of a %s in lines is judged in one reading', (model, make, _, __, clients) => {
    // What an unknown dequeue may have taken is too much to try.
    const unknownPpm = model === 'queue' ? 0 : 1000;
    const history = long(make, clients, { operations: 3000, unknownPpm });
    const { checked, readings } = check(formatOperations(model, history), model);
    expect(readings).toBe('s');
    expect(checked.judgement).toMatchObject({ verdict: 'ok', certificate: { kind: 'replayed' } });
    expect(checked.count).toBe(3000);
  });

  /** Events of a register in EDN: `i` invokes, `o` returns, `x` has an unknown outcome. */
  function edn(history: readonly Any[]): string {
    const events = history.flatMap((operation) => {
      const { id, input, output, callUs, returnUs } = operation as Operation<
        { kind: string; value?: number; from?: number; to?: number },
        { value?: number | null; swapped?: boolean }
      >;
      const asked = input.kind === 'cas' ? `[${input.from} ${input.to}]` : (input.value ?? 'nil');
      const value = input.kind === 'read' ? (output?.value ?? 'nil') : asked;
      const type = output === null ? ':info' : output.swapped === false ? ':fail' : ':ok';
      const shared = `:process ${id}, :f :${input.kind}`;
      const endUs = Math.min(returnUs, callUs + 200);
      return [
        { atUs: callUs, order: 0, text: `{:type :invoke, ${shared}, :value ${asked}}\n` },
        { atUs: endUs, order: 1, text: `{:type ${type}, ${shared}, :value ${value}}\n` },
      ];
    });
    events.sort((a, b) => a.atUs - b.atUs || a.order - b.order);
    return events.map(({ text }) => text).join('');
  }

  it('of events is judged in one reading, legal or not', () => {
    for (const illegal of [false, true]) {
      const history = long(casRegisterGrid, 5, { operations: 6000, unknownPpm: 2000, illegal });
      const text = edn(history);
      const { checked, readings } = check(text, 'cas-register');
      expect(readings).toBe('s');
      expect(checked.count).toBe(6000);
      expect(checked.judgement.verdict).toBe(illegal ? 'violation' : 'ok');
      expect(checked.judgement.verdict).toBe(whole(text, 'cas-register').judgement.verdict);
      expect(checked.core.length).toBe(illegal ? 2 : 0);
    }
  });
});
