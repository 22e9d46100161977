// What a command does with a run that does not pass: diagnose and shrink it, write its files, and put it into words.
// Not here: how it is diagnosed (diagnosis.ts), and when (run.ts, fuzz.ts).

import { join, relative, resolve } from 'node:path';
import { formatOperations } from '../check/format/operation-lines.js';
import type { EngineOptions } from '../fuzz/engine.js';
import { type Failure, formatFailure } from '../report/failure.js';
import { isFoundByName, type LoadedScenario } from '../scenario/load.js';
import type { RunResult } from '../scenario/result.js';
import type { BuildInfo } from './build-info.js';
import { type Diagnosis, diagnose } from './diagnosis.js';
import { writeFiles } from './failure-files.js';
import { type Colors, colorsFor, type Host } from './host.js';
import { recordReport, reportHtml } from './report.js';
import { operationCount } from './shrinking.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export interface FailureDeskOptions {
  readonly wire: boolean;
  readonly jobs: number;
  /** Results go to scripts: words go to stderr. */
  readonly json: boolean;
  /** Folder for failure files, as given. */
  readonly out: string;
}

/** What the clients saw, as `simquake check` reads it. */
const HISTORY_FILE = 'history.jsonl';

export interface FiledFailure {
  /** The result given, or `nondeterminism` if the run cannot be had again. */
  readonly result: RunResult;
  readonly failure: Failure;
  /** What to print. */
  readonly text: string;
  /** Where its files are, as shown. */
  readonly folder: string;
}

export class FailureDesk {
  private readonly options: FailureDeskOptions;
  private readonly build: BuildInfo;
  private readonly host: Host;
  private readonly tools: Tools;

  constructor(options: FailureDeskOptions, build: BuildInfo, host: Host, tools: Tools) {
    this.options = options;
    this.build = build;
    this.host = host;
    this.tools = tools;
  }

  /** Diagnoses a failing run, shrinks it for so many seconds, and writes its files. */
  async file(
    result: RunResult,
    loaded: LoadedScenario,
    seconds: number,
    onProgress: (words: string) => void,
  ): Promise<FiledFailure> {
    const { wire, jobs, out } = this.options;
    const diagnosis = await diagnose(loaded.scenario, result, {
      engine: this.tools.engine,
      build: this.build,
      wire,
      jobs: this.tools.threads ? jobs : 1,
      seconds,
      signal: this.host.signal,
      onProgress,
    });
    const lines = this.write(diagnosis, loaded);
    return {
      result: diagnosis.result,
      failure: diagnosis.failure,
      text: this.block(diagnosis.result, loaded, lines),
      folder: join(out, `${result.scenario}-${result.seed}`),
    };
  }

  /** Has a run that passed again, and writes what its clients saw. */
  keepHistory({ scenario, seed }: RunResult, loaded: LoadedScenario): void {
    const { engine } = this.tools;
    const { wire, out } = this.options;
    let history = '';
    const onHistory: NonNullable<EngineOptions['onHistory']> = (operations) => {
      history = formatOperations('etcd', operations);
    };
    engine.runPlan(engine.compilePlan(loaded.scenario, seed), { wire, onHistory });
    const folder = join(out, `${scenario}-${seed}`);
    writeFiles(resolve(this.host.cwd, folder), folder, { [HISTORY_FILE]: history });
  }

  /** A failing run in words, without files of its own. */
  brief(result: RunResult, loaded: LoadedScenario, report: string): string {
    return this.block(result, loaded, [
      ['again', this.repro(result, loaded)],
      ['report', report],
    ]);
  }

  /** Writes the files of a failure and returns the lines that point to them. */
  private write({ failure, trace, result }: Diagnosis, loaded: LoadedScenario): [string, string][] {
    const { out } = this.options;
    const { engine, explain } = this.tools;
    const { plan } = failure.original;
    const repro = this.repro(result, loaded);
    const folder = join(out, `${result.scenario}-${result.seed}`);
    const about = { repro, explain, describe: engine.describePlan };
    const files: Record<string, string> = {
      'failure.json': formatFailure(failure),
      'report.html': reportHtml({ failure, plan, result, trace, ...about }),
    };
    const lines: [string, string][] = [];
    const { shrunk } = failure;
    if (trace.historyLines !== null) {
      files[HISTORY_FILE] = trace.historyLines;
      lines.push(['history', `npx simquake check ${folder}/${HISTORY_FILE}`]);
    }
    if (shrunk !== null) {
      files['shrunk.html'] = recordReport(engine, failure, shrunk.plan, about);
      lines.push(['shrunk', shrunkText(failure.original, shrunk)], ...storyRows(shrunk.story));
    }
    writeFiles(resolve(this.host.cwd, folder), folder, files);
    lines.push(
      ['again', repro],
      ['replay', `npx simquake replay ${folder}/failure.json`],
      ['report', `${folder}/report.html${shrunk === null ? '' : `, ${folder}/shrunk.html`}`],
    );
    return lines;
  }

  private block(
    result: RunResult,
    { scenario }: LoadedScenario,
    lines: readonly [string, string][],
  ): string {
    const { engine } = this.tools;
    const { faults, violation } = result;
    const where =
      violation === null
        ? `${text.secondsText(result.virtualUs)} virtual, ${text.integerText(result.events)} events`
        : `${text.secondsText(violation.timeUs)} virtual, event ${text.integerText(violation.event)}`;
    const ran =
      `${where}, ${text.operationsText(result.operations)}, ` +
      `${faults.effective} of ${faults.planned} faults took effect`;
    const options = engine.describePlan(engine.compilePlan(scenario, result.seed)).join(' ');
    const head = `${text.wordOf(result.verdict, this.colors)}  ${text.findingText(result)}\n`;
    return (
      head +
      text.rows([
        ['run', `scenario ${result.scenario}, seed ${result.seed}`],
        ['at', ran],
        ['options', options],
        ...lines,
      ])
    );
  }

  /** The one command that has this run again. */
  repro(result: RunResult, loaded: LoadedScenario): string {
    const { cwd } = this.host;
    const what = isFoundByName(loaded, cwd) ? result.scenario : relative(cwd, loaded.file);
    const wire = this.options.wire ? '' : ' --no-wire';
    const twice = result.verdict === 'nondeterminism' ? ' --check-determinism' : '';
    return `npx simquake run ${what} --seed ${result.seed}${wire}${twice}`;
  }

  private get colors(): Colors {
    return colorsFor(this.host, this.options.json ? this.host.stderr : this.host.stdout);
  }
}

export function shrunkText(
  original: Failure['original'],
  shrunk: NonNullable<Failure['shrunk']>,
): string {
  const { plan, result } = shrunk;
  const more = shrunk.finished ? '' : ', not everything tried';
  return (
    `${original.plan.faults.length} -> ${plan.faults.length} faults, ` +
    `${operationCount(original.plan)} -> ${operationCount(plan)} ops, ` +
    `${original.plan.members} -> ${plan.members} members, ` +
    `${original.result.events} -> ${result.events} events (${shrunk.runs} runs${more})`
  );
}

/** The numbered lines of a story, the first beside its label. */
export function storyRows(story: readonly string[]): [string, string][] {
  return story.map((line, i) => [i === 0 ? 'story' : '', `${String(i + 1).padStart(2)}. ${line}`]);
}
