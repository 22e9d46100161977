// Words and numbers of the human output: pure functions from results to lines.
// Not here: deciding what to print when (run.ts, replay.ts). No locale: the same text everywhere.

import type { CheckedCase, OperationRow } from '../check/judged.js';
import type { HistoryVerdict } from '../check/judgement.js';
import type { RunResult } from '../scenario/result.js';
import { VERDICTS, type Verdict } from '../scenario/result.js';
import type { Colors } from './host.js';
import type { CheckOutcome } from './outcomes.js';

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

/** Operations of a core that a table shows. */
const CORE_SHOWN = 12;
const OPERATION_WIDTH = 72;

/** The verdict on one file, why, and the operations that show it. */
export function checkText(outcome: CheckOutcome, colors: Colors): string {
  const { file } = outcome;
  if ('unreadable' in outcome) return `${colors.red('FAIL')}  ${file}  unreadable\n`;
  const { judgement, model, count, core, cases } = outcome.checked;
  const { verdict, steps, reason, anomalies } = judgement;
  const parts = [
    `${checkWord(verdict, colors)}  ${file}`,
    `${model} ${verdict}`,
    ...(cases === undefined ? [] : [`${integerText(cases.length)} cases`]),
    `${integerText(count)} ops`,
    `${integerText(steps)} steps`,
    `${outcome.ms.toFixed(outcome.ms < 100 ? 1 : 0)} ms`,
  ];
  if (anomalies.length > 0) parts.push(anomalies.join(', '));
  const head = `${parts.join('  ')}\n`;
  if (cases !== undefined) return head + casesText(cases, colors);
  return reason === '' ? head : `${head}  ${reason}\n${coreTable(core)}`;
}

function checkWord(verdict: HistoryVerdict, colors: Colors): string {
  if (verdict === 'ok') return colors.green('ok  ');
  return verdict === 'violation' ? colors.red('FAIL') : colors.yellow('VOID');
}

/** A line a case, and for what is not ok the reason. */
function casesText(cases: readonly CheckedCase[], colors: Colors): string {
  return cases
    .map(({ name, judgement: { verdict, model, reason, anomalies } }) => {
      const found = anomalies.length > 0 ? `  ${anomalies.join(', ')}` : '';
      const why = reason === '' ? '' : `        ${reason}\n`;
      return `  ${checkWord(verdict, colors)}  ${name}  ${model} ${verdict}${found}\n${why}`;
    })
    .join('');
}

function coreTable(core: readonly OperationRow[]): string {
  if (core.length === 0) return '';
  const shown = core.slice(0, CORE_SHOWN).map(({ id, client, text, callUs, returnUs, outcome }) => {
    const end = returnUs === Infinity ? 'never' : String(returnUs);
    const what = text.length > OPERATION_WIDTH ? `${text.slice(0, OPERATION_WIDTH - 3)}...` : text;
    const note = outcome === 'unknown' ? 'unknown' : '';
    return [String(id), `c${client}`, String(callUs), end, what, note];
  });
  const table = [['op', 'client', 'call', 'return', 'operation', ''], ...shown];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const lines = table.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  '));
  const rest = core.length - shown.length;
  if (rest > 0) lines.push(`and ${rest} more`);
  return lines.map((line) => `    ${line.trimEnd()}\n`).join('');
}
