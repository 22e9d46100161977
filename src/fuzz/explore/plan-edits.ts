// Which faults exploration may put where no seed would. What a cluster survives is a matter of how many members are
// damaged and by what, and a scenario draws no more than that; so damage stays where the scenario has put it.

import type { Fault, FaultKind, Plan } from '../../scenario/plan.js';

/** Any number of these at any moment is survivable: they damage nothing that is durable. */
const HARMLESS: ReadonlySet<FaultKind> = new Set([
  'isolate',
  'split',
  'ring',
  'bridge',
  'degrade',
  'clog',
  'kill',
  'kill-sending',
  'power-loss',
  'pause',
  'clock-jump',
  'clock-drift',
  'disk-stall',
  'disk-throttle',
]);

/** After these a member may have forgotten what it promised: what is survivable then depends on everything else. */
const PROMISE_BREAKING: ReadonlySet<FaultKind> = new Set([
  'lying-sync',
  'rollback',
  'wipe',
  'file-fault',
]);

export function isHarmless({ kind }: Fault): boolean {
  return HARMLESS.has(kind);
}

/** Only chance may vary in such a plan. */
export function breaksPromises({ faults }: Plan): boolean {
  return faults.some(({ kind }) => PROMISE_BREAKING.has(kind));
}

/** By time; faults of one moment keep their order. */
export function inOrder(faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => a.atUs - b.atUs);
}
