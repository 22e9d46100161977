// What of a plan can have led to the violation in a run of it: the faults and operations in its causal past, and
// the operations by which a checker of histories proves it.
// Not here: what happens-before means (check/causal-past.ts), and what is left out because of it (fuzz/shrink/).

import { FIRST_CLIENT_ID, type Micros } from '../base/ids.js';
import type { TraceEvent } from '../base/trace.js';
import { causalPast } from '../check/causal-past.js';
import { nameOf } from './names.js';
import type { RecordedSchedule } from './pinned.js';
import type { Plan } from './plan.js';
import type { Violation } from './result.js';

/** By client: positions of operations in the plan. */
export type ChosenOperations = readonly ReadonlySet<number>[];

export interface Causes {
  /** Positions of the faults in the causal past. */
  readonly faults: ReadonlySet<number>;
  readonly operations: ChosenOperations;
  /** The operations that prove the violation by themselves; null if no history is what is wrong. */
  readonly core: ChosenOperations | null;
}

export interface CausesQuestion {
  readonly plan: Plan;
  readonly trace: readonly TraceEvent[];
  readonly schedule: RecordedSchedule;
  readonly violation: Violation;
  /** Ids of the operations that prove the violation; empty if there are none. */
  readonly core: readonly number[];
}

/** O(trace + operations of the core). */
export function causesOf(question: CausesQuestion): Causes {
  const { plan, trace, schedule, violation } = question;
  const clients = plan.clients.map((_, i) => FIRST_CLIENT_ID + i);
  const members = Array.from({ length: plan.members }, (_, i) => i + 1);
  const inPast = causalPast({ trace, violation, nameOf, processes: [...members, ...clients] });
  const ofCore = new Set(question.core);
  const faults = new Set<number>();
  const operations = clients.map(() => new Set<number>());
  const core = clients.map(() => new Set<number>());
  for (const [i, event] of trace.entries()) {
    if (event.kind === 'fault') {
      if (inPast[i] === 1) faults.add(event.fault);
    } else if (event.kind === 'invoke') {
      const client = event.p - FIRST_CLIENT_ID;
      const dueUs = schedule.operations[client];
      if (dueUs === undefined || dueUs.length === 0) continue; // the probe's
      const position = positionAt(dueUs, event.t);
      if (inPast[i] === 1) operations[client]!.add(position);
      if (ofCore.has(event.op)) core[client]!.add(position);
    }
  }
  return { faults, operations, core: core.every(({ size }) => size === 0) ? null : core };
}

/** Which operation of a client was under way: the last that was due. */
function positionAt(dueUs: readonly Micros[], atUs: Micros): number {
  return dueUs.findLastIndex((due) => due <= atUs);
}
