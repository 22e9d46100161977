// The persistent map against a sorted array, version by version: old versions must stay what they were.

import { expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import type { OrderedMap } from '../../src/check/linearizability/models/ordered-map.js';
import {
  keysOf,
  rankOf,
  sizeOf,
  valueAt,
  valuesIn,
  valuesOf,
  withEntry,
  withoutInterval,
  withoutKey,
} from '../../src/check/linearizability/models/ordered-map.js';

type Numbers = OrderedMap<number, string>;

it('holds what a sorted array holds, and keeps its old versions', () => {
  const random = randomStream('3', 'ordered-map');
  const versions: { map: Numbers; entries: readonly (readonly [number, string])[] }[] = [];
  let map: Numbers = null;
  let entries: (readonly [number, string])[] = [];
  for (let step = 0; step < 3000; step++) {
    const key = random.below(400);
    const kind = random.below(20);
    const end = kind === 18 ? null : key + random.below(12);
    if (kind < 12) {
      map = withEntry(map, key, `v${step}`);
      entries = [...entries.filter(([k]) => k !== key), [key, `v${step}`] as const];
      entries.sort(([a], [b]) => a - b);
    } else if (kind < 18) {
      map = withoutKey(map, key);
      entries = entries.filter(([k]) => k !== key);
    } else if (kind === 19 || step % 10 === 0) {
      map = withoutInterval(map, key, end);
      entries = entries.filter(([k]) => k < key || (end !== null && k >= end));
    }
    expect(depth(map)).toBeLessThan(2 + 2.5 * (31 - Math.clz32(sizeOf(map) + 1)));
    expect(valueAt(map, key)).toBe(entries.find(([k]) => k === key)?.[1]);
    expect(rankOf(map, key)).toBe(entries.filter(([k]) => k < key).length);
    expect(valuesIn(map, key, key + 9)).toEqual(
      entries.filter(([k]) => k >= key && k < key + 9).map(([, value]) => value),
    );
    if (step % 50 === 0) versions.push({ map, entries });
  }
  for (const version of versions) {
    expect(keysOf(version.map)).toEqual(version.entries.map(([key]) => key));
    expect(valuesOf(version.map)).toEqual(version.entries.map(([, value]) => value));
  }
});

function depth(map: Numbers): number {
  return map === null ? 0 : 1 + Math.max(depth(map.left), depth(map.right));
}
