// One lane of the state's hash (state-hash.ts), number by number and over a text.

import type { ByteString } from '../../base/ids.js';

const MULTIPLIER = 0x85ebca6b;

/** An int32. */
export function step(h: number, value: number): number {
  const x = Math.imul(h ^ value, MULTIPLIER);
  return (x << 13) | (x >>> 19);
}

/** One lane over a text. */
export function hashText(text: ByteString, seed: number): number {
  let h = seed ^ text.length;
  for (let i = 0; i < text.length; i++) h = step(h, text.charCodeAt(i));
  return h;
}
