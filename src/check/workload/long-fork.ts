// Keys written once each, and reads of several keys: two reads must not each miss what the other saw.
// That is a long fork, which parallel snapshot isolation allows and snapshot isolation forbids.

import { type Datum, formatDatum } from '../format/datum.js';
import { type Call, type WorkloadJudgement, workloadJudgement } from './calls.js';

/**
 * Judges pairs of reads of the same keys; a read is a list of `[:r key value]`, nil where nothing was
 * written yet. O(keys x reads log reads): the reads of a group must form a chain, so they are compared in
 * the order of how much they saw.
 */
export function checkLongFork(calls: readonly Call[]): WorkloadJudgement {
  const groups = new Map<string, { call: Call; saw: ReadonlySet<string> }[]>();
  let reads = 0;
  for (const call of calls) {
    if (call.f !== 'read' || call.outcome !== 'ok' || !Array.isArray(call.answered)) continue;
    const keys: string[] = [];
    const saw = new Set<string>();
    for (const operation of call.answered as readonly Datum[]) {
      if (!Array.isArray(operation)) continue;
      const key = formatDatum(operation[1] ?? null);
      keys.push(key);
      if ((operation[2] ?? null) !== null) saw.add(key);
    }
    const group = keys.sort().join(' ');
    const list = groups.get(group);
    if (list === undefined) groups.set(group, [{ call, saw }]);
    else list.push({ call, saw });
    reads++;
  }
  for (const list of groups.values()) {
    list.sort((a, b) => a.saw.size - b.saw.size);
    for (let i = 1; i < list.length; i++) {
      const less = list[i - 1]!;
      const more = list[i]!;
      const missed = [...less.saw].find((key) => !more.saw.has(key));
      if (missed === undefined) continue;
      const other = [...more.saw].find((key) => !less.saw.has(key));
      const core = [less.call.id, more.call.id];
      const reason = `read ${less.call.id} saw ${missed} and not ${String(other)}, read ${more.call.id} saw ${String(other)} and not ${missed}`;
      return workloadJudgement('long-fork', reads, calls.length, { reason, core });
    }
  }
  return workloadJudgement('long-fork', reads, calls.length, null);
}
