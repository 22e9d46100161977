// How small failures become, and how soon: `npm run bench:shrink [id…]`. For every planted bug the first failure
// of a plan with five faults or more is shrunk in one thread, or where no such plan fails, the first failure; the
// table, as docs/SHRINKING.md has it, gives the size before and after, and CPU seconds. Targets: median of at most
// 3 faults and 10 client operations, 90 % within 60 s on two cores.

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
  for (const { id } of queue) {
    const shrink = shrinks.get(id) ?? null;
    if (shrink === null) {
      rows.push([id, 'no failure', '', '', '', '', '', '']);
      continue;
    }
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
  process.stdout.write(`\n${table(rows).join('\n')}\n\n${summary([...shrinks.values()])}\n`);
}

/** As docs/SHRINKING.md has it: numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const isNumber = (column: number): boolean => column > 0 && column < rows[0]!.length - 1;
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) =>
      isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const rule = widths.map((width, i) =>
    isNumber(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  lines.splice(1, 0, `| ${rule.join(' | ')} |`);
  return lines;
}

/** Of the failures with enough faults: of others nobody expects much. */
function summary(all: readonly (Shrink | null)[]): string {
  const found = all.filter((one): one is Shrink => (one?.before.faults ?? 0) >= FAULTS_MIN);
  if (found.length === 0) return `no failure with ${FAULTS_MIN} faults`;
  const at = (share: number, of: (shrink: Shrink) => number): number => {
    const values = found.map(of).sort((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(values.length * share))]!;
  };
  const cpuSeconds = (shrink: Shrink): number => shrink.cpuSeconds;
  return (
    `${found.length} of ${queue.length} bugs show with ${FAULTS_MIN} faults or more. Of these: ` +
    `median ${at(0.5, ({ after }) => after.faults)} faults (target 3), ` +
    `${at(0.5, ({ after }) => after.operations)} operations (target 10); ` +
    `CPU seconds: median ${at(0.5, cpuSeconds).toFixed(1)}, ` +
    `90 % within ${at(0.9, cpuSeconds).toFixed(1)} (target ${SECONDS_MAX})`
  );
}
