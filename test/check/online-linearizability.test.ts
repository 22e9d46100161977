// Histories followed while they are made, of every object: at each answer the verdict is that of the
// definition, or of the checkers of whole histories, on what has come so far.

import { describe, expect, it } from 'vitest';
import { casRegisterGrid, uniqueRegisterGrid } from '../../bench/check/grid.js';
import { type Random, randomStream } from '../../src/base/random.js';
import { knownBy, type Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import type { OnlineChecker } from '../../src/check/linearizability/online/online-checker.js';
import { OnlineLinearizability } from '../../src/check/linearizability/online/online-linearizability.js';
import { OnlineSearch } from '../../src/check/linearizability/online/online-search.js';
import { OnlineZones } from '../../src/check/linearizability/online/online-zones.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { isLinearizable } from './brute-force.js';
import {
  elementWorkload,
  plainMutexWorkload,
  plainQueueWorkload,
  plainRegistersWorkload,
  plainSetWorkload,
  singleRegistersWorkload,
} from './plain-workloads.js';
import {
  etcdWorkload,
  kvWorkload,
  registerWorkload,
  smallHistory,
  type Workload,
} from './small-histories.js';

const SMALL = 700;
const LARGE = 100;

type Any = Operation<unknown, unknown>;
type AnyModel = Model<unknown, unknown, unknown>;

const OBJECTS = [
  ['register', registerWorkload, registerModel()],
  ['kv store', kvWorkload, kvModel()],
  ['etcd store', etcdWorkload, etcdModel()],
  ['set', plainSetWorkload, setModel()],
  ['set by element', elementWorkload, setModel()],
  ['queue', plainQueueWorkload, queueModel()],
  ['lock', plainMutexWorkload, mutexModel()],
  ['registers', plainRegistersWorkload, multiRegisterModel()],
  ['register by key', singleRegistersWorkload, multiRegisterModel()],
] as unknown as readonly [string, Workload<unknown, unknown>, AnyModel][];

/** Every value is written once. */
function uniqueRegister(): Workload<unknown, unknown> {
  let value = 0;
  return {
    ...registerWorkload,
    input: (random: Random) =>
      random.below(5) < 3 ? { kind: 'read' } : { kind: 'write', value: ++value },
  } as Workload<unknown, unknown>;
}

interface Event {
  readonly atUs: number;
  readonly operation: Any;
  readonly kind: 'call' | 'end';
}

/** Unanswered operations are given up some time after their call, in no particular order. */
function eventsOf(history: readonly Any[]): Event[] {
  const events: Event[] = history.flatMap((operation) => {
    const { callUs, returnUs, outcome, id } = operation;
    const forever = outcome === 'unknown' || returnUs === Infinity;
    const endUs = forever ? callUs + ((7 * id) % 20) : returnUs;
    return [
      { atUs: callUs, operation, kind: 'call' },
      { atUs: endUs, operation, kind: 'end' },
    ];
  });
  return events.sort(
    (a, b) => a.atUs - b.atUs || Number(a.kind === 'end') - Number(b.kind === 'end'),
  );
}

/** Feeds events until the verdict is no longer `watching`; returns how many. */
function follow(events: readonly Event[], checker: OnlineChecker<unknown, unknown>): number {
  for (const [at, { atUs, operation, kind }] of events.entries()) {
    if (kind === 'call') checker.invoke(operation);
    else if (operation.outcome === 'ok' && operation.returnUs === Infinity) {
      // It took effect, nobody knows when: nothing is learned here.
      checker.complete(operation.id, 'unknown', null, atUs);
    } else checker.complete(operation.id, operation.outcome, operation.output, atUs);
    if (checker.verdict !== 'watching') return at + 1;
  }
  checker.finish();
  return events.length;
}

/** What is known after so many events. */
function knownAfter(events: readonly Event[], count: number): Any[] {
  const ended = new Set<number>();
  const called = new Map<number, Any>();
  for (const { operation, kind } of events.slice(0, count)) {
    if (kind === 'call') called.set(operation.id, operation);
    else ended.add(operation.id);
  }
  return [...called.values()].map((operation) => {
    const { id, outcome, returnUs } = operation;
    const isKnown = ended.has(id) && (outcome === 'fail' || returnUs < Infinity);
    if (isKnown) return operation;
    return { ...operation, output: null, outcome: 'unknown', returnUs: Infinity } as const;
  });
}

describe.each([
  ...OBJECTS,
  ['register of unique values', uniqueRegister(), registerModel()] as const,
])('the history of a %s', (name, workload, model) => {
  const anyModel = model as AnyModel;

  it('stops at the answer that no order explains, by the definition', () => {
    const random = randomStream('1', `online/${name}`);
    const counts = { watching: 0, violation: 0, blind: 0 };
    for (let i = 0; i < SMALL; i++) {
      const events = eventsOf(smallHistory(workload, random, 7));
      const checker = new OnlineSearch(anyModel);
      const count = follow(events, checker);
      counts[checker.verdict]++;
      const shown = `${checker.reason}\n${JSON.stringify(events.slice(0, count), null, 1)}`;
      const isStopped = checker.verdict === 'violation';
      if (isLinearizable(knownAfter(events, count), anyModel) === isStopped) expect.fail(shown);
      if (isStopped && !isLinearizable(knownAfter(events, count - 1), anyModel)) {
        expect.fail(`one event late: ${shown}`);
      }
    }
    expect(counts.blind).toBeLessThan(SMALL / 50);
    expect(counts.watching).toBeGreaterThan(SMALL / 5);
    expect(counts.violation).toBeGreaterThan(SMALL / 20);
  });

  it('stops where the checkers of whole histories find none', () => {
    const random = randomStream('2', `online/${name}`);
    const counts = { watching: 0, violation: 0, blind: 0 };
    for (let i = 0; i < LARGE; i++) {
      const events = eventsOf(smallHistory(workload, random, 12));
      const checker = new OnlineLinearizability(anyModel, { configurationsMax: 200 });
      const count = follow(events, checker);
      counts[checker.verdict]++;
      if (checker.verdict === 'blind') continue;
      for (const back of checker.verdict === 'violation' ? [0, 1] : [0]) {
        const { verdict } = checkLinearizable(knownAfter(events, count - back), anyModel);
        if (verdict === 'undecided') continue;
        const expected = checker.verdict === 'violation' && back === 0 ? 'violation' : 'ok';
        expect(verdict).toBe(expected);
      }
    }
    expect(counts.violation).toBeGreaterThan(0);
    expect(counts.blind).toBeLessThan(LARGE / 2);
  });
});

it('the zones of a register of unique values say so at the same answer', () => {
  const random = randomStream('3', 'online/zones');
  const workload = uniqueRegister();
  const model = registerModel() as AnyModel;
  const counts = { watching: 0, violation: 0, blind: 0 };
  for (let i = 0; i < 2 * SMALL; i++) {
    const events = eventsOf(smallHistory(workload, random, i % 2 === 0 ? 7 : 40));
    const zones = new OnlineZones(model);
    const count = follow(events, zones);
    counts[zones.verdict]++;
    const isLegal = (known: Any[]) =>
      i % 2 === 0 ? isLinearizable(known, model) : checkLinearizable(known, model).verdict === 'ok';
    const isStopped = zones.verdict === 'violation';
    expect(isLegal(knownAfter(events, count))).toBe(!isStopped);
    if (isStopped) expect(isLegal(knownAfter(events, count - 1))).toBe(true);
  }
  expect(counts.blind).toBe(0);
  expect(counts.watching).toBeGreaterThan(SMALL / 5);
  expect(counts.violation).toBeGreaterThan(SMALL / 5);
});

describe('a long history', () => {
  it.each([
    ['compare-and-set', casRegisterGrid, 5, 1000],
    ['unique values', uniqueRegisterGrid, 100, 1000],
  ] as const)(
    'of %s is followed in memory that does not grow with it',
    (_, grid, clients, most) => {
      for (const illegal of [false, true]) {
        const history = grid({ seed: '1', clients, operations: 20_000, unknownPpm: 0, illegal });
        const checker = new OnlineLinearizability(registerModel() as AnyModel);
        const events = eventsOf(history as Any[]);
        let heldMax = 0;
        let count = 0;
        for (; count < events.length && checker.verdict === 'watching'; count++) {
          follow([events[count]!], checker);
          heldMax = Math.max(heldMax, checker.held);
        }
        expect(checker.verdict).toBe(illegal ? 'violation' : 'watching');
        expect(heldMax).toBeLessThan(most);
        if (!illegal) continue;
        const { atUs } = events[count - 1]!;
        const until = history.filter(({ callUs }) => callUs <= atUs);
        const known = until.map((operation) => knownBy(operation as Any, atUs));
        expect(checkLinearizable(known, registerModel() as AnyModel).verdict).toBe('violation');
        expect(count).toBeLessThan(events.length);
      }
    },
  );

  it('with too much under way is not judged, rather than wrongly', () => {
    const checker = new OnlineSearch(registerModel(), { configurationsMax: 50 });
    for (let id = 0; id < 20; id++) {
      checker.invoke({ id, client: id, input: { kind: 'write', value: id }, callUs: id });
    }
    expect(checker.complete(7, 'ok', { kind: 'write' }, 30)).toBe('blind');
    expect(checker.reason).toContain('19 operations are under way');
  });
});
