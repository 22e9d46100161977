// `npm run mutants:fuzz [bug…]`: campaigns that are not told where to look. For every planted bug `simquake fuzz` runs
// over all scenarios until it finds a failure; the table says what it found, after how many runs and CPU seconds.
// Exit code 1 if a bug was not found within the time.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutate, ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';

interface Found {
  readonly finding: string;
  readonly scenario: string;
  readonly runs: number;
  readonly cpuSeconds: number;
}

/** Real time for each bug in one thread; twice that of two threads. */
const TIME = '20m';
const THREADS = 2;

const wanted = process.argv.slice(2);
const queue = MUTANTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const found = new Map<string, Found | null>();
const waiting = [...queue];
const folder = mkdtempSync(join(tmpdir(), 'simquake-fuzz-'));
try {
  await Promise.all(Array.from({ length: THREADS }, work));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print();

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    found.set(mutant.id, await campaign(mutant));
    process.stderr.write(found.get(mutant.id) === null ? '!' : '.');
  }
}

async function campaign({ id, changes, harmless = [] }: Mutant): Promise<Found | null> {
  const sources = join(folder, `${id}.json`);
  writeFileSync(sources, JSON.stringify(mutate(id, [...changes, ...harmless])));
  const flags = ['--time', TIME, '--bail', '1', '--jobs', '1', '--shrink-time', '0', '--json'];
  const reports = ['--out', join(folder, id), '--regressions', join(folder, 'none'), '--seed', '1'];
  // Plans saved for one bug would tell where to look for the next.
  const stdout = await outputOf(
    [
      ...['--import', join(import.meta.dirname, 'planted.mjs')],
      ...[
        join(ROOT, 'dist', 'cli', 'main.js'),
        'fuzz',
        'scenarios',
        '--no-corpus',
        ...flags,
        ...reports,
      ],
    ],
    { ...process.env, SIMQUAKE_PLANTED: sources },
  );
  const campaign = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    readonly runs: number;
    readonly cpuMs: number;
    readonly failures: readonly { readonly finding: string; readonly scenario: string }[];
  };
  const [first] = campaign.failures;
  // A run that a checker could not decide, or that did too little, shows nothing.
  if (first === undefined || ['undecided', 'vacuous'].includes(first.finding)) return null;
  return { ...first, runs: campaign.runs, cpuSeconds: campaign.cpuMs / 1000 };
}

/** A campaign that finds something exits with 1, which is what is wanted here. */
function outputOf(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...argv], { cwd: ROOT, env, maxBuffer: 1 << 28 }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

function print(): void {
  const rows = [['bug', 'found as', 'scenario', 'runs', 'CPU s']];
  const runs: number[] = [];
  const seconds: number[] = [];
  for (const { id } of queue) {
    const one = found.get(id) ?? null;
    if (one === null) {
      rows.push([id, 'NOT FOUND', '', '', '']);
      continue;
    }
    runs.push(one.runs);
    seconds.push(one.cpuSeconds);
    rows.push([id, one.finding, one.scenario, String(one.runs), one.cpuSeconds.toFixed(1)]);
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  process.stdout.write(
    `\n${rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')).join('\n')}\n` +
      `\n${runs.length} of ${queue.length} found; median ${median(runs)} runs, ` +
      `${median(seconds).toFixed(1)} CPU s; at most ${Math.max(...seconds).toFixed(1)} CPU s\n`,
  );
  if (runs.length < queue.length) process.exitCode = 1;
}
