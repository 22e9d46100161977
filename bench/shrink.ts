// How small failures become, and how soon: `npm run bench:shrink [id…]`. For every planted bug the first failure
// of a plan with five faults or more is shrunk in one thread; the table gives the size before and after, and CPU
// seconds. Targets: median of at most 3 faults and 10 client operations, 90 % within 60 s on two cores.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutate, ROOT } from '../test/mutants/mutant.js';
import { MUTANTS } from '../test/mutants/mutants.js';

interface Size {
  readonly faults: number;
  readonly operations: number;
  readonly members: number;
}

interface Shrink {
  readonly seed: number;
  readonly before: Size;
  readonly after: Size;
  readonly runs: number;
  readonly finished: boolean;
  readonly cpuSeconds: number;
}

/** One thread has the time of two: candidates spread over threads without loss. */
const SECONDS_MAX = 120;
const FAULTS_MIN = 5;
const THREADS = 2;

const wanted = process.argv.slice(2);
const queue = MUTANTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const shrinks = new Map<string, Shrink | null>();
const waiting = [...queue];
await Promise.all(Array.from({ length: THREADS }, work));
print();

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const { id, changes, harmless = [], scenario, caughtBy, seedsMax } = mutant;
    const input = {
      ...{ root: ROOT, sources: mutate(id, [...changes, ...harmless]), scenario, caughtBy },
      ...{ seedsMax, faultsMin: FAULTS_MIN, secondsMax: SECONDS_MAX },
    };
    const script = join(ROOT, 'test', 'mutants', 'shrink.mjs');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [script, JSON.stringify(input)],
      {
        maxBuffer: 1 << 26,
      },
    );
    shrinks.set(id, JSON.parse(stdout) as Shrink | null);
    process.stderr.write('.');
  }
}

function print(): void {
  const rows = [['bug', 'seed', 'faults', 'operations', 'members', 'runs', 'CPU s', 'finished']];
  const found: Shrink[] = [];
  for (const { id } of queue) {
    const shrink = shrinks.get(id) ?? null;
    if (shrink === null) {
      rows.push([id, `no failure with ${FAULTS_MIN} faults`, '', '', '', '', '', '']);
      continue;
    }
    found.push(shrink);
    const { before, after } = shrink;
    rows.push([
      id,
      String(shrink.seed),
      `${before.faults} -> ${after.faults}`,
      `${before.operations} -> ${after.operations}`,
      `${before.members} -> ${after.members}`,
      String(shrink.runs),
      shrink.cpuSeconds.toFixed(1),
      shrink.finished ? 'yes' : 'no',
    ]);
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  process.stdout.write(
    `\n${rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')).join('\n')}\n`,
  );
  const at = (share: number, values: number[]): number =>
    values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
  const median = (of: (shrink: Shrink) => number): number => at(0.5, found.map(of));
  process.stdout.write(
    `\nmedian ${median(({ after }) => after.faults)} faults (target 3), ` +
      `${median(({ after }) => after.operations)} operations (target 10); ` +
      `CPU seconds: median ${median(({ cpuSeconds }) => cpuSeconds).toFixed(1)}, ` +
      `90 % within ${at(
        0.9,
        found.map(({ cpuSeconds }) => cpuSeconds),
      ).toFixed(1)} (target ${SECONDS_MAX})\n`,
  );
}
