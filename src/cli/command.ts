// The command line: commands, options, help, and which errors end in which exit code.
// Not here: what the commands do (run.ts, replay.ts, list.ts), and the process (main.ts).

import { availableParallelism } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { FORMAT_NAMES, type FormatName } from '../check/format/format-name.js';
import { modelNames } from '../check/isolation/consistency-model.js';
import { JUDGES } from '../check/judges.js';
import { MARKS } from '../check/marks/marks.js';
import type { Shard } from '../fuzz/explore/explorer.js';
import { DEFAULT_STRATEGY, STRATEGIES, type Strategy } from '../fuzz/explore/strategy.js';
import { DEFAULT_SEED_COUNT, firstSeeds, parseSeed, parseSeeds, seedsOf } from '../fuzz/seeds.js';
import { nearest, UsageError } from '../scenario/usage-error.js';
import { packageVersion } from './build-info.js';
import { checkCommand } from './check.js';
import {
  corpusListCommand,
  corpusMergeCommand,
  corpusMinCommand,
  corpusPruneCommand,
  DEFAULT_CORPUS,
} from './corpus.js';
import { diffCommand } from './diff.js';
import { EXIT } from './exit-code.js';
import { fuzzCommand, REPORT_KINDS, type ReportKind } from './fuzz.js';
import type { Host } from './host.js';
import { listCommand } from './list.js';
import { promoteCommand } from './promote.js';
import { regressCommand } from './regress.js';
import { replayCommand } from './replay.js';
import { runCommand } from './run.js';
import { shrinkCommand } from './shrink.js';
import type { Tools } from './tools.js';

const DEFAULT_SHRINK_SECONDS = 60;
const REGRESSIONS = 'scenarios/regressions';

const EXIT_CODES = `
Exit codes:
  0  as it should be            1  an invariant is violated
  2  usage error, unreadable    3  nondeterminism: two runs of one seed differ
  4  no progress after healing  5  vacuous: a run tested nothing
  6  undecided: a checker gave up
  70 a bug in simquake          130 interrupted by Ctrl-C (143: by SIGTERM)
  When several apply: 70, 3, 1, 2, 4, 6, 5.`;

/** Runs a command line, without the program's name. Returns the exit code and never throws. */
export async function runCli(argv: readonly string[], host: Host, tools: Tools): Promise<number> {
  let code: number = EXIT.ok;
  const program = buildProgram(host, tools, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof UsageError) {
      host.stderr.write(`error: ${error.message}\n`);
      return EXIT.usage;
    }
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    host.stderr.write(`bug in simquake: ${what}\n`);
    return EXIT.harness;
  }
}

interface CheckFlags {
  readonly html?: string;
  readonly model?: string;
  readonly format?: FormatName;
  readonly steps?: number;
  readonly level?: string;
  readonly json?: true;
}

interface RunFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly jobs: number;
  readonly checkDeterminism?: true;
  readonly json?: true;
  readonly dryRun?: true;
  readonly wire: boolean;
  readonly bail?: number;
  readonly shrinkTime: number;
  readonly history?: true;
  readonly out: string;
}

function buildProgram(host: Host, tools: Tools, exit: (code: number) => void): Command {
  const program = new Command('simquake');
  // Subcommands inherit these only if they are set first; commander's own usage error is 1, which
  // would say that an invariant is violated.
  program.exitOverride();
  program.configureOutput({
    writeOut: (text) => host.stdout.write(text),
    writeErr: (text) => host.stderr.write(text),
    outputError: (text, write) => write(`${oneLine(text)}; see 'simquake --help'\n`),
    getOutHelpWidth: () => host.stdout.columns ?? 100,
    getErrHelpWidth: () => host.stderr.columns ?? 100,
  });
  program
    .description('Deterministic simulation of distributed systems: seeds in, verdicts out.')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES);

  program
    .command('run')
    .description('run scenarios with many seeds, or with one')
    .argument('<scenario...>', 'names, scenario modules (.ts, .js, .mjs), or folders of them')
    .option('--seed <seed>', 'run this seed only: a decimal number or a git commit')
    .addOption(
      new Option(
        '--seeds <N|A..B>',
        `run the seeds 1 to N, or A to B, of every scenario (default: ${DEFAULT_SEED_COUNT})`,
      ).conflicts('seed'),
    )
    .option(
      '--jobs <count>',
      'threads; results do not depend on it (default: one per core)',
      countOf('--jobs', 512),
      availableParallelism(),
    )
    .option('--check-determinism', 'run every seed twice and compare event by event')
    .option('--json', 'one JSON object a line on stdout')
    .option('--dry-run', 'print the options each seed draws, and run nothing')
    .option('--no-wire', 'pass messages as objects instead of encoding them')
    .option('--bail <count>', 'stop after so many runs that do not pass', countOf('--bail', 1e9))
    .option(
      '--shrink-time <seconds>',
      'make the first failure of a kind smaller for so long; 0: not at all',
      secondsOf('--shrink-time'),
      DEFAULT_SHRINK_SECONDS,
    )
    .option('--history', 'write what clients saw also where a run passes, for simquake check')
    .option('--out <folder>', 'where failure files and reports go', 'reports')
    .addHelpText('after', EXIT_CODES)
    .action(async (paths: string[], flags: RunFlags) => {
      const { bail = null, shrinkTime: shrinkSeconds } = flags;
      const { checkDeterminism = false, json = false, dryRun = false, history = false } = flags;
      const seeds = seedsFrom(flags);
      const command = { ...flags, paths, seeds, bail, shrinkSeconds, checkDeterminism, history };
      exit(await runCommand({ ...command, json, dryRun }, host, tools));
    });

  program
    .command('fuzz')
    .description('a campaign: what once failed, then new seeds of all scenarios until time is up')
    .argument(
      '[scenario...]',
      'names, scenario modules, or folders of them (default: all there are)',
    )
    .option('--time <time>', 'end after so long, for example 90s, 10m, 8h', secondsOf('--time'))
    .option('--seeds <count>', 'end after so many runs', countOf('--seeds', 1e9))
    .option('--seed <base>', 'the seed from which all seeds follow (default: the commit)')
    .option(
      '--explore <strategy>',
      `how to choose what runs next: ${STRATEGIES.join(', ')}`,
      strategyOf,
      DEFAULT_STRATEGY,
    )
    .option('--shard <i/n>', 'run one of n equal parts of the campaign', shardOf, {
      index: 1,
      count: 1,
    })
    .option(
      '--jobs <count>',
      'threads (default: one per core)',
      countOf('--jobs', 512),
      availableParallelism(),
    )
    .option('--bail <count>', 'stop after so many failures', countOf('--bail', 1e9))
    .option(
      '--shrink-time <seconds>',
      'make the first failure of a bucket smaller for so long; 0: not at all',
      secondsOf('--shrink-time'),
      DEFAULT_SHRINK_SECONDS,
    )
    .option(
      '--require-marks <ids>',
      'call the campaign vacuous unless it reaches these marks, with commas between',
      marksOf,
      [],
    )
    .option('--regressions <folder>', 'run these first, if there are any', REGRESSIONS)
    .option(
      '--corpus <folder>',
      'run the failures saved here next, and save new ones',
      DEFAULT_CORPUS,
    )
    .option('--no-corpus', 'neither run saved failures nor save new ones')
    .option(
      '--per-finding <count>',
      'save so many plans that fail alike, the smallest ones',
      countOf('--per-finding', 1e9),
      100,
    )
    .option('--check-determinism', 'run every seed twice and compare event by event')
    .option('--no-wire', 'pass messages as objects instead of encoding them')
    .option('--json', 'one JSON object a line on stdout')
    .option(
      '--report <kinds>',
      'any of junit, github, json, html, with commas between',
      reportsOf,
      [],
    )
    .option('--out <folder>', 'where failure files and reports go', 'reports')
    .addHelpText('after', EXIT_CODES)
    .action(async (paths: string[], flags: FuzzFlags) => {
      const { seed, time, seeds, bail = null, shrinkTime: shrinkSeconds, report } = flags;
      const { json = false, checkDeterminism = false } = flags;
      if (time === undefined && seeds === undefined) {
        throw new UsageError('a campaign has no end; give --time, for example 10m, or --seeds');
      }
      const command = {
        ...{
          ...flags,
          paths,
          bail,
          shrinkSeconds,
          json,
          checkDeterminism,
          reports: report,
          marks: flags.requireMarks,
          corpus: flags.corpus === false ? null : flags.corpus,
        },
        base: seed === undefined ? null : parseSeed(seed),
        seconds: time ?? null,
        runs: seeds ?? null,
      };
      exit(await fuzzCommand(command, host, tools));
    });

  program
    .command('replay')
    .description('have the run of a failure file again, and prove that it is the same run')
    .argument('<failure.json>', 'a file that a failing run wrote')
    .option('--shrunk', 'the smaller plan that breaks the same invariant')
    .option('--json', 'one JSON object on stdout')
    .option('--report', 'write the HTML report next to the file')
    .addHelpText('after', EXIT_CODES)
    .action((file: string, flags: { shrunk?: true; json?: true; report?: true }) => {
      const { shrunk = false, json = false, report = false } = flags;
      exit(replayCommand({ file, shrunk, json, report }, host, tools));
    });

  program
    .command('shrink')
    .description(
      'make the run of a failure file smaller: fewer faults and operations, a story in words',
    )
    .argument(
      '<failure.json>',
      'a file that a failing run wrote; goes on from its shrunk plan, if it has one',
    )
    .option(
      '--shrink-time <seconds>',
      'stop after so long with the smallest plan found',
      secondsOf('--shrink-time'),
      DEFAULT_SHRINK_SECONDS,
    )
    .option(
      '--jobs <count>',
      'threads (default: one per core)',
      countOf('--jobs', 512),
      availableParallelism(),
    )
    .addHelpText('after', EXIT_CODES)
    .action(async (file: string, flags: { shrinkTime: number; jobs: number }) => {
      const { shrinkTime: shrinkSeconds, jobs } = flags;
      exit(await shrinkCommand({ file, shrinkSeconds, jobs }, host, tools));
    });

  program
    .command('promote')
    .description('keep the failing plan of a failure file as a regression')
    .argument('<failure.json>', 'a file that a failing run wrote')
    .requiredOption('--name <name>', 'words joined by hyphens; names the regression and its file')
    .option('--about <sentence>', 'what went wrong, or the issue that tells it', '')
    .option('--out <folder>', 'where regressions are kept', REGRESSIONS)
    .action((file: string, flags: { name: string; about: string; out: string }) => {
      exit(promoteCommand({ file, ...flags }, host, tools));
    });

  program
    .command('regress')
    .description('run regressions: plans that once failed')
    .argument('[paths...]', 'files, or folders of them', [REGRESSIONS])
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXIT_CODES)
    .action((paths: string[], flags: { json?: true }) => {
      exit(regressCommand({ paths, json: flags.json === true }, host, tools));
    });

  const corpus = program.command('corpus').description('look at saved plans, and tidy them');
  const saved = ['--corpus <folder>', 'where they are saved', DEFAULT_CORPUS] as const;
  corpus
    .command('list')
    .description('list saved plans: what they broke or reached')
    .option(...saved)
    .option('--json', 'one JSON object a line, with the plan')
    .action(async (flags: { corpus: string; json?: true }) => {
      exit(await corpusListCommand(flags.corpus, flags.json === true, host));
    });
  corpus
    .command('min')
    .description('keep the fewest and smallest plans that show every finding and reach everything')
    .option(...saved)
    .action(async (flags: { corpus: string }) => {
      exit(await corpusMinCommand(flags.corpus, host));
    });
  corpus
    .command('merge')
    .description('add the plans of other corpora, such as those of shards')
    .argument('<folder...>', 'other corpora')
    .option(...saved)
    .action(async (folders: string[], flags: { corpus: string }) => {
      exit(await corpusMergeCommand(flags.corpus, folders, host));
    });
  corpus
    .command('prune')
    .description('remove what is damaged, mended, or stale')
    .option(...saved)
    .option(
      '--per-finding <count>',
      'and of plans that fail alike all but so many, the smallest ones',
      countOf('--per-finding', 1e9),
    )
    .action(async (flags: { corpus: string; perFinding?: number }) => {
      exit(await corpusPruneCommand(flags.corpus, flags.perFinding ?? null, host));
    });

  program
    .command('diff')
    .description('have two runs again and name the first event in which they differ')
    .argument('<a>', 'a failure file or a regression')
    .argument('<b>', 'another one')
    .option('--shrunk', 'compare the shrunk plans of failure files')
    .option(
      '--context <count>',
      'events shown around the difference',
      countOf('--context', 1000),
      5,
    )
    .addHelpText('after', EXIT_CODES)
    .action((a: string, b: string, flags: { shrunk?: true; context: number }) => {
      const { shrunk = false, context } = flags;
      exit(diffCommand({ files: [a, b], shrunk, context }, host, tools));
    });

  program
    .command('check')
    .description('judge histories of any system: operations of clients, from files')
    .argument('<history...>', 'files; packed with gzip or not')
    .option(
      '--model <model>',
      'judge by this model (default: by the content)',
      oneOf('--model', [...JUDGES.keys()]),
    )
    .option(
      '--format <format>',
      'read this format (default: by the content)',
      oneOf('--format', FORMAT_NAMES),
    )
    .option(
      '--level <level>',
      'isolation that transactions must have (default: as the file says, or strict-serializable)',
      oneOf('--level', modelNames()),
    )
    .option('--steps <count>', 'give up, undecided, after so many steps', countOf('--steps', 1e10))
    .option('--json', 'one JSON object a file on stdout')
    .option(
      '--html <out>',
      'write the history as a page: to a file, or to a folder if there are several',
    )
    .addHelpText('after', checkHelp() + EXIT_CODES)
    .action(async (files: string[], flags: CheckFlags) => {
      const { model = null, format = null, level = null, html = null, json = false } = flags;
      const stepsMax = flags.steps ?? null;
      exit(await checkCommand({ files, model, format, level, stepsMax, json, html }, host));
    });

  program
    .command('list')
    .description('list the scenarios in ./scenarios and those that come with simquake')
    .argument('[paths...]', 'look here instead')
    .option('--marks', 'list the marks that campaigns look for instead')
    .option('--json', 'one JSON object a line')
    .action(async (paths: string[], flags: { json?: true; marks?: true }) => {
      const { json = false, marks = false } = flags;
      exit(await listCommand({ paths, json, marks }, host));
    });

  return program;
}

interface FuzzFlags {
  readonly time?: number;
  readonly seeds?: number;
  readonly seed?: string;
  readonly shard: Shard;
  readonly explore: Strategy;
  readonly jobs: number;
  readonly bail?: number;
  readonly shrinkTime: number;
  readonly regressions: string;
  readonly corpus: string | false;
  readonly perFinding: number;
  readonly requireMarks: readonly string[];
  readonly checkDeterminism?: true;
  readonly wire: boolean;
  readonly json?: true;
  readonly report: readonly ReportKind[];
  readonly out: string;
}

/** Reads `2/8`. */
function shardOf(text: string): Shard {
  const match = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index >= 1 && index <= count) return { index, count };
  throw new UsageError(
    `--shard ${text}: not a shard; give i/n with i from 1 to n, for example 1/8`,
  );
}

function strategyOf(text: string): Strategy {
  const known = STRATEGIES.find((name) => name === text);
  if (known !== undefined) return known;
  const meant = nearest(text, STRATEGIES);
  const hint = meant === null ? '' : `did you mean ${meant}? `;
  throw new UsageError(
    `--explore ${text}: no strategy; ${hint}give one of ${STRATEGIES.join(', ')}`,
  );
}

function marksOf(text: string): string[] {
  const ids = MARKS.map(({ id }) => id);
  return text.split(',').map((id) => {
    if (ids.includes(id)) return id;
    const meant = nearest(id, ids);
    const hint = meant === null ? '' : `did you mean ${meant}? `;
    throw new UsageError(
      `--require-marks ${id}: no mark; ${hint}'simquake list --marks' shows them`,
    );
  });
}

function reportsOf(text: string): ReportKind[] {
  return text.split(',').map((name) => {
    const known = REPORT_KINDS.find((kind) => kind === name);
    if (known !== undefined) return known;
    const meant = nearest(name, REPORT_KINDS);
    const hint = meant === null ? '' : `did you mean ${meant}? `;
    throw new UsageError(
      `--report ${name}: no kind of report; ${hint}give any of ${REPORT_KINDS.join(', ')}`,
    );
  });
}

function seedsFrom({ seed, seeds }: RunFlags) {
  if (seed !== undefined) return seedsOf([parseSeed(seed)]);
  if (seeds !== undefined) return parseSeeds(seeds);
  return firstSeeds(DEFAULT_SEED_COUNT);
}

function oneOf<T extends string>(flag: string, names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    const guess = nearest(text, names);
    const meant = guess === null ? '' : `did you mean ${guess}? `;
    throw new UsageError(`${flag} ${text}: there is none; ${meant}give one of ${names.join(', ')}`);
  };
}

function checkHelp(): string {
  const models = Array.from(JUDGES, ([name, { about }]) => `  ${name.padEnd(14)} ${about}`);
  return `\nModels:\n${models.join('\n')}\n\nFormats: ${FORMAT_NAMES.join(', ')}; see docs/CHECKING.md\n`;
}

function countOf(flag: string, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]{1,10}$/.test(text) && value >= 1 && value <= max) return value;
    throw new UsageError(`${flag} ${text}: not a count; give a whole number from 1 to ${max}`);
  };
}

/** Reads `90`, `90s` or `2m`. */
function secondsOf(flag: string): (text: string) => number {
  return (text) => {
    const match = /^([0-9]{1,6})(s|m|h)?$/.exec(text);
    if (match !== null) return Number(match[1]) * UNIT_SECONDS[match[2] ?? 's']!;
    throw new UsageError(`${flag} ${text}: not a time; give seconds, or for example 90s, 2m, 1h`);
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
