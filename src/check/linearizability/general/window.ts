// Proves that a history has no legal order from a window of it: the operations around one that cannot be
// placed, starting from every state that those before the window may have led to.
// Why that is a proof: cut a legal order of all at the window's two ends. What returned before the start
// is before the first cut and has led to one of those states; what was called after the start, and
// returned by the end, is between the cuts; everything else may be, or not. So the window has a legal
// order from one of the states. If it has none, neither has the history.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { Model } from '../model.js';
import { PartitionSearch } from './partition-search.js';

export interface Refutation {
  readonly steps: number;
  /** Ids of the operations of the window that nothing explains; empty if none was found. */
  readonly core: readonly number[];
}

export interface WindowOptions {
  readonly isOnePart: boolean;
  /** About as many steps are taken at the most, over all windows. */
  readonly stepsMax: number;
  /** Lets what may have happened in the window happen any number of times: refutes less, and sooner. */
  readonly repeats?: boolean;
}

/** More states to start from are no better than the search. */
const STATES_MAX = 64;
/** How many operations called before the one in question the windows reach back. */
const REACHES = [0, 8, 32, 128, 512] as const;

/** `operations` in call order, without failed ones. */
export function refuteAround<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  id: number,
  { isOnePart, stepsMax, repeats = false }: WindowOptions,
): Refutation {
  const at = operations.findIndex((operation) => operation.id === id);
  const nothing: readonly number[] = [];
  let steps = 0;
  const endUs = deadlineUs(operations[at]!);
  for (const reach of REACHES) {
    // From the very start there is one state only, and the search itself does as well.
    if (reach >= at || endUs === Number.POSITIVE_INFINITY) break;
    const startUs = operations[at - reach]!.callUs - 1;
    const before = operations.filter(({ callUs }) => callUs <= startUs);
    const states = model.statesOf?.(before) ?? null;
    if (states === null || states.length >= STATES_MAX) break;
    const isOptional = ({ callUs, returnUs }: Operation<I, O>): boolean =>
      callUs <= startUs || returnUs > endUs;
    const within = windowOf(operations, startUs, endUs);
    const window = repeats
      ? within.map((operation) => (isOptional(operation) ? unanswered(operation) : operation))
      : within;
    let isRefuted = true;
    for (const initial of [model.init(), ...states]) {
      const search = new PartitionSearch(model, window, null, {
        ...{ isOnePart, initial, isOptional },
        ...(repeats ? { isRepeatable, statesMax: states.length + 1 } : {}),
      });
      const progress = search.advance(Math.max(1, stepsMax - steps));
      steps += search.steps;
      if (progress === 'open') return { steps, core: nothing };
      if (progress === 'illegal') continue;
      isRefuted = false;
      break;
    }
    if (isRefuted) {
      const core = within.filter((operation) => !isOptional(operation)).map((one) => one.id);
      return { steps, core: [id, ...core.filter((other) => other !== id)] };
    }
  }
  return { steps, core: nothing };
}

/** With no more said of it than that it may take effect after its call. */
function unanswered<I, O>(operation: Operation<I, O>): Operation<I, O> {
  return { ...operation, output: null, returnUs: Number.POSITIVE_INFINITY, outcome: 'unknown' };
}

function isRepeatable({ outcome }: Operation<unknown, unknown>): boolean {
  return outcome === 'unknown';
}

/** What can have taken effect between the two moments. */
function windowOf<I, O>(
  operations: readonly Operation<I, O>[],
  startUs: Micros,
  endUs: Micros,
): Operation<I, O>[] {
  const window: Operation<I, O>[] = [];
  for (const operation of operations) {
    if (operation.callUs > endUs || deadlineUs(operation) <= startUs) continue;
    // Where nobody saw an answer, an effect may as well come after the end.
    const isSilent = operation.output === null && operation.returnUs === Number.POSITIVE_INFINITY;
    window.push(isSilent ? { ...operation, outcome: 'unknown' } : operation);
  }
  return window;
}
