// Choices without a stream: a fixed key and an identity give a fixed answer, so that a page's fate
// depends on which page it is and not on how many pages were asked before it.

import { mix } from '../base/hash.js';

/** A uniform integer in [0, bound) for this key and salt. */
export function choose(key: number, salt: number, bound: number): number {
  return Math.floor(((mix(key, salt) >>> 0) / 4294967296) * bound);
}

/** True with probability `ppm` in a million for this key and salt. */
export function chooseChance(key: number, salt: number, ppm: number): boolean {
  return choose(key, salt, 1_000_000) < ppm;
}

/** Folds a path into an int32. */
export function pathKey(path: string): number {
  let key = 0x51ed270b | 0;
  for (let i = 0; i < path.length; i++) key = mix(key, path.charCodeAt(i));
  return key;
}
