// The calls under way, in the order in which they came, each with what had been answered before it: rings of a
// power of two, whose places are used again. Not here: judging answers (online-witness.ts).

import type { Revision } from '../../../base/ids.js';
import type { EtcdOperation, EtcdRequest } from '../objects/etcd.js';
import { IdTable } from '../online/id-table.js';
import type { Invocation } from '../online/online-checker.js';

type Call = Invocation<EtcdRequest>;

const CAPACITY_MIN = 64;

export class OpenCalls {
  /** The numbers of those under way; a number in a ring is that of its place and of those a ring further. */
  private readonly numbers = new IdTable<number>();
  /** Null for what has ended. */
  private calls: (Call | null)[] = new Array<Call | null>(CAPACITY_MIN).fill(null);
  private floors: Float64Array = new Float64Array(CAPACITY_MIN);
  private floorsBy: (EtcdOperation | null)[] = new Array<EtcdOperation | null>(CAPACITY_MIN).fill(
    null,
  );
  private mask = CAPACITY_MIN - 1;
  /** The numbers of the oldest call under way, if there is one, and of the next to come. */
  private head = 0;
  private next = 0;

  /** `floor`: the highest revision answered before it, by `floorBy`. */
  add(call: Call, floor: Revision, floorBy: EtcdOperation | null): void {
    if (this.next - this.head > this.mask) this.grow();
    const place = this.next & this.mask;
    this.calls[place] = call;
    this.floors[place] = floor;
    this.floorsBy[place] = floorBy;
    this.numbers.set(call.id, this.next++);
  }

  /** The number of a call under way; null if there is none of this id. */
  numberOf(id: number): number | null {
    return this.numbers.get(id);
  }

  call(number: number): Call {
    return this.calls[number & this.mask]!;
  }

  floor(number: number): Revision {
    return this.floors[number & this.mask]!;
  }

  floorBy(number: number): EtcdOperation | null {
    return this.floorsBy[number & this.mask]!;
  }

  /** The floor of the oldest call; null if none is under way. */
  get oldestFloor(): Revision | null {
    return this.head === this.next ? null : this.floor(this.head);
  }

  end(number: number): void {
    const { calls, floorsBy, mask } = this;
    this.numbers.take(calls[number & mask]!.id);
    calls[number & mask] = null;
    while (this.head < this.next && calls[this.head & mask] === null) {
      floorsBy[this.head & mask] = null;
      this.head++;
    }
  }

  /** Ids in the order of the calls. */
  ids(): number[] {
    const ids: number[] = [];
    for (let number = this.head; number < this.next; number++) {
      const call = this.calls[number & this.mask]!;
      if (call !== null) ids.push(call.id);
    }
    return ids;
  }

  /** Starts rings of twice the length with what is in these. */
  private grow(): void {
    const { calls, floors, floorsBy, mask } = this;
    this.mask = 2 * calls.length - 1;
    this.calls = new Array<Call | null>(this.mask + 1).fill(null);
    this.floors = new Float64Array(this.mask + 1);
    this.floorsBy = new Array<EtcdOperation | null>(this.mask + 1).fill(null);
    for (let number = this.head; number < this.next; number++) {
      this.calls[number & this.mask] = calls[number & mask]!;
      this.floors[number & this.mask] = floors[number & mask]!;
      this.floorsBy[number & this.mask] = floorsBy[number & mask]!;
    }
  }
}
