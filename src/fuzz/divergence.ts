// Whether two runs of one plan were the same run, and if not, where they first part.
// Not here: why. The finding outranks every other verdict, since nothing else can be trusted then.

import type { TraceEvent } from '../base/trace.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';

/** Engine events per link of a hash chain. */
const CHAIN_INTERVAL = 1000;

/** Where two runs part. `first` and `second` are the two sides. */
export interface Divergence {
  /** For example `event 8102 at 12480 us` or `events 3001 to 4000`. */
  readonly place: string;
  readonly first: string;
  readonly second: string;
}

/** A run with every trace event as one line of JSON. */
export interface RecordedRun {
  readonly result: RunResult;
  readonly lines: readonly string[];
}

/** One event as compared: ordinal, time and kind lead, whatever order the recorder wrote them in. */
export function traceLine(event: TraceEvent): string {
  const { n, t, kind, ...rest } = event;
  return JSON.stringify({ n, t, kind, ...rest });
}

/** The first difference between two runs, null if there is none. Linear in their length. */
export function compareRecorded(a: RecordedRun, b: RecordedRun): Divergence | null {
  const count = Math.max(a.lines.length, b.lines.length);
  for (let i = 0; i < count; i++) {
    const first = a.lines[i] ?? END;
    const second = b.lines[i] ?? END;
    if (first !== second) return { place: placeOf(first === END ? second : first), first, second };
  }
  return compareResults(a.result, b.result);
}

const END = 'the end of the run';

function placeOf(line: string): string {
  const { n, t } = JSON.parse(line) as TraceEvent;
  return `event ${n} at ${t} us`;
}

/** The same from results alone: as near as the hash chain tells. */
export function compareResults(a: RunResult, b: RunResult): Divergence | null {
  const chain = compareChains(a.hashChain, b.hashChain);
  if (chain !== null) return chain;
  if (a.traceHash !== b.traceHash) {
    const from = a.hashChain.length * CHAIN_INTERVAL + 1;
    return { place: `events ${from} to the end`, first: a.traceHash, second: b.traceHash };
  }
  const rest = [
    ['number of events', a.events, b.events],
    ['virtual time', a.virtualUs, b.virtualUs],
    ['verdict', a.verdict, b.verdict],
    ['violation', JSON.stringify(a.violation), JSON.stringify(b.violation)],
    ['operations', JSON.stringify(a.operations), JSON.stringify(b.operations)],
    ['draws', sortedEntries(a.draws), sortedEntries(b.draws)],
  ] as const;
  for (const [place, first, second] of rest) {
    if (first !== second) return { place, first: String(first), second: String(second) };
  }
  return null;
}

/** The first interval in which two hash chains differ. */
function compareChains(a: readonly string[], b: readonly string[]): Divergence | null {
  const count = Math.max(a.length, b.length);
  for (let i = 0; i < count; i++) {
    const first = a[i] ?? END;
    const second = b[i] ?? END;
    if (first === second) continue;
    const from = i * CHAIN_INTERVAL + 1;
    return { place: `events ${from} to ${from + CHAIN_INTERVAL - 1}`, first, second };
  }
  return null;
}

/** A scenario that reads a clock or `Math.random` draws another plan each time. */
export function comparePlans(a: Plan, b: Plan): Divergence | null {
  if (JSON.stringify(a) === JSON.stringify(b)) return null;
  return firstDifference('plan', a, b);
}

function firstDifference(path: string, a: unknown, b: unknown): Divergence | null {
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(`${path}.${key}`, a[key], b[key]);
      if (found !== null) return found;
    }
    return null;
  }
  if (a === b) return null;
  return {
    place: path,
    first: JSON.stringify(a) ?? 'nothing',
    second: JSON.stringify(b) ?? 'nothing',
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sortedEntries(record: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(record).sort((a, b) => (a[0] < b[0] ? -1 : 1)));
}
