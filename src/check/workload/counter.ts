// A counter that is added to: a read lies between what certainly was added and what may have been.

import type { Call, WorkloadJudgement } from './calls.js';
import { workloadJudgement } from './calls.js';

/**
 * Judges reads of a counter that starts at 0. Necessary, not sufficient: two reads may contradict each
 * other and yet lie within their bounds. O(n log n).
 */
export function checkCounter(calls: readonly Call[]): WorkloadJudgement {
  const adds = calls.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const amount = (call: Call): number => Number(call.asked);
  const returned = adds.filter(({ outcome }) => outcome === 'ok').sort(by('returnedAt'));
  const called = [...adds].sort(by('calledAt'));
  const reads = calls.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');

  // Of those that returned before the call all count; of those called before the return any may.
  const certain = new Map<Call, [up: number, down: number]>();
  sweep([...reads].sort(by('calledAt')), 'calledAt', returned, 'returnedAt', amount, certain);
  const possible = new Map<Call, [up: number, down: number]>();
  sweep([...reads].sort(by('returnedAt')), 'returnedAt', called, 'calledAt', amount, possible);

  for (const [i, read] of reads.entries()) {
    const [surelyUp, surelyDown] = certain.get(read)!;
    const [maybeUp, maybeDown] = possible.get(read)!;
    const low = surelyUp + maybeDown;
    const high = maybeUp + surelyDown;
    const value = Number(read.answered);
    if (value >= low && value <= high) continue;
    const reason = `read ${read.id} returned ${value}, but the counter was between ${low} and ${high}`;
    return workloadJudgement('counter', i + 1, calls.length, { reason, core: [read.id] });
  }
  // A counter that nobody read is ok, as in Jepsen; the certificate says that nothing was looked at.
  const certificate = { reads: reads.length, evidence: [] };
  return { ...workloadJudgement('counter', 1, calls.length, null), certificate };
}

type Moment = 'calledAt' | 'returnedAt';

function by(moment: Moment): (a: Call, b: Call) => number {
  return (a, b) => (a[moment] < b[moment] ? -1 : a[moment] > b[moment] ? 1 : 0);
}

/** For each read the sums of what was added and subtracted before its moment. */
function sweep(
  reads: readonly Call[],
  readMoment: Moment,
  adds: readonly Call[],
  addMoment: Moment,
  amount: (call: Call) => number,
  into: Map<Call, [up: number, down: number]>,
): void {
  let up = 0;
  let down = 0;
  let at = 0;
  for (const read of reads) {
    for (; at < adds.length && adds[at]![addMoment] < read[readMoment]; at++) {
      const by = amount(adds[at]!);
      if (by > 0) up += by;
      else down += by;
    }
    into.set(read, [up, down]);
  }
}
