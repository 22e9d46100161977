// The story of a failure: what led to it, as a short numbered list in words. Of all that happened it tells what
// could have mattered: the faults, elections, restarts and operations in the causal past of the violation, which
// is what some chain of messages connects with it (Lamport 1978: happens-before).
// Not here: how a page or a terminal shows it.

import { FIRST_CLIENT_ID, type Micros, type ProcessId } from '../base/ids.js';
import type { TraceEvent } from '../base/trace.js';
import { causalPast } from '../check/causal-past.js';

export interface StoryLine {
  readonly timeUs: Micros;
  readonly text: string;
}

export interface StorySource {
  readonly trace: readonly TraceEvent[];
  readonly violation: {
    readonly invariant: string;
    readonly message: string;
    readonly event: number;
    readonly timeUs: Micros;
  };
  nameOf(id: ProcessId): string;
  /** Ids of all members and clients. */
  readonly processes: readonly ProcessId[];
}

/** More lines than a person reads: the earliest go, and one line says how many. */
const LINES_MAX = 40;

/** The lines in order of time; the last is the violation with its values. O(trace). */
export function tellStory(source: StorySource): StoryLine[] {
  const past = causalPast(source);
  const lines = new Teller(source, past).lines();
  const { timeUs, invariant, message } = source.violation;
  const last = { timeUs, text: `${invariant}: ${message}` };
  if (lines.length < LINES_MAX) return [...lines, last];
  const missing = lines.length - LINES_MAX + 2;
  const rest = lines.slice(missing);
  const note = { timeUs: rest[0]!.timeUs, text: `(${missing} earlier lines are left out)` };
  return [note, ...rest, last];
}

class Teller {
  private readonly source: StorySource;
  private readonly inPast: Uint8Array;
  private readonly told: StoryLine[] = [];
  private readonly terms = new Map<ProcessId, number>();
  /** Operations under way: where their line will stand, and what was asked. */
  private readonly asked = new Map<number, { readonly position: number; readonly text: string }>();

  constructor(source: StorySource, inPast: Uint8Array) {
    this.source = source;
    this.inPast = inPast;
  }

  lines(): StoryLine[] {
    const { trace, violation } = this.source;
    for (const [i, event] of trace.entries()) {
      if (event.n > violation.event) break;
      if (event.kind === 'state' && typeof event.state.term === 'number') {
        this.terms.set(event.p, event.state.term);
      }
      if (this.inPast[i] === 1) this.tell(event);
    }
    return this.told.sort((a, b) => a.timeUs - b.timeUs);
  }

  private tell(event: TraceEvent): void {
    const { nameOf } = this.source;
    switch (event.kind) {
      case 'fault':
        if (event.phase === 'begin') this.say(event.t, event.label);
        break;
      case 'state':
        if (event.state.role === 'leader') {
          this.say(event.t, `${nameOf(event.p)} becomes leader of term ${this.terms.get(event.p)}`);
        }
        break;
      case 'boot':
        if (event.incarnation > 1) this.say(event.t, `${nameOf(event.p)} starts again`);
        break;
      case 'down':
        // What falls in the last event fell with the violation itself, which has its own line.
        if (event.n === this.source.violation.event) break;
        if (event.cause === 'fail-stop' || event.cause === 'crash') {
          this.say(event.t, `${nameOf(event.p)} stops itself: ${event.reason}`);
        }
        break;
      case 'disk':
        if (event.outcome !== 'ok') {
          const what = `${event.operation} ${event.path}: ${event.outcome}`;
          this.say(event.t, `disk of ${nameOf(event.p)}: ${what}`);
        }
        break;
      case 'invoke': {
        if (event.p < FIRST_CLIENT_ID) break;
        const text = `${nameOf(event.p)}: ${event.label}`;
        this.asked.set(event.op, { position: this.told.length, text });
        this.say(event.t, `${text}, never answered`);
        break;
      }
      case 'return': {
        const asked = this.asked.get(event.op);
        if (asked === undefined) break;
        const { timeUs } = this.told[asked.position]!;
        const tookMs = ((event.t - timeUs) / 1000).toFixed(1);
        const answer = event.outcome === 'ok' ? event.label : `${event.outcome}, ${event.label}`;
        this.told[asked.position] = { timeUs, text: `${asked.text} -> ${answer} (${tookMs} ms)` };
        break;
      }
      default:
        break;
    }
  }

  private say(timeUs: Micros, text: string): void {
    this.told.push({ timeUs, text });
  }
}
