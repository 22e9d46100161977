// What the checks for complete values ask of JSON. Not here: any model.

import type { Json, JsonObject } from '../json.js';

/**
 * Whether this is an object of `size` fields. With each of `size` known fields found in it, there are no others.
 */
export function isObjectOf(json: Json | undefined, size: number): json is JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  let count = 0;
  for (const _ in json) count++;
  return count === size;
}

export function isInteger(json: Json | undefined): json is number {
  return Number.isSafeInteger(json);
}

/** Microseconds, perhaps with a fraction. */
export function isTimeUs(json: Json | undefined): json is number {
  return typeof json === 'number' && json >= 0 && json < Infinity;
}
