// Proof by running twice: executes a run two times and finds the first event at which they part.
// Not here: deciding what to do about it. A difference means that nothing else the run said counts.

import type { Micros } from '../base/ids.js';

/** One event of a run and everything it caused, as a line that two runs can be compared by. */
export interface EventRecord {
  /** Ordinal of the event. */
  readonly n: number;
  /** The rolling hash after the event, with the draws of the process it entered folded in. */
  readonly lane: number;
  readonly timeUs: Micros;
  /** `deliver`, `wake`, ...; see event-queue.ts. */
  readonly kind: string;
  /** Name of the process, '' for none. */
  readonly process: string;
  /** What came in and what went out, in a few words. */
  readonly description: string;
}

/** Receives a record after every event. */
export type EventRecordSink = (record: EventRecord) => void;

/** Where two runs of the same thing parted. */
export interface Divergence {
  /** Ordinal of the first event that differs. */
  readonly n: number;
  /** The event in each run; null where that run had ended. */
  readonly first: EventRecord | null;
  readonly second: EventRecord | null;
}

/**
 * Runs twice and returns the first event that differs, or null. `run` must build everything it uses
 * anew and pass `sink` on to `SimulationOptions.eventHashes`. Keeps the first run's records: about
 * 250 bytes an event.
 */
export function compareRuns(run: (sink: EventRecordSink) => void): Divergence | null {
  const expected: EventRecord[] = [];
  run((record) => expected.push(record));

  let count = 0;
  let divergence: Divergence | null = null;
  run((record) => {
    const before = expected[count++] ?? null;
    if (divergence !== null || (before !== null && sameRecord(before, record))) return;
    divergence = { n: record.n, first: before, second: record };
  });

  if (divergence === null && count < expected.length) {
    const first = expected[count]!;
    return { n: first.n, first, second: null };
  }
  return divergence;
}

/** Both sides of a divergence, a line each. */
export function describeDivergence(divergence: Divergence): string {
  const { n, first, second } = divergence;
  return `event ${n}\n  first run:  ${describeRecord(first)}\n  second run: ${describeRecord(second)}`;
}

function describeRecord(record: EventRecord | null): string {
  if (record === null) return 'had ended';
  const lane = (record.lane >>> 0).toString(16).padStart(8, '0');
  return `${record.timeUs} us ${record.kind} ${record.process}: ${record.description} [${lane}]`;
}

function sameRecord(a: EventRecord, b: EventRecord): boolean {
  return (
    a.lane === b.lane &&
    a.timeUs === b.timeUs &&
    a.kind === b.kind &&
    a.process === b.process &&
    a.description === b.description
  );
}
