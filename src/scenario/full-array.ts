// An array that is drawn with its full length and may shrink to any shorter one. fast-check's own array
// draws its length too, which would make half of all workloads short.

import fc from 'fast-check';

/** Arrays of `length` elements that shrink like any array. */
export function fullArray<T>(element: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return new FullArray(element, length);
}

class FullArray<T> extends fc.Arbitrary<T[]> {
  private readonly full: fc.Arbitrary<T[]>;
  private readonly shorter: fc.Arbitrary<T[]>;

  constructor(element: fc.Arbitrary<T>, length: number) {
    super();
    this.full = fc.array(element, { minLength: length, maxLength: length, size: 'max' });
    this.shorter = fc.array(element, { minLength: 0, maxLength: length, size: 'max' });
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<T[]> {
    return this.full.generate(random, biasFactor);
  }

  override canShrinkWithoutContext(value: unknown): value is T[] {
    return this.shorter.canShrinkWithoutContext(value);
  }

  override shrink(value: T[], context: unknown): fc.Stream<fc.Value<T[]>> {
    return this.shorter.shrink(value, context);
  }
}
