// The tripwire: while a simulation runs, the sources of real time, real randomness and platform
// dependent results throw and name themselves. It catches what the linter cannot see: packages, and
// code that reaches a global by a detour.
// Out of reach: functions captured before the run (compareRuns finds what those do), the operator `**`,
// process.env and process.platform (the runtime itself reads them lazily), node:crypto, node:fs and
// node:net imported as modules, and microtasks of native promises (a process that returns a promise is
// refused by the engine instead).

import { HarnessError } from './harness-error.js';

/** A banned global was used during a run. */
export class TripwireError extends HarnessError {
  override readonly name = 'TripwireError';
  /** For example `Date.now`. */
  readonly global: string;

  constructor(global: string) {
    super(
      `${global} was used inside a simulation: its result differs from run to run or from platform to ` +
        'platform, so take time from the clock port and randomness from the random port',
    );
    this.global = global;
  }
}

/** Everything whose last bits differ between V8 versions or CPUs. What remains is exact by IEEE 754. */
const TRANSCENDENTAL = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atan2',
  'atanh',
  'cbrt',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'hypot',
  'log',
  'log10',
  'log1p',
  'log2',
  'pow',
  'sin',
  'sinh',
  'tan',
  'tanh',
] as const;

const TIMERS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'fetch',
] as const;

interface Wire {
  readonly owner: object;
  readonly key: string;
  readonly name: string;
  /** What stands in its place during a run. */
  readonly replacement: PropertyDescriptor;
}

interface Cut {
  readonly owner: object;
  readonly key: string;
  /** undefined: the object had no property of its own. */
  readonly original: PropertyDescriptor | undefined;
}

// The globals exist once a thread, and so does the state of their replacement.
const wires: readonly Wire[] = buildWires();
let depth = 0;
let cuts: Cut[] = [];
let tripped: TripwireError | null = null;

/** Names of everything that throws during {@link withTripwire}. */
export function trippedGlobals(): string[] {
  return wires.map((wire) => wire.name);
}

/**
 * Runs `run` with the tripwire up; nests, and takes it down whatever happens. A use that was caught by
 * the code under test still fails the run: the first one is thrown at the end, also in place of
 * another error.
 *
 * @throws TripwireError
 */
export function withTripwire<T>(run: () => T): T {
  if (depth === 0) raise();
  depth++;
  try {
    const result = run();
    if (tripped !== null) throw tripped;
    return result;
  } catch (error) {
    // Whatever else went wrong may have followed from it.
    throw tripped ?? error;
  } finally {
    depth--;
    if (depth === 0) lower();
  }
}

function raise(): void {
  tripped = null;
  cuts = [];
  for (const { owner, key, replacement } of wires) {
    cuts.push({ owner, key, original: Object.getOwnPropertyDescriptor(owner, key) });
    Object.defineProperty(owner, key, replacement);
  }
}

function lower(): void {
  for (const { owner, key, original } of cuts) {
    if (original === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, original);
  }
  cuts = [];
}

function trip(name: string): never {
  const error = new TripwireError(name);
  tripped ??= error;
  throw error;
}

function buildWires(): Wire[] {
  const list: Wire[] = [];
  // The methods before their owners: someone may hold on to the constructor.
  for (const method of ['now', 'parse', 'UTC']) addFunction(list, Date, method, `Date.${method}`);
  addConstructor(list, 'Date');
  addConstructor(list, 'WeakRef');
  addConstructor(list, 'FinalizationRegistry');
  addFunction(list, Math, 'random', 'Math.random');
  for (const name of TRANSCENDENTAL) addFunction(list, Math, name, `Math.${name}`);
  for (const name of TIMERS) addFunction(list, globalThis, name, name);
  addFunction(list, performance, 'now', 'performance.now');
  addFunction(list, performance, 'mark', 'performance.mark');
  addFunction(list, performance, 'measure', 'performance.measure');
  addNextTick(list);
  addFunction(list, process, 'hrtime', 'process.hrtime');
  addFunction(list, process, 'uptime', 'process.uptime');
  addFunction(list, process, 'cpuUsage', 'process.cpuUsage');
  addFunction(list, process, 'memoryUsage', 'process.memoryUsage');
  addFunction(list, crypto, 'getRandomValues', 'crypto.getRandomValues');
  addFunction(list, crypto, 'randomUUID', 'crypto.randomUUID');
  addIntl(list);
  for (const name of ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase']) {
    addFunction(list, String.prototype, name, `String.${name}`);
  }
  addFunction(list, Number.prototype, 'toLocaleString', 'Number.toLocaleString');
  addFunction(list, BigInt.prototype, 'toLocaleString', 'BigInt.toLocaleString');
  addFunction(list, Array.prototype, 'toLocaleString', 'Array.toLocaleString');
  return list;
}

function addFunction(list: Wire[], owner: object, key: string, name: string): void {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  list.push({
    owner,
    key,
    name,
    replacement: {
      value: () => trip(name),
      configurable: true,
      enumerable: own?.enumerable ?? false,
      writable: true,
    },
  });
}

/** A function that throws whether called or constructed, and whose every property throws too. */
function addConstructor(list: Wire[], name: 'Date' | 'WeakRef' | 'FinalizationRegistry'): void {
  const { prototype } = globalThis[name];
  // A plain function, because an arrow function cannot stand behind `new`.
  const thrower = function thrower(): never {
    return trip(name);
  };
  // `instanceof` and printing a value ask for these two and tell nothing about the time.
  thrower.prototype = prototype;
  const value =
    name === 'Date'
      ? Object.assign(thrower, {
          now: () => trip('Date.now'),
          parse: () => trip('Date.parse'),
          UTC: () => trip('Date.UTC'),
        })
      : thrower;
  list.push({
    owner: globalThis,
    key: name,
    name,
    replacement: { value, configurable: true, enumerable: false, writable: true },
  });
}

/** console.log ends in process.nextTick, called by the runtime itself: that one may pass. */
function addNextTick(list: Wire[]): void {
  const original = process.nextTick.bind(process);
  const replacement = (callback: () => void, ...rest: []): void => {
    const caller = (new Error().stack ?? '').split('\n')[2] ?? '';
    if (!caller.includes('node:')) trip('process.nextTick');
    original(callback, ...rest);
  };
  list.push({
    owner: process,
    key: 'nextTick',
    name: 'process.nextTick',
    replacement: { value: replacement, configurable: true, enumerable: true, writable: true },
  });
}

function addIntl(list: Wire[]): void {
  const value = new Proxy(Intl, { get: () => trip('Intl') });
  list.push({
    owner: globalThis,
    key: 'Intl',
    name: 'Intl',
    replacement: { value, configurable: true, enumerable: false, writable: true },
  });
}
