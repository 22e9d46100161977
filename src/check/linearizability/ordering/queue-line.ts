// Decides a queue without a search, where every value is enqueued once: each value is two moments, and if one
// precedes another at either end of the queue, it does at both. O(n log n).
// Conditions, each checked: no value is enqueued twice, no dequeue certainly took a value that nobody saw.
//
// What has to precede what, by real time at one end, is an order in which of two pairs a before b and c before d
// one of a before d and c before b holds too. So a value that precedes itself over both ends does so over one
// other value, and if none does, the values can stand in one line (the violations are those of Henzinger,
// Sezgin and Vafeiadis, CONCUR 2013). A dequeue that found nothing stands in it like a value, between those that
// had left and those that came later: of two values that were in the queue together, on one side of both.
// An enqueue of unknown outcome happened if its value left, and then before that.

import type { Micros } from '../../../base/ids.js';
import { deadlineUs, type Operation } from '../../history.js';
import type { LayerAnswer } from '../layer.js';
import type { QueueInput, QueueOutput, QueueValue } from '../objects/queue.js';
import { Heap } from './heap.js';

type QueueOperation = Operation<QueueInput, QueueOutput>;

/** A value, or a dequeue that found nothing; when it can come and go. Times in microseconds. */
interface Item {
  /** Null for a dequeue that found nothing. */
  readonly came: QueueOperation | null;
  /** Null for a value that never left. */
  readonly left: QueueOperation | null;
  comesFromUs: number;
  comesByUs: number;
  leavesFromUs: number;
  leavesByUs: number;
}

/** The operations of a contradiction, that which cannot be placed first. */
interface Wrong {
  readonly reason: string;
  readonly operations: readonly (QueueOperation | null)[];
}

interface Queue {
  /** By value. */
  readonly arrivals: ReadonlyMap<QueueValue, QueueOperation>;
  readonly departures: ReadonlyMap<QueueValue, QueueOperation>;
  readonly empties: readonly QueueOperation[];
  /** Dequeues that may have taken any value, or found nothing, or never happened; in call order. */
  readonly silent: readonly QueueOperation[];
}

/**
 * The verdict on the operations of a queue that is empty at first, in call order and without failed ones; null if
 * the conditions do not hold, or if it depends on what dequeues of unknown outcome took.
 */
export function checkByLine(operations: readonly QueueOperation[]): LayerAnswer | null {
  const queue = queueOf(operations);
  if (queue === null) return null;
  const steps = operations.length;
  const order = 'reason' in queue ? queue : judge(queue);
  if (order === null) return null;
  if (!('reason' in order)) return { verdict: 'ok', steps, ids: order };
  const ids = order.operations.flatMap((operation) => (operation === null ? [] : [operation.id]));
  return { verdict: 'violation', steps, reason: order.reason, core: [...new Set(ids)] };
}

function queueOf(operations: readonly QueueOperation[]): Queue | Wrong | null {
  const arrivals = new Map<QueueValue, QueueOperation>();
  const departures = new Map<QueueValue, QueueOperation>();
  const empties: QueueOperation[] = [];
  const silent: QueueOperation[] = [];
  let twice: Wrong | null = null;
  for (const operation of operations) {
    const { input, output, outcome } = operation;
    if (input.kind === 'enqueue') {
      if (arrivals.has(input.value) || (output !== null && output.value !== null)) return null;
      arrivals.set(input.value, operation);
    } else if (outcome === 'unknown') silent.push(operation);
    else if (output === null) return null;
    else if (output.value === null) empties.push(operation);
    else {
      const other = departures.get(output.value);
      if (other !== undefined) {
        const reason = `${JSON.stringify(output.value)} was dequeued twice`;
        twice ??= { reason, operations: [operation, other] };
      }
      departures.set(output.value, operation);
    }
  }
  // Only now is it known that nobody enqueued that value twice.
  if (twice !== null) return twice;
  for (const [value, left] of departures) {
    const came = arrivals.get(value) ?? null;
    if (came !== null && came.callUs <= left.returnUs) continue;
    const reason = `${JSON.stringify(value)} was dequeued before anybody enqueued it`;
    return { reason, operations: [left, came] };
  }
  return { arrivals, departures, empties, silent };
}

/** Ids in a legal order; null if that is not known. */
function judge(queue: Queue): readonly number[] | Wrong | null {
  const order = standInLine(queue);
  if (order === null || !('reason' in order) || queue.silent.length === 0) return order;
  // What is wrong with the values that are known to have left is wrong whatever became of the others.
  const { arrivals, departures } = queue;
  const known = new Map([...arrivals].filter(([value]) => departures.has(value)));
  const ofKnown = standInLine({ ...queue, arrivals: known });
  if (ofKnown !== null && 'reason' in ofKnown) return ofKnown;
  const taken = takenUnseen(queue);
  const other = taken && standInLine({ ...queue, departures: new Map([...departures, ...taken]) });
  return other === null || 'reason' in other ? null : other;
}

/**
 * Who may have taken the values that have to have left unseen: the one that has to leave first goes to the dequeue
 * that was called first. Null if there are too few.
 */
function takenUnseen({
  arrivals,
  departures,
  empties,
  silent,
}: Queue): Map<QueueValue, QueueOperation> | null {
  /** Who came later, or found nothing later, and by when that one has left. */
  const others = empties.map(({ callUs, returnUs }) => ({ fromUs: callUs, byUs: returnUs }));
  for (const [value, { returnUs }] of departures) {
    others.push({ fromUs: arrivals.get(value)!.callUs, byUs: returnUs });
  }
  others.sort((a, b) => b.fromUs - a.fromUs);
  const waiting = [...arrivals]
    .filter(([value, { outcome }]) => !departures.has(value) && outcome === 'ok')
    .sort(([, a], [, b]) => ascending(deadlineUs(b), deadlineUs(a)));
  const leaving: { readonly value: QueueValue; readonly byUs: number }[] = [];
  let at = 0;
  let byUs = Infinity;
  for (const [value, came] of waiting) {
    for (; at < others.length && others[at]!.fromUs > deadlineUs(came); at++) {
      byUs = Math.min(byUs, others[at]!.byUs);
    }
    if (byUs < Infinity) leaving.push({ value, byUs });
  }
  leaving.sort((a, b) => a.byUs - b.byUs);
  const taken = new Map<QueueValue, QueueOperation>();
  for (const [i, { value, byUs }] of leaving.entries()) {
    const dequeue = silent[i];
    if (dequeue === undefined || dequeue.callUs > byUs) return null;
    taken.set(value, dequeue);
  }
  return taken;
}

function standInLine({ arrivals, departures, empties }: Queue): readonly number[] | Wrong | null {
  const items: Item[] = [];
  for (const [value, came] of arrivals) {
    const left = departures.get(value) ?? null;
    if (left === null && came.outcome === 'unknown') continue;
    const leavesByUs = left === null ? Infinity : someTime(deadlineUs(left));
    items.push({
      came,
      left,
      comesFromUs: came.callUs,
      comesByUs: Math.min(deadlineUs(came), leavesByUs),
      leavesFromUs: left === null ? Infinity : Math.max(left.callUs, came.callUs),
      leavesByUs,
    });
  }
  const all = withEmpties(items, empties);
  const line = 'reason' in all ? all : lineOf(all);
  return 'reason' in line ? line : orderOf(line);
}

/** Adds the dequeues that found nothing, each with the moments between which the queue can have been empty. */
function withEmpties(items: Item[], empties: readonly QueueOperation[]): Item[] | Wrong {
  const values = items.length;
  const byArrival = items.slice().sort((a, b) => ascending(a.comesByUs, b.comesByUs));
  const byDeparture = items.slice().sort((a, b) => ascending(a.leavesFromUs, b.leavesFromUs));
  // Of those that came by then, who leaves last; of those that leave after that, who came first.
  const lastToLeave = bestSoFar(byArrival, (a, b) => a.leavesFromUs > b.leavesFromUs);
  const firstToCome = bestSoFar(byDeparture.toReversed(), (a, b) => a.comesByUs < b.comesByUs);
  for (const empty of empties) {
    const returnUs = someTime(empty.returnUs);
    const chain: QueueOperation[] = [];
    // Whoever was in the queue together with one that had to leave first has to leave first as well.
    let sinceUs = empty.callUs;
    for (;;) {
      const came = countBelow(byArrival, sinceUs, ({ comesByUs }) => comesByUs);
      const item = came === 0 ? null : lastToLeave[came - 1]!;
      if (item === null || item.leavesFromUs <= sinceUs) break;
      chain.push(item.came!, ...(item.left === null ? [] : [item.left]));
      sinceUs = item.leavesFromUs;
      if (sinceUs <= returnUs) continue;
      const reason = 'a dequeue found nothing while there was always something in the queue';
      return { reason, operations: [empty, ...chain] };
    }
    let untilUs = returnUs;
    for (;;) {
      const gone = countBelow(byDeparture, untilUs, ({ leavesFromUs }) => leavesFromUs, true);
      const item = gone === values ? null : firstToCome[values - gone - 1]!;
      if (item === null || item.comesByUs >= untilUs) break;
      untilUs = item.comesByUs;
    }
    items.push({
      came: null,
      left: empty,
      comesFromUs: sinceUs,
      comesByUs: returnUs,
      leavesFromUs: empty.callUs,
      leavesByUs: untilUs,
    });
  }
  return items;
}

/** In an order that agrees with both ends, or two that precede each other. */
function lineOf(items: readonly Item[]): Item[] | Wrong {
  const byCall = items.slice().sort((a, b) => ascending(a.comesFromUs, b.comesFromUs));
  const byLeaving = items.slice().sort((a, b) => ascending(a.leavesFromUs, b.leavesFromUs));
  const arrivals = new Pending(items, ({ comesByUs }) => comesByUs);
  const valueArrivals = new Pending(
    items.filter(({ came }) => came !== null),
    ({ comesByUs }) => comesByUs,
  );
  const departures = new Pending(items, ({ leavesByUs }) => leavesByUs);
  const free = new Set<Item>();
  // Of either kind, who came first goes first.
  const readyValues = new Heap<Item>((a, b) => a.comesByUs < b.comesByUs);
  const readyEmpties = new Heap<Item>((a, b) => a.comesByUs < b.comesByUs);
  const admit = (item: Item): void => {
    // Once for each end of the queue.
    if (!free.delete(item)) free.add(item);
    else (item.came === null ? readyEmpties : readyValues).add(item);
  };
  const line: Item[] = [];
  let arrived = 0;
  let leaving = 0;
  let lastLeavesUs = -Infinity;
  while (line.length < items.length) {
    const first = arrivals.first()!;
    const next = departures.first()!;
    while (arrived < items.length && byCall[arrived]!.comesFromUs <= first.comesByUs) {
      admit(byCall[arrived++]!);
    }
    while (leaving < items.length && byLeaving[leaving]!.leavesFromUs <= next.leavesByUs) {
      admit(byLeaving[leaving++]!);
    }
    // Between two that were in the queue together it was not empty; if it is, who found nothing goes first.
    const isEmpty = (valueArrivals.first()?.comesByUs ?? Infinity) >= lastLeavesUs;
    const item = isEmpty
      ? (readyEmpties.take() ?? readyValues.take())
      : (readyValues.take() ?? readyEmpties.take());
    if (item === undefined) return mutual(first, next);
    for (const pending of [arrivals, valueArrivals, departures]) pending.done(item);
    if (item.came !== null) lastLeavesUs = Math.max(lastLeavesUs, item.leavesFromUs);
    line.push(item);
  }
  return line;
}

/** `first` comes, and `next` leaves, before anything else that is left has to. */
function mutual(first: Item, next: Item): Wrong {
  const reason = `${nameOf(next)} left before ${nameOf(first)}, which came before it`;
  return { reason, operations: [next.left, first.came, next.came, first.left] };
}

function nameOf({ came }: Item): string {
  return came?.input.kind === 'enqueue' ? JSON.stringify(came.input.value) : 'nothing';
}

/** Ids of operations, each as early as the line allows; null if that is too late for one of them. */
function orderOf(line: readonly Item[]): number[] | null {
  const moments: { readonly id: number; readonly atUs: number }[] = [];
  let lastCameUs = -Infinity;
  let lastLeftUs = -Infinity;
  for (const { came, left } of line) {
    if (came !== null) {
      lastCameUs = Math.max(lastCameUs, came.callUs);
      if (lastCameUs > deadlineUs(came)) return null;
      moments.push({ id: came.id, atUs: lastCameUs });
    }
    if (left === null) continue;
    lastLeftUs = Math.max(lastLeftUs, left.callUs, came === null ? -Infinity : lastCameUs);
    if (lastLeftUs > deadlineUs(left)) return null;
    moments.push({ id: left.id, atUs: lastLeftUs });
    if (came === null) lastCameUs = Math.max(lastCameUs, lastLeftUs);
  }
  // Stable: what has to come first was put first.
  return moments.sort((a, b) => ascending(a.atUs, b.atUs)).map(({ id }) => id);
}

/** The item of those not done yet whose time is over first. */
class Pending {
  private readonly order: readonly Item[];
  private readonly isDone = new Set<Item>();
  private at = 0;

  constructor(items: readonly Item[], timeOf: (item: Item) => number) {
    this.order = items.slice().sort((a, b) => ascending(timeOf(a), timeOf(b)));
  }

  first(): Item | undefined {
    while (this.at < this.order.length && this.isDone.has(this.order[this.at]!)) this.at++;
    return this.order[this.at];
  }

  done(item: Item): void {
    this.isDone.add(item);
  }
}

/** Who leaves at any time still leaves before those that never do. */
function someTime(us: Micros): Micros {
  return Math.min(us, Number.MAX_VALUE);
}

/** Infinities have no difference. */
function ascending(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function bestSoFar(items: readonly Item[], isBetter: (a: Item, b: Item) => boolean): Item[] {
  const best: Item[] = [];
  for (const item of items) {
    const last = best.at(-1);
    best.push(last === undefined || isBetter(item, last) ? item : last);
  }
  return best;
}

/** How many of these, in ascending order of their times, are earlier; or at that time, if `inclusive`. */
function countBelow(
  items: readonly Item[],
  us: number,
  timeOf: (item: Item) => number,
  inclusive = false,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = timeOf(items[middle]!);
    if (time < us || (inclusive && time === us)) low = middle + 1;
    else high = middle;
  }
  return low;
}
