// Benchmarks of the checkers: `npm run bench:check`, and of some rows with `-- streamed`, a part of their names.
// Every figure is CPU time (user + system) of this one process doing the work once, the median of several
// times after two to warm up; a peer's figure is quoted, not measured here. A row that misses its target, or
// its verdict, makes the exit code 1, and so does no row at all.

import { ETCD_ROWS } from './check/etcd-rows.js';
import { ISOLATION_ROWS } from './check/isolation-rows.js';
import { PLAIN_ROWS } from './check/plain-rows.js';
import type { Done, Row } from './check/row.js';

/** Rows of more kinds of history are added here. */
const ROWS: readonly Row[] = [...PLAIN_ROWS, ...ETCD_ROWS, ...ISOLATION_ROWS];

const only = process.argv[2] ?? '';
const rows = ROWS.filter(({ work }) => work.includes(only));

const TIMES = 7;
const WARM_UPS = 2;

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const COLUMNS = [50, 38, 11, 11, 12, 11, 5] as const;

line(`CPU time of one thread, median of ${TIMES}; Node ${process.version}`);
line(inColumns(['work', 'peer', 'target ms', 'ms', 'steps', 'verdict', '']));
let missed = 0;
for (const row of rows) {
  const { done, cpuMs } = measure(row);
  const isFast = cpuMs <= row.targetMs && done.steps <= (row.targetSteps ?? Infinity);
  const passes = isFast && done.verdict === done.expected;
  if (!passes) missed++;
  line(
    inColumns([
      row.work,
      row.peer,
      row.targetMs.toFixed(0),
      cpuMs.toFixed(1),
      done.steps.toLocaleString('en-US'),
      done.verdict,
      passes ? 'pass' : 'MISS',
    ]),
  );
}
line(`${rows.length - missed} of ${rows.length} within their targets`);
process.exitCode = missed === 0 && rows.length > 0 ? 0 : 1;

function measure(row: Row): { done: Done; cpuMs: number } {
  const work = row.prepare();
  const times: number[] = [];
  let done = work();
  for (let i = 1; i < WARM_UPS + TIMES; i++) {
    const started = process.cpuUsage();
    done = work();
    const { user, system } = process.cpuUsage(started);
    if (i >= WARM_UPS) times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { done, cpuMs: times[Math.floor(times.length / 2)]! };
}

/** Texts to the left, the rest to the right. */
function inColumns(cells: readonly string[]): string {
  return cells
    .map((cell, i) =>
      i < 2 || i === cells.length - 1 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!),
    )
    .join('  ')
    .trimEnd();
}
