// Which open pair to decide next: the one that was in most conflicts of late, of equals the first
// (Moskewicz et al. 2001, "Chaff").

import { assert } from '../../../base/assert.js';

/** What one conflict weighs more than the one before it. */
const GROWTH = 1 / 0.95;
/** Beyond this all weights are scaled down. */
const WEIGHT_MAX = 1e100;

export class ActivityQueue {
  private readonly weights: number[] = [];
  /** A heap of pairs, and the place of each in it; -1 if it is not. */
  private readonly heap: number[] = [];
  private readonly places: number[] = [];
  private weight = 1;

  /** Adds a new pair: they are numbered from 0. */
  append(pair: number): void {
    assert(pair === this.weights.length, 'pairs come in the order of their numbers', { pair });
    this.weights.push(0);
    this.places.push(-1);
    this.add(pair);
  }

  add(pair: number): void {
    if (this.places[pair] !== -1) return;
    this.heap.push(pair);
    this.rise(pair, this.heap.length - 1);
  }

  /** Takes the first out; null if there is none. */
  take(): number | null {
    const { heap, places } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    places[first] = -1;
    if (last !== first) this.sink(last, 0);
    return first;
  }

  /** The pair was in a conflict. */
  raise(pair: number): void {
    const weight = this.weights[pair]! + this.weight;
    this.weights[pair] = weight;
    if (weight > WEIGHT_MAX) {
      for (let i = 0; i < this.weights.length; i++) this.weights[i]! /= WEIGHT_MAX;
      this.weight /= WEIGHT_MAX;
    }
    if (this.places[pair] !== -1) this.rise(pair, this.places[pair]!);
  }

  /** Earlier conflicts weigh less from now on. */
  decay(): void {
    this.weight *= GROWTH;
  }

  private isSooner(a: number, b: number): boolean {
    const [weightA, weightB] = [this.weights[a]!, this.weights[b]!];
    return weightA > weightB || (weightA === weightB && a < b);
  }

  private rise(pair: number, from: number): void {
    const { heap, places } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isSooner(pair, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      places[heap[at]!] = at;
      at = parent;
    }
    heap[at] = pair;
    places[pair] = at;
  }

  private sink(pair: number, from: number): void {
    const { heap, places } = this;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.isSooner(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isSooner(heap[child]!, pair)) break;
      heap[at] = heap[child]!;
      places[heap[at]!] = at;
      at = child;
    }
    heap[at] = pair;
    places[pair] = at;
  }
}
