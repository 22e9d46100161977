// Keeps whole numbers whole in V8's eyes: what came out of arithmetic on doubles is stored in a box of its
// own, and so is every later value of the field it is written to. No number changes its value here.

/** The same number; as a small integer if it is one. */
export function asInteger(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}

/** Math.floor, as a small integer if the result is one. */
export function floorInteger(value: number): number {
  return asInteger(Math.floor(value));
}
