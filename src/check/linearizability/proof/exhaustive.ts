// Tries all legal orders of a history, breadth first: every configuration (what is placed, state) that can
// be reached by placing one operation, then two, and so on. For proofs and explanations of few operations.
// Where much may have happened or not, more orders are tried at once: those in which it happens repeatedly.
// Shares no code with the search, so that it can vouch for it, and has four shortcuts only, none of which loses
// a legal order:
// - States between which the model's rules see no difference are one, and those that lead nowhere are left.
// - A pure operation that is legal is placed at once: taken out of where it was and put here it changes nothing.
// - Of operations that act alike that one is placed first which has to be over first. In an order that has
//   another one of them here, the two can change places: nothing between them was called after either returned.
// - What has left more of those open that may have happened or not can go on in every way that it could without.

import { assert } from '../../../base/assert.js';
import { deadlineUs, type Operation } from '../../history.js';
import type { Model } from '../model.js';

/** A legal order that cannot be completed. */
export interface DeadEnd {
  /** Ids in order. */
  readonly order: readonly number[];
  readonly state: string;
  /** What may come next in real time, and why it cannot. */
  readonly refused: readonly { readonly id: number; readonly why: string }[];
}

export interface Exhausted {
  /** Null if the budget ran out. */
  readonly linearizable: boolean | null;
  /** Calls of `Model.step`; of long histories each counts for more, since each looks at all operations. */
  readonly steps: number;
  /** Where orders end that explain the most answers; the first few. Empty if linearizable. */
  readonly deadEnds: readonly DeadEnd[];
}

const DEAD_ENDS_MAX = 4;
/** To look at so many operations costs as much as a step. */
const OPERATIONS_A_STEP = 1024;
/** With more states behind one set of operations there may be no end to them. */
const STATES_MAX = 256;

interface Configuration<S> {
  readonly state: S;
  /** One for each operation: 1 if placed. */
  readonly placed: Uint8Array;
  readonly answered: number;
  readonly last: number;
  readonly before: Configuration<S> | null;
}

/** Exponential in the number of operations that may be concurrent. */
export function exhaust<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  stepsMax: number,
): Exhausted {
  const operations = history.filter(({ outcome }) => outcome !== 'fail');
  const wanted = operations.filter(({ outcome }) => outcome === 'ok').length;
  const kinds = kindsOf(operations, model);
  const cost = 1 + Math.floor(operations.length / OPERATIONS_A_STEP);
  const placed = new Uint8Array(operations.length);
  let level: Configuration<S>[] = [
    { state: model.init(), placed, answered: 0, last: -1, before: null },
  ];
  let dead: Configuration<S>[] = [];
  let steps = 0;
  /** By the answered operations placed and the state's hash. */
  const known = new Map<string, Configuration<S>[]>();
  while (level.length > 0) {
    const next: Configuration<S>[] = [];
    for (const from of level) {
      if (from.answered === wanted) return { linearizable: true, steps, deadEnds: [] };
      let stuck = true;
      for (const i of choices(operations, kinds, model, from)) {
        if (steps >= stepsMax) return { linearizable: null, steps, deadEnds: [] };
        steps += cost;
        const { input, output, outcome } = operations[i]!;
        const state = model.step(from.state, input, outcome === 'ok' ? output : null);
        if (state === undefined) continue;
        if (outcome === 'ok') stuck = false;
        const placed = from.placed.with(i, 1);
        const answered = from.answered + (outcome === 'ok' ? 1 : 0);
        const less = reduced(operations, model, placed, state);
        const to = { state: less ?? state, placed, answered, last: i, before: from };
        if (less === undefined) {
          dead = furthest(dead, to);
          continue;
        }
        const demanded = placed.filter((_, at) => operations[at]!.outcome === 'ok');
        const key = `${demanded.join('')} ${model.hash(less)}`;
        const same = known.get(key) ?? [];
        if (
          same.some((other) => isWithin(other.placed, placed) && model.equals(other.state, less))
        ) {
          continue;
        }
        same.push(to);
        known.set(key, same);
        next.push(to);
      }
      if (stuck) dead = furthest(dead, from);
    }
    level = next;
  }
  const deadEnds = dead.map((end) => describe(end, operations, kinds, model));
  return { linearizable: false, steps, deadEnds };
}

/**
 * The same, where what is not sure to have happened may happen any number of times. A legal order is one of
 * these orders too, so if there is none of these, there is no legal order; if there is one, nothing is
 * said. Exponential in the answered operations that may be concurrent, and in nothing else.
 */
export function exhaustRepeating<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  stepsMax: number,
): Pick<Exhausted, 'linearizable' | 'steps'> {
  const operations = history.filter(({ outcome }) => outcome !== 'fail');
  const wanted = operations.filter(({ outcome }) => outcome === 'ok').length;
  const kinds = kindsOf(operations, model);
  const cost = 1 + Math.floor(operations.length / OPERATIONS_A_STEP);
  const open: { placed: Uint8Array; key: string; answered: number; state: S }[] = [];
  const known = new Map<string, S[]>();
  let endless = false;
  const meet = (placed: Uint8Array, key: string, answered: number, state: S): void => {
    const states = known.get(key) ?? [];
    known.set(key, states);
    if (states.some((other) => model.equals(other, state))) return;
    states.push(state);
    endless ||= states.length > STATES_MAX;
    open.push({ placed, key, answered, state });
  };
  meet(new Uint8Array(operations.length), '', 0, model.init());
  let steps = 0;
  for (const { placed, key, answered, state } of open) {
    if (answered === wanted) return { linearizable: true, steps };
    for (const i of choices(operations, kinds, model, { placed, state })) {
      if (steps >= stepsMax || endless) return { linearizable: null, steps };
      steps += cost;
      const { input, output, outcome } = operations[i]!;
      const after = model.step(state, input, outcome === 'ok' ? output : null);
      if (after === undefined) continue;
      const more = outcome === 'ok' ? placed.with(i, 1) : placed;
      const less = reduced(operations, model, more, after);
      if (less === undefined) continue;
      if (outcome === 'ok') meet(more, more.join(''), answered + 1, less);
      else meet(placed, key, answered, less);
    }
  }
  return { linearizable: false, steps };
}

/** Numbers that are equal for operations that act alike and were answered alike. */
function kindsOf<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): readonly number[] {
  const numbers = new Map<string, number>();
  return operations.map(({ input, output, outcome }, i) => {
    const key = model.operationKey?.(input, outcome === 'ok' ? output : null) ?? `only ${i}`;
    const name = `${outcome} ${typeof key} ${key}`;
    const number = numbers.get(name) ?? i;
    numbers.set(name, number);
    return number;
  });
}

/**
 * Operations that no answered operation, not placed yet, returned before. Of several of one kind that which
 * has to be over first.
 */
function enabled(
  operations: readonly Operation<unknown, unknown>[],
  kinds: readonly number[],
  placed: Uint8Array,
): readonly number[] {
  let earliestUs = Number.POSITIVE_INFINITY;
  operations.forEach(({ outcome, returnUs }, i) => {
    if (placed[i] === 0 && outcome === 'ok') earliestUs = Math.min(earliestUs, returnUs);
  });
  const first = new Map<number, number>();
  operations.forEach(({ callUs }, i) => {
    if (placed[i] === 1 || callUs > earliestUs) return;
    const other = first.get(kinds[i]!);
    if (other === undefined || deadlineUs(operations[i]!) < deadlineUs(operations[other]!)) {
      first.set(kinds[i]!, i);
    }
  });
  return [...first.values()];
}

/** Those of {@link enabled} that are tried. */
function choices<S, I, O>(
  operations: readonly Operation<I, O>[],
  kinds: readonly number[],
  model: Model<S, I, O>,
  { placed, state }: { readonly placed: Uint8Array; readonly state: S },
): readonly number[] {
  const all = enabled(operations, kinds, placed);
  if (model.isPure === undefined) return all;
  const free = all.find((i) => {
    const { input, output, outcome } = operations[i]!;
    if (outcome !== 'ok' || model.isPure!(input, output) !== true) return false;
    return model.step(state, input, output) !== undefined;
  });
  return free === undefined ? all : [free];
}

/** Whether all that is placed in one is placed in the other. */
function isWithin(less: Uint8Array, more: Uint8Array): boolean {
  return less.every((placed, i) => placed <= more[i]!);
}

/** The state as far as it matters to what is left; undefined if that cannot be. */
function reduced<S, I, O>(
  operations: readonly Operation<I, O>[],
  { proof }: Model<S, I, O>,
  placed: Uint8Array,
  state: S,
): S | undefined {
  if (proof?.reduced === undefined) return state;
  const answered: Operation<I, O>[] = [];
  const optional: Operation<I, O>[] = [];
  for (const [i, operation] of operations.entries()) {
    if (placed[i] === 0) (operation.outcome === 'ok' ? answered : optional).push(operation);
  }
  return proof.reduced(state, answered, optional);
}

function furthest<S>(dead: Configuration<S>[], end: Configuration<S>): Configuration<S>[] {
  const best = dead[0]?.answered ?? -1;
  if (end.answered > best) return [end];
  return end.answered === best && dead.length < DEAD_ENDS_MAX ? [...dead, end] : dead;
}

function describe<S, I, O>(
  end: Configuration<S>,
  operations: readonly Operation<I, O>[],
  kinds: readonly number[],
  model: Model<S, I, O>,
): DeadEnd {
  const order: Operation<I, O>[] = [];
  for (let at = end; at.before !== null; at = at.before) order.unshift(operations[at.last]!);
  // Not what is left of it that matters, which serves the search alone.
  let state = model.init();
  for (const { input, output, outcome } of order) {
    const next = model.step(state, input, outcome === 'ok' ? output : null);
    assert(next !== undefined, 'the order is legal');
    state = next;
  }
  const refused: { id: number; why: string }[] = [];
  for (const i of enabled(operations, kinds, end.placed)) {
    const { id, input, output, outcome } = operations[i]!;
    if (outcome !== 'ok' || model.step(state, input, output) !== undefined) continue;
    refused.push({ id, why: model.explain(state, input, output) });
  }
  return { order: order.map(({ id }) => id), state: model.describeState(state), refused };
}
