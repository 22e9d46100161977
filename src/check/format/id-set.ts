// A set of integers from 0 on that only grows. Of ids that count upwards it holds next to nothing: bits for
// those after the first that is missing, 32 to an entry.

const BITS = 32;
const FULL = -1;

export class IdSet {
  /** All ids below this multiple of 32 are in the set. */
  private denseBelow = 0;
  /** Bits of the ids from there on, by id / 32. */
  private readonly words = new Map<number, number>();

  /** False if the id is in the set already. `id` is an integer, 0 or more. */
  add(id: number): boolean {
    if (id < this.denseBelow) return false;
    const at = Math.floor(id / BITS);
    const bit = 1 << (id % BITS);
    const word = this.words.get(at) ?? 0;
    if ((word & bit) !== 0) return false;
    this.words.set(at, word | bit);
    while (this.words.get(this.denseBelow / BITS) === FULL) {
      this.words.delete(this.denseBelow / BITS);
      this.denseBelow += BITS;
    }
    return true;
  }

  /** How many entries are held. */
  get entries(): number {
    return this.words.size;
  }
}
