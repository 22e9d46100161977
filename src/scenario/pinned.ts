// A plan made explicit by a run of it: every operation and fault at the moment at which it really began, every
// fault at the members it really met. Then taking one out leaves the others where and when they were.
// Not here: what to take out (fuzz/shrink/).

import type { Micros, ProcessId } from '../base/ids.js';
import type { Fault, Plan, Target } from './plan.js';

export interface RecordedFault {
  /** The fault with the time at which it began and the members that it meant. */
  readonly fault: Fault;
  /** Whether it had an effect. */
  readonly effective: boolean;
  /** Who led when it began; null if nobody did. */
  readonly leader: ProcessId | null;
}

/** When and where the parts of a plan really began. */
export interface RecordedSchedule {
  /** By client: when its operations so far were due for the first time. */
  readonly operations: readonly (readonly Micros[])[];
  /** By position in the plan; null if it has not begun. */
  readonly faults: readonly (RecordedFault | null)[];
}

/**
 * The plan with explicit times and members. What had not begun at `untilUs` is left out, and faults without
 * effect are. The run of the result may differ from the recorded one only where two things happened in
 * one microsecond.
 */
export function pinned(plan: Plan, schedule: RecordedSchedule, untilUs: Micros): Plan {
  const faults: Fault[] = [];
  for (const recorded of schedule.faults) {
    if (recorded?.effective === true && recorded.fault.atUs <= untilUs) faults.push(recorded.fault);
  }
  faults.sort((a, b) => a.atUs - b.atUs);
  const clients = plan.clients.map(({ operations, ...rest }, client) => {
    const dueUs = schedule.operations[client] ?? [];
    const begun = dueUs.filter((us) => us <= untilUs);
    return {
      ...rest,
      operations: begun.map((notBeforeUs, i) => ({ ...operations[i]!, afterUs: 0, notBeforeUs })),
    };
  });
  return { ...plan, faults, clients };
}

/** The faults of a plan, with those that met the leader meant for the leader, whoever it is. */
export function atLeaders(plan: Plan, schedule: RecordedSchedule): Fault[] {
  return plan.faults.map((fault, index): Fault => {
    const leader = schedule.faults[index]?.leader ?? null;
    if (leader === null) return fault;
    const byRole = (target: Target): Target =>
      target.map((who) => (who === leader ? 'leader' : who));
    if ('target' in fault) return { ...fault, target: byRole(fault.target) };
    if (fault.kind === 'split') return { ...fault, groups: fault.groups.map(byRole) };
    if (fault.kind === 'degrade' || fault.kind === 'clog') {
      return { ...fault, from: byRole(fault.from), to: byRole(fault.to) };
    }
    return fault;
  });
}
