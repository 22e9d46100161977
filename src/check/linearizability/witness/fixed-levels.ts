// The revisions of a history that is there as a whole: numbers in typed arrays and operations in a few long
// arrays, because an object for every revision costs more to keep than to judge.
// Not here: the revisions of a history while it is made (moving-levels.ts).

import type { Micros, Revision } from '../../../base/ids.js';
import type { EtcdOperation } from '../objects/etcd.js';
import { addAt, type Levels } from './levels.js';

/** An operation that fits anywhere, and the revision that it was given. */
export interface PlacedAnywhere {
  readonly operation: EtcdOperation;
  readonly revision: Revision;
}

export class FixedLevels implements Levels {
  readonly lowest = 1;
  highest: Revision = 1;
  private readonly writers: (EtcdOperation | null)[];
  /** By revision. */
  private deadlinesUs: Float64Array;
  private readonly shownAt = new Map<Revision, EtcdOperation[]>();
  private readonly revokesAt = new Map<Revision, EtcdOperation[]>();
  /** All reads, by revision. */
  private readInOrder: EtcdOperation[] = [];
  /** By revision, where its reads end in the order. */
  private readEnds: Int32Array = new Int32Array(0);

  /** `revisionsExpected`: more cost time. */
  constructor(revisionsExpected: number) {
    this.writers = new Array<EtcdOperation | null>(revisionsExpected + 1).fill(null);
    this.deadlinesUs = new Float64Array(revisionsExpected + 1).fill(Infinity);
  }

  writer(revision: Revision): EtcdOperation | null {
    return this.writers[revision] ?? null;
  }

  reads(revision: Revision): EtcdOperation[] | null {
    const from = this.readEnds[revision - 1]!;
    const to = this.readEnds[revision]!;
    return from === to ? null : this.readInOrder.slice(from, to);
  }

  shown(revision: Revision): readonly EtcdOperation[] | null {
    return this.shownAt.size === 0 ? null : (this.shownAt.get(revision) ?? null);
  }

  revokes(revision: Revision): readonly EtcdOperation[] | null {
    return this.revokesAt.size === 0 ? null : (this.revokesAt.get(revision) ?? null);
  }

  deadlineUs(revision: Revision): Micros {
    return this.deadlinesUs[revision]!;
  }

  /** Somebody was told of this revision at `returnUs`. Comes before all else about the revision. */
  reach(revision: Revision, returnUs: Micros): void {
    if (revision > this.highest) {
      this.highest = revision;
      if (revision >= this.deadlinesUs.length) this.grow();
    }
    if (returnUs < this.deadlinesUs[revision]!) this.deadlinesUs[revision] = returnUs;
  }

  setWriter(revision: Revision, operation: EtcdOperation): void {
    this.writers[revision] = operation;
  }

  addShown(revision: Revision, operation: EtcdOperation): void {
    addAt(this.shownAt, revision, operation);
  }

  addRevoke(revision: Revision, operation: EtcdOperation): void {
    addAt(this.revokesAt, revision, operation);
  }

  /** Who is told of a revision is told of those before it. Comes once, when all have been reached. */
  spreadDeadlines(): void {
    const { deadlinesUs } = this;
    for (let revision = this.highest - 1; revision >= 1; revision--) {
      const nextUs = deadlinesUs[revision + 1]!;
      if (nextUs < deadlinesUs[revision]!) deadlinesUs[revision] = nextUs;
    }
  }

  /**
   * Takes in all reads, in call order, with the revision of each by its place, 0 for what is none; and those that
   * fit anywhere, which go in call order among the others. Comes once. Linear, but for many of the
   * latter at one revision.
   */
  fillReads(
    operations: readonly EtcdOperation[],
    revisions: Int32Array,
    anywhere: readonly PlacedAnywhere[],
  ): void {
    const ends = new Int32Array(this.highest + 1);
    for (const revision of revisions) ends[revision]!++;
    for (const { revision } of anywhere) ends[revision]!++;
    // The count of a revision becomes where its reads begin, and with each that is put there, where they end.
    let count = 0;
    ends[0] = 0;
    for (let revision = 1; revision < ends.length; revision++) {
      const here = ends[revision]!;
      ends[revision] = count;
      count += here;
    }
    const begins = anywhere.length > 0 ? ends.slice() : ends;
    const inOrder = new Array<EtcdOperation>(count);
    for (let i = 0; i < revisions.length; i++) {
      const revision = revisions[i]!;
      if (revision > 0) inOrder[ends[revision]!++] = operations[i]!;
    }
    for (const { operation, revision } of anywhere) {
      let place = ends[revision]!++;
      for (; place > begins[revision]! && inOrder[place - 1]!.callUs > operation.callUs; place--) {
        inOrder[place] = inOrder[place - 1]!;
      }
      inOrder[place] = operation;
    }
    this.readInOrder = inOrder;
    this.readEnds = ends;
  }

  /** Puts the reads of a revision into another order. */
  reorderReads(revision: Revision, reads: readonly EtcdOperation[]): void {
    let place = this.readEnds[revision - 1]!;
    for (const read of reads) this.readInOrder[place++] = read;
  }

  private grow(): void {
    const longer = new Float64Array(2 * (this.highest + 1)).fill(Infinity);
    longer.set(this.deadlinesUs);
    this.deadlinesUs = longer;
    while (this.writers.length < longer.length) this.writers.push(null);
  }
}
