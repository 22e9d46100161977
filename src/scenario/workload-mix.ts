// What clients do: how often, on how many keys, in which proportions. Operations are drawn as one integer
// each, because a plan holds thousands of them.

import fc from 'fast-check';
import { assert } from '../base/assert.js';
import type { Micros } from '../base/ids.js';
import { OPERATION_KINDS, type OperationKind, type PlannedOperation } from './plan.js';

/** Draws the operations of a client. */
export interface Workload {
  readonly operation: fc.Arbitrary<PlannedOperation>;
  /** How many operations one client needs so that it never runs dry before `durationUs`. */
  operationsIn(durationUs: Micros): number;
}

export interface MixOptions {
  /** Few keys mean many conflicts. */
  readonly keys?: number;
  /** Mean pause of a client between two operations. */
  readonly thinkUs?: Micros;
  readonly weights?: Partial<Record<OperationKind, number>>;
}

/** Writes, reads, compare-and-swap and transactions over few keys, in proportion to their weights. */
const DEFAULT_WEIGHTS: Readonly<Record<OperationKind, number>> = {
  put: 30,
  get: 30,
  'get-serializable': 3,
  delete: 6,
  cas: 12,
  txn: 10,
  range: 6,
  'delete-range': 1,
  compact: 1,
  'compact-all': 0,
  'old-read': 0,
  query: 0,
  'change-over': 0,
  'deep-txn': 0,
  'move-leader': 0,
  'append-lists': 0,
  'read-lists': 0,
};

/** A workload of all kinds of operations; see {@link MixOptions}. */
export function mixed(options: MixOptions): Workload {
  const keys = options.keys ?? 4;
  const thinkUs = options.thinkUs ?? 40_000;
  assert(keys >= 1 && keys <= 64, 'a workload has 1 to 64 keys', { keys });
  const table: OperationKind[] = [];
  for (const kind of OPERATION_KINDS) {
    const weight = options.weights?.[kind] ?? DEFAULT_WEIGHTS[kind];
    for (let i = 0; i < weight; i++) table.push(kind);
  }
  const operation = fc
    .integer({ min: 0, max: table.length * keys * 64 * THINK_STEPS - 1 })
    .map((n) => decode(n, table, keys, thinkUs));
  return {
    operation,
    operationsIn: (durationUs) => Math.ceil((durationUs / thinkUs) * 1.1),
  };
}

/** Everything that etcd's KV service can be asked; see `rare-requests.ts`. */
export function everyRequest(options: Omit<MixOptions, 'weights'> = {}): Workload {
  const weights = {
    'old-read': 12,
    query: 12,
    'change-over': 12,
    'deep-txn': 8,
    compact: 2,
    'compact-all': 1,
  };
  return mixed({ ...options, weights });
}

/** Transactions over lists alone, see `check/isolation/etcd-transactions`: their isolation is judged as well. */
export function transactions(options: Omit<MixOptions, 'weights'> = {}): Workload {
  const none = Object.fromEntries(OPERATION_KINDS.map((kind) => [kind, 0]));
  return mixed({ ...options, weights: { ...none, 'append-lists': 3, 'read-lists': 1 } });
}

const THINK_STEPS = 16;

/** Pauses in sixteenths of the mean, skewed: most are short, a few are four times the mean. */
const THINK_SIXTEENTHS = [0, 0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 26, 34, 46, 68];

function decode(
  n: number,
  table: readonly OperationKind[],
  keys: number,
  thinkUs: Micros,
): PlannedOperation {
  const think = THINK_SIXTEENTHS[n % THINK_STEPS]!;
  let rest = Math.floor(n / THINK_STEPS);
  const kind = table[rest % table.length]!;
  rest = Math.floor(rest / table.length);
  return {
    afterUs: Math.floor((think * thinkUs) / 16),
    kind,
    key: rest % keys,
    other: Math.floor(rest / keys),
  };
}
