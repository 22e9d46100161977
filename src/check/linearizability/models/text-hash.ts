// Hashes of texts and of values that histories carry, for the models' states.

import { mix } from '../../../base/hash.js';

/** An int32 that depends on `seed` and on every code unit. O(length). */
export function textHash(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

/** An int32; numbers and texts that differ hash apart, but for collisions. */
export function valueHash(seed: number, value: string | number | null): number {
  if (value === null) return mix(seed, 11);
  return typeof value === 'number' ? mix(mix(seed, 13), value) : textHash(mix(seed, 17), value);
}
