// The revisions of a history while it is made, from the oldest that may still be asked for to the newest.
// Not here: the revisions of a whole history (fixed-levels.ts).

import { assert } from '../../../base/assert.js';
import type { Micros, Revision } from '../../../base/ids.js';
import type { EtcdOperation } from '../objects/etcd.js';
import { addAt, type Levels } from './levels.js';

export class MovingLevels implements Levels {
  lowest: Revision = 1;
  private readonly writers: (EtcdOperation | null)[] = [];
  private readonly readsOf: (EtcdOperation[] | null)[] = [];
  private readonly deadlinesUs: Micros[] = [];
  private readonly deadlinesBy: (EtcdOperation | null)[] = [];
  private readonly shownAt = new Map<Revision, EtcdOperation[]>();

  get highest(): Revision {
    return this.lowest + this.writers.length - 1;
  }

  writer(revision: Revision): EtcdOperation | null {
    return this.writers[revision - this.lowest] ?? null;
  }

  reads(revision: Revision): EtcdOperation[] | null {
    return this.readsOf[this.place(revision)]!;
  }

  shown(revision: Revision): readonly EtcdOperation[] | null {
    return this.shownAt.size === 0 ? null : (this.shownAt.get(revision) ?? null);
  }

  /** Nothing with leases is judged while it is made. */
  revokes(): null {
    return null;
  }

  deadlineUs(revision: Revision): Micros {
    return this.deadlinesUs[this.place(revision)]!;
  }

  /** Who returned at the deadline. */
  deadlineBy(revision: Revision): EtcdOperation | null {
    return this.deadlinesBy[this.place(revision)]!;
  }

  /** The next revision is there by a time, when it was told to somebody. */
  add(deadlineUs: Micros, by: EtcdOperation | null): void {
    this.writers.push(null);
    this.readsOf.push(null);
    this.deadlinesUs.push(deadlineUs);
    this.deadlinesBy.push(by);
  }

  setWriter(revision: Revision, operation: EtcdOperation): void {
    this.writers[this.place(revision)] = operation;
  }

  addShown(revision: Revision, operation: EtcdOperation): void {
    addAt(this.shownAt, revision, operation);
  }

  /** Reads are kept in call order, in which most come nearly. */
  addRead(revision: Revision, operation: EtcdOperation): void {
    const at = this.place(revision);
    const reads = this.readsOf[at]!;
    if (reads === null) {
      this.readsOf[at] = [operation];
      return;
    }
    let place = reads.length;
    if (place === 1) {
      // A list that grows makes room for many more, which are seldom there.
      const first = reads[0]!;
      this.readsOf[at] = first.callUs > operation.callUs ? [operation, first] : [first, operation];
      return;
    }
    reads.push(operation);
    for (; place > 0 && reads[place - 1]!.callUs > operation.callUs; place--) {
      reads[place] = reads[place - 1]!;
    }
    reads[place] = operation;
  }

  /** Lets go of the revisions below `before`. */
  forget(before: Revision): void {
    const count = before - this.lowest;
    for (let revision = this.lowest; this.shownAt.size > 0 && revision < before; revision++) {
      this.shownAt.delete(revision);
    }
    this.writers.splice(0, count);
    this.readsOf.splice(0, count);
    this.deadlinesUs.splice(0, count);
    this.deadlinesBy.splice(0, count);
    this.lowest = before;
  }

  private place(revision: Revision): number {
    const place = revision - this.lowest;
    if (place < 0 || place >= this.writers.length) {
      assert(false, 'a revision that is not held', { revision, lowest: this.lowest });
    }
    return place;
  }
}
