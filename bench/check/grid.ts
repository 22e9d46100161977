// The grid of histories on which checkers explode: clients issue operations back to back, each takes
// effect at a point drawn within it, and the verdict is known by construction. Operations last 10 to
// 100 ticks, with a gap of 0 to 10 between two of a client.

import type { Random } from '../../src/base/random.js';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type { KvInput, KvOutput } from '../../src/check/linearizability/objects/kv.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
  MultiRegisterValue,
} from '../../src/check/linearizability/objects/multi-register.js';
import type { MutexInput, MutexOutput } from '../../src/check/linearizability/objects/mutex.js';
import type { QueueInput, QueueOutput } from '../../src/check/linearizability/objects/queue.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';
import type {
  SetElement,
  SetInput,
  SetOutput,
} from '../../src/check/linearizability/objects/set.js';

export interface Grid {
  readonly seed: string;
  readonly clients: number;
  readonly operations: number;
  /** How many writes of a million never return; half of them take effect. */
  readonly unknownPpm: number;
  /** True makes one read at nine tenths of the history show what it cannot have seen. */
  readonly illegal: boolean;
}

/** The object that takes the effects, and what its clients ask of it. */
interface GridObject<I, O> {
  input(random: Random): I;
  isWrite(input: I): boolean;
  apply(input: I): O;
  /** An answer that no order explains to an input that read, or null if this one did not read. */
  spoil(input: I): O | null;
}

function gridHistory<I, O>(grid: Grid, name: string, object: GridObject<I, O>): Operation<I, O>[] {
  const random = randomStream(grid.seed, `grid/${name}/${grid.clients}/${grid.operations}`);
  const free = Array.from({ length: grid.clients }, (_, client) => ({
    client,
    at: random.below(50),
  }));
  const planned: {
    client: number;
    callUs: number;
    returnUs: number;
    effectUs: number;
    input: I;
    lost: boolean;
  }[] = [];
  let clients = grid.clients;
  while (planned.length < grid.operations) {
    const next = free.reduce((a, b) => (b.at < a.at ? b : a));
    const input = object.input(random);
    const callUs = next.at;
    const returnUs = callUs + 10 + random.below(91);
    const effectUs = callUs + random.below(returnUs - callUs + 1);
    const lost = object.isWrite(input) && random.below(1_000_000) < grid.unknownPpm;
    planned.push({ client: next.client, callUs, returnUs, effectUs, input, lost });
    // A client whose request never returned is another one from then on.
    if (lost) next.client = clients++;
    next.at = returnUs + random.below(11);
  }
  const order = planned.map((_, id) => id);
  order.sort((a, b) => planned[a]!.effectUs - planned[b]!.effectUs || a - b);
  const spoilFrom = Math.floor(order.length * 0.9);
  let spoiled = !grid.illegal;
  const outputs: (O | null)[] = planned.map(() => null);
  for (let at = 0; at < order.length; at++) {
    const id = order[at]!;
    const { input, lost } = planned[id]!;
    if (lost && random.below(2) === 0) continue;
    const wrong = spoiled || at < spoilFrom ? null : object.spoil(input);
    if (wrong !== null) spoiled = true;
    const output = object.apply(input);
    outputs[id] = wrong ?? output;
  }
  return planned.map(({ client, callUs, returnUs, input, lost }, id) => ({
    id,
    client,
    input,
    output: lost ? null : outputs[id]!,
    callUs,
    returnUs: lost ? Number.POSITIVE_INFINITY : returnUs,
    outcome: lost ? 'unknown' : 'ok',
  }));
}

/** Read, write and compare-and-set over five values; the illegal read shows a value never written. */
export function casRegisterGrid(grid: Grid): Operation<RegisterInput, RegisterOutput>[] {
  let value: number | null = null;
  return gridHistory(grid, 'cas-register', {
    input(random) {
      const kind = random.below(3);
      if (kind === 0) return { kind: 'read' };
      if (kind === 1) return { kind: 'write', value: random.below(5) };
      return { kind: 'cas', from: random.below(5), to: random.below(5) };
    },
    isWrite: ({ kind }) => kind !== 'read',
    apply(input) {
      if (input.kind === 'read') return { kind: 'read', value };
      if (input.kind === 'write') {
        value = input.value;
        return { kind: 'write' };
      }
      const swapped = value === input.from;
      if (swapped) value = input.to;
      return { kind: 'cas', swapped };
    },
    spoil: ({ kind }) => (kind === 'read' ? { kind: 'read', value: 99 } : null),
  });
}

/** Put and get of one register whose values are all distinct; the illegal read is stale. */
export function uniqueRegisterGrid(grid: Grid): Operation<RegisterInput, RegisterOutput>[] {
  const written: number[] = [];
  return gridHistory(grid, 'unique-register', {
    input: (random) =>
      random.below(2) === 0 ? { kind: 'read' } : { kind: 'write', value: random.int32() >>> 0 },
    isWrite: ({ kind }) => kind === 'write',
    apply(input) {
      if (input.kind === 'write') {
        written.push(input.value);
        return { kind: 'write' };
      }
      return { kind: 'read', value: written.at(-1) ?? null };
    },
    spoil: ({ kind }) =>
      kind === 'read' ? { kind: 'read', value: staleOf(written, grid.clients) ?? 99 } : null,
  });
}

/** Put and get over ten keys, values distinct; the illegal read is stale. */
export function kvGrid(grid: Grid): Operation<KvInput, KvOutput>[] {
  const written = new Map<string, string[]>();
  return gridHistory(grid, 'kv', {
    input(random) {
      const key = `k${random.below(10)}`;
      if (random.below(2) === 0) return { kind: 'get', key };
      return { kind: 'put', key, value: String(random.int32() >>> 0) };
    },
    isWrite: ({ kind }) => kind === 'put',
    apply(input) {
      const values = written.get(input.key) ?? [];
      written.set(input.key, values);
      if (input.kind === 'get') return { value: values.at(-1) ?? '' };
      values.push(input.value);
      return { value: null };
    },
    spoil: ({ kind, key }) =>
      kind === 'get' ? { value: staleOf(written.get(key) ?? [], grid.clients) ?? 'never' } : null,
  });
}

/** Get and append over ten keys, and now and then a put that starts a text anew; the illegal get shows what nobody wrote. */
export function appendGrid(grid: Grid): Operation<KvInput, KvOutput>[] {
  const texts = new Map<string, string>();
  let appended = 0;
  return gridHistory(grid, 'append', {
    input(random) {
      const key = `k${random.below(10)}`;
      const kind = random.pick(['get', 'append', 'append', 'put'] as const);
      if (kind === 'get') return { kind, key };
      return { kind, key, value: `${kind === 'put' ? '=' : '+'}${++appended}` };
    },
    isWrite: ({ kind }) => kind !== 'get',
    apply(input) {
      const { kind, key } = input;
      const text = texts.get(key) ?? '';
      if (kind === 'get') return { value: text };
      texts.set(key, kind === 'put' ? input.value : text + input.value);
      return { value: null };
    },
    spoil: ({ kind }) => (kind === 'get' ? { value: 'never' } : null),
  });
}

/** One or two reads or writes at once over four registers of five values; the illegal one shows another. */
export function multiRegisterGrid(
  grid: Grid,
): Operation<MultiRegisterInput, MultiRegisterOutput>[] {
  const held = new Map<string, MultiRegisterValue>();
  return gridHistory(grid, 'multi-register', {
    input: (random) => ({
      accesses: Array.from({ length: 1 + random.below(2) }, () => {
        const key = `r${random.below(4)}`;
        if (random.below(2) === 0) return { kind: 'read', key, value: null } as const;
        return { kind: 'write', key, value: random.below(5) } as const;
      }),
    }),
    isWrite: ({ accesses }) => accesses.some(({ kind }) => kind === 'write'),
    apply: ({ accesses }) => ({
      values: accesses.map(({ kind, key, value }) => {
        if (kind === 'read') return held.get(key) ?? null;
        held.set(key, value);
        return undefined;
      }),
    }),
    spoil: ({ accesses }) =>
      accesses[0]!.kind === 'read' ? { values: accesses.map(() => 99) } : null,
  });
}

/** Enqueue and dequeue of distinct values; the illegal dequeue shows what nobody enqueued. */
export function queueGrid(grid: Grid): Operation<QueueInput, QueueOutput>[] {
  const items: number[] = [];
  let enqueued = 0;
  return gridHistory(grid, 'queue', {
    input: (random) =>
      random.below(2) === 0 ? { kind: 'enqueue', value: ++enqueued } : { kind: 'dequeue' },
    isWrite: () => true,
    apply(input) {
      if (input.kind === 'dequeue') return { value: items.shift() ?? null };
      items.push(input.value);
      return { value: null };
    },
    spoil: ({ kind }) => (kind === 'dequeue' ? { value: -1 } : null),
  });
}

/** Add, remove and questions about a hundred elements. None is made illegal. */
export function setGrid(grid: Grid): Operation<SetInput, SetOutput>[] {
  const held = new Set<SetElement>();
  return gridHistory(grid, 'set', {
    input: (random) => ({
      kind: random.pick(['add', 'remove', 'contains', 'contains'] as const),
      element: random.below(100),
    }),
    isWrite: ({ kind }) => kind === 'add' || kind === 'remove',
    apply(input) {
      if (input.kind === 'contains') return { kind: 'contains', found: held.has(input.element) };
      if (input.kind === 'add') held.add(input.element);
      else held.delete(input.element);
      return { kind: input.kind };
    },
    spoil: () => null,
  });
}

/** Acquire and release by whoever likes. None is made illegal. */
export function mutexGrid(grid: Grid): Operation<MutexInput, MutexOutput>[] {
  let held = false;
  return gridHistory(grid, 'mutex', {
    input: (random) => ({ kind: random.below(2) === 0 ? 'acquire' : 'release' }),
    isWrite: () => true,
    apply({ kind }) {
      const granted = kind === 'acquire' ? !held : held;
      if (granted) held = kind === 'acquire';
      return { granted };
    },
    spoil: () => null,
  });
}

/** What was current more than four writes a client ago; undefined if the history is too short. */
function staleOf<V>(written: readonly V[], clients: number): V | undefined {
  return written.at(-1 - 4 * clients - 1);
}
