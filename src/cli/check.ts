// `simquake check`: a verdict for each history file, with the few operations that show a violation.
// Not here: reading and judging (check/history-check.ts). stdout depends on the files alone, but for `ms`.

import { basename, dirname, join, resolve } from 'node:path';
import type { FormatName } from '../check/format/format-name.js';
import { FormatError } from '../check/format/line-scanner.js';
import { type CheckedHistory, HistoryCheck } from '../check/history-check.js';
import { type Again, type Reading, STREAM, WHOLE } from '../check/reading.js';
import { cpuTimeMs } from '../fuzz/cpu-time.js';
import { EXIT, worst } from './exit-code.js';
import { writeFiles } from './failure-files.js';
import { canReadAgain, sizeOf, textOf, UnreadableFile } from './history-file.js';
import { historyPage } from './history-page.js';
import { colorsFor, type Host } from './host.js';
import { checkLine } from './json.js';
import type { CheckOutcome } from './outcomes.js';
import { CheckProgress } from './progress.js';
import * as text from './text.js';

export interface CheckCommand {
  readonly files: readonly string[];
  /** Null: by the content. */
  readonly format: FormatName | null;
  /** Null: by the content. */
  readonly model: string | null;
  readonly stepsMax: number | null;
  /** Null: what the format or the case says, else strict serializability. */
  readonly level: string | null;
  readonly json: boolean;
  /** Where the view of the history goes: a file, or a folder if there are several; null: none. */
  readonly html: string | null;
}

const EXIT_BY_VERDICT = {
  ok: EXIT.ok,
  violation: EXIT.violation,
  undecided: EXIT.undecided,
} as const;

/** Returns the exit code. */
export async function checkCommand(command: CheckCommand, host: Host): Promise<number> {
  const codes = new Set<number>();
  const colors = colorsFor(host, host.stdout);
  const progress = new CheckProgress(command.files.length, host.stderr);
  try {
    for (const file of command.files) {
      const outcome = await checkFile(file, command, host, progress);
      if (outcome === null) break;
      progress.clear();
      codes.add(exitCodeOf(outcome, host));
      if (command.html !== null) writePage(outcome, command, host);
      host.stdout.write(command.json ? checkLine(outcome) : text.checkText(outcome, colors));
    }
  } finally {
    progress.stop();
  }
  if (host.signal.aborted) {
    return host.signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }
  return worst(codes);
}

async function checkFile(
  file: string,
  command: CheckCommand,
  host: Host,
  progress: CheckProgress,
): Promise<CheckOutcome | null> {
  const startMs = cpuTimeMs();
  const took = (): number => cpuTimeMs() - startMs;
  try {
    const checked = await judge(file, command, host, progress);
    return checked && { file, ms: took(), checked };
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof UnreadableFile)) throw error;
    return { file, ms: took(), unreadable: error.message };
  }
}

/** Null if interrupted. */
async function judge(
  file: string,
  command: CheckCommand,
  host: Host,
  progress: CheckProgress,
): Promise<CheckedHistory | null> {
  const path = resolve(host.cwd, file);
  progress.begin(file, sizeOf(path));
  // The page shows all operations. What cannot be read again has to be kept.
  let reading = command.html === null && canReadAgain(path) ? STREAM : WHOLE;
  while (true) {
    const checked = await read(path, reading, command, host, progress);
    if (checked === null || !('again' in checked)) return checked;
    reading = checked.again;
    progress.again();
  }
}

async function read(
  path: string,
  reading: Reading,
  { format, model, stepsMax, level }: CheckCommand,
  host: Host,
  progress: CheckProgress,
): Promise<CheckedHistory | Again | null> {
  const check = new HistoryCheck({
    reading,
    ...(format === null ? {} : { format }),
    ...(model === null ? {} : { model }),
    ...(stepsMax === null ? {} : { stepsMax }),
    ...(level === null ? {} : { level }),
  });
  for await (const chunk of textOf(path)) {
    if (host.signal.aborted) return null;
    check.push(chunk.text);
    progress.read(chunk.bytes, check.count);
    if (check.isSettled) break;
  }
  progress.judging();
  return check.finish();
}

/** Throws UsageError if the page cannot be written. */
function writePage(outcome: CheckOutcome, { files, html }: CheckCommand, host: Host): void {
  if ('unreadable' in outcome || html === null) return;
  const { cases } = outcome.checked;
  if (cases !== undefined) {
    host.stderr.write(
      `warning: ${outcome.file}: no page, since it holds ${cases.length} cases and a page shows one history\n`,
    );
    return;
  }
  const page = historyPage(outcome.file, outcome.checked);
  // Names of files may repeat in other folders, so their position is part of it.
  const position = files.indexOf(outcome.file) + 1;
  const shown =
    files.length === 1 ? html : join(html, `${position}-${basename(outcome.file)}.html`);
  const path = resolve(host.cwd, shown);
  writeFiles(dirname(path), shown, { [basename(path)]: page });
}

function exitCodeOf(outcome: CheckOutcome, host: Host): number {
  if ('unreadable' in outcome) {
    host.stderr.write(`error: ${outcome.file}: ${outcome.unreadable}\n`);
    return EXIT.usage;
  }
  const { refuted, judgement, model, count } = outcome.checked;
  if (count === 0) host.stderr.write(`warning: ${outcome.file}: no client did anything\n`);
  if (refuted === null) return EXIT_BY_VERDICT[judgement.verdict];
  host.stderr.write(
    `bug in simquake: ${outcome.file}: the judge of ${model} says ${judgement.verdict}, but its certificate does not prove it: ${refuted}\n`,
  );
  return EXIT.harness;
}
