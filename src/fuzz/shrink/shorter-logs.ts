// A pass for failures that need a snapshot, a full segment, or a log that was cut: what takes many operations under
// the settings that were drawn takes few under others.

import type { Micros } from '../../base/ids.js';
import type { Knobs, Plan, PlannedOperation } from '../../scenario/plan.js';
import type { Pass } from './pass.js';

/** Entries between two snapshots. */
const SNAPSHOT_ENTRIES = [1, 2, 3, 5, 10, 20];
/** So many entries are those of leaders, or come after the snapshot. */
const OTHERS = [-3, -2, -1, 0, 1, 2];
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

/** Snapshots after fewer entries, in segments as they are or smaller. */
function* sooner(plan: Plan): Generator<Plan> {
  const { snapshotEntries, catchUpEntries } = plan.knobs;
  for (const entries of SNAPSHOT_ENTRIES) {
    if (entries >= snapshotEntries) return;
    const share = Math.ceil((countOf(plan) * entries) / snapshotEntries);
    const counts = new Set([...OTHERS.map((others) => Math.max(0, entries + others)), share]);
    for (const kept of counts) {
      const short = lastOperations(plan, kept);
      for (const segments of [{}, ...segmentSettings(plan)]) {
        for (const behind of new Set([catchUpEntries, 0])) {
          const sizes = { snapshotEntries: entries, catchUpEntries: behind };
          yield { ...short, knobs: { ...plan.knobs, ...sizes, ...segments } };
        }
      }
    }
  }
}

/** Segments that are full sooner. */
function* smallerSegments(plan: Plan): Generator<Plan> {
  for (const segments of segmentSettings(plan)) {
    for (let kept = 1; kept < countOf(plan); kept *= 2) {
      yield { ...lastOperations(plan, kept), knobs: { ...plan.knobs, ...segments } };
    }
  }
}

/** Settings of which each fills segments sooner than the plan's. */
function segmentSettings({ knobs }: Plan): Partial<Knobs>[] {
  const { segmentBytes, valueBytes = 0 } = knobs;
  return VALUE_BYTES.flatMap((bytes) => {
    if (bytes < valueBytes || (bytes === valueBytes && segmentBytes <= SEGMENT_BYTES)) return [];
    return [{ segmentBytes: SEGMENT_BYTES, ...(bytes === 0 ? {} : { valueBytes: bytes }) }];
  });
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
