// Which strategy finds bugs soonest: `npm run bench:explore -- [--bugs a,b] [--strategies random,pct] [--repeats 3]
// [--runs 200] [--keep file.json]`. For every planted bug each strategy explores the bug's scenario from several base seeds, until an
// invariant is broken or the runs are used up. The tables give runs and CPU seconds, and how each strategy compares
// with `random`. Hunts kept in a file are not had again: a comparison can be interrupted, and get more base seeds.
//
// Method. A hunt that finds nothing counts with the runs and CPU seconds that it took, so that differences are rather
// understated. The ratio of a bug is that of the means over all base seeds; the ratio of all bugs is the geometric mean
// of theirs, so that every bug has the same weight. Intervals are 95 % percentile bootstraps: base seeds are drawn
// again within every bug, the same ones for both strategies, since these begin with the same seeds. Bugs are not drawn
// again: the interval says nothing about other bugs.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { randomStream } from '../src/base/random.js';
import { STRATEGIES, type Strategy } from '../src/fuzz/explore/strategy.js';
import { type Mutant, mutate, ROOT } from '../test/mutants/mutant.js';
import { MUTANTS } from '../test/mutants/mutants.js';

interface Hunt {
  readonly base: string;
  /** The broken invariant; null if none was. */
  readonly finding: string | null;
  readonly runs: number;
  readonly cpuSeconds: number;
  /** Runs that were undecided or vacuous. */
  readonly others: Readonly<Record<string, number>>;
}

type Cost = 'runs' | 'cpuSeconds';

/** Those that need most seeds at random; the others are found by any strategy within a few runs. */
const HARDEST = [
  'sessions-forgotten-at-a-snapshot',
  'torn-tail-eats-committed-entries',
  'read-round-reused',
  'figure-8',
  'late-write-taken-for-the-newest',
  'pre-votes-counted-as-votes',
  'torn-tail-refused',
  'a-lost-file-goes-unnoticed',
  'log-checksum-ignored',
  'up-to-date-by-index-only',
  'commit-to-last-index',
  'read-index-before-own-commit',
];
const RESAMPLES = 10_000;
const THREADS = 2;

const { values } = parseArgs({
  options: {
    bugs: { type: 'string', default: HARDEST.join(',') },
    strategies: { type: 'string', default: STRATEGIES.join(',') },
    repeats: { type: 'string', default: '5' },
    runs: { type: 'string', default: '200' },
    keep: { type: 'string' },
  },
});
const bugs = values.bugs.split(',').map(bugOf);
const strategies = values.strategies.split(',').map(strategyOf);
const bases = Array.from({ length: countOf('--repeats', values.repeats) }, (_, i) => String(i + 1));
const runsMax = countOf('--runs', values.runs);

/** By bug, strategy, limit and base seed. */
const hunts = new Map<string, Hunt>(keptHunts());
const waiting = bugs.flatMap((bug) => strategies.map((strategy) => ({ bug, strategy })));
await Promise.all(Array.from({ length: THREADS }, work));
print();

function bugOf(id: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.id === id);
  if (found === undefined) throw new Error(`--bugs ${id}: no planted bug`);
  return found;
}

function strategyOf(name: string): Strategy {
  const found = STRATEGIES.find((strategy) => strategy === name);
  if (found === undefined) throw new Error(`--strategies ${name}: no strategy`);
  return found;
}

function countOf(flag: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${flag} ${text}: not a count`);
}

function keptHunts(): [string, Hunt][] {
  const { keep } = values;
  if (keep === undefined || !existsSync(keep)) return [];
  return JSON.parse(readFileSync(keep, 'utf8')) as [string, Hunt][];
}

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { bug, strategy } = next;
    const missing = bases.filter((base) => !hunts.has(keyOf(bug, strategy, base)));
    if (missing.length === 0) continue;
    for (const hunt of await explore(bug, strategy, missing)) {
      hunts.set(keyOf(bug, strategy, hunt.base), hunt);
    }
    if (values.keep !== undefined) writeFileSync(values.keep, JSON.stringify([...hunts]));
    const found = huntsOf(bug, strategy).map(huntText);
    process.stderr.write(`${[bug.id, strategy, ...found].join(' ')}\n`);
  }
}

async function explore(bug: Mutant, strategy: Strategy, from: readonly string[]): Promise<Hunt[]> {
  const { id, changes, harmless = [], scenario } = bug;
  const sources = mutate(id, [...changes, ...harmless]);
  const input = { root: ROOT, sources, scenario, strategy, bases: from, runsMax };
  const script = join(ROOT, 'test', 'mutants', 'explore.mjs');
  const flags = ['--max-semi-space-size=64', script, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Hunt[];
}

function keyOf({ id }: Mutant, strategy: Strategy, base: string): string {
  return `${id} ${strategy} ${runsMax} ${base}`;
}

function huntsOf(bug: Mutant, strategy: Strategy): readonly Hunt[] {
  return bases.map((base) => hunts.get(keyOf(bug, strategy, base))!);
}

/** Runs, with `>` if nothing was found in them. */
function huntText({ finding, runs }: Hunt): string {
  return finding === null ? `>${runs}` : String(runs);
}

function print(): void {
  const seconds = bugs
    .flatMap((bug) => strategies.flatMap((one) => huntsOf(bug, one)))
    .reduce((sum, hunt) => sum + hunt.cpuSeconds, 0);
  out(
    `${bugs.length} bugs, ${bases.length} base seeds, at most ${runsMax} runs each, Node ${process.version}; ` +
      `${Math.round(seconds)} CPU seconds. Cells: median runs (base seeds that found it); mean CPU seconds.`,
  );
  table([
    ['bug', 'scenario', ...strategies],
    ...bugs.map((bug) => [bug.id, bug.scenario, ...strategies.map((one) => cell(bug, one))]),
  ]);
  const others = strategies.filter((strategy) => strategy !== 'random');
  if (!strategies.includes('random') || others.length === 0) return;
  out('Against `random`, below 1 is better: ratio of means, 95 % bootstrap interval.');
  table([
    ['bug', ...others.flatMap((one) => [`${one}: runs`, `${one}: CPU`])],
    ...bugs.map((bug) => [bug.id, ...others.flatMap((one) => ratios([bug], one))]),
    ['all, geometric mean', ...others.flatMap((one) => ratios(bugs, one))],
  ]);
}

function cell(bug: Mutant, strategy: Strategy): string {
  const all = huntsOf(bug, strategy);
  const found = all.filter(({ finding }) => finding !== null).length;
  const sorted = [...all].sort((a, b) => a.runs - b.runs);
  // Of an even number the lower middle: the mean of two may be one that nobody needed.
  const median = huntText(sorted[Math.floor((sorted.length - 1) / 2)]!);
  const mean = all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / all.length;
  const others = all.flatMap((hunt) => Object.values(hunt.others)).reduce((a, b) => a + b, 0);
  const shown = `${median} (${found}/${all.length}); ${mean.toFixed(1)} s`;
  return others === 0 ? shown : `${shown}, ${others} void`;
}

function ratios(among: readonly Mutant[], strategy: Strategy): string[] {
  return (['runs', 'cpuSeconds'] as const).map((cost) => ratio(among, strategy, cost));
}

function ratio(among: readonly Mutant[], strategy: Strategy, cost: Cost): string {
  const random = randomStream('1', `bootstrap/${strategy}/${cost}`);
  const pairs = among.map((bug) => {
    const baseline = huntsOf(bug, 'random');
    return huntsOf(bug, strategy).map((hunt, i) => [hunt[cost], baseline[i]![cost]] as const);
  });
  const original = geometricMean(pairs.map(ratioOfMeans));
  const resampled = Array.from({ length: RESAMPLES }, () =>
    geometricMean(pairs.map((one) => ratioOfMeans(one.map(() => random.pick(one))))),
  ).sort((a, b) => a - b);
  const [low, high] = [0.025, 0.975].map((share) => resampled[Math.floor(share * RESAMPLES)]!);
  return `${original.toFixed(2)} [${low!.toFixed(2)}, ${high!.toFixed(2)}]`;
}

function ratioOfMeans(pairs: readonly (readonly [number, number])[]): number {
  let [sum, baseline] = [0, 0];
  for (const [cost, without] of pairs) {
    sum += cost;
    baseline += without;
  }
  return sum / baseline;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** As Markdown, for docs/EXPLORATION.md. */
function table(rows: readonly (readonly string[])[]): void {
  const [head, ...body] = rows;
  const lines = [head!, head!.map(() => '---'), ...body];
  out(lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
}

function out(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
