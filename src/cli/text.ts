// Words and numbers of the human output: pure functions from results to lines.
// Not here: deciding what to print when (run.ts, replay.ts). No locale: the same text everywhere.

import type { RunResult } from '../scenario/result.js';
import { VERDICTS, type Verdict } from '../scenario/result.js';
import type { Colors } from './host.js';

/** Counts per verdict, all of them present. */
export type VerdictCounts = Record<Verdict, number>;

export function noVerdicts(): VerdictCounts {
  return { pass: 0, violation: 0, liveness: 0, nondeterminism: 0, vacuous: 0, undecided: 0 };
}

/** `18 pass, 2 violation`. */
export function verdictText(counts: VerdictCounts): string {
  return VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${integerText(counts[verdict])} ${verdict}`)
    .join(', ');
}

/** `12 904`: groups of three, from five digits on. */
export function integerText(value: number): string {
  const digits = String(value);
  return digits.length < 5 ? digits : digits.replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** Virtual microseconds as seconds, to the millisecond. */
export function secondsText(us: number): string {
  return `${(us / 1e6).toFixed(us < 1e9 ? 3 : 0)} s`;
}

export function rateText(events: number, cpuMs: number): string {
  if (cpuMs <= 0) return '';
  const perSecond = (events / cpuMs) * 1000;
  return perSecond < 1e5
    ? `${integerText(Math.round(perSecond))} events/s`
    : `${(perSecond / 1e6).toFixed(2)} M events/s`;
}

export function operationsText({ ok, fail, unknown }: RunResult['operations']): string {
  const all = integerText(ok + fail + unknown);
  return `${all} ops (${integerText(ok)} ok, ${integerText(fail)} fail, ${integerText(unknown)} unknown)`;
}

/** What is wrong, in one line: `RAFT-ELECTION-SAFETY  two leaders in term 7`. */
export function findingText(result: RunResult): string {
  const { verdict, violation, reason } = result;
  if (violation !== null) return `${violation.invariant}  ${violation.message}`;
  return `${verdict}  ${reason}`;
}

/** The word a line begins with: `ok`, `FAIL`, or what else it is, padded to one width. */
export function wordOf(verdict: Verdict, colors: Colors): string {
  if (verdict === 'pass') return colors.green('ok  ');
  const passive = verdict === 'vacuous' || verdict === 'undecided';
  return passive ? colors.yellow('VOID') : colors.red('FAIL');
}

/** Two columns, indented; rows with an empty text are left out. */
export function rows(pairs: readonly (readonly [label: string, text: string])[]): string {
  return pairs
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `  ${label.padEnd(8)} ${text}\n`)
    .join('');
}
