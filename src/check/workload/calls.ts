// Calls of a workload: events paired, with what was asked and what was answered.

import type { ClientEvent, EventType } from '../format/client-events.js';
import type { Datum } from '../format/datum.js';
import type { Judgement } from '../judgement.js';

export interface Call {
  /** `:index` of the event that ended it, or the position of that event. */
  readonly id: number;
  readonly process: number;
  readonly f: string | null;
  readonly asked: Datum;
  readonly answered: Datum;
  readonly calledAt: number;
  /** `Infinity` where no answer came. */
  readonly returnedAt: number;
  readonly outcome: Exclude<EventType, 'invoke'>;
}

/** What was looked at for the verdict: reads that were judged, and the calls that show a violation. */
export interface WorkloadCertificate {
  readonly reads: number;
  readonly evidence: readonly number[];
}

export type WorkloadJudgement = Judgement<WorkloadCertificate>;

/** Pairs events by process; an answer without a call has been called at an unknown time before. */
export function pairCalls(events: readonly ClientEvent[]): Call[] {
  const open = new Map<number, { event: ClientEvent; at: number }>();
  const calls: Call[] = [];
  const add = (
    end: ClientEvent,
    at: number,
    start: { event: ClientEvent; at: number } | undefined,
    outcome: Call['outcome'],
  ): void => {
    calls.push({
      id: end.index ?? at,
      process: end.process ?? -1,
      f: end.f,
      asked: start === undefined ? end.value : start.event.value,
      answered: end.value,
      calledAt: start?.at ?? Number.NEGATIVE_INFINITY,
      returnedAt: outcome === 'info' ? Number.POSITIVE_INFINITY : at,
      outcome,
    });
  };
  for (const [at, event] of events.entries()) {
    const process = event.process ?? -1;
    const start = open.get(process);
    if (event.type === 'invoke') {
      if (start !== undefined) add(start.event, start.at, start, 'info');
      open.set(process, { event, at });
    } else {
      open.delete(process);
      add(event, at, start, event.type);
    }
  }
  for (const start of open.values()) add(start.event, start.at, start, 'info');
  return calls;
}

/** A verdict over so many `reads`; without any it is undecided. */
export function workloadJudgement(
  model: string,
  reads: number,
  steps: number,
  wrong: { readonly reason: string; readonly core: readonly number[] } | null,
): WorkloadJudgement {
  const base = { model, steps, anomalies: [] };
  if (wrong !== null) {
    const { reason, core } = wrong;
    return { ...base, verdict: 'violation', reason, core, certificate: { reads, evidence: core } };
  }
  if (reads === 0) {
    const reason = 'nothing was ever read, so nothing was tested';
    return { ...base, verdict: 'undecided', reason, core: [], certificate: null };
  }
  return { ...base, verdict: 'ok', reason: '', core: [], certificate: { reads, evidence: [] } };
}
