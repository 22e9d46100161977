// What holds the operations of a history while it is read, against a Map and a sorted array.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { IdTable } from '../../src/check/linearizability/online/id-table.js';
import { NearOrder } from '../../src/check/linearizability/online/near-order.js';
import { OpenCalls } from '../../src/check/linearizability/witness/open-calls.js';
import { putOf } from '../../src/etcdpb/kv.js';

const ROUNDS = 200;
const STEPS = 500;

/** Ids as recorders count them, apart by what makes tables collide, and beyond 32 bits. */
const STRIDES = [1, 64, 1 << 16, 2 ** 32, 2 ** 32 + 1, 999_983];

describe('a table by id', () => {
  it('holds what a Map holds', () => {
    const random = randomStream('1', 'id-table');
    for (let round = 0; round < ROUNDS; round++) {
      const table = new IdTable<number>();
      const map = new Map<number, number>();
      const stride = STRIDES[round % STRIDES.length]!;
      const ids = 1 + random.below(300);
      for (let step = 0; step < STEPS; step++) {
        const id = random.below(ids) * stride;
        if (random.below(2) === 0) {
          table.set(id, step);
          map.set(id, step);
        } else {
          expect(table.take(id)).toBe(map.get(id) ?? null);
          map.delete(id);
        }
        const other = random.below(ids) * stride;
        expect(table.get(other)).toBe(map.get(other) ?? null);
        expect(table.size).toBe(map.size);
      }
      const held = table.values().sort((a, b) => a - b);
      expect(held).toEqual([...map.values()].sort((a, b) => a - b));
    }
  });
});

describe('a queue in nearly the order of a number', () => {
  it('hands out the lowest first, and of equals the first that came', () => {
    const random = randomStream('2', 'near-order');
    for (let round = 0; round < ROUNDS; round++) {
      const queue = new NearOrder<number>();
      const sorted: { readonly key: number; readonly item: number }[] = [];
      const takes = 1 + random.below(4);
      for (let step = 0; step < STEPS; step++) {
        if (sorted.length > 0 && random.below(5) < takes) {
          expect(queue.lowest).toBe(sorted[0]!.key);
          expect(queue.take()).toBe(sorted.shift()!.item);
        } else {
          const key = step + random.below(20);
          const place = sorted.findLastIndex((other) => other.key <= key) + 1;
          expect(queue.add(key, step)).toBe(sorted.length - place);
          sorted.splice(place, 0, { key, item: step });
        }
        expect(queue.size).toBe(sorted.length);
      }
      for (const { item } of sorted) expect(queue.take()).toBe(item);
      expect(queue.lowest).toBe(Infinity);
    }
  });
});

describe('calls under way', () => {
  it('keep what was known before each, and know the oldest', () => {
    const random = randomStream('3', 'open-calls');
    for (let round = 0; round < ROUNDS; round++) {
      const calls = new OpenCalls();
      const open: { readonly id: number; readonly floor: number }[] = [];
      const most = 1 + random.below(200);
      for (let id = 0; id < STEPS; id++) {
        while (open.length >= most || (open.length > 0 && random.below(3) === 0)) {
          const [ended] = open.splice(random.below(open.length), 1);
          const number = calls.numberOf(ended!.id)!;
          expect(calls.call(number).id).toBe(ended!.id);
          expect(calls.floor(number)).toBe(ended!.floor);
          calls.end(number);
          expect(calls.numberOf(ended!.id)).toBeNull();
        }
        calls.add({ id, client: 0, input: putOf('k', ''), callUs: id }, 3 * id, null);
        open.push({ id, floor: 3 * id });
        expect(calls.oldestFloor).toBe(open[0]!.floor);
      }
      expect(calls.ids()).toEqual(open.map(({ id }) => id));
      for (const id of calls.ids()) calls.end(calls.numberOf(id)!);
      expect(calls.oldestFloor).toBeNull();
    }
  });
});
