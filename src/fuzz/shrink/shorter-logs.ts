// A pass for failures that need a snapshot, a full segment, or a log that was cut: what takes many operations under
// the settings that were drawn takes few under others.

import type { Micros } from '../../base/ids.js';
import type { Knobs, Plan, PlannedOperation } from '../../scenario/plan.js';
import type { Pass } from './pass.js';

/** Entries between two snapshots, and so many operations at the end are kept. */
const SNAPSHOT_ENTRIES = [1, 2, 3, 5, 10, 20];
/** Two batches of a few large values fill the smallest segment. */
const SEGMENT_BYTES = 4096;
const VALUE_BYTES = [0, 1000, 3000];

/** Fewer operations, with settings by which the same number of snapshots or segments comes of them. */
export const shorterLogs: Pass = {
  name: 'shorter logs',
  *candidates(plan, width) {
    let current = plan;
    for (const fewer of [sooner, smallerSegments]) {
      const variants = [...fewer(current)].filter(
        (candidate) => countOf(candidate) < countOf(current),
      );
      for (let at = 0; at < variants.length; at += width) {
        const accepted: Plan | null = yield variants.slice(at, at + width);
        if (accepted === null) continue;
        current = accepted;
        break;
      }
    }
  },
};

/** Snapshots after fewer entries. */
function* sooner(plan: Plan): Generator<Plan> {
  const { snapshotEntries } = plan.knobs;
  const count = countOf(plan);
  for (const entries of SNAPSHOT_ENTRIES) {
    if (entries >= snapshotEntries) return;
    const share = Math.ceil((count * entries) / snapshotEntries);
    for (const kept of new Set([entries - 1, entries, entries + 1, share, share + 1])) {
      const knobs = { ...plan.knobs, snapshotEntries: entries };
      const short = lastOperations(plan, kept);
      yield { ...short, knobs };
      if (knobs.catchUpEntries > 0) yield { ...short, knobs: { ...knobs, catchUpEntries: 0 } };
    }
  }
}

/** Segments that are full sooner. */
function* smallerSegments(plan: Plan): Generator<Plan> {
  const { segmentBytes, valueBytes = 0 } = plan.knobs;
  const count = countOf(plan);
  for (const bytes of VALUE_BYTES) {
    if (bytes < valueBytes) continue;
    if (bytes === valueBytes && segmentBytes <= SEGMENT_BYTES) continue;
    const knobs: Knobs = {
      ...plan.knobs,
      segmentBytes: SEGMENT_BYTES,
      ...(bytes === 0 ? {} : { valueBytes: bytes }),
    };
    for (let kept = 1; kept < count; kept *= 2) {
      yield { ...lastOperations(plan, kept), knobs };
    }
  }
}

function countOf(plan: Plan): number {
  return plan.clients.reduce((sum, { operations }) => sum + operations.length, 0);
}

/** So many operations that are due last. */
function lastOperations(plan: Plan, count: number): Plan {
  const due = plan.clients.flatMap(({ operations }) => operations.map(dueUs));
  const firstUs = due.sort((a, b) => b - a)[count - 1] ?? Number.POSITIVE_INFINITY;
  const clients = plan.clients.map(({ operations, ...rest }) => ({
    ...rest,
    operations: operations.filter((operation) => dueUs(operation) >= firstUs),
  }));
  return { ...plan, clients };
}

function dueUs({ notBeforeUs = 0 }: PlannedOperation): Micros {
  return notBeforeUs;
}
