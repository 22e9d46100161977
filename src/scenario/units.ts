// Units for scenario files: everything inside is integer microseconds.

import type { Micros } from '../base/ids.js';

/** Seconds, as microseconds. */
export function seconds(count: number): Micros {
  return Math.round(count * 1_000_000);
}

/** Milliseconds, as microseconds. */
export function milliseconds(count: number): Micros {
  return Math.round(count * 1_000);
}
