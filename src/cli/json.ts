// The lines of `--json`: one object a line, fields in a fixed order, for scripts and CI.
// Not here: the failure file (report/failure.ts), which is complete; this is what a table needs.

import type { RunResult } from '../scenario/result.js';
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

export function replayLine(
  result: RunResult,
  cpuMs: number,
  comparison: { readonly recorded: RunResult; readonly mismatch: string | null },
): string {
  const { verdict, traceHash } = comparison.recorded;
  const { mismatch } = comparison;
  const recorded = { verdict, traceHash };
  return line({ type: 'replay', ...runFields(result, cpuMs), recorded, mismatch });
}

export function regressionLine(
  name: string,
  verdict: 'pass' | 'stale' | 'fail',
  reason: string,
  { violation, traceHash }: RunResult,
): string {
  return line({ type: 'regression', name, verdict, reason, violation, traceHash });
}

export function summaryLine(runs: number, verdicts: VerdictCounts, interrupted: boolean): string {
  return line({ type: 'summary', runs, verdicts, interrupted });
}

export function planLine(scenario: string, seed: string, options: readonly string[]): string {
  return line({ type: 'plan', scenario, seed, options });
}

export function scenarioLine(name: string, about: string, file: string): string {
  return line({ type: 'scenario', name, about, file });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
