// The state of every process at a step, folded in the plainest way: the measure of the viewer's model,
// which has checkpoints and shares objects.

import type { TraceEvent } from '../../src/base/trace.js';

export interface FoldedProcess {
  status: string;
  fields: Record<string, string | number>;
}

/** States by process id after steps 0..`step`. */
export function referenceFold(
  trace: readonly TraceEvent[],
  step: number,
): Map<number, FoldedProcess> {
  const states = new Map<number, FoldedProcess>();
  for (const event of trace.slice(0, step + 1)) {
    if (event.kind === 'boot') states.set(event.p, { status: 'up', fields: {} });
    else if (event.kind === 'down') states.get(event.p)!.status = 'down';
    else if (event.kind === 'pause') states.get(event.p)!.status = 'paused';
    else if (event.kind === 'resume') states.get(event.p)!.status = 'up';
    else if (event.kind === 'state') Object.assign(states.get(event.p)!.fields, event.state);
  }
  return states;
}
