// `simquake run`: scenarios times seeds, a verdict for each, a failure file for each that does not pass.
// Not here: threads (fuzz/campaign.ts), and how a failure is diagnosed (diagnosis.ts).
// stdout does not depend on the number of jobs.

import { resolve } from 'node:path';
import { runCampaign } from '../fuzz/campaign.js';
import type { BrokenOutcome, RunOutcome } from '../fuzz/execute.js';
import { eachSeedOf } from '../fuzz/schedule.js';
import type { SeedList } from '../fuzz/seeds.js';
import { type LoadedScenario, loadScenarios, placeInStack } from '../scenario/load.js';
import { type RunResult, VERDICTS } from '../scenario/result.js';
import { UsageError } from '../scenario/usage-error.js';
import { type BuildInfo, buildInfo, shortCommit } from './build-info.js';
import { EXIT, exitCodeOf, worst } from './exit-code.js';
import { FailureDesk } from './failure-desk.js';
import { checkWritable } from './failure-files.js';
import { type Colors, colorsFor, type Host } from './host.js';
import { planLine, runLine, summaryLine } from './json.js';
import { Progress } from './progress.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export interface RunCommand {
  readonly paths: readonly string[];
  readonly seeds: SeedList;
  readonly jobs: number;
  readonly checkDeterminism: boolean;
  readonly wire: boolean;
  readonly json: boolean;
  readonly dryRun: boolean;
  /** Ends the campaign after so many runs that did not pass; null: never. */
  readonly bail: number | null;
  /** Real seconds spent on making the first failure of a kind smaller; 0: none. */
  readonly shrinkSeconds: number;
  /** Whether to write what the clients saw also where a run passes. */
  readonly history: boolean;
  /** Folder for failure files, as given. */
  readonly out: string;
}

/** Failures of one kind beyond these are listed and get no files: the next ones show nothing new. */
const FILES_PER_KIND = 10;

/** Returns the exit code. */
export async function runCommand(command: RunCommand, host: Host, tools: Tools): Promise<number> {
  const scenarios = await loadScenarios(command.paths, host.cwd);
  if (command.dryRun) return dryRun(command, scenarios, host, tools);
  checkWritable(resolve(host.cwd, command.out), command.out);
  return new Run(command, scenarios, host, tools).execute();
}

function dryRun(
  command: RunCommand,
  scenarios: readonly LoadedScenario[],
  host: Host,
  { engine }: Tools,
): number {
  for (const { scenario, file } of scenarios) {
    for (let i = 0; i < command.seeds.count && !host.signal.aborted; i++) {
      const seed = command.seeds.at(i);
      let options: string[];
      try {
        options = engine.describePlan(engine.compilePlan(scenario, seed));
      } catch (error) {
        throw new UsageError(drawError(file, scenario.name, seed, error as Error, host.cwd));
      }
      if (command.json) host.stdout.write(planLine(scenario.name, seed, options));
      else host.stdout.write(`${scenario.name}  seed ${seed}\n  ${options.join(' ')}\n`);
    }
  }
  return EXIT.ok;
}

/** A scenario that throws instead of drawing a plan. */
function drawError(
  file: string,
  scenario: string,
  seed: string,
  error: { readonly message: string; readonly stack?: string },
  cwd: string,
): string {
  const what = error.message.split('\n')[0]!;
  const at = placeInStack(file, error.stack ?? '', cwd);
  return `${at}: scenario ${scenario} draws no plan for seed ${seed}: ${what}; fix the scenario`;
}

/** Sums over the runs of one scenario. */
class Tally {
  readonly verdicts = text.noVerdicts();
  runs = 0;
  ok = 0;
  fail = 0;
  unknown = 0;
  events = 0;
  virtualUs = 0;
  cpuMs = 0;

  add(result: RunResult, cpuMs: number): void {
    this.verdicts[result.verdict] += 1;
    this.runs += 1;
    this.ok += result.operations.ok;
    this.fail += result.operations.fail;
    this.unknown += result.operations.unknown;
    this.events += result.events;
    this.virtualUs += result.virtualUs;
    this.cpuMs += cpuMs;
  }
}

class Run {
  private readonly command: RunCommand;
  private readonly scenarios: readonly LoadedScenario[];
  private readonly host: Host;
  private readonly tools: Tools;
  private readonly build: BuildInfo;
  private readonly desk: FailureDesk;
  private readonly progress: Progress;
  private readonly tallies: readonly Tally[];
  private readonly codes = new Set<number>();
  /** Failures so far by kind: scenario, verdict and invariant. */
  private readonly kinds = new Map<string, number>();

  constructor(command: RunCommand, scenarios: readonly LoadedScenario[], host: Host, tools: Tools) {
    this.command = command;
    this.scenarios = scenarios;
    this.host = host;
    this.tools = tools;
    this.build = buildInfo();
    this.desk = new FailureDesk(command, this.build, host, tools);
    this.progress = new Progress(scenarios.length * command.seeds.count, host.stderr);
    this.tallies = scenarios.map(() => new Tally());
  }

  async execute(): Promise<number> {
    const { signal } = this.host;
    this.say(this.headline());
    try {
      await this.consume();
    } finally {
      this.progress.stop();
    }
    this.finish();
    if (signal.aborted) return signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    return worst(this.codes);
  }

  private async consume(): Promise<void> {
    const { command, scenarios, host, tools } = this;
    const { seeds, jobs, wire, checkDeterminism } = command;
    let done = 0;
    let failed = 0;
    const campaign = runCampaign({
      explorer: eachSeedOf(scenarios, seeds),
      jobs,
      wire,
      checkDeterminism,
      marks: false,
      engine: tools.engine,
      signal: host.signal,
    });
    for await (const outcome of campaign) {
      const index = Math.floor(done / seeds.count);
      if (outcome.kind === 'broken') return this.broken(outcome, scenarios[index]!);
      const result = await this.finished(outcome, scenarios[index]!);
      this.tallies[index]!.add(result, outcome.cpuMs);
      if (result.verdict !== 'pass') failed += 1;
      done += 1;
      if (done % seeds.count === 0) this.say(this.tallyLine(index));
      if (failed === command.bail) return;
    }
  }

  /** Books one run. A run that does not pass is diagnosed first, which may change its verdict. */
  private async finished(outcome: RunOutcome, loaded: LoadedScenario): Promise<RunResult> {
    let { result } = outcome;
    if (result.verdict !== 'pass') result = await this.failure(result, loaded);
    else if (this.command.history) this.desk.keepHistory(result, loaded);
    this.codes.add(exitCodeOf(result.verdict));
    this.progress.ran(result.virtualUs, result.verdict !== 'pass');
    if (this.command.json) this.print(runLine(result, outcome.cpuMs));
    return result;
  }

  private async failure(result: RunResult, loaded: LoadedScenario): Promise<RunResult> {
    const plan = this.tools.engine.compilePlan(loaded.scenario, result.seed);
    const run = { loaded, result, plan, varied: false };
    const kind = `${loaded.scenario.name} ${result.verdict} ${result.violation?.invariant}`;
    const before = this.kinds.get(kind) ?? 0;
    this.kinds.set(kind, before + 1);
    if (before >= FILES_PER_KIND) {
      const none = `none: ${FILES_PER_KIND} of this kind are written already`;
      this.say(this.desk.brief(run, none));
      return result;
    }
    // One of a kind is enough to read, and shrinking costs many runs.
    const seconds = before === 0 ? this.command.shrinkSeconds : 0;
    const { text: words, result: final } = await this.desk.file(run, seconds, (note) =>
      this.progress.note(`seed ${result.seed}, ${note}`),
    );
    this.say(words);
    return final;
  }

  private broken(outcome: BrokenOutcome, { file }: LoadedScenario): void {
    const { scenario, seed, message, stack } = outcome;
    if (outcome.fault === 'scenario') {
      throw new UsageError(drawError(file, scenario, seed, { message, stack }, this.host.cwd));
    }
    this.codes.add(EXIT.harness);
    this.progress.clear();
    this.host.stderr.write(
      `bug in simquake: scenario ${scenario}, seed ${seed}: ${message}\n${stack}\n`,
    );
  }

  private headline(): string {
    const { command, scenarios, build } = this;
    const { seeds } = command;
    const what =
      scenarios.length === 1 ? scenarios[0]!.scenario.name : `${scenarios.length} scenarios`;
    const which =
      seeds.count === 1
        ? `seed ${seeds.at(0)}`
        : `seeds ${seeds.at(0)} to ${seeds.at(seeds.count - 1)}`;
    const commit = build.commit === null ? '' : `commit ${shortCommit(build)}  `;
    return `simquake ${build.version}  ${commit}${what}  ${which}\n`;
  }

  private tallyLine(index: number): string {
    const tally = this.tallies[index]!;
    const { name } = this.scenarios[index]!.scenario;
    const failing = VERDICTS.find((verdict) => verdict !== 'pass' && tally.verdicts[verdict] > 0);
    const word = text.wordOf(failing ?? 'pass', this.colors);
    const rate = text.rateText(tally.events, tally.cpuMs);
    const parts = [
      `${word}  ${name}`,
      failing === undefined ? runsText(tally.runs) : text.verdictText(tally.verdicts),
      text.operationsText(tally),
      `${text.secondsText(tally.virtualUs)} virtual`,
      `${text.integerText(tally.events)} events`,
    ];
    if (rate !== '') parts.push(rate);
    return `${parts.join('  ')}\n`;
  }

  private finish(): void {
    const { command, host } = this;
    const verdicts = text.noVerdicts();
    let runs = 0;
    for (const tally of this.tallies) {
      runs += tally.runs;
      for (const verdict of VERDICTS) verdicts[verdict] += tally.verdicts[verdict];
    }
    if (command.json) this.print(summaryLine(runs, verdicts, host.signal.aborted));
    const total = this.scenarios.length * command.seeds.count;
    const of = runs === total ? '' : ` of ${total}`;
    const cut = host.signal.aborted ? 'interrupted: ' : '';
    const what = runs === 0 ? 'nothing ran' : text.verdictText(verdicts);
    this.say(`${cut}${runs}${of} runs: ${what}\n`);
  }

  private get colors(): Colors {
    return colorsFor(this.host, this.command.json ? this.host.stderr : this.host.stdout);
  }

  /** Text for people. With `--json`, stdout belongs to scripts. */
  private say(words: string): void {
    this.progress.clear();
    const output = this.command.json ? this.host.stderr : this.host.stdout;
    output.write(words);
  }

  private print(words: string): void {
    this.progress.clear();
    this.host.stdout.write(words);
  }
}

function runsText(runs: number): string {
  return `${text.integerText(runs)} run${runs === 1 ? '' : 's'}`;
}
