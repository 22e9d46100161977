// Random small histories of objects that are correct, or wrong in one subtle way. The objects are
// written here once more, so that a model's mistake does not vanish by being made twice.

import type { Random } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { EMPTY_STORE, evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type { KvInput, KvOutput } from '../../src/check/linearizability/objects/kv.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
  MultiRegisterValue,
} from '../../src/check/linearizability/objects/multi-register.js';
import type { MutexInput, MutexOutput } from '../../src/check/linearizability/objects/mutex.js';
import type {
  QueueInput,
  QueueOutput,
  QueueValue,
} from '../../src/check/linearizability/objects/queue.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';
import type {
  SetElement,
  SetInput,
  SetOutput,
} from '../../src/check/linearizability/objects/set.js';
import type { KvRequest, KvResult } from '../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

/** A running object; `fork` copies it. */
export interface Target<I, O> {
  apply(input: I): O;
  fork(): Target<I, O>;
}

export interface Workload<I, O> {
  target(): Target<I, O>;
  input(random: Random): I;
  /** What an object that damages its answers says instead; now and then it does, where this is given. */
  damaged?(output: O, random: Random): O;
}

/** How often answers are missing. */
export interface Answers {
  /** Of 24 operations so many are answered; of the others most have an unknown outcome. */
  readonly answeredOf24: number;
  /** Of so many that took effect one has its answer lost. */
  readonly lostOneIn: number;
}

const USUAL: Answers = { answeredOf24: 20, lostOneIn: 12 };
/** Many operations may have happened or not, and of some that did nobody saw the answer. */
export const RARE_ANSWERS: Answers = { answeredOf24: 14, lostOneIn: 4 };

/** A quarter may have happened or not. */
export const SOME_ANSWERS: Answers = { answeredOf24: 18, lostOneIn: 6 };

const DAMAGED_ONE_IN = 40;

const FLAWS = ['none', 'stale', 'stale', 'lost', 'lost', 'double', 'early'] as const;

/**
 * Up to `countMax` operations. `stale`: some answers come from the object as it was before;
 * `lost`: some acknowledged effects never happen; `double`: some happen twice; `early`: some happen
 * before they are asked for. The longer a history is stretched in time, the fewer operations are concurrent.
 */
export function smallHistory<I, O>(
  workload: Workload<I, O>,
  random: Random,
  countMax: number,
  { answeredOf24, lostOneIn }: Answers = USUAL,
  stretch = 1,
): Operation<I, O>[] {
  const count = countMax - random.below(3);
  const span = stretch * (4 + random.below(40));
  const lasts = 1 + random.below(12);
  const plan = Array.from({ length: count }, (_, id) => {
    const callUs = random.below(span);
    const returnUs = callUs + random.below(lasts);
    const kind = random.below(24);
    const outcome = kind < answeredOf24 ? 'ok' : kind < 23 ? 'unknown' : 'fail';
    // Without an answer the effect may come at any time after the call.
    const effectUs = callUs + random.below(outcome === 'ok' ? returnUs - callUs + 1 : 12);
    const happens = outcome === 'ok' || (outcome === 'unknown' && random.below(2) === 0);
    return {
      id,
      callUs,
      returnUs,
      outcome,
      effectUs,
      happens,
      input: workload.input(random),
    } as const;
  });
  const flaw = random.pick(FLAWS);
  const victims = plan.map(() => random.below(2) === 0);
  const order = plan.map(({ effectUs }, id) => {
    const early = flaw === 'early' && victims[id] === true ? 1 + random.below(12) : 0;
    return { effectUs: effectUs - early, id };
  });
  for (const { id, effectUs } of plan) {
    if (flaw !== 'double' || victims[id] !== true) continue;
    order.push({ effectUs: effectUs + 1 + random.below(12), id });
  }
  order.sort((a, b) => a.effectUs - b.effectUs || a.id - b.id);

  const target = workload.target();
  let before = target.fork();
  const outputs = new Map<number, O>();
  for (const { id } of order) {
    const { input, happens } = plan[id]!;
    const previous = target.fork();
    if (flaw === 'stale' && victims[id] === true) outputs.set(id, before.fork().apply(input));
    if (flaw === 'lost' && victims[id] === true) outputs.set(id, target.fork().apply(input));
    else if (happens) {
      const output = target.apply(input);
      if (!outputs.has(id)) outputs.set(id, output);
    }
    if (random.below(4) === 0) before = previous;
  }
  return plan.map(({ id, callUs, returnUs, outcome, input }) => {
    const silent = outcome !== 'ok';
    // Some effects are known to have happened although nobody saw an answer in time.
    const unseen = !silent && random.below(lostOneIn) === 0;
    const answer = silent || unseen ? null : (outputs.get(id) ?? null);
    const { damaged } = workload;
    const isDamaged =
      damaged !== undefined && answer !== null && random.below(DAMAGED_ONE_IN) === 0;
    return {
      id,
      client: id,
      input,
      output: isDamaged ? damaged(answer, random) : answer,
      callUs,
      returnUs: outcome === 'unknown' || (unseen && random.below(2) === 0) ? Infinity : returnUs,
      outcome,
    };
  });
}

/** Mostly writes, of few values: where answers are rare, many of them hide each other. */
export const writesWorkload: Workload<RegisterInput, RegisterOutput> = {
  target: () => registerTarget(null),
  input(random) {
    const kind = random.below(8);
    if (kind < 3) return { kind: 'read' };
    if (kind < 7) return { kind: 'write', value: random.below(4) };
    return { kind: 'cas', from: random.below(4), to: random.below(4) };
  },
};

export const registerWorkload: Workload<RegisterInput, RegisterOutput> = {
  target: () => registerTarget(null),
  input(random) {
    const kind = random.below(8);
    if (kind < 4) return { kind: 'read' };
    if (kind < 6) return { kind: 'write', value: random.below(3) };
    return { kind: 'cas', from: random.below(3), to: random.below(3) };
  },
};

function registerTarget(start: number | null): Target<RegisterInput, RegisterOutput> {
  let value = start;
  return {
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
    fork: () => registerTarget(value),
  };
}

/** Without compare-and-set, and every value written once: what zones decide. */
export function uniqueRegisterWorkload(): Workload<RegisterInput, RegisterOutput> {
  let value = 0;
  return {
    target: () => registerTarget(null),
    input: (random) => (random.below(5) < 3 ? { kind: 'read' } : { kind: 'write', value: ++value }),
  };
}

export const multiRegisterWorkload: Workload<MultiRegisterInput, MultiRegisterOutput> = {
  target: () => multiRegisterTarget(new Map()),
  input(random) {
    // A third key, which few transactions join to the others.
    const keys = random.below(5) === 0 ? ['z'] : ['x', 'y'];
    const accesses = Array.from({ length: 1 + random.below(3) }, () => {
      const key = random.pick(keys);
      return random.below(2) === 0
        ? ({ kind: 'read', key, value: null } as const)
        : ({ kind: 'write', key, value: random.below(3) } as const);
    });
    return { accesses };
  },
};

function multiRegisterTarget(
  start: ReadonlyMap<string, MultiRegisterValue>,
): Target<MultiRegisterInput, MultiRegisterOutput> {
  const values = new Map(start);
  return {
    apply({ accesses }) {
      const seen = accesses.map(({ kind, key, value }) => {
        if (kind === 'read') return values.get(key) ?? 0;
        values.set(key, value);
        return undefined;
      });
      return { values: seen };
    },
    fork: () => multiRegisterTarget(values),
  };
}

export const queueWorkload: Workload<QueueInput, QueueOutput> = {
  target: () => queueTarget([]),
  input: (random) =>
    random.below(2) === 0
      ? { kind: 'dequeue' }
      : { kind: 'enqueue', value: random.pick(['a', 'b', 1, 2]) },
};

function queueTarget(start: readonly QueueValue[]): Target<QueueInput, QueueOutput> {
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

/** With reads of the whole set in some histories only: the others fall apart into elements. */
export function setWorkload(): Workload<SetInput, SetOutput> {
  let readsAll = false;
  return {
    target: () => setTarget(new Set()),
    input(random) {
      if (random.below(16) === 0) readsAll = !readsAll;
      if (readsAll && random.below(4) === 0) return { kind: 'read' };
      const kind = random.pick(['add', 'remove', 'contains', 'contains', 'contains'] as const);
      return { kind, element: random.pick(['a', 'a', 'a', 1]) };
    },
  };
}

function setTarget(start: ReadonlySet<SetElement>): Target<SetInput, SetOutput> {
  const elements = new Set(start);
  return {
    apply(input) {
      switch (input.kind) {
        case 'add':
          elements.add(input.element);
          return { kind: 'add' };
        case 'remove':
          elements.delete(input.element);
          return { kind: 'remove' };
        case 'contains':
          return { kind: 'contains', found: elements.has(input.element) };
        case 'read':
          return { kind: 'read', elements: [...elements] };
      }
    },
    fork: () => setTarget(elements),
  };
}

export const mutexWorkload: Workload<MutexInput, MutexOutput> = {
  target: () => mutexTarget(false),
  input: (random) => ({ kind: random.pick(['acquire', 'release']) }),
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

export const kvWorkload: Workload<KvInput, KvOutput> = {
  target: () => kvTarget(new Map()),
  input(random) {
    const key = random.pick(['a', 'a', 'b']);
    const kind = random.below(6);
    if (kind < 3) return { kind: 'get', key };
    const value = random.pick(['x', 'y']);
    return { kind: kind === 3 ? 'put' : 'append', key, value };
  },
};

function kvTarget(start: ReadonlyMap<string, string>): Target<KvInput, KvOutput> {
  const values = new Map(start);
  return {
    apply(input) {
      if (input.kind === 'get') return { value: values.get(input.key) ?? '' };
      const old = input.kind === 'append' ? (values.get(input.key) ?? '') : '';
      values.set(input.key, old + input.value);
      return { value: null };
    },
    fork: () => kvTarget(values),
  };
}

export const etcdWorkload: Workload<KvRequest, KvResult> = {
  target: () => etcdTarget(EMPTY_STORE),
  input(random) {
    const key = random.pick(['a', 'a', 'b']);
    const value = random.pick(['x', 'x', 'y', 'z']);
    switch (random.below(12)) {
      case 0:
      case 1:
        return rangeOf(key);
      case 2:
        return rangeOf('a', { rangeEnd: 'c', serializable: random.below(2) === 0 });
      case 3:
        return rangeOf(key, { revision: 1 + random.below(4), serializable: random.below(4) === 0 });
      case 4:
      case 5:
      case 6:
        return putOf(key, value, { prevKv: random.below(2) === 0 });
      case 7:
        return putOf(key, random.below(2) === 0 ? value : '', { ignoreValue: true });
      case 8:
        return deleteOf(key, { rangeEnd: random.below(2) === 0 ? 'c' : '', prevKv: true });
      case 9:
        return { kind: 'compaction', revision: random.below(4), physical: false };
      default:
        return {
          kind: 'txn',
          compare: [
            {
              key,
              rangeEnd: '',
              target: 'MOD',
              result: 'EQUAL',
              number: random.below(3),
              value: '',
            },
          ],
          success: [putOf(key, value)],
          failure: random.below(2) === 0 ? [rangeOf(key)] : [deleteOf('b')],
        };
    }
  },
};

/** The store itself is compared with the real etcd in etcd-store.test.ts. */
function etcdTarget(start: typeof EMPTY_STORE): Target<KvRequest, KvResult> {
  let state = start;
  return {
    apply(input) {
      const { state: after, result } = evaluate(state, input);
      state = after;
      return result;
    },
    fork: () => etcdTarget(state),
  };
}
