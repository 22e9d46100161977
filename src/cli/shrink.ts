// `simquake shrink`: makes the run of a failure file smaller, and writes the smaller plan and its story into it.
// Goes on where an earlier shrink stopped. Not here: what is tried (fuzz/shrink/).

import { basename, dirname, join, relative, resolve } from 'node:path';
import { formatFailure, parseFailure } from '../report/failure.js';
import { buildInfo } from './build-info.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { shrunkText, storyRows } from './failure-desk.js';
import { checkWritable, readFailureFile, writeFiles } from './failure-files.js';
import { colorsFor, type Host } from './host.js';
import { Progress } from './progress.js';
import { warnings } from './replay.js';
import { recordReport } from './report.js';
import { shrinkFailing } from './shrinking.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export interface ShrinkCommand {
  readonly file: string;
  readonly shrinkSeconds: number;
  readonly jobs: number;
}

/** Returns the exit code: that of the failure, or 0 if it does not fail at this commit. */
export async function shrinkCommand(
  command: ShrinkCommand,
  host: Host,
  tools: Tools,
): Promise<number> {
  const { file, shrinkSeconds: seconds } = command;
  const { engine, explain, threads } = tools;
  const jobs = threads ? command.jobs : 1;
  const path = resolve(host.cwd, file);
  const build = buildInfo();
  const failure = parseFailure(readFailureFile(path, file), file, build.version);
  checkWritable(dirname(path), dirname(file));
  for (const warning of warnings(failure, build)) host.stderr.write(`warning: ${warning}\n`);

  const { wire } = failure;
  const start = failure.shrunk ?? failure.original;
  const result = engine.runPlan(start.plan, { wire });
  const invariant = start.result.violation?.invariant;
  if (result.violation === null || result.violation.invariant !== invariant) {
    const now = result.verdict === 'pass' ? 'it passes' : text.findingText(result);
    host.stdout.write(
      `nothing to shrink: at this commit ${invariant ?? start.result.verdict} does not fail: ${now}\n`,
    );
    return exitCodeOf(result.verdict);
  }

  const progress = new Progress(1, host.stderr);
  const found = await shrinkFailing(start.plan, result, {
    ...{ engine, wire, jobs, seconds },
    signal: host.signal,
    onProgress: (words) => progress.note(words),
  }).finally(() => progress.stop());
  const runs = (failure.shrunk?.runs ?? 0) + (found?.runs ?? 0);
  const shrunk = found === null ? failure.shrunk : { ...found, runs };
  const colors = colorsFor(host, host.stdout);
  host.stdout.write(
    `${text.wordOf(result.verdict, colors)}  ${text.findingText(shrunk?.result ?? result)}\n`,
  );
  if (shrunk === null) {
    host.stdout.write(text.rows([['shrunk', 'nothing smaller fails alike']]));
  } else {
    const smaller = { ...failure, shrunk };
    const repro = `npx simquake replay ${file} --shrunk`;
    const about = { repro, explain, describe: engine.describePlan };
    writeFiles(dirname(path), dirname(file), {
      [basename(path)]: formatFailure(smaller),
      'shrunk.html': recordReport(engine, smaller, shrunk.plan, about),
    });
    host.stdout.write(
      text.rows([
        ['shrunk', shrunkText(failure.original, shrunk)],
        ...storyRows(shrunk.story),
        ['replay', repro],
        ['report', relative(host.cwd, join(dirname(path), 'shrunk.html'))],
      ]),
    );
  }
  return host.signal.aborted ? EXIT.interrupted : exitCodeOf(result.verdict);
}
