// Judges a window of a history of one part of an object: from the state before it, all that had returned
// by its end has to have a place; what was under way then may have one.
// Not here: the windows (streamed-part.ts).

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import { PartitionSearch } from '../general/partition-search.js';
import type { LayerAnswer } from '../layer.js';
import type { Model, RegisterValue } from '../model.js';
import { checkByZones } from '../zones/zones.js';

export interface Window<S, I, O> {
  /** In call order, without failed ones. What is called later is called at `endUs` or after it. */
  readonly operations: readonly Operation<I, O>[];
  readonly initial: S;
  /** Infinity: there is nothing more. */
  readonly endUs: Micros;
  /** Whether all operations touch the same part of the object. */
  readonly isOnePart: boolean;
}

export type WindowAnswer =
  | { readonly kind: 'legal'; readonly steps: number; readonly ids: readonly number[] }
  | {
      readonly kind: 'illegal' | 'open';
      readonly steps: number;
      /** Ids of operations that may be the one that cannot be placed, the likeliest first. */
      readonly suspects: readonly number[];
    };

/** An order of all that has to have a place, and perhaps more; `open` after about `stepsMax` steps. */
export function searchWindow<S, I, O>(
  model: Model<S, I, O>,
  window: Window<S, I, O>,
  stepsMax: number,
): WindowAnswer {
  const { initial, endUs, isOnePart } = window;
  const zones = isOnePart ? byZones(model, window) : null;
  if (zones !== null) {
    const { steps } = zones;
    return zones.verdict === 'ok'
      ? { kind: 'legal', steps, ids: zones.ids }
      : { kind: 'illegal', steps, suspects: zones.core };
  }
  const operations = endUs === Infinity ? window.operations : window.operations.map(asPossible);
  const isOptional = ({ returnUs }: Operation<I, O>): boolean => returnUs >= endUs;
  const options = { isOnePart, initial, ...(endUs === Infinity ? {} : { isOptional }) };
  const search = new PartitionSearch(model, operations, null, options);
  const progress = search.advance(stepsMax);
  const { steps } = search;
  if (progress === 'legal') return { kind: 'legal', steps, ids: search.order() };
  const stuck = search.stuck();
  const suspects = [stuck.operation, ...stuck.candidates.map(({ id }) => id)];
  return { kind: progress, steps, suspects };
}

/** Of a register of unique values: null if it is none. */
function byZones<S, I, O>(
  model: Model<S, I, O>,
  { operations, initial, endUs }: Window<S, I, O>,
): LayerAnswer | null {
  const { register } = model;
  if (register === undefined) return null;
  const known: Operation<I, O>[] = [];
  const silent: Operation<I, O>[] = [];
  const read = new Set<RegisterValue>();
  for (const operation of operations) {
    const { input, output, outcome, returnUs } = operation;
    const isCertain = outcome === 'ok' && (returnUs < endUs || endUs === Infinity);
    const access = register.accessOf(input, isCertain ? output : null);
    if (access === null) return null;
    if (isCertain) {
      known.push(operation);
      if (access.kind === 'read' && access.value !== undefined) read.add(access.value);
    } else if (access.kind === 'write') silent.push(operation);
  }
  // Without a deadline, for nothing of the window is called after it. What nobody read can be left out.
  for (const operation of silent) {
    const access = register.accessOf(operation.input, null);
    if (!read.has(access!.value!)) continue;
    known.push({ ...operation, output: null, returnUs: Infinity, outcome: 'unknown' });
  }
  return checkByZones(known, { ...model, init: () => initial });
}

/** What took effect at a time that nobody knows may do so later. */
function asPossible<I, O>(operation: Operation<I, O>): Operation<I, O> {
  if (operation.output !== null || operation.returnUs < Infinity) return operation;
  return { ...operation, outcome: 'unknown' };
}
