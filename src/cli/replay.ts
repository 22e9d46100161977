// `simquake replay`: has the run of a failure file again and proves that it is the same run.
// Not here: the file's format (report/failure.ts). The plan comes from the file, so the scenario may
// have changed or be gone.

import { dirname, join, relative, resolve } from 'node:path';
import { cpuTimeMs } from '../fuzz/cpu-time.js';
import { compareResults } from '../fuzz/divergence.js';
import { type Failure, parseFailure } from '../report/failure.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';
import { UsageError } from '../scenario/usage-error.js';
import { type BuildInfo, buildInfo } from './build-info.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { checkWritable, readFailureFile, writeFiles } from './failure-files.js';
import { colorsFor, type Host } from './host.js';
import { replayLine } from './json.js';
import type { OtherSeeds } from './outcomes.js';
import { RecentTrace, reportHtml } from './report.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export interface ReplayCommand {
  readonly file: string;
  readonly shrunk: boolean;
  readonly json: boolean;
  readonly report: boolean;
}

/** Returns the exit code: that of the verdict, or 3 if this is not the run that was recorded. */
export function replayCommand(command: ReplayCommand, host: Host, tools: Tools): number {
  const { file, json } = command;
  const { engine, explain } = tools;
  const path = resolve(host.cwd, file);
  const build = buildInfo();
  const failure = parseFailure(readFailureFile(path, file), file, build.version);
  const { plan, result: recorded } = chosen(failure, command);
  if (command.report) checkWritable(dirname(path), dirname(file));
  for (const warning of warnings(failure, build)) host.stderr.write(`warning: ${warning}\n`);

  const trace = new RecentTrace();
  const recording = command.report ? { trace: trace.sink, onHistory: trace.onHistory } : {};
  const before = cpuTimeMs();
  const result = engine.runPlan(plan, { wire: failure.wire, ...recording });
  const cpuMs = cpuTimeMs() - before;

  const mismatch = mismatchText(recorded, result);
  const sameCode = failure.commit === build.commit;
  const gone =
    !sameCode && mismatch !== null && recorded.violation !== null && !failsAlike(recorded, result);
  const elsewhere = gone ? underOtherSeeds(plan, recorded, failure.wire, tools) : null;
  if (json) host.stdout.write(replayLine(result, cpuMs, { recorded, mismatch, elsewhere }));
  else host.stdout.write(story({ recorded, result, mismatch, sameCode, elsewhere }, host));

  if (command.report) {
    const repro = `npx simquake replay ${file}${command.shrunk ? ' --shrunk' : ''}`;
    const name = command.shrunk ? 'shrunk.html' : 'report.html';
    const describe = engine.describePlan;
    const html = reportHtml({ failure, plan, result, trace, repro, explain, describe });
    writeFiles(dirname(path), dirname(file), { [name]: html });
    const written = relative(host.cwd, join(dirname(path), name));
    if (!json) host.stdout.write(text.rows([['report', written]]));
  }
  // At another commit another run is to be expected; at the same one it must not happen.
  if (mismatch !== null && sameCode) return EXIT.nondeterminism;
  return exitCodeOf(elsewhere?.result?.verdict ?? result.verdict);
}

const SEEDS_TRIED = 100;
/** CPU time after which no other seed is begun. */
const OTHER_SEEDS_MS = 10_000;

function underOtherSeeds(
  plan: Plan,
  recorded: RunResult,
  wire: boolean,
  { engine }: Tools,
): OtherSeeds {
  const before = cpuTimeMs();
  let tried = 0;
  while (tried < SEEDS_TRIED && cpuTimeMs() - before < OTHER_SEEDS_MS) {
    tried += 1;
    const result = engine.runPlan({ ...plan, seed: String(tried) }, { wire });
    if (failsAlike(recorded, result)) return { tried, result };
  }
  return { tried, result: null };
}

function failsAlike(recorded: RunResult, result: RunResult): boolean {
  return result.violation !== null && result.violation.invariant === recorded.violation?.invariant;
}

function chosen(failure: Failure, command: ReplayCommand): Failure['original'] {
  if (!command.shrunk) return failure.original;
  if (failure.shrunk !== null) return failure.shrunk;
  throw new UsageError(`${command.file}: holds no shrunk plan; replay it without --shrunk`);
}

/** What makes a replay less than certain, one sentence each. */
export function warnings(failure: Failure, build: BuildInfo): string[] {
  const found: string[] = [];
  if (failure.commit !== build.commit) {
    found.push(
      `recorded at commit ${failure.commit ?? 'unknown'}, this is ${build.commit ?? 'unknown'}; ` +
        'the run may differ, check that commit out to have the same one',
    );
  } else if (failure.dirty || build.dirty) {
    found.push(
      'there were or are uncommitted changes under src; the run may differ because of them',
    );
  }
  if (failure.node !== build.node) {
    found.push(
      `recorded with node ${failure.node}, this is ${build.node}; the run should be the same`,
    );
  }
  return found;
}

/** One line naming the first interval in which the runs differ, with both hashes. */
function mismatchText(recorded: RunResult, result: RunResult): string | null {
  // A run found to be nondeterministic has no verdict of its own to compare.
  const expected =
    recorded.verdict === 'nondeterminism'
      ? { ...recorded, verdict: result.verdict, violation: result.violation }
      : recorded;
  const divergence = compareResults(expected, result);
  if (divergence === null) return null;
  const { place, first, second } = divergence;
  return `${place}: recorded ${first}, replayed ${second}`;
}

interface Comparison {
  readonly recorded: RunResult;
  readonly result: RunResult;
  readonly mismatch: string | null;
  readonly sameCode: boolean;
  readonly elsewhere: OtherSeeds | null;
}

function story(comparison: Comparison, host: Host): string {
  const { recorded, result, mismatch, sameCode, elsewhere } = comparison;
  const colors = colorsFor(host, host.stdout);
  const lines: [string, string][] = [
    ['run', `scenario ${result.scenario}, seed ${result.seed}`],
    ['was', text.findingText(recorded)],
  ];
  if (mismatch === null) {
    lines.push(['hashes', `all ${recorded.hashChain.length + 1} agree: this is the recorded run`]);
    const word = text.wordOf(result.verdict, colors);
    return `${word}  ${text.findingText(result)}\n${text.rows(lines)}`;
  }
  lines.push(['differs', mismatch]);
  const now = result.verdict === 'pass' ? 'pass' : text.findingText(result);
  const still = failsAlike(recorded, result) ? 'still fails' : 'no longer fails so';
  lines.push(['now', `${still}: ${now}`]);
  if (elsewhere !== null) lines.push(['seeds', otherSeedsText(elsewhere)]);
  if (sameCode) {
    const head = 'nondeterminism  the replay is not the recorded run';
    return `${colors.red('FAIL')}  ${head}\n${text.rows(lines)}`;
  }
  const final = elsewhere?.result ?? result;
  const head =
    final.verdict === 'pass' ? 'no longer fails at this commit' : text.findingText(final);
  return `${text.wordOf(final.verdict, colors)}  ${head}\n${text.rows(lines)}`;
}

function otherSeedsText({ tried, result }: OtherSeeds): string {
  return result === null
    ? `none of ${tried} others makes the plan fail so`
    : `still fails under seed ${result.seed}, which decides only what the plan leaves open`;
}
