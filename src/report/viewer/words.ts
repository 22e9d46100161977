// Human words for trace events: one sentence for each, in the report's text and in its viewer.
// Self-contained, because its source is put into the page as it is: no imports but types, and no
// reference to anything outside the function.

import type { TraceEvent } from '../../base/trace.js';
import type { ViewerProcess } from './data.js';

export interface Words {
  /** Name of a process; an unknown id is named after its number. */
  name(id: number): string;
  /** `12.480 s`. */
  seconds(us: number): string;
  /** Seconds with all microseconds, without the unit, for columns. */
  precise(us: number): string;
  /** A length of time in the unit that suits it. */
  duration(us: number): string;
  /** `8 231`, the space not breaking. */
  count(n: number): string;
  /** The value of a state field; fields that hold a process show its name. */
  value(field: string, value: string | number | undefined): string;
  /** What happened. `subject` is the message, operation or fault that the event is about. */
  sentence(event: TraceEvent, subject?: string): string;
}

export function createWords(processes: readonly ViewerProcess[]): Words {
  const names = new Map<number, string>();
  for (const process of processes) names.set(process.id, process.name);
  const processFields = new Set(['vote', 'lead', 'leader', 'leaderId', 'votedFor', 'transferee']);

  function name(id: number): string {
    return names.get(id) ?? `process ${id}`;
  }
  function seconds(us: number): string {
    return `${(us / 1e6).toFixed(3)}\u00a0s`;
  }
  function precise(us: number): string {
    return (us / 1e6).toFixed(6);
  }
  function duration(us: number): string {
    if (us < 1000) return `${us}\u00a0µs`;
    if (us < 1e6) return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)}\u00a0ms`;
    return `${(us / 1e6).toFixed(us < 1e7 ? 2 : 1)}\u00a0s`;
  }
  function count(n: number): string {
    return String(n).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  }
  function value(field: string, raw: string | number | undefined): string {
    if (raw === undefined || raw === '') return '–';
    if (!processFields.has(field)) return String(raw);
    if (typeof raw !== 'number') return raw;
    return raw === 0 ? '–' : name(raw);
  }
  function stateWords(p: number, state: Readonly<Record<string, string | number>>): string {
    const parts: string[] = [];
    let head = `${name(p)}:`;
    for (const [field, raw] of Object.entries(state)) {
      if (field === 'role') head = `${name(p)} becomes ${raw}`;
      else parts.push(`${field} ${value(field, raw)}`);
    }
    if (parts.length === 0) return head;
    return head.endsWith(':') ? `${head} ${parts.join(', ')}` : `${head}, ${parts.join(', ')}`;
  }
  function sentence(event: TraceEvent, subject?: string): string {
    const text = subject === undefined || subject === '' ? 'a message' : subject;
    switch (event.kind) {
      case 'boot':
        return `${name(event.p)} starts (incarnation ${event.incarnation})`;
      case 'down':
        return `${name(event.p)} goes down: ${event.cause}${event.reason === '' ? '' : `, ${event.reason}`}`;
      case 'pause':
        return `${name(event.p)} is paused`;
      case 'resume':
        return `${name(event.p)} resumes`;
      case 'wake':
        return `${name(event.p)} is woken by its clock`;
      case 'send':
        return `${name(event.from)} → ${name(event.to)} sends ${event.label}`;
      case 'deliver':
        return `${name(event.to)} receives ${text} from ${name(event.from)}`;
      case 'drop':
        return `${name(event.from)} → ${name(event.to)} dropped (${event.reason}): ${text}`;
      case 'duplicate':
        return `${name(event.from)} → ${name(event.to)} duplicated by the network: ${text}`;
      case 'disk':
        return `${name(event.p)} disk ${event.operation} ${event.path}: ${event.outcome}`;
      case 'fault':
        return `fault ${event.phase === 'begin' ? 'begins' : 'ends'}: ${subject || event.label}`;
      case 'state':
        return stateWords(event.p, event.state);
      case 'invoke':
        return `${name(event.p)} invokes ${event.label}`;
      case 'return':
        return `${name(event.p)} ends ${subject || 'its operation'}: ${event.outcome}, ${event.label}`;
      case 'violation':
        return `${event.invariant} violated: ${event.message}`;
    }
  }

  return { name, seconds, precise, duration, count, value, sentence };
}
