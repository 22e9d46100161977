// From a failing run to the input of its HTML report. Not here: how the report looks (report/html.ts).
// The report names the same verdict, the same numbers and the same command as the terminal.

import { FIRST_CLIENT_ID } from '../base/ids.js';
import type { TraceEvent, TraceSink } from '../base/trace.js';
import { formatOperations } from '../check/format/operation-lines.js';
import { etcdModel } from '../check/linearizability/models/etcd-model.js';
import type { Engine, EngineOptions } from '../fuzz/engine.js';
import type { Failure } from '../report/failure.js';
import { historyData } from '../report/history-data.js';
import { type ReportInput, renderReport } from '../report/html.js';
import type { HistoryData } from '../report/viewer/history-data.js';
import { nameOf } from '../scenario/names.js';
import type { Fault, Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import { shortCommit } from './build-info.js';
import { operationsText, secondsText } from './text.js';

/** Trace events a report holds: about 2 MB of HTML, which a browser opens at once. */
const EVENTS_MAX = 100_000;

/** Keeps the last events of a run. A violation ends a run, so what led to it is never cut off. */
export class RecentTrace {
  /** What the clients saw, if that is what failed. */
  history: HistoryData | null = null;
  /** The history that was judged last, for `simquake check`; null if the run ended before. */
  historyLines: string | null = null;
  readonly onHistory: NonNullable<EngineOptions['onHistory']> = (operations, judgement) => {
    this.historyLines = formatOperations('etcd', operations);
    if (judgement.verdict !== 'violation') return;
    this.history = historyData(operations, etcdModel(), judgement, { nameOfClient: nameOf });
  };
  private events: TraceEvent[] = [];
  private dropped = 0;

  readonly sink: TraceSink = (event) => {
    this.events.push(event);
    if (this.events.length < 2 * EVENTS_MAX) return;
    this.dropped += this.events.length - EVENTS_MAX;
    this.events = this.events.slice(-EVENTS_MAX);
  };

  /** How many events are missing at the beginning of {@link list}. */
  get missing(): number {
    return this.dropped + Math.max(0, this.events.length - EVENTS_MAX);
  }

  list(): readonly TraceEvent[] {
    return this.events.slice(-EVENTS_MAX);
  }
}

export interface ReportSource {
  readonly failure: Failure;
  /** The run shown: the original one or the shrunk one. */
  readonly plan: Plan;
  readonly result: RunResult;
  readonly trace: RecentTrace;
  /** The one command that has it again. */
  readonly repro: string;
  explain(invariant: string): string;
  describe(plan: Plan): string[];
}

export function reportHtml(source: ReportSource): string {
  const { result, plan, trace, repro } = source;
  const { verdict, violation, reason } = result;
  const input: ReportInput = {
    title: `${result.scenario}, seed ${result.seed}`,
    verdict,
    violation,
    reason,
    explanation: violation === null ? '' : source.explain(violation.invariant),
    repro,
    facts: facts(source).map(([name, value]) => ({ name, value })),
    processes: processesOf(plan),
    faults: plan.faults.map(faultBand),
    trace: trace.list(),
    history: trace.history,
    truncated: missingText(trace),
  };
  return renderReport(input);
}

/** Runs a plan recorded and renders its report. */
export function recordReport(
  engine: Engine,
  failure: Failure,
  plan: Plan,
  about: Pick<ReportSource, 'repro' | 'explain' | 'describe'>,
): string {
  const trace = new RecentTrace();
  const { sink, onHistory } = trace;
  const result = engine.runPlan(plan, { wire: failure.wire, trace: sink, onHistory });
  return reportHtml({ ...about, failure, plan, result, trace });
}

function missingText({ missing }: RecentTrace): string | null {
  if (missing === 0) return null;
  return `The first ${missing} events of the trace are left out; the rest is whole.`;
}

function facts({ failure, plan, result, describe }: ReportSource): [string, string][] {
  const { shrunk, original } = failure;
  const list: [string, string][] = [
    ['simquake', `${failure.simquake}, ${shortCommit(failure)}, node ${failure.node}`],
    ['virtual time', secondsText(result.virtualUs)],
    ['events', String(result.events)],
    ['operations', operationsText(result.operations)],
    ['faults', `${result.faults.effective} of ${result.faults.planned} took effect`],
    ['options', describe(plan).join(' ')],
    ['trace hash', result.traceHash],
  ];
  if (shrunk !== null) {
    const which = plan === shrunk.plan ? 'this is the smaller run' : 'a smaller run fails alike';
    const counts = `${original.plan.faults.length} -> ${shrunk.plan.faults.length} faults`;
    list.push([
      'shrunk',
      `${which}: ${counts}, ${original.result.events} -> ${shrunk.result.events} events`,
    ]);
  }
  return list;
}

/** All that take part in a run of the plan, by name. */
export function processesOf(plan: Plan): ReportInput['processes'] {
  const members = Array.from({ length: plan.members }, (_, i) => ({
    id: i + 1,
    name: `n${i + 1}`,
    kind: 'member' as const,
  }));
  const clients = plan.clients.map((_, i) => ({
    id: FIRST_CLIENT_ID + i,
    name: `c${i + 1}`,
    kind: 'client' as const,
  }));
  // The client of the engine that checks whether the healed cluster serves requests.
  const probe = {
    id: FIRST_CLIENT_ID + plan.clients.length,
    name: 'probe',
    kind: 'client' as const,
  };
  return [...members, ...clients, probe];
}

function faultBand(fault: Fault): { label: string; beginUs: number; endUs: number } {
  const lasts = 'forUs' in fault ? fault.forUs : 'downUs' in fault ? fault.downUs : 0;
  const whom = 'target' in fault ? ` ${fault.target.join(', ')}` : '';
  return { label: fault.kind + whom, beginUs: fault.atUs, endUs: fault.atUs + lasts };
}
