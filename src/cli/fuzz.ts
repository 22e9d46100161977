// `simquake fuzz`: a campaign. What once failed runs first, then new seeds until time is up; failures are sorted into
// buckets, and the first of each is shrunk. Not here: which seeds come next (fuzz/schedule.ts), and the formats of
// the reports (report/).

import { appendFileSync, existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { MARKS } from '../check/marks/marks.js';
import { type Bucket, Buckets } from '../fuzz/buckets.js';
import { runCampaign } from '../fuzz/campaign.js';
import { planOf } from '../fuzz/candidate.js';
import { Corpus } from '../fuzz/corpus.js';
import { planKey } from '../fuzz/corpus-record.js';
import type { BrokenOutcome, RunOutcome } from '../fuzz/execute.js';
import type { Shard } from '../fuzz/explore/explorer.js';
import { DEFAULT_STRATEGY, explorerOf, type Strategy } from '../fuzz/explore/strategy.js';
import { renderCampaign } from '../report/campaign-html.js';
import { annotations, jobSummary } from '../report/github.js';
import { renderJunit } from '../report/junit.js';
import { type LoadedScenario, loadScenarios } from '../scenario/load.js';
import { judgeRegression } from '../scenario/regression.js';
import { readRegressions } from '../scenario/regression-files.js';
import type { RunResult } from '../scenario/result.js';
import { buildInfo, shortCommit } from './build-info.js';
import { EXIT, exitCodeOf, worst } from './exit-code.js';
import { FailureDesk, type FiledFailure } from './failure-desk.js';
import { checkWritable, writeFiles } from './failure-files.js';
import type { Host } from './host.js';
import { exploredLine, fuzzLine, regressionLine, savedLine } from './json.js';
import type { SavedRun } from './outcomes.js';
import { Progress } from './progress.js';
import { SavedPlans } from './saved-plans.js';
import { Stopwatch } from './stopwatch.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export const REPORT_KINDS = ['junit', 'github', 'json', 'html'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export interface FuzzCommand {
  readonly paths: readonly string[];
  /** Folder of regressions, which run first if it is there. */
  readonly regressions: string;
  /** Folder of saved plans; null: none are run or saved. */
  readonly corpus: string | null;
  /** How many failing plans of one finding are saved. */
  readonly perFinding: number;
  /** From which all seeds follow; null: the commit, or 0 outside a repository. */
  readonly base: string | null;
  /** Real seconds; null: no limit. */
  readonly seconds: number | null;
  /** Runs of this shard; null: no limit. */
  readonly runs: number | null;
  readonly shard: Shard;
  readonly explore: Strategy;
  readonly jobs: number;
  readonly bail: number | null;
  readonly shrinkSeconds: number;
  readonly checkDeterminism: boolean;
  readonly wire: boolean;
  readonly json: boolean;
  /** Marks that make the campaign vacuous if no run reaches them. */
  readonly marks: readonly string[];
  readonly reports: readonly ReportKind[];
  readonly out: string;
}

/** Returns the exit code. */
export async function fuzzCommand(command: FuzzCommand, host: Host, tools: Tools): Promise<number> {
  const scenarios = await loadScenarios(command.paths, host.cwd);
  checkWritable(resolve(host.cwd, command.out), command.out);
  const { corpus: shown } = command;
  const corpus = shown === null ? null : await Corpus.open(resolve(host.cwd, shown), shown);
  try {
    return await new Fuzz(command, scenarios, corpus, host, tools).execute();
  } finally {
    await corpus?.close();
  }
}

interface Tally {
  runs: number;
  failed: number;
  operations: number;
  events: number;
  virtualUs: number;
  cpuMs: number;
}

class Fuzz {
  private readonly command: FuzzCommand;
  private readonly scenarios: ReadonlyMap<string, LoadedScenario>;
  private readonly host: Host;
  private readonly tools: Tools;
  private readonly build = buildInfo();
  private readonly desk: FailureDesk;
  private readonly progress: Progress;
  private readonly watch = new Stopwatch();
  private readonly buckets = new Buckets();
  private readonly filed = new Map<RunResult, FiledFailure>();
  private readonly tallies = new Map<string, Tally>();
  private readonly codes = new Set<number>();
  private failed = 0;
  /** Runs by the mark they reached, of {@link markedRuns} in which marks were looked for. */
  private readonly marks = new Map<string, number>();
  private markedRuns = 0;
  private lastMarkSeconds = 0;
  private readonly saved: SavedPlans | null;

  constructor(
    command: FuzzCommand,
    scenarios: readonly LoadedScenario[],
    corpus: Corpus | null,
    host: Host,
    tools: Tools,
  ) {
    this.command = command;
    this.scenarios = new Map(scenarios.map((loaded) => [loaded.scenario.name, loaded]));
    this.host = host;
    this.tools = tools;
    this.saved = corpus === null ? null : new SavedPlans(corpus, this.build, command.perFinding);
    this.desk = new FailureDesk(command, this.build, host, tools);
    this.progress = new Progress(command.runs ?? Number.POSITIVE_INFINITY, host.stderr);
    for (const { scenario } of scenarios) {
      const nothing = { runs: 0, failed: 0, operations: 0, events: 0, virtualUs: 0, cpuMs: 0 };
      this.tallies.set(scenario.name, nothing);
    }
  }

  async execute(): Promise<number> {
    const { signal } = this.host;
    this.say(this.headline());
    try {
      this.runRegressions();
      this.runSaved();
      await this.runSeeds();
    } finally {
      this.progress.stop();
    }
    this.finish();
    if (signal.aborted) return signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    return worst(this.codes);
  }

  private get base(): string {
    return this.command.base ?? this.build.commit ?? '0';
  }

  private runRegressions(): void {
    const { command, host, tools } = this;
    const folder = resolve(host.cwd, command.regressions);
    if (!existsSync(folder)) return;
    const found = readRegressions(folder, command.regressions);
    for (const { regression } of found) {
      if (host.signal.aborted) return;
      const result = tools.engine.runPlan(regression.plan, { wire: command.wire });
      const { verdict, reason } = judgeRegression(regression, result);
      if (command.json) this.print(regressionLine(regression.name, verdict, reason, result));
      if (verdict === 'pass') continue;
      this.failed += 1;
      this.codes.add(verdict === 'stale' ? EXIT.vacuous : exitCodeOf(result.verdict));
      const again = `npx simquake regress ${join(command.regressions, `${regression.name}.json`)}`;
      const word = verdict === 'stale' ? 'STALE' : 'FAIL';
      this.say(
        `${word}  regression ${regression.name}: ${reason}\n${text.rows([['again', again]])}`,
      );
    }
    if (found.length > 0) this.say(`${found.length} regressions ran\n`);
  }

  private runSaved(): void {
    const { command, host, tools, saved } = this;
    if (saved === null) return;
    for (const line of saved.damage) {
      this.codes.add(EXIT.usage);
      host.stderr.write(`error: ${line}\n`);
    }
    const counts = { fails: 0, mended: 0, stale: saved.skipped };
    let ran = 0;
    for (const run of saved.run(tools.engine, command.wire)) {
      ran += 1;
      counts[run.state] += 1;
      if (command.json) this.print(savedLine(run));
      if (run.state === 'fails') this.failedAgain(run);
      if (host.signal.aborted) break;
      if (command.seconds !== null && this.watch.seconds >= command.seconds) break;
    }
    if (saved.count + saved.skipped === 0) return;
    const { fails, mended, stale } = counts;
    const drop =
      mended + stale === 0 ? '' : "; 'simquake corpus prune' drops mended and stale ones";
    const enough = saved.shown === 0 ? '' : `, ${saved.shown} more of the same not needed`;
    this.say(
      `${ran} of ${saved.count + saved.skipped} saved failures ran: ` +
        `${fails} fail, ${mended} mended, ${stale} stale${enough}${drop}\n`,
    );
  }

  private failedAgain({ key, plan, finding, result, reason }: SavedRun): void {
    this.failed += 1;
    // A difference between two runs does not show in the verdict of one.
    this.codes.add(exitCodeOf(result.verdict === 'pass' ? finding.verdict : result.verdict));
    const loaded = this.scenarios.get(plan.scenario);
    // A shrunk plan is no seed's.
    const isOfSeed =
      loaded !== undefined &&
      planKey(this.tools.engine.compilePlan(loaded.scenario, plan.seed)) === planKey(plan);
    const again = isOfSeed ? this.desk.repro(result, loaded) : '';
    this.say(
      `FAIL  saved ${key.slice(0, 12)}, ${plan.scenario} ${plan.seed}: ${reason}\n` +
        text.rows([['again', again]]),
    );
  }

  private async runSeeds(): Promise<void> {
    const { command, host, tools, scenarios } = this;
    const campaign = runCampaign({
      explorer: explorerOf(command.explore, {
        scenarios: [...scenarios.values()],
        base: this.base,
        shard: command.shard,
        runs: command.runs ?? Number.POSITIVE_INFINITY,
        engine: tools.engine,
        starts: this.saved?.starts ?? [],
      }),
      jobs: command.jobs,
      wire: command.wire,
      checkDeterminism: command.checkDeterminism,
      marks: true,
      engine: tools.engine,
      signal: host.signal,
    });
    for await (const outcome of campaign) {
      if (outcome.kind === 'broken') {
        this.broken(outcome);
        return;
      }
      if (outcome.marks !== null) this.mark(outcome.marks, outcome);
      await this.book(outcome);
      if (command.bail !== null && this.failed >= command.bail) return;
      if (command.seconds !== null && this.watch.seconds >= command.seconds) return;
    }
  }

  private async book(outcome: RunOutcome): Promise<void> {
    const { cpuMs } = outcome;
    let { result } = outcome;
    if (result.verdict !== 'pass') result = await this.failure(outcome);
    const { ok, fail, unknown } = result.operations;
    const tally = this.tallies.get(result.scenario)!;
    tally.runs += 1;
    tally.operations += ok + fail + unknown;
    tally.events += result.events;
    tally.virtualUs += result.virtualUs;
    tally.cpuMs += cpuMs;
    if (result.verdict !== 'pass') tally.failed += 1;
    this.codes.add(exitCodeOf(result.verdict));
    this.progress.ran(result.virtualUs, result.verdict !== 'pass');
    this.progress.tell([
      `${this.buckets.list().length} unique`,
      `marks ${this.marks.size}/${MARKS.length}, new ${Math.round(this.watch.seconds - this.lastMarkSeconds)} s ago`,
      `${result.scenario} ${result.seed}`,
    ]);
    if (this.command.json)
      this.print(exploredLine(result, cpuMs, outcome.candidate.change !== null));
  }

  private async failure({ result, candidate }: RunOutcome): Promise<RunResult> {
    this.failed += 1;
    const varied = candidate.change !== null;
    const loaded = this.scenarios.get(result.scenario)!;
    const isFirst = this.buckets.add(result, varied);
    if (!isFirst && this.saved === null) return result;
    // Before it is made smaller: that takes long, and may be cut short.
    const plan = planOf(this.tools.engine, loaded.scenario, candidate);
    this.saved?.saveFailure(plan, result);
    if (!isFirst) return result;
    const run = { loaded, result, plan, varied };
    const filed = await this.desk.file(run, this.command.shrinkSeconds, (note) =>
      this.progress.note(`seed ${result.seed}, ${note}`),
    );
    this.filed.set(result, filed);
    if (filed.result !== result) this.saved?.saveFailure(plan, filed.result);
    const { shrunk } = filed.failure;
    if (shrunk !== null) this.saved?.saveFailure(shrunk.plan, shrunk.result);
    this.say(filed.text);
    return filed.result;
  }

  private mark(reached: readonly string[], { result, candidate }: RunOutcome): void {
    this.markedRuns += 1;
    for (const id of reached) {
      const before = this.marks.get(id);
      if (before === undefined) this.lastMarkSeconds = this.watch.seconds;
      this.marks.set(id, (before ?? 0) + 1);
    }
    this.saved?.saveReached(reached, () =>
      planOf(this.tools.engine, this.scenarios.get(result.scenario)!.scenario, candidate),
    );
  }

  /** Runs that reached each mark, of those in which marks were looked for. */
  private markCounts(): Record<string, number> {
    return Object.fromEntries(MARKS.map(({ id }) => [id, this.marks.get(id) ?? 0]));
  }

  private broken({ scenario, seed, message, stack, fault }: BrokenOutcome): void {
    this.codes.add(fault === 'scenario' ? EXIT.usage : EXIT.harness);
    this.progress.clear();
    const what = fault === 'scenario' ? 'a scenario draws no plan' : 'bug in simquake';
    this.host.stderr.write(`${what}: scenario ${scenario}, seed ${seed}: ${message}\n${stack}\n`);
  }

  // --- the end ----------------------------------------------------------------------------------

  private headline(): string {
    const { build, command, scenarios } = this;
    const { index, count } = command.shard;
    const parts = [`simquake ${build.version}`];
    if (build.commit !== null) parts.push(`commit ${shortCommit(build)}`);
    parts.push(`fuzz ${scenarios.size} ${scenarios.size === 1 ? 'scenario' : 'scenarios'}`);
    parts.push(`seeds from ${this.base}`);
    if (command.explore !== DEFAULT_STRATEGY) parts.push(`explore ${command.explore}`);
    if (count > 1) parts.push(`shard ${index}/${count}`);
    return `${parts.join('  ')}\n`;
  }

  private totals(): Tally {
    const sum = { runs: 0, failed: 0, operations: 0, events: 0, virtualUs: 0, cpuMs: 0 };
    for (const tally of this.tallies.values()) {
      for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
    }
    return sum;
  }

  private summary(): string {
    const { runs, failed, virtualUs } = this.totals();
    const unique = this.buckets.list().length;
    const cut = this.host.signal.aborted ? 'interrupted: ' : '';
    return (
      `${cut}${text.integerText(runs)} runs, ${text.secondsText(virtualUs)} virtual, ` +
      `${failed} failed (${unique} unique), in ${Math.round(this.watch.seconds)} s`
    );
  }

  private finish(): void {
    const { command, host } = this;
    for (const { finding, count, signature, runs } of this.buckets.list()) {
      if (count > 1) this.say(`${finding}  ${count} runs  ${signature}\n  ${runs.join(', ')}\n`);
    }
    this.say(`${this.summary()}\n`);
    this.sayMarks();
    if (command.json) {
      this.print(
        fuzzLine(this.totals(), this.buckets.list(), this.markCounts(), host.signal.aborted),
      );
    }
    if (command.reports.length > 0) this.writeReports();
  }

  private sayMarks(): void {
    const missing = MARKS.filter(({ id }) => !this.marks.has(id)).map(({ id }) => id);
    this.say(
      `marks: ${this.marks.size} of ${MARKS.length} reached in the ${this.markedRuns} runs looked at` +
        `${missing.length === 0 ? '' : `; never: ${missing.join(', ')}`}\n`,
    );
    const required = this.command.marks.filter((id) => !this.marks.has(id));
    if (required.length === 0) return;
    this.codes.add(EXIT.vacuous);
    this.say(`VOID  never reached, though required: ${required.join(', ')}\n`);
  }

  private writeReports(): void {
    const { command, host } = this;
    const files: Record<string, string> = {};
    for (const kind of command.reports) {
      if (kind === 'junit') files['junit.xml'] = this.junit();
      if (kind === 'html') files['campaign.html'] = this.page();
      if (kind === 'json') {
        files['campaign.json'] = fuzzLine(
          this.totals(),
          this.buckets.list(),
          this.markCounts(),
          host.signal.aborted,
        );
      }
      if (kind === 'github') this.github();
    }
    if (Object.keys(files).length === 0) return;
    writeFiles(resolve(host.cwd, command.out), command.out, files);
    this.say(
      text.rows([
        [
          'reports',
          Object.keys(files)
            .map((name) => join(command.out, name))
            .join(', '),
        ],
      ]),
    );
  }

  private again({ first }: Bucket): string {
    return this.filed.get(first)!.again;
  }

  private junit(): string {
    return renderJunit(
      [...this.tallies].map(([name, { runs, cpuMs }]) => ({
        name,
        runs,
        cpuSeconds: cpuMs / 1000,
        failures: this.buckets
          .list()
          .filter(({ first }) => first.scenario === name)
          .map((bucket) => ({
            name: `${bucket.finding}, seed ${bucket.first.seed}`,
            message: bucket.first.reason,
            details: `${bucket.count} runs: ${bucket.runs.join(', ')}\n${this.again(bucket)}`,
          })),
      })),
    );
  }

  private github(): void {
    const { host } = this;
    const buckets = this.buckets.list();
    this.say(
      annotations(
        buckets.map((bucket) => ({
          file: relative(host.cwd, this.scenarios.get(bucket.first.scenario)!.file),
          title: `${bucket.finding} (${bucket.first.scenario}, seed ${bucket.first.seed})`,
          message: `${bucket.first.reason}\n${this.again(bucket)}`,
        })),
      ),
    );
    const target = host.env.GITHUB_STEP_SUMMARY;
    if (target === undefined || target === '') return;
    const rows = buckets.map((bucket) => ({
      finding: bucket.finding,
      count: bucket.count,
      message: bucket.first.reason,
      again: this.again(bucket),
    }));
    appendFileSync(resolve(host.cwd, target), jobSummary(this.summary(), rows));
  }

  private page(): string {
    const { command } = this;
    return renderCampaign({
      title: `simquake campaign, seeds from ${this.base}`,
      headline: this.summary(),
      failed: this.failed > 0,
      buckets: this.buckets.list().map((bucket) => {
        const { finding, count, runs, first } = bucket;
        const filed = this.filed.get(first);
        const folder = filed === undefined ? '' : relative(command.out, filed.folder);
        const shrunk = filed?.failure.shrunk ?? null;
        const links =
          filed === undefined ? [] : [{ text: 'report', href: `${folder}/report.html` }];
        if (shrunk !== null) links.unshift({ text: 'shrunk run', href: `${folder}/shrunk.html` });
        return {
          ...{ finding, count, runs, links, message: first.reason, again: this.again(bucket) },
          story: shrunk?.story ?? [],
        };
      }),
      marks: MARKS.map(({ id, about }) => ({ id, about, runs: this.marks.get(id) ?? 0 })),
      markedRuns: this.markedRuns,
      scenarios: [...this.tallies].map(([name, tally]) => ({
        name,
        about: this.scenarios.get(name)!.scenario.about,
        runs: tally.runs,
        failed: tally.failed,
        operations: tally.operations,
        events: tally.events,
        virtualSeconds: tally.virtualUs / 1e6,
        cpuSeconds: tally.cpuMs / 1000,
      })),
    });
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
