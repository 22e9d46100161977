// What a command does with a run that does not pass: diagnose and shrink it, write its files, and put it into words.
// Not here: how it is diagnosed (diagnosis.ts), and when (run.ts, fuzz.ts).

import { join, relative, resolve } from 'node:path';
import { formatOperations } from '../check/format/operation-lines.js';
import { planKey } from '../fuzz/corpus-record.js';
import type { EngineOptions } from '../fuzz/engine.js';
import { type Failure, formatFailure } from '../report/failure.js';
import { isFoundByName, type LoadedScenario } from '../scenario/load.js';
import type { Plan } from '../scenario/plan.js';
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

/** A run that does not pass. */
export interface FailingRun {
  readonly loaded: LoadedScenario;
  readonly result: RunResult;
  readonly plan: Plan;
  /** Exploration has changed the plan: the seed alone draws another one. */
  readonly varied: boolean;
}

export interface FiledFailure {
  /** The result given, or `nondeterminism` if the run cannot be had again. */
  readonly result: RunResult;
  readonly failure: Failure;
  /** What to print. */
  readonly text: string;
  /** Where its files are, as shown. */
  readonly folder: string;
  /** The one command that has this run again. */
  readonly again: string;
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
    run: FailingRun,
    seconds: number,
    onProgress: (words: string) => void,
  ): Promise<FiledFailure> {
    const { wire, jobs } = this.options;
    const diagnosis = await diagnose(run.plan, run.result, {
      engine: this.tools.engine,
      build: this.build,
      wire,
      jobs: this.tools.threads ? jobs : 1,
      seconds,
      signal: this.host.signal,
      onProgress,
    });
    const { result, failure } = diagnosis;
    const filed = { ...run, result };
    const folder = this.folderOf(run);
    const again = run.varied
      ? `npx simquake replay ${folder}/failure.json`
      : this.repro(result, run.loaded);
    const lines = this.write(diagnosis, folder, again);
    return { result, failure, text: this.block(filed, lines), folder, again };
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
  brief(run: FailingRun, report: string): string {
    return this.block(run, [
      ['again', this.repro(run.result, run.loaded)],
      ['report', report],
    ]);
  }

  /** Writes the files of a failure and returns the lines that point to them. */
  private write(
    { failure, trace, result }: Diagnosis,
    folder: string,
    again: string,
  ): [string, string][] {
    const { engine, explain } = this.tools;
    const { plan } = failure.original;
    const about = { repro: again, explain, describe: engine.describePlan };
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
    const replay = `npx simquake replay ${folder}/failure.json`;
    if (again !== replay) lines.push(['again', again]);
    lines.push(
      ['replay', replay],
      ['report', `${folder}/report.html${shrunk === null ? '' : `, ${folder}/shrunk.html`}`],
    );
    return lines;
  }

  private block({ result, plan, varied }: FailingRun, lines: readonly [string, string][]): string {
    const { faults, violation } = result;
    const where =
      violation === null
        ? `${text.secondsText(result.virtualUs)} virtual, ${text.integerText(result.events)} events`
        : `${text.secondsText(violation.timeUs)} virtual, event ${text.integerText(violation.event)}`;
    const ran =
      `${where}, ${text.operationsText(result.operations)}, ` +
      `${faults.effective} of ${faults.planned} faults took effect`;
    const options = this.tools.engine.describePlan(plan).join(' ');
    const whose = varied ? 'a plan that grew from that of ' : '';
    const head = `${text.wordOf(result.verdict, this.colors)}  ${text.findingText(result)}\n`;
    return (
      head +
      text.rows([
        ['run', `scenario ${result.scenario}, ${whose}seed ${result.seed}`],
        ['at', ran],
        ['options', options],
        ...lines,
      ])
    );
  }

  private folderOf({ result, plan, varied }: FailingRun): string {
    const name = `${result.scenario}-${result.seed}`;
    return join(this.options.out, varied ? `${name}-${planKey(plan).slice(0, 8)}` : name);
  }

  /** The one command that has the run of a seed again. */
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
