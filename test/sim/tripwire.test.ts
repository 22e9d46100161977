// The tripwire: everything on its list throws while it is up and is itself again afterwards.

import { expect, test } from 'vitest';
import { HarnessError } from '../../src/sim/harness-error.js';
import { Simulation } from '../../src/sim/simulation.js';
import { TripwireError, trippedGlobals, withTripwire } from '../../src/sim/tripwire.js';
import { EchoProcess, echoOptions, echoSpec } from './echo.js';

/** One use of every banned global; the name is the one the error must give. */
const USES: Readonly<Record<string, () => unknown>> = {
  Date: () => new Date(),
  'Date.now': () => Date.now(),
  'Date.parse': () => Date.parse('2020-01-01'),
  'Date.UTC': () => Date.UTC(2020),
  WeakRef: () => new WeakRef({}),
  FinalizationRegistry: () => new FinalizationRegistry(() => {}),
  'Math.random': () => Math.random(),
  'Math.acos': () => Math.acos(1),
  'Math.acosh': () => Math.acosh(1),
  'Math.asin': () => Math.asin(1),
  'Math.asinh': () => Math.asinh(1),
  'Math.atan': () => Math.atan(1),
  'Math.atan2': () => Math.atan2(1, 1),
  'Math.atanh': () => Math.atanh(0),
  'Math.cbrt': () => Math.cbrt(8),
  'Math.cos': () => Math.cos(1),
  'Math.cosh': () => Math.cosh(1),
  'Math.exp': () => Math.exp(1),
  'Math.expm1': () => Math.expm1(1),
  'Math.hypot': () => Math.hypot(3, 4),
  'Math.log': () => Math.log(2),
  'Math.log10': () => Math.log10(2),
  'Math.log1p': () => Math.log1p(2),
  'Math.log2': () => Math.log2(2),
  // biome-ignore lint/style/useExponentiationOperator: the function is what is tested
  'Math.pow': () => Math.pow(2, 3),
  'Math.sin': () => Math.sin(1),
  'Math.sinh': () => Math.sinh(1),
  'Math.tan': () => Math.tan(1),
  'Math.tanh': () => Math.tanh(1),
  setTimeout: () => setTimeout(() => {}, 1),
  setInterval: () => setInterval(() => {}, 1),
  setImmediate: () => setImmediate(() => {}),
  clearTimeout: () => clearTimeout(undefined),
  clearInterval: () => clearInterval(undefined),
  clearImmediate: () => clearImmediate(undefined),
  queueMicrotask: () => queueMicrotask(() => {}),
  fetch: () => fetch('http://localhost:1'),
  'performance.now': () => performance.now(),
  'performance.mark': () => performance.mark('x'),
  'performance.measure': () => performance.measure('x'),
  'process.nextTick': () => process.nextTick(() => {}),
  'process.hrtime': () => process.hrtime(),
  'process.uptime': () => process.uptime(),
  'process.cpuUsage': () => process.cpuUsage(),
  'process.memoryUsage': () => process.memoryUsage(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  'crypto.randomUUID': () => crypto.randomUUID(),
  Intl: () => new Intl.NumberFormat('en'),
  'String.localeCompare': () => 'a'.localeCompare('b'),
  'String.toLocaleLowerCase': () => 'A'.toLocaleLowerCase(),
  'String.toLocaleUpperCase': () => 'a'.toLocaleUpperCase(),
  'Number.toLocaleString': () => (1).toLocaleString(),
  'BigInt.toLocaleString': () => 1n.toLocaleString(),
  'Array.toLocaleString': () => [1].toLocaleString(),
};

test('the list of uses covers the list of globals', () => {
  expect(Object.keys(USES).sort()).toEqual(trippedGlobals().sort());
});

test.each(Object.entries(USES))('%s throws its name inside, and inside only', (name, use) => {
  let caught: unknown = null;
  try {
    withTripwire(use);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(TripwireError);
  expect((caught as TripwireError).global).toBe(name);
});

test('everything is restored exactly', () => {
  const describeAll = () => [
    Object.getOwnPropertyDescriptors(globalThis),
    Object.getOwnPropertyDescriptors(Math),
    Object.getOwnPropertyDescriptors(Date),
    Object.getOwnPropertyDescriptors(process),
    Object.getOwnPropertyDescriptors(performance),
    Object.getOwnPropertyDescriptors(crypto),
    Object.getOwnPropertyDescriptors(String.prototype),
    Object.getOwnPropertyDescriptors(Number.prototype),
    Object.getOwnPropertyDescriptors(Array.prototype),
  ];
  const before = describeAll();
  withTripwire(() => {});
  expect(() =>
    withTripwire(() => {
      throw new RangeError('of the run itself');
    }),
  ).toThrow(RangeError);
  const after = describeAll();
  for (const [at, descriptors] of before.entries()) {
    const own = descriptors as Record<PropertyKey, PropertyDescriptor>;
    const now = after[at] as Record<PropertyKey, PropertyDescriptor>;
    expect(Reflect.ownKeys(now)).toEqual(Reflect.ownKeys(own));
    for (const key of Reflect.ownKeys(own)) {
      expect(now[key]!.value, String(key)).toBe(own[key]!.value);
      expect(now[key]!.get).toBe(own[key]!.get);
      expect(now[key]!.enumerable).toBe(own[key]!.enumerable);
    }
  }
  expect(Date.now()).toBeGreaterThan(1_600_000_000_000);
});

test('it nests: the inner end does not take it down', () => {
  const reached: string[] = [];
  expect(() =>
    withTripwire(() => {
      reached.push(withTripwire(() => 'inner result'));
      try {
        withTripwire(() => {
          throw new RangeError('inner error');
        });
      } catch (error) {
        reached.push((error as Error).message);
      }
      performance.now();
    }),
  ).toThrow('performance.now was used');
  expect(reached).toEqual(['inner result', 'inner error']);
  expect(performance.now()).toBeGreaterThan(0);
});

test('exact arithmetic and deterministic built-ins stay usable', () => {
  const result = withTripwire(() => [
    Math.floor(1.5),
    Math.sqrt(2),
    Math.imul(3, 5),
    Math.clz32(1),
    [3, 1, 2].sort((a, b) => a - b).join(),
    JSON.stringify({ a: 1 }),
    'B' < 'a',
    new Map([[1, 2]]).size,
    new Error('x').message,
  ]);
  expect(result).toEqual([1, 2 ** 0.5, 15, 31, '1,2,3', '{"a":1}', true, 1, 'x']);
});

test('a use that the code under test swallows still fails the run', () => {
  expect(() =>
    withTripwire(() => {
      try {
        return Date.now();
      } catch {
        return 0;
      }
    }),
  ).toThrow('Date.now was used inside a simulation');
  expect(() =>
    withTripwire(() => {
      try {
        Date.now();
      } catch {
        throw new RangeError('which may have followed from it');
      }
    }),
  ).toThrow(TripwireError);
});

test('a process that reads real time ends the run as an error of the harness, not as a crash', () => {
  const downs: string[] = [];
  const simulation = new Simulation(
    echoOptions({
      observer: { onDown: (_, cause) => downs.push(cause) },
      processes: [
        {
          ...echoSpec(1, []),
          boot: (ports) => {
            const echo = new EchoProcess(ports, [], 1000);
            echo.wake = () => void Math.random();
            return echo;
          },
        },
      ],
    }),
  );
  expect(() =>
    withTripwire(() => {
      simulation.start(1);
      simulation.runUntil(1_000_000);
    }),
  ).toThrow(HarnessError);
  expect(downs).toEqual([]);
});
