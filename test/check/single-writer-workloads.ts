// Random operations on a queue, a set, a text and registers where every value has one writer, for
// small-histories.ts: of the kinds that are decided without a search. Each call starts with values of its own.

import type { KvInput, KvOutput } from '../../src/check/linearizability/objects/kv.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
} from '../../src/check/linearizability/objects/multi-register.js';
import type { QueueInput, QueueOutput } from '../../src/check/linearizability/objects/queue.js';
import type { SetInput, SetOutput } from '../../src/check/linearizability/objects/set.js';
import { plainQueueWorkload, plainRegistersWorkload, plainSetWorkload } from './plain-workloads.js';
import type { Workload } from './small-histories.js';
import { kvWorkload } from './small-histories.js';

export function uniqueQueue(): Workload<QueueInput, QueueOutput> {
  let value = 0;
  return {
    target: plainQueueWorkload.target,
    input: (random) =>
      random.below(2) === 0 ? { kind: 'enqueue', value: ++value } : { kind: 'dequeue' },
    damaged: (output, random) =>
      output.value === null ? output : { value: random.pick([1, 2, 3, null]) },
  };
}

export function growingSet(): Workload<SetInput, SetOutput> {
  let element = 0;
  return {
    target: plainSetWorkload.target,
    input(random) {
      const kind = random.pick(['add', 'add', 'contains', 'read', 'read'] as const);
      if (kind === 'read') return { kind };
      if (kind === 'add') return { kind, element: ++element };
      return { kind, element: Math.max(0, element - random.below(4)) };
    },
    /** Without one element, and now and then another one twice instead. */
    damaged(output, random) {
      if (output.kind !== 'read') return output;
      const lost = random.below(output.elements.length + 1);
      const elements = output.elements.filter((_, i) => i !== lost);
      const [again] = elements;
      const isTwice = again !== undefined && random.below(2) === 0;
      return { kind: 'read', elements: isTwice ? [...elements, again] : elements };
    },
  };
}

export function growingText(): Workload<KvInput, KvOutput> {
  let word = 0;
  return {
    target: kvWorkload.target,
    input(random) {
      const kind = random.pick(['get', 'get', 'put', 'append', 'append', 'append'] as const);
      return kind === 'get' ? { kind, key: 'x' } : { kind, key: 'x', value: `${++word} ` };
    },
    /** Cut off. */
    damaged: ({ value }, random) => ({
      value: value === null ? null : value.slice(0, random.below(value.length + 1)),
    }),
  };
}

export function uniqueRegisters(): Workload<MultiRegisterInput, MultiRegisterOutput> {
  let value = 0;
  return {
    target: plainRegistersWorkload.target,
    input: (random) => ({
      accesses: Array.from({ length: 1 + random.below(3) }, () => {
        const key = random.pick(['x', 'y', 'z']);
        return random.below(2) === 0
          ? ({ kind: 'read', key, value: null } as const)
          : ({ kind: 'write', key, value: ++value } as const);
      }),
    }),
  };
}
