// The lines of `--json`: one object a line, fields in a fixed order, for scripts and CI.
// Not here: the failure file (report/failure.ts), which is complete; this is what a table needs.

import type { CheckedCase } from '../check/judged.js';
import type { Bucket } from '../fuzz/buckets.js';
import type { CorpusRecord } from '../fuzz/corpus-record.js';
import type { RunResult } from '../scenario/result.js';
import type { CheckOutcome, OtherSeeds, RecordState, SavedRun } from './outcomes.js';
import type { VerdictCounts } from './text.js';

/** The fields every line about a run has. `cpuMs` is the only one that differs from time to time. */
function runFields(result: RunResult, cpuMs: number) {
  const { scenario, seed, verdict, violation, reason, events, virtualUs, operations } = result;
  return {
    scenario,
    seed,
    verdict,
    violation,
    reason,
    events,
    virtualUs,
    cpuMs: Math.round(cpuMs * 1000) / 1000,
    ops: operations,
    traceHash: result.traceHash,
  };
}

export function runLine(result: RunResult, cpuMs: number): string {
  return line({ type: 'run', ...runFields(result, cpuMs) });
}

/** @param varied exploration has changed the plan that the seed draws */
export function exploredLine(result: RunResult, cpuMs: number, varied: boolean): string {
  return line({ type: 'run', ...runFields(result, cpuMs), varied });
}

export function replayLine(
  result: RunResult,
  cpuMs: number,
  comparison: {
    readonly recorded: RunResult;
    readonly mismatch: string | null;
    readonly elsewhere: OtherSeeds | null;
  },
): string {
  const { verdict, traceHash } = comparison.recorded;
  const { mismatch, elsewhere } = comparison;
  const recorded = { verdict, traceHash };
  // Only where other seeds were asked.
  const seeds =
    elsewhere === null
      ? {}
      : { otherSeeds: { tried: elsewhere.tried, failing: elsewhere.result?.seed ?? null } };
  return line({ type: 'replay', ...runFields(result, cpuMs), recorded, mismatch, ...seeds });
}

export function regressionLine(
  name: string,
  verdict: 'pass' | 'stale' | 'fail',
  reason: string,
  { violation, traceHash }: RunResult,
): string {
  return line({ type: 'regression', name, verdict, reason, violation, traceHash });
}

export function savedLine({ key, state, reason, result }: SavedRun): string {
  const { scenario, seed, violation, traceHash } = result;
  return line({ type: 'saved', key, state, reason, scenario, seed, violation, traceHash });
}

export function corpusLine(key: string, state: RecordState, record: CorpusRecord): string {
  const { finding, reached, simquake, commit, dirty, plan } = record;
  return line({ type: 'record', key, state, finding, reached, simquake, commit, dirty, plan });
}

export function summaryLine(runs: number, verdicts: VerdictCounts, interrupted: boolean): string {
  return line({ type: 'summary', runs, verdicts, interrupted });
}

export function fuzzLine(
  totals: object,
  buckets: readonly Bucket[],
  marks: Readonly<Record<string, number>>,
  interrupted: boolean,
): string {
  const failures = buckets.map(({ finding, signature, count, runs, first }) => {
    const { scenario, seed, reason } = first;
    return { finding, signature, count, scenario, seed, reason, runs };
  });
  return line({ type: 'campaign', ...totals, failures, marks, interrupted });
}

export function planLine(scenario: string, seed: string, options: readonly string[]): string {
  return line({ type: 'plan', scenario, seed, options });
}

export function markLine(id: string, about: string): string {
  return line({ type: 'mark', id, about });
}

export function scenarioLine(name: string, about: string, file: string): string {
  return line({ type: 'scenario', name, about, file });
}

/** One object a file. A file that cannot be read has the verdict `unreadable` and the reason why. */
export function checkLine(outcome: CheckOutcome): string {
  const { file } = outcome;
  const ms = Math.round(outcome.ms * 1000) / 1000;
  if ('unreadable' in outcome) {
    const reason = outcome.unreadable;
    const none = { steps: 0, ops: 0, core: [], reason, anomalies: [] };
    return line({ file, model: null, verdict: 'unreadable', ms, ...none });
  }
  const { judgement, count: ops, model, cases } = outcome.checked;
  const { verdict, steps, core, reason, anomalies } = judgement;
  const all = { file, model, verdict, ms, steps, ops, core, reason, anomalies };
  return line(cases === undefined ? all : { ...all, cases: cases.map(caseFields) });
}

/** One history of a file that holds several. */
function caseFields({ name, judgement, count: ops }: CheckedCase) {
  const { model, verdict, steps, core, reason, anomalies } = judgement;
  return { case: name, model, verdict, steps, ops, core, reason, anomalies };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
