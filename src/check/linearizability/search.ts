// Judges a history against a sequential model: linearizable, not, or undecided within the budget.
// Every partition goes to the first layer that can decide it: what the model itself knows of its answers,
// zones, the general search. Not here: the layers (zones/, general/), cutting into partitions
// (partitions.ts), checking the evidence (replay.ts).
// Keeps: the verdict depends on history, model and budget only, never on the machine.

import { assert } from '../../base/assert.js';
import type { Operation } from '../history.js';
import { assertWellFormed } from '../history.js';
import { GeneralSearch } from './general/general-search.js';
import { PartitionSearch } from './general/partition-search.js';
import type { LayerAnswer } from './layer.js';
import type { Model } from './model.js';
import { type Partition, partitionsOf } from './partitions.js';
import { mergeOrders } from './real-time.js';
import type { LinearizabilityResult, PartitionOrder } from './result.js';
import { checkByZones } from './zones/zones.js';

export interface CheckOptions {
  /**
   * Calls of `Model.step` over all partitions before the verdict is `undecided`. A last attempt to
   * decide the history otherwise may take about as many again.
   */
  readonly stepsMax?: number;
  /** What the search may remember over all partitions before the verdict is `undecided`, in bytes. */
  readonly memoryBytesMax?: number;
  /** False leaves all to the general search: slower, and the same verdict. */
  readonly shortcuts?: boolean;
}

const STEPS_MAX = 2_000_000;
/** By default there are so many for each operation at least: what needs no search takes fewer. */
const STEPS_EACH = 4;
const MEMORY_BYTES_MAX = 1 << 30;
/** A turn of one partition: long enough to be cheap, short enough to find an easy violation soon. */
const TURN_STEPS = 512;
/** Up to so many operations, a violation that was found without a search is searched for a little. */
const EXPLAINED_MAX = 10_000;
const EXPLAINED_STEPS = 20_000;

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
  const stepsMax = options.stepsMax ?? Math.max(STEPS_MAX, STEPS_EACH * operations.length);
  const memoryBytesMax = options.memoryBytesMax ?? MEMORY_BYTES_MAX;
  const { partitions, isDerived } = partitionsOf(operations, model);
  const orders: (PartitionOrder | undefined)[] = partitions.map(() => undefined);
  const searches: { readonly search: GeneralSearch<S, I, O>; readonly index: number }[] = [];
  let steps = 0;
  for (let index = 0; index < partitions.length; index++) {
    const partition = partitions[index]!;
    const isWithin = steps + partition.operations.length <= stepsMax;
    const answer = isWithin && options.shortcuts !== false ? shortcut(partition, model) : null;
    if (answer === null) {
      const { name, isOnePart } = partition;
      const search = new GeneralSearch(model, partition.operations, name, isOnePart);
      searches.push({ search, index });
      continue;
    }
    steps += answer.steps;
    if (answer.verdict === 'violation') return violation(answer, steps, partition, model);
    orders[index] = { partition: partition.name, ids: answer.ids };
  }

  let open = searches;
  // Turns, because one partition may hang while another shows its violation at once.
  while (open.length > 0) {
    const stillOpen: typeof open = [];
    let memoryBytes = 0;
    for (const entry of open) {
      const { search, index } = entry;
      if (steps >= stepsMax) {
        return undecided(steps, `${steps} steps`, open.length, partitions.length);
      }
      const before = search.steps;
      const progress = search.advance(Math.min(TURN_STEPS, stepsMax - steps));
      steps += search.steps - before;
      if (progress === 'illegal') {
        const stuck = search.stuck();
        return { verdict: 'violation', steps, reason: search.reason(), core: search.core(), stuck };
      }
      if (progress === 'legal') {
        orders[index] = { partition: search.partition, ids: search.order() };
        continue;
      }
      memoryBytes += search.memoryBytes;
      stillOpen.push(entry);
    }
    open = stillOpen;
    if (memoryBytes > memoryBytesMax) {
      return undecided(steps, `${memoryBytesMax} bytes`, open.length, partitions.length);
    }
  }
  const found = orders.filter((order) => order !== undefined);
  if (!isDerived) return { verdict: 'ok', steps, orders: found };
  const ids = mergeOrders(
    found.map((order) => order.ids),
    operations,
  );
  return { verdict: 'ok', steps, orders: [{ partition: null, ids }] };
}

/** What decides without a search, where its conditions hold. */
function shortcut<S, I, O>(partition: Partition<I, O>, model: Model<S, I, O>): LayerAnswer | null {
  const answer = model.decide?.(partition.operations, model.init()) ?? null;
  if (answer !== null || !partition.isOnePart) return answer;
  return checkByZones(partition.operations, model);
}

/** Adds where a search gets stuck, if it does soon: for people, the verdict stands without it. */
function violation<S, I, O>(
  { reason, core }: LayerAnswer & { readonly verdict: 'violation' },
  steps: number,
  { name, operations, isOnePart }: Partition<I, O>,
  model: Model<S, I, O>,
): LinearizabilityResult {
  if (operations.length <= EXPLAINED_MAX) {
    const search = new PartitionSearch(model, operations, name, { isOnePart });
    const progress = search.advance(EXPLAINED_STEPS);
    assert(progress !== 'legal', 'two layers disagree about a history', { reason });
    if (progress === 'illegal') {
      return { verdict: 'violation', steps, reason, core, stuck: search.stuck() };
    }
  }
  const [operation, ...others] = core;
  const candidates = others.map((id) => ({ id, why: 'it is part of the contradiction' }));
  const stuck = { partition: name, operation: operation!, prefix: [], state: '', candidates };
  return { verdict: 'violation', steps, reason, core, stuck };
}

function undecided(
  steps: number,
  budget: string,
  open: number,
  partitions: number,
): LinearizabilityResult {
  const reason = `the budget of ${budget} ran out with ${open} of ${partitions} partitions undecided`;
  return { verdict: 'undecided', steps, reason };
}
