// Comments written one by one, and reads of all of them: who sees one sees those that had been answered
// before it was asked for. Strict serializability demands it, serializability does not.

import { formatDatum } from '../format/datum.js';
import { type Call, type WorkloadJudgement, workloadJudgement } from './calls.js';
import { elementsOf } from './set.js';

/** Judges reads, whose value is a list of ids. O(reads x writes). */
export function checkComments(calls: readonly Call[]): WorkloadJudgement {
  const writes = calls.filter(({ f, outcome }) => f === 'write' && outcome !== 'fail');
  let reads = 0;
  for (const read of calls) {
    if (read.f !== 'read' || read.outcome !== 'ok') continue;
    reads++;
    const seen = new Set(elementsOf(read.answered));
    // The comment it saw that was asked for last: whatever was answered before that must be seen too.
    let latest: Call | null = null;
    for (const write of writes) {
      if (!seen.has(formatDatum(write.asked))) continue;
      if (latest === null || write.calledAt > latest.calledAt) latest = write;
    }
    if (latest === null) continue;
    const calledAt = latest.calledAt;
    const missed = writes.find(
      (write) =>
        write.outcome === 'ok' &&
        write.returnedAt < calledAt &&
        !seen.has(formatDatum(write.asked)),
    );
    if (missed === undefined) continue;
    const reason = `read ${read.id} saw ${formatDatum(latest.asked)} but not ${formatDatum(missed.asked)}, whose write had been answered before the other was asked for`;
    const core = [missed.id, latest.id, read.id];
    return workloadJudgement('comments', reads, calls.length, { reason, core });
  }
  return workloadJudgement('comments', reads, calls.length, null);
}
