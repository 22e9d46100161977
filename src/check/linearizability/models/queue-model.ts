// A first-in-first-out queue. A dequeue that found nothing answers null, and that answer is checked.

import { mix } from '../../../base/hash.js';
import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import type { Link, QueueInput, QueueOutput, QueueState, QueueValue } from '../objects/queue.js';
import type { Backlog } from '../online/streamed-part.js';
import { checkByLine } from '../ordering/queue-line.js';
import { queueProof } from '../proof/queue-proof.js';
import { valueHash } from './text-hash.js';

const EMPTY: QueueState = { front: [], taken: 0, back: null, count: 0, hash: 0, power: 1 };
const BASE = 0x01000193;
/** The inverse of BASE modulo 2 to the 32. */
const BASE_INVERSE = inverse(BASE);
const ITEMS_SHOWN = 5;
/** Values that came one after another are few behind each other in the search as well. */
const NEWEST_MAX = 8;

export interface QueueModelOptions {
  /** The history to be judged, or a window of it, to prune the search. */
  readonly history?: readonly Operation<QueueInput, QueueOutput>[];
  /** Where that history starts; default: an empty queue. */
  readonly initial?: QueueState;
}

export function queueModel({
  history,
  initial = EMPTY,
}: QueueModelOptions = {}): Model<QueueState, QueueInput, QueueOutput> {
  const mustPrecede = history === undefined ? null : leavingOrder(history, initial);
  return {
    name: 'queue',
    init: () => EMPTY,
    step(state, input, output) {
      if (input.kind === 'enqueue') {
        if (output !== null && output.value !== null) return undefined;
        const isLate =
          mustPrecede !== null && newest(state).some((item) => mustPrecede(input.value, item));
        return isLate ? undefined : enqueue(state, input.value);
      }
      if (output === null) return state.count === 0 ? state : dequeue(state);
      if (output.value === null) return state.count === 0 ? state : undefined;
      return state.count > 0 && headOf(state) === output.value ? dequeue(state) : undefined;
    },
    hash: ({ hash, count }) => mix(count, hash),
    equals,
    isPure: (input, output) => input.kind === 'dequeue' && output !== null && output.value === null,
    operationKey: (input, output) => JSON.stringify([input, output]),
    decide: (operations, start) => (start.count === 0 ? checkByLine(operations) : null),
    proof: queueProof(EMPTY),
    describeOperation: describe,
    describeState(state) {
      const items = itemsOf(state);
      const shown = items.slice(0, ITEMS_SHOWN).map((item) => JSON.stringify(item));
      const rest = items.length - shown.length;
      return `[${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}]`;
    },
    explain: (state) =>
      state.count === 0 ? 'the queue is empty' : `the head is ${JSON.stringify(headOf(state))}`,
  };
}

/** Which of two concurrent values came first shows when they leave. */
export const QUEUE_BACKLOG: Backlog<QueueState, QueueInput, QueueOutput> = {
  unseen: ({ count }) => count,
  sees: (input, output) => input.kind === 'dequeue' && output !== null && output.value !== null,
};

type Precedes = (a: QueueValue, b: QueueValue) => boolean;

/**
 * Whether one value leaves the queue before another in every legal order, so that it came first: it had left
 * before the dequeue of the other was called. Null where values repeat. A value that no dequeue of the history
 * shows leaves after it, if no dequeue of unknown outcome can have taken it.
 */
function leavingOrder(
  history: readonly Operation<QueueInput, QueueOutput>[],
  initial: QueueState,
): Precedes | null {
  const values = new Set<QueueValue>(itemsOf(initial));
  const left = new Map<QueueValue, { readonly callUs: Micros; readonly returnUs: Micros }>();
  let count = values.size;
  if (count < initial.count) return null;
  let endUs = -Infinity;
  let areAllSeen = true;
  for (const { input, output, outcome, callUs, returnUs } of history) {
    if (outcome === 'fail') continue;
    endUs = Math.max(endUs, callUs);
    if (input.kind === 'enqueue') {
      count++;
      values.add(input.value);
      if (values.size < count) return null;
    } else if (outcome !== 'ok' || output === null) areAllSeen = false;
    else if (output.value !== null) {
      if (left.has(output.value)) return null;
      left.set(output.value, { callUs, returnUs });
    }
  }
  const unseenUs = areAllSeen ? endUs : -Infinity;
  return (a, b) => {
    const first = left.get(a);
    return first !== undefined && first.returnUs < (left.get(b)?.callUs ?? unseenUs);
  };
}

/** The items that came last, as many as are looked at. */
function newest({ front, taken, back }: QueueState): QueueValue[] {
  const items: QueueValue[] = [];
  let link = back;
  for (; link !== null && items.length < NEWEST_MAX; link = link.older) items.push(link.value);
  for (let at = front.length - 1; at >= taken && items.length < NEWEST_MAX; at--) {
    items.push(front[at]!);
  }
  return items;
}

function enqueue(state: QueueState, value: QueueValue): QueueState {
  return {
    front: state.front,
    taken: state.taken,
    back: { value, older: state.back },
    count: state.count + 1,
    hash: (Math.imul(state.hash, BASE) + valueHash(1, value)) | 0,
    power: Math.imul(state.power, BASE),
  };
}

function dequeue(state: QueueState): QueueState {
  const { front, taken, back } = turned(state);
  const power = Math.imul(state.power, BASE_INVERSE);
  return {
    front,
    taken: taken + 1,
    back,
    count: state.count - 1,
    hash: (state.hash - Math.imul(valueHash(1, front[taken]!), power)) | 0,
    power,
  };
}

function headOf(state: QueueState): QueueValue {
  const { front, taken } = turned(state);
  return front[taken]!;
}

/** The same items with the head in `front`. */
function turned(state: QueueState): Pick<QueueState, 'front' | 'taken' | 'back'> {
  if (state.taken < state.front.length) return state;
  return { front: newestLast(state.back), taken: 0, back: null };
}

function newestLast(back: Link | null): QueueValue[] {
  const items: QueueValue[] = [];
  for (let link = back; link !== null; link = link.older) items.push(link.value);
  return items.reverse();
}

function itemsOf(state: QueueState): QueueValue[] {
  return [...state.front.slice(state.taken), ...newestLast(state.back)];
}

function equals(a: QueueState, b: QueueState): boolean {
  if (a === b) return true;
  if (a.count !== b.count || a.hash !== b.hash) return false;
  if (a.front === b.front && a.taken === b.taken && a.back === b.back) return true;
  const right = itemsOf(b);
  return itemsOf(a).every((item, i) => item === right[i]);
}

/** By Newton's iteration: each step doubles the bits that are right, from the three of an odd number. */
function inverse(odd: number): number {
  let guess = odd;
  for (let bits = 3; bits < 32; bits *= 2) {
    guess = Math.imul(guess, 2 - Math.imul(odd, guess));
  }
  return guess;
}

function describe(input: QueueInput, output: QueueOutput | null): string {
  if (input.kind === 'enqueue') return `enqueue ${JSON.stringify(input.value)}`;
  if (output === null) return 'dequeue';
  return `dequeue -> ${output.value === null ? 'nothing' : JSON.stringify(output.value)}`;
}
