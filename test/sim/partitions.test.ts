// Shapes of partitions, checked by who still hears whom.

import { expect, test } from 'vitest';
import {
  bridge,
  type DirectedLink,
  deafen,
  isolate,
  majorityRing,
  mute,
  split,
} from '../../src/sim/partitions.js';

const FIVE = [1, 2, 3, 4, 5];

/** For every process, whom it hears, itself included. */
function hearing(everyone: readonly number[], cut: readonly DirectedLink[]): Map<number, number[]> {
  const cutKeys = new Set(cut.map(([from, to]) => `${from}>${to}`));
  expect(cutKeys.size, 'no link is cut twice').toBe(cut.length);
  const heard = new Map<number, number[]>();
  for (const to of everyone) {
    heard.set(
      to,
      everyone.filter((from) => !cutKeys.has(`${from}>${to}`)),
    );
  }
  return heard;
}

test('isolate cuts both directions between inside and outside only', () => {
  const heard = hearing(FIVE, isolate([1, 2], FIVE));
  expect(heard.get(1)).toEqual([1, 2]);
  expect(heard.get(2)).toEqual([1, 2]);
  expect(heard.get(3)).toEqual([3, 4, 5]);
});

test('a deaf process is heard, a mute one hears', () => {
  const deaf = hearing(FIVE, deafen([3], FIVE));
  expect(deaf.get(3)).toEqual([3]);
  expect(deaf.get(1)).toEqual(FIVE);
  const quiet = hearing(FIVE, mute([3], FIVE));
  expect(quiet.get(3)).toEqual(FIVE);
  expect(quiet.get(1)).toEqual([1, 2, 4, 5]);
});

test('split cuts between groups and leaves the ungrouped alone', () => {
  const heard = hearing(
    FIVE,
    split([
      [1, 2],
      [3, 4],
    ]),
  );
  expect(heard.get(1)).toEqual([1, 2, 5]);
  expect(heard.get(4)).toEqual([3, 4, 5]);
  expect(heard.get(5)).toEqual(FIVE);
});

test.each([3, 4, 5, 6, 7, 9])('in a ring of %i everyone hears a majority, no two the same', (n) => {
  const order = Array.from({ length: n }, (_, i) => i + 1);
  const heard = hearing(order, majorityRing(order));
  const windows = new Set<string>();
  for (const [id, from] of heard) {
    expect(from).toContain(id);
    expect(from.length).toBe(Math.floor(n / 2) + 1);
    windows.add(from.join());
  }
  expect(windows.size).toBe(n);
});

test('rings of one and two have nothing to cut', () => {
  expect(majorityRing([1])).toEqual([]);
  expect(majorityRing([1, 2])).toEqual([]);
});

test('only the bridge reaches both halves', () => {
  const heard = hearing(FIVE, bridge([3, 1, 2, 4, 5]));
  expect(heard.get(3)).toEqual(FIVE);
  expect(heard.get(1)).toEqual([1, 2, 3]);
  expect(heard.get(5)).toEqual([3, 4, 5]);
  expect(() => bridge([1, 2])).toThrow('two sides');
});
