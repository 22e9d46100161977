// Random small histories of objects that are correct, or wrong in one subtle way. The objects are
// written here once more, so that a model's mistake does not vanish by being made twice.

import type { Random } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { EMPTY_STORE, evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type { KvInput, KvOutput } from '../../src/check/linearizability/models/kv-model.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/models/register-model.js';
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
}

const FLAWS = ['none', 'stale', 'stale', 'lost', 'lost', 'double'] as const;

/**
 * Up to `countMax` operations. `stale`: some answers come from the object as it was before;
 * `lost`: some acknowledged effects never happen; `double`: some happen twice.
 */
export function smallHistory<I, O>(
  workload: Workload<I, O>,
  random: Random,
  countMax: number,
): Operation<I, O>[] {
  const count = countMax - random.below(3);
  const span = 4 + random.below(40);
  const lasts = 1 + random.below(12);
  const plan = Array.from({ length: count }, (_, id) => {
    const callUs = random.below(span);
    const returnUs = callUs + random.below(lasts);
    const kind = random.below(24);
    const outcome = kind < 20 ? 'ok' : kind < 23 ? 'unknown' : 'fail';
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
  const order = plan.map(({ effectUs }, id) => ({ effectUs, id }));
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
    const unseen = !silent && random.below(12) === 0;
    return {
      id,
      client: id,
      input,
      output: silent || unseen ? null : (outputs.get(id) ?? null),
      callUs,
      returnUs: outcome === 'unknown' || (unseen && random.below(2) === 0) ? Infinity : returnUs,
      outcome,
    };
  });
}

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
