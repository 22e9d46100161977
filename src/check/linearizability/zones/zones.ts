// Decides a register whose written values are all distinct without a search (Gibbons and Korach 1997):
// a value and its readers form a cluster, which must lie in one piece in every legal order. O(n log n).
// Not here: where registers come from (search.ts). Conditions, each checked: every operation is a plain
// read or write, no value is written twice, none is the one the register starts with.
//
// A legal order exists exactly if no read precedes its write or has none, and no two clusters have to come
// before each other (zone-order.ts).
// Unknown writes that nobody read are left out; one that was read happened, and returns at infinity.

import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { LayerAnswer } from '../layer.js';
import type { Model, RegisterValue } from '../model.js';
import { operationWords } from '../operation-words.js';
import { insertAnywhere } from '../real-time.js';
import { firstConflict, inOrder, type Zones } from './zone-order.js';

/** Operations by value. Cluster 0 is the value the register starts with: its write precedes everything. */
interface Clusters extends Zones {
  readonly values: RegisterValue[];
  /** The write's place in the history; -1 for cluster 0. */
  readonly writes: Int32Array;
  /** By cluster: whose the earliest return and the latest call are. */
  readonly firstReturned: Int32Array;
  readonly lastCalled: Int32Array;
  /** By operation: the next read of the same value, or -1. By cluster: the first. */
  readonly nextRead: Int32Array;
  readonly firstRead: Int32Array;
}

/**
 * The verdict on one register's operations, without failed ones, or null if the conditions do not hold.
 */
export function checkByZones<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
): LayerAnswer | null {
  const { register } = model;
  if (register === undefined || operations.length === 0) return null;
  const initial = register.valueIn(model.init(), operations[0]!.input);
  const clusterOf = new Map<RegisterValue, number>([[initial, 0]]);
  const clusters = emptyClusters(initial, operations.length);
  const reads: number[] = [];
  const readValues: RegisterValue[] = [];
  const unseen: Operation<I, O>[] = [];
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i]!;
    const { input, output, outcome, callUs } = operation;
    const access = register.accessOf(input, outcome === 'ok' ? output : null);
    if (access === null) return null;
    if (access.kind === 'read') {
      if (outcome === 'unknown') continue;
      if (access.value === undefined) unseen.push(operation);
      else {
        reads.push(i);
        readValues.push(access.value);
      }
      continue;
    }
    const cluster = clusters.values.length;
    clusterOf.set(access.value, cluster);
    if (clusterOf.size === cluster) return null;
    clusters.values.push(access.value);
    clusters.writes[cluster] = i;
    clusters.firstReturnUs[cluster] = deadlineUs(operation);
    clusters.firstReturned[cluster] = i;
    clusters.lastCallUs[cluster] = callUs;
    clusters.lastCalled[cluster] = i;
  }
  const steps = operations.length;
  const describe = (i: number): string => operationWords(operations[i]!, model.describeOperation);
  for (let at = 0; at < reads.length; at++) {
    const i = reads[at]!;
    const { id, callUs, returnUs } = operations[i]!;
    const cluster = clusterOf.get(readValues[at]!);
    if (cluster === undefined) {
      const reason = `${describe(i)} cannot be placed: nobody wrote that value`;
      return { verdict: 'violation', steps, reason, core: [id] };
    }
    const write = clusters.writes[cluster]!;
    if (write >= 0 && returnUs < operations[write]!.callUs) {
      const reason = `${describe(i)} returned before the value was written by ${describe(write)}`;
      return { verdict: 'violation', steps, reason, core: [id, operations[write]!.id] };
    }
    if (returnUs < clusters.firstReturnUs[cluster]!) {
      clusters.firstReturnUs[cluster] = returnUs;
      clusters.firstReturned[cluster] = i;
    }
    if (callUs > clusters.lastCallUs[cluster]!) {
      clusters.lastCallUs[cluster] = callUs;
      clusters.lastCalled[cluster] = i;
    }
    clusters.nextRead[i] = clusters.firstRead[cluster]!;
    clusters.firstRead[cluster] = i;
  }

  const order = inOrder(placed(clusters, operations), clusters);
  const conflict = firstConflict(order, clusters);
  if (conflict !== null) {
    const [a, b] = conflict;
    const reason =
      `the register must hold ${JSON.stringify(clusters.values[a]!)} before and after it holds ` +
      `${JSON.stringify(clusters.values[b]!)}: ${mustPrecede(a, b)}, and ${mustPrecede(b, a)}`;
    return { verdict: 'violation', steps, reason, core: coreOf(conflict, clusters, operations) };
  }
  const ids = insertAnywhere(orderOfIds(order, clusters, operations), unseen, operations);
  return { verdict: 'ok', steps, ids };

  function mustPrecede(first: number, second: number): string {
    const returned = clusters.firstReturned[first]!;
    const called = describe(clusters.lastCalled[second]!);
    return returned < 0
      ? `it held ${JSON.stringify(clusters.values[first]!)} before ${called} was called`
      : `${describe(returned)} had returned before ${called} was called`;
  }
}

/** With cluster 0, and room for as many as there are operations. */
function emptyClusters(initial: RegisterValue, operationCount: number): Clusters {
  const none = (): Int32Array => new Int32Array(operationCount + 1).fill(-1);
  return {
    values: [initial],
    writes: none(),
    firstReturnUs: new Float64Array(operationCount + 1).fill(Number.NEGATIVE_INFINITY),
    firstReturned: none(),
    lastCallUs: new Float64Array(operationCount + 1).fill(Number.NEGATIVE_INFINITY),
    lastCalled: none(),
    nextRead: none(),
    firstRead: none(),
  };
}

/** The clusters that need a place: a write that nobody read need not have happened. */
function placed(
  { values, writes, firstRead }: Clusters,
  operations: readonly Operation<unknown, unknown>[],
): number[] {
  const clusters: number[] = [];
  for (let cluster = 0; cluster < values.length; cluster++) {
    const write = writes[cluster]!;
    const isNeedless = write >= 0 && firstRead[cluster] === -1;
    if (!isNeedless || operations[write]!.outcome !== 'unknown') clusters.push(cluster);
  }
  return clusters;
}

/** Each cluster's write, and its reads in call order. */
function orderOfIds(
  order: readonly number[],
  { writes, firstRead, nextRead }: Clusters,
  operations: readonly Operation<unknown, unknown>[],
): number[] {
  const ids: number[] = [];
  for (const cluster of order) {
    const write = writes[cluster]!;
    if (write >= 0) ids.push(operations[write]!.id);
    const start = ids.length;
    for (let i = firstRead[cluster]!; i >= 0; i = nextRead[i]!) ids.push(operations[i]!.id);
    // They were linked from the last to the first.
    for (let a = start, b = ids.length - 1; a < b; a++, b--) {
      const id = ids[a]!;
      ids[a] = ids[b]!;
      ids[b] = id;
    }
  }
  return ids;
}

/** The operations whose moments conflict, and the writes that tie them together. */
function coreOf(
  [a, b]: readonly [number, number],
  { writes, firstReturned, lastCalled }: Clusters,
  operations: readonly Operation<unknown, unknown>[],
): number[] {
  // The late call of the value that was to be over is most often what went wrong.
  const places = [lastCalled[a], firstReturned[b], lastCalled[b], firstReturned[a]];
  const core = new Set<number>();
  for (const i of [...places, writes[a], writes[b]]) {
    if (i !== undefined && i >= 0) core.add(operations[i]!.id);
  }
  return [...core];
}
