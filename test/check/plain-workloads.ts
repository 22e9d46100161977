// Random operations on a set, a queue, a lock and registers under transactions, for small-histories.ts.
// The objects are written here once more, so that a model's mistake does not vanish by being made twice.

import type {
  MultiRegisterInput,
  MultiRegisterOutput,
} from '../../src/check/linearizability/objects/multi-register.js';
import type { MutexInput, MutexOutput } from '../../src/check/linearizability/objects/mutex.js';
import type { QueueInput, QueueOutput } from '../../src/check/linearizability/objects/queue.js';
import type {
  SetElement,
  SetInput,
  SetOutput,
} from '../../src/check/linearizability/objects/set.js';
import type { Target, Workload } from './small-histories.js';

export const plainSetWorkload: Workload<SetInput, SetOutput> = {
  target: () => setTarget(new Set()),
  input(random) {
    const kind = random.pick(['add', 'add', 'remove', 'contains', 'contains', 'read'] as const);
    return kind === 'read' ? { kind } : { kind, element: random.below(3) };
  },
};

function setTarget(elements: ReadonlySet<SetElement>): Target<SetInput, SetOutput> {
  const held = new Set(elements);
  return {
    apply(input) {
      if (input.kind === 'read') return { kind: 'read', elements: [...held] };
      if (input.kind === 'contains') return { kind: 'contains', found: held.has(input.element) };
      if (input.kind === 'add') held.add(input.element);
      else held.delete(input.element);
      return { kind: input.kind };
    },
    fork: () => setTarget(held),
  };
}

/** Nobody reads the whole set, so that its elements are apart. */
export const elementWorkload: Workload<SetInput, SetOutput> = {
  ...plainSetWorkload,
  input: (random) => ({
    kind: random.pick(['add', 'remove', 'contains', 'contains'] as const),
    element: random.below(2),
  }),
};

export const plainQueueWorkload: Workload<QueueInput, QueueOutput> = {
  target: () => queueTarget([]),
  input: (random) =>
    random.below(2) === 0 ? { kind: 'enqueue', value: random.below(5) } : { kind: 'dequeue' },
};

function queueTarget(start: readonly (string | number)[]): Target<QueueInput, QueueOutput> {
  const items = [...start];
  return {
    apply(input) {
      if (input.kind === 'dequeue') return { value: items.shift() ?? null };
      items.push(input.value);
      return { value: null };
    },
    fork: () => queueTarget(items),
  };
}

export const plainMutexWorkload: Workload<MutexInput, MutexOutput> = {
  target: () => mutexTarget(false),
  input: (random) => ({ kind: random.below(2) === 0 ? 'acquire' : 'release' }),
};

function mutexTarget(start: boolean): Target<MutexInput, MutexOutput> {
  let held = start;
  return {
    apply({ kind }) {
      const granted = kind === 'acquire' ? !held : held;
      if (granted) held = kind === 'acquire';
      return { granted };
    },
    fork: () => mutexTarget(held),
  };
}

export const plainRegistersWorkload: Workload<MultiRegisterInput, MultiRegisterOutput> = {
  target: () => registersTarget(new Map()),
  input: (random) => ({
    accesses: Array.from({ length: 1 + random.below(2) }, () => {
      const key = random.pick(['x', 'y']);
      return random.below(2) === 0
        ? { kind: 'read' as const, key, value: null }
        : { kind: 'write' as const, key, value: random.below(3) };
    }),
  }),
};

function registersTarget(
  start: ReadonlyMap<string, string | number | null>,
): Target<MultiRegisterInput, MultiRegisterOutput> {
  const values = new Map(start);
  return {
    apply: ({ accesses }) => ({
      values: accesses.map(({ kind, key, value }) => {
        if (kind === 'read') return values.get(key) ?? null;
        values.set(key, value);
        return undefined;
      }),
    }),
    fork: () => registersTarget(values),
  };
}

export const singleRegistersWorkload: Workload<MultiRegisterInput, MultiRegisterOutput> = {
  ...plainRegistersWorkload,
  input(random) {
    const { accesses } = plainRegistersWorkload.input(random);
    return { accesses: accesses.slice(0, 1) };
  },
};
