// Judges a history against a sequential model: linearizable, not, or undecided within the budget.
// Not here: the search within one partition (general/), the models, checking the evidence
// (replay.ts). Keeps: the verdict depends on history, model and budget only, never on the machine.

import type { Operation } from '../history.js';
import { assertWellFormed } from '../history.js';
import { PartitionSearch } from './general/partition-search.js';
import type { Model } from './model.js';
import type { LinearizabilityResult, PartitionOrder } from './result.js';

export interface CheckOptions {
  /** Calls of `Model.step` over all partitions before the verdict is `undecided`. */
  readonly stepsMax?: number;
}

const STEPS_MAX = 2_000_000;
/** A turn of one partition: long enough to be cheap, short enough to find an easy violation soon. */
const TURN_STEPS = 512;

/**
 * Decides whether `operations` are linearizable. Time is exponential in the number of concurrent
 * operations in the worst case; histories whose answers leave no choice take linear time.
 */
export function checkLinearizable<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  options: CheckOptions = {},
): LinearizabilityResult {
  assertWellFormed(operations);
  const stepsMax = options.stepsMax ?? STEPS_MAX;
  const partitions = partition(operations, model);
  const orders: (PartitionOrder | undefined)[] = partitions.map(() => undefined);
  let open = partitions.map((search, index) => ({ search, index }));
  let steps = 0;
  // Turns, because one partition may hang while another shows its violation at once.
  while (open.length > 0) {
    const stillOpen: typeof open = [];
    for (const entry of open) {
      const { search, index } = entry;
      if (steps >= stepsMax) return undecided(steps, open.length, partitions.length);
      const before = search.steps;
      const progress = search.advance(Math.min(TURN_STEPS, stepsMax - steps));
      steps += search.steps - before;
      if (progress === 'illegal') {
        return { verdict: 'violation', steps, reason: search.reason(), stuck: search.stuck() };
      }
      if (progress === 'legal') {
        orders[index] = { partition: search.partition, ids: search.order() };
      } else stillOpen.push(entry);
    }
    open = stillOpen;
  }
  return { verdict: 'ok', steps, orders: orders.filter((order) => order !== undefined) };
}

function undecided(steps: number, open: number, partitions: number): LinearizabilityResult {
  return {
    verdict: 'undecided',
    steps,
    reason: `the budget of ${steps} steps ran out with ${open} of ${partitions} partitions undecided`,
  };
}

/** One search per independent object, in order of first appearance; failed operations are dropped. */
function partition<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): PartitionSearch<S, I, O>[] {
  const real = operations.filter(({ outcome }) => outcome !== 'fail');
  if (model.partition === undefined) return [new PartitionSearch(model, real, null)];
  const groups = new Map<string | number, Operation<I, O>[]>();
  for (const operation of real) {
    const key = model.partition(operation.input);
    if (key === null) return [new PartitionSearch(model, real, null)];
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [operation]);
    else group.push(operation);
  }
  return Array.from(groups, ([key, group]) => new PartitionSearch(model, group, key));
}
