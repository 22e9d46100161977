// What texts that were read consist of: the put that began each, or the empty text, and the appends that it grew
// by. Not here: what follows for the order of operations (growing-zones.ts).

import { assert } from '../../../base/assert.js';

/** A put or an append, by its place in the history. */
export interface Piece {
  readonly place: number;
  /** Not empty. */
  readonly text: string;
  readonly begins: boolean;
}

/** Pieces of which no two have the same text, for look-up. */
export class Pieces {
  private readonly byText = new Map<string, Piece>();
  private readonly lengths: readonly number[];

  constructor(pieces: readonly Piece[]) {
    for (const piece of pieces) this.byText.set(piece.text, piece);
    assert(this.byText.size === pieces.length, 'each text has one writer');
    this.lengths = [...new Set(pieces.map(({ text }) => text.length))];
  }

  /** The pieces that a text goes on with at an offset. O(different lengths). */
  at(text: string, offset: number): Piece[] {
    const found: Piece[] = [];
    for (const length of this.lengths) {
      if (offset + length > text.length) continue;
      const piece = this.byText.get(text.slice(offset, offset + length));
      if (piece !== undefined) found.push(piece);
    }
    return found;
  }
}

/** Texts that are beginnings of one another, and the reads that returned them, by place in the history. */
export class Growth {
  /** The put that began them; null for the text that the key holds at first. */
  readonly base: Piece | null;
  /** In the order in which they were appended. */
  readonly appends: Piece[] = [];
  /** The reads before the first append, then those after each. */
  readonly reads: number[][] = [[]];
  /** The longest text. */
  text: string;
  /** A read of the longest text; -1 before there is one. */
  witness = -1;
  /** Length of the text before each append, and in the end. */
  private readonly lengths: number[];

  constructor(base: Piece | null, initial: string) {
    this.base = base;
    this.text = base?.text ?? initial;
    this.lengths = [this.text.length];
  }

  append(piece: Piece): void {
    this.appends.push(piece);
    this.reads.push([]);
    this.text += piece.text;
    this.lengths.push(this.text.length);
  }

  /** Notes a read of a text that the longest begins with; false if it ends within an append. */
  read(text: string, place: number): boolean {
    let low = 0;
    let high = this.lengths.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lengths[middle]! < text.length) low = middle + 1;
      else high = middle;
    }
    if (this.lengths[low] !== text.length) return false;
    this.reads[low]!.push(place);
    if (low === this.appends.length) this.witness = place;
    return true;
  }
}
