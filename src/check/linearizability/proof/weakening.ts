// Weakened histories: fewer and weaker demands than those of the history they come from, so that a legal
// order of the history always gives one of the weakened history. Hence, if the weakened one has none,
// neither has the history. Anybody may propose a weakening; `weaken` decides from the history alone
// whether it is one. Not here: proving that nothing explains it (exhaustive.ts), finding it
// (counterexample.ts).
//
// Why each step keeps a legal order, given one of the history:
// - Parts: the model's rules say what each operation says of a few parts of the object alone.
// - End: cut the order before the first operation called after the end. All that had returned by the
//   end is before the cut; the rest of what is before it becomes optional.
// - Start: cut the order after the operation that settles the state. What was called after its return
//   is behind the cut, what returned before its call is before it; the rest becomes optional.
// - Optional: forgetting an answer only allows more, and taking effect is still allowed.
// - Left out: what changes nothing (pure), and what the model's rules allow.
// A write is never left out for any other reason: without it, an answer that needs it would look wrong.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { Model } from '../model.js';
import type { Part } from './proof-rules.js';

/** Names the operations that are kept, by id. Plain data. */
export interface Weakening {
  /** Judged by the model's abstraction, not by the model. */
  readonly abstract: boolean;
  /** All is judged as far as it says something of these parts of the object; null for all it says. */
  readonly parts: readonly Part[] | null;
  /** What {@link partOf} says of the operations judged, or null for the whole history. */
  readonly partition: string | number | null;
  /** Operations called later are dropped; those that returned later are optional. In microseconds. */
  readonly endUs: Micros;
  /** The operation whose answer settles the state that the rest starts from; null for the initial one. */
  readonly start: number | null;
  /** Operations that are kept as they are. */
  readonly answered: readonly number[];
  /** Operations that may take effect once at any time after their call, or never. */
  readonly optional: readonly number[];
}

/** A history with the object it is to be judged against. */
export interface Weakened<I, O> {
  readonly operations: readonly Operation<I, O>[];
  readonly model: Model<unknown, I, O>;
}

/**
 * The history that `weakening` makes of `history`, or in words why it is no weakening of it. `model`
 * must not be pruned by a history. O(n) for n operations, plus the cost of the model's `unseen`.
 */
export function weaken<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  weakening: Weakening,
): Weakened<I, O> | string {
  const { parts } = weakening;
  if (parts === null) return weakenSeen(history, model, weakening);
  if (model.proof?.parts === undefined) return 'the object has no parts';
  return weakenSeen(seenOf(history, model, parts), model, weakening);
}

/** What a history says of these parts. O(n). `model` must have rules for parts. */
export function seenOf<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  parts: readonly Part[],
): Operation<I, O>[] {
  const rules = model.proof!.parts!;
  const chosen = new Set(parts);
  const out: Operation<I, O>[] = [];
  for (const operation of history) {
    if (operation.outcome === 'fail') continue;
    const seen = rules.seen(operation, chosen);
    if (seen !== null) out.push(seen);
  }
  return out;
}

/** As {@link weaken}, of a history that says nothing but what it says of the weakening's parts. */
export function weakenSeen<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  weakening: Weakening,
): Weakened<I, O> | string {
  const { partition, start, answered, optional } = weakening;
  const scope = scopeOf(history, model, partition);
  if (typeof scope === 'string') return scope;
  const byId = new Map(scope.map((operation) => [operation.id, operation]));
  const kept = new Set([...answered, ...optional]);
  if (kept.size !== answered.length + optional.length) return 'an operation is kept twice';
  for (const id of kept) if (!byId.has(id)) return `operation ${id} is not in the history judged`;
  if (weakening.abstract) return abstracted(history, model, weakening, byId);

  let first: Operation<I, O> | null = null;
  let initial = model.init();
  if (start !== null) {
    const hasParts = model.partition !== undefined || model.touches !== undefined;
    if (partition === null && hasParts) {
      return `operation ${start} settles one partition only`;
    }
    first = byId.get(start) ?? null;
    if (first === null || first.outcome !== 'ok' || first.output === null || kept.has(start)) {
      return `operation ${start} cannot be the start: it is kept, or has no answer`;
    }
    if (first.returnUs > weakening.endUs) return `operation ${start} returned after the end`;
    const settled = model.proof?.settles?.(first.input, first.output);
    if (settled === undefined) return `operation ${start} does not settle the state`;
    initial = settled;
  }

  const demands: Operation<I, O>[] = [];
  for (const id of answered) {
    const operation = byId.get(id)!;
    const wrong = whyNotAnswered(operation, first, weakening.endUs);
    if (wrong !== null) return `operation ${id} cannot be kept as it is: ${wrong}`;
    demands.push(operation);
  }
  const choices = optional.map((id) => forgotten(byId.get(id)!));
  const unexplained: Operation<I, O>[] = [];
  for (const operation of scope) {
    if (kept.has(operation.id) || operation.id === start) continue;
    if (!mayBeDropped(operation, model, first, weakening.endUs)) unexplained.push(operation);
  }
  if (unexplained.length > 0) {
    const silent = unexplained.map(forgotten);
    const unseen = model.proof?.unseen?.([...choices, ...silent], demands);
    // All that the model calls unseen may go together; keeping a choice among them adds nothing but
    // an operation that may be left out of any order.
    for (const { id } of silent) {
      if (unseen?.has(id) !== true)
        return `operation ${id} is left out, but its effect may be needed`;
    }
  }
  // What the model says of parts holds as long as its operations are known to touch several.
  const { partition: _, touches: __, ...ofOnePart } = model;
  const judged = partition === null ? model : ofOnePart;
  return { operations: [...demands, ...choices], model: { ...judged, init: () => initial } };
}

/** The independent part of the object that an operation belongs to; null if it spans several. */
export function partOf<S, I, O>(model: Model<S, I, O>, input: I): string | number | null {
  if (model.partition !== undefined) return model.partition(input);
  const touched = model.touches?.(input) ?? null;
  const [first] = touched ?? [];
  if (first === undefined) return null;
  return touched!.every((part) => part === first) ? first : null;
}

/** The operations of the partition that took effect or may have, or why there is no such partition. */
function scopeOf<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  partition: string | number | null,
): readonly Operation<I, O>[] | string {
  const real = history.filter(({ outcome }) => outcome !== 'fail');
  if (partition === null) return real;
  const scope: Operation<I, O>[] = [];
  for (const operation of real) {
    const name = partOf(model, operation.input);
    if (name === null) return `operation ${operation.id} spans partitions`;
    if (name === partition) scope.push(operation);
  }
  return scope;
}

function abstracted<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  { start, answered, optional, partition, parts }: Weakening,
  byId: ReadonlyMap<number, Operation<I, O>>,
): Weakened<I, O> | string {
  const abstraction = model.proof?.abstraction?.(history);
  if (abstraction === undefined) return 'the model has no abstraction';
  if (start !== null || optional.length > 0 || partition !== null || parts !== null) {
    return 'an abstraction needs answers only, and all of the history';
  }
  const operations = answered.map((id) => byId.get(id)!);
  for (const { id, outcome, output } of operations) {
    if (outcome !== 'ok' || output === null) return `operation ${id} has no answer`;
  }
  return { operations, model: abstraction };
}

function whyNotAnswered<I, O>(
  operation: Operation<I, O>,
  start: Operation<I, O> | null,
  endUs: Micros,
): string | null {
  if (operation.outcome !== 'ok') return 'it may not have happened';
  if (operation.returnUs > endUs) return 'it returned after the end';
  if (start !== null && operation.callUs <= start.returnUs) return 'it may precede the start';
  return null;
}

function mayBeDropped<S, I, O>(
  operation: Operation<I, O>,
  model: Model<S, I, O>,
  start: Operation<I, O> | null,
  endUs: Micros,
): boolean {
  const { input, output, outcome, callUs } = operation;
  if (callUs > endUs) return true;
  if (start !== null && deadlineUs(operation) < start.callUs) return true;
  const answer = outcome === 'ok' ? output : null;
  return (
    model.isPure?.(input, answer) === true ||
    (answer === null && model.isNeedless?.(input) === true)
  );
}

function forgotten<I, O>(operation: Operation<I, O>): Operation<I, O> {
  return { ...operation, outcome: 'unknown', output: null, returnUs: Number.POSITIVE_INFINITY };
}
