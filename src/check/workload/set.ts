// A set that is added to. `set`: the last read shows every element whose add was answered, and none that
// nobody tried to add. `set-full`: every read counts, and an element once known must not be lost for good.

import { type Datum, DatumSet, formatDatum } from '../format/datum.js';
import { type Call, type WorkloadJudgement, workloadJudgement } from './calls.js';

/** Judges by the last read. O(calls + elements of that read). */
export function checkSet(calls: readonly Call[]): WorkloadJudgement {
  const reads = calls.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const last = reads.reduce<Call | null>(
    (a, b) => (a === null || b.returnedAt > a.returnedAt ? b : a),
    null,
  );
  if (last === null) return workloadJudgement('set', 0, calls.length, null);
  const seen = new Set(elementsOf(last.answered));
  const tried = new Set<string>();
  for (const call of calls) {
    if (call.f !== 'add') continue;
    const element = formatDatum(call.asked);
    if (call.outcome !== 'fail') tried.add(element);
    if (call.outcome !== 'ok' || call.returnedAt >= last.calledAt || seen.has(element)) continue;
    const reason = `add ${call.id} of ${element} had been answered, but the last read, ${last.id}, lacks it`;
    return workloadJudgement('set', 1, calls.length, { reason, core: [call.id, last.id] });
  }
  for (const element of seen) {
    if (tried.has(element)) continue;
    const reason = `read ${last.id} shows ${element}, which nobody added`;
    return workloadJudgement('set', 1, calls.length, { reason, core: [last.id] });
  }
  return workloadJudgement('set', 1, calls.length, null);
}

/**
 * Judges by every read. An element is known from the answer to its add, or from the first read that
 * shows it. It is lost if a read called after that lacks it and no later one shows it; one that
 * reappears was only stale, which is not judged. O(reads x elements).
 */
export function checkSetFull(calls: readonly Call[]): WorkloadJudgement {
  const reads = calls
    .filter(({ f, outcome }) => f === 'read' && outcome === 'ok')
    .sort((a, b) => a.returnedAt - b.returnedAt);
  const views = reads.map((read) => elementsOf(read.answered));
  const sets = views.map((view) => new Set(view));
  const judgement = (reason: string, core: readonly number[]): WorkloadJudgement =>
    workloadJudgement('set-full', reads.length, calls.length, { reason, core });
  const tried = new Set<string>();
  for (const call of calls) {
    if (call.f !== 'add' || call.outcome === 'fail') continue;
    const element = formatDatum(call.asked);
    tried.add(element);
    let known = call.outcome === 'ok' ? call.returnedAt : Number.POSITIVE_INFINITY;
    let present = -1;
    for (const [i, read] of reads.entries()) {
      if (!sets[i]!.has(element)) continue;
      known = Math.min(known, read.returnedAt);
      present = Math.max(present, read.calledAt);
    }
    const lacks = reads.find(
      (read, i) => read.calledAt > known && read.calledAt > present && !sets[i]!.has(element),
    );
    if (lacks !== undefined) {
      const reason = `read ${lacks.id} lacks ${element}, which was known before (add ${call.id}), and no later read shows it`;
      return judgement(reason, [call.id, lacks.id]);
    }
  }
  for (const [i, read] of reads.entries()) {
    if (views[i]!.length > sets[i]!.size) {
      return judgement(`read ${read.id} shows an element twice`, [read.id]);
    }
    const stranger = views[i]!.find((element) => !tried.has(element));
    if (stranger !== undefined) {
      return judgement(`read ${read.id} shows ${stranger}, which nobody added`, [read.id]);
    }
  }
  return workloadJudgement('set-full', reads.length, calls.length, null);
}

/** Elements as text, since equal vectors are equal elements. */
export function elementsOf(value: Datum): string[] {
  if (value instanceof DatumSet) return value.items.map(formatDatum);
  return Array.isArray(value) ? value.map((one: Datum) => formatDatum(one)) : [];
}
