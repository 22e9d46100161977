// Judging the histories of small workloads (workload/) from their events.

import type { ClientEvent } from './format/client-events.js';
import { formatDatum } from './format/datum.js';
import type { HistoryJudge } from './history-judge.js';
import type { Judged } from './judged.js';
import { pairCalls } from './workload/calls.js';
import { verifyWorkload } from './workload/verify-workload.js';
import { checkWorkload, type WorkloadName } from './workload/workload.js';

export class WorkloadHistoryJudge implements HistoryJudge {
  private readonly name: WorkloadName;
  private readonly events: ClientEvent[] = [];

  constructor(name: WorkloadName) {
    this.name = name;
  }

  event(event: ClientEvent): void {
    this.events.push(event);
  }

  finish(): Judged {
    const calls = pairCalls(this.events);
    const judgement = checkWorkload(this.name, this.events);
    const { certificate } = judgement;
    const ids = new Set(judgement.core);
    return {
      judgement,
      count: calls.length,
      refuted: certificate === null ? null : verifyWorkload(this.name, calls, certificate),
      core: calls
        .filter(({ id }) => ids.has(id))
        .map(({ id, process, f, answered, calledAt, returnedAt, outcome }) => ({
          id,
          client: process,
          text: `${f ?? 'call'} ${formatDatum(answered)}`,
          callUs: calledAt,
          returnUs: returnedAt,
          outcome: outcome === 'info' ? 'unknown' : outcome,
        })),
    };
  }
}
