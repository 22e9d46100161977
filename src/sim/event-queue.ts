// The one queue of a simulation: an intrusive binary heap ordered by (virtual time, sequence).
// Not here: what an event means. There is no cancel: an event that lost its meaning fires into nothing.
// Guarantee: a total order that depends only on the order of pushes, never on the heap's shape.

import type { Micros } from '../base/ids.js';
import type { Link } from './network.js';

export const EVENT_DELIVER = 1;
export const EVENT_WAKE = 2;
export const EVENT_DISK = 3;
export const EVENT_ACTION = 4;
/** Lets a process that was paused or blocked take the next event it was kept from. */
export const EVENT_DRAIN = 5;
export const EVENT_START = 6;
export const EVENT_DOWN = 7;
export const EVENT_DROP = 8;

export type EventKind =
  | typeof EVENT_DELIVER
  | typeof EVENT_WAKE
  | typeof EVENT_DISK
  | typeof EVENT_ACTION
  | typeof EVENT_DRAIN
  | typeof EVENT_START
  | typeof EVENT_DOWN
  | typeof EVENT_DROP;

/** Names of the kinds, for people. */
export const EVENT_NAMES: readonly string[] = [
  '',
  'deliver',
  'wake',
  'disk',
  'action',
  'drain',
  'start',
  'down',
  'drop',
];

/** One class for all kinds of events, so that the loop sees one hidden class. */
export class SimEvent<M> {
  timeUs: Micros;
  /** Set by the queue. */
  seq = 0;
  readonly kind: EventKind;
  /** Dense index of the process it enters; -1 for none. */
  readonly target: number;
  /** Incarnation it belongs to: a disk completion of another incarnation never fires. */
  readonly incarnation: number;
  /** The run-wide number of the message, or 0. */
  readonly number: number;
  readonly link: Link<M> | null;
  readonly message: M | null;
  readonly action: (() => void) | null;

  constructor(
    timeUs: Micros,
    kind: EventKind,
    target: number,
    incarnation: number,
    number: number,
    link: Link<M> | null,
    message: M | null,
    action: (() => void) | null,
  ) {
    this.timeUs = timeUs;
    this.kind = kind;
    this.target = target;
    this.incarnation = incarnation;
    this.number = number;
    this.link = link;
    this.message = message;
    this.action = action;
  }
}

/** A binary heap. push and pop are O(log n), peek is O(1). */
export class EventQueue<M> {
  private readonly heap: SimEvent<M>[] = [];
  private nextSeq = 1;

  get size(): number {
    return this.heap.length;
  }

  peek(): SimEvent<M> | undefined {
    return this.heap[0];
  }

  /** Among events of one time, the one pushed first comes first. */
  push(event: SimEvent<M>): void {
    const { heap } = this;
    event.seq = this.nextSeq++;
    const { timeUs } = event;
    let at = heap.length;
    heap[at] = event;
    // The new event has the highest sequence of all, so only an earlier time moves it up.
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt]!;
      if (parent.timeUs <= timeUs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  pop(): SimEvent<M> | undefined {
    const { heap } = this;
    const top = heap[0];
    if (top === undefined) return undefined;
    const last = heap.pop()!;
    const count = heap.length;
    if (count === 0) return top;
    const { timeUs, seq } = last;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= count) break;
      let child = heap[childAt]!;
      if (childAt + 1 < count) {
        const right = heap[childAt + 1]!;
        if (
          right.timeUs < child.timeUs ||
          (right.timeUs === child.timeUs && right.seq < child.seq)
        ) {
          child = right;
          childAt++;
        }
      }
      if (timeUs < child.timeUs || (timeUs === child.timeUs && seq < child.seq)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return top;
  }
}
