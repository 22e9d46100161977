// Tries all legal orders of a history, breadth first: every configuration (what is placed, state) that can
// be reached by placing one operation, then two, and so on. For proofs and explanations of few operations.
// Where much may have happened or not, more orders are tried at once: those in which it happens repeatedly.
// Shares no code with the search, and has none of its shortcuts, so that it can vouch for it.

import type { Operation } from '../../history.js';
import type { Model } from '../model.js';

/** A legal order that no operation can continue. */
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
  /** Calls of `Model.step`. */
  readonly steps: number;
  /** Where orders end that explain the most answers; the first few. Empty if linearizable. */
  readonly deadEnds: readonly DeadEnd[];
}

const DEAD_ENDS_MAX = 4;
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
  const placed = new Uint8Array(operations.length);
  let level: Configuration<S>[] = [
    { state: model.init(), placed, answered: 0, last: -1, before: null },
  ];
  let dead: Configuration<S>[] = [];
  let steps = 0;
  while (level.length > 0) {
    const next: Configuration<S>[] = [];
    const known = new Map<string, Configuration<S>[]>();
    for (const from of level) {
      if (from.answered === wanted) return { linearizable: true, steps, deadEnds: [] };
      let stuck = true;
      for (const i of enabled(operations, from.placed)) {
        if (steps === stepsMax) return { linearizable: null, steps, deadEnds: [] };
        steps++;
        const { input, output, outcome } = operations[i]!;
        const state = model.step(from.state, input, outcome === 'ok' ? output : null);
        if (state === undefined) continue;
        if (outcome === 'ok') stuck = false;
        const to: Configuration<S> = {
          state,
          placed: from.placed.with(i, 1),
          answered: from.answered + (outcome === 'ok' ? 1 : 0),
          last: i,
          before: from,
        };
        const key = to.placed.join('');
        const same = known.get(key) ?? [];
        if (same.some((other) => model.equals(other.state, state))) continue;
        known.set(key, [...same, to]);
        next.push(to);
      }
      if (stuck) dead = furthest(dead, from);
    }
    level = next;
  }
  const deadEnds = dead.map((end) => describe(end, operations, model));
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
    for (const i of enabled(operations, placed)) {
      if (steps === stepsMax || endless) return { linearizable: null, steps };
      steps++;
      const { input, output, outcome } = operations[i]!;
      const after = model.step(state, input, outcome === 'ok' ? output : null);
      if (after === undefined) continue;
      if (outcome !== 'ok') {
        meet(placed, key, answered, after);
        continue;
      }
      const more = placed.with(i, 1);
      meet(more, more.join(''), answered + 1, after);
    }
  }
  return { linearizable: false, steps };
}

/** Operations that no answered operation, not placed yet, returned before. */
function enabled(
  operations: readonly Operation<unknown, unknown>[],
  placed: Uint8Array,
): readonly number[] {
  let earliestUs = Number.POSITIVE_INFINITY;
  operations.forEach(({ outcome, returnUs }, i) => {
    if (placed[i] === 0 && outcome === 'ok') earliestUs = Math.min(earliestUs, returnUs);
  });
  const out: number[] = [];
  operations.forEach(({ callUs }, i) => {
    if (placed[i] === 0 && callUs <= earliestUs) out.push(i);
  });
  return out;
}

function furthest<S>(dead: Configuration<S>[], end: Configuration<S>): Configuration<S>[] {
  const best = dead[0]?.answered ?? -1;
  if (end.answered > best) return [end];
  return end.answered === best && dead.length < DEAD_ENDS_MAX ? [...dead, end] : dead;
}

function describe<S, I, O>(
  end: Configuration<S>,
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): DeadEnd {
  const order: number[] = [];
  for (let at = end; at.before !== null; at = at.before) order.unshift(operations[at.last]!.id);
  const refused: { id: number; why: string }[] = [];
  for (const i of enabled(operations, end.placed)) {
    const { id, input, output, outcome } = operations[i]!;
    if (outcome === 'ok') refused.push({ id, why: model.explain(end.state, input, output) });
  }
  return { order, state: model.describeState(end.state), refused };
}
