// What a first-in-first-out queue is asked, what it answers, and what it holds.

export type QueueValue = string | number;

export type QueueInput =
  | { readonly kind: 'enqueue'; readonly value: QueueValue }
  | { readonly kind: 'dequeue' };

export interface QueueOutput {
  /** What was dequeued; null if the queue was empty, and for an enqueue. */
  readonly value: QueueValue | null;
}

/**
 * The items are those of `front` from `taken` on, then those of `back`, a list with the newest first.
 * So both ends cost O(1) amortised, and states share what they have in common.
 */
export interface QueueState {
  readonly front: readonly QueueValue[];
  readonly taken: number;
  readonly back: Link | null;
  readonly count: number;
  /** A polynomial in the items, so that both ends can change it. */
  readonly hash: number;
  /** The polynomial's base to the power of `count`. */
  readonly power: number;
}

export interface Link {
  readonly value: QueueValue;
  readonly older: Link | null;
}
