// What can have led to a violation: the events that some chain of messages connects with it (Lamport 1978:
// happens-before). Pure over a trace.
// Not here: what is told of it (report/story.ts), and what is done with it (scenario/causes.ts).

import type { ProcessId } from '../base/ids.js';
import type { TraceEvent } from '../base/trace.js';

export interface CausalQuestion {
  readonly trace: readonly TraceEvent[];
  readonly violation: { readonly message: string; readonly event: number };
  nameOf(id: ProcessId): string;
  /** Ids of all members and clients. */
  readonly processes: readonly ProcessId[];
}

/** By event of the trace: 1 if it is in the causal past of the violation. O(trace). */
export function causalPast({ trace, violation, nameOf, processes }: CausalQuestion): Uint8Array {
  const reached = new Set<ProcessId>();
  const named = new Set(violation.message.match(/\b(?:[nc]\d+|probe)\b/g) ?? []);
  for (const id of processes) if (named.has(nameOf(id))) reached.add(id);
  for (const event of trace) {
    if (event.n === violation.event && 'p' in event) reached.add(event.p);
  }
  const messages = new Set<number>();
  const inPast = new Uint8Array(trace.length);
  for (let i = trace.length - 1; i >= 0; i--) {
    const event = trace[i]!;
    if (event.n > violation.event) continue;
    switch (event.kind) {
      case 'deliver':
        if (!reached.has(event.to)) break;
        messages.add(event.m);
        inPast[i] = 1;
        break;
      case 'duplicate':
        if (messages.has(event.m)) messages.add(event.of);
        break;
      case 'send':
        if (!messages.has(event.m)) break;
        reached.add(event.from);
        inPast[i] = 1;
        break;
      case 'fault':
        if (event.processes.length === 0 || event.processes.some((id) => reached.has(id))) {
          inPast[i] = 1;
        }
        break;
      default:
        if ('p' in event && reached.has(event.p)) inPast[i] = 1;
    }
  }
  return inPast;
}
