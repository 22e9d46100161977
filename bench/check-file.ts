// Benchmark of the command on long files: `npm run bench:file`, and one model's with `-- kv`. Histories of clients
// that never pause, written as they end; CPU time and peak memory of a process that does nothing but
// `simquake check`, once a file.

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatOperations } from '../src/check/format/operation-lines.js';
import type { Operation } from '../src/check/history.js';
import type { EtcdOperation } from '../src/check/linearizability/objects/etcd.js';
import { etcdHistory } from '../test/check/etcd-histories.js';
import {
  appendGrid,
  casRegisterGrid,
  type Grid,
  kvGrid,
  multiRegisterGrid,
  mutexGrid,
  queueGrid,
  setGrid,
  uniqueRegisterGrid,
} from './check/grid.js';

type Any = Operation<unknown, unknown>;

const ROOT = join(import.meta.dirname, '..');
const USAGE = pathToFileURL(join(import.meta.dirname, 'check/usage.mjs')).href;
/** How long a client waits for an answer, in microseconds; the longest takes 100. */
const GIVEN_UP_US = 500;
const SLICE = 10_000;

interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

interface Row {
  readonly model: string;
  readonly operations: number;
  readonly clients: number;
  readonly unknownPercent: number;
  /** One read, late in the history, is wrong. */
  readonly illegal: boolean;
  readonly history: (row: Row) => Any[];
}

const plain =
  (grid: (grid: Grid) => Any[]) =>
  ({ operations, clients, unknownPercent, illegal }: Row): Any[] =>
    grid({ seed: '1', operations, clients, unknownPpm: unknownPercent * 10_000, illegal });

const ROWS = (
  [
    ['etcd', 100_000, 50, 0, false, etcd],
    ['etcd', 300_000, 50, 0, false, etcd],
    ['etcd', 1_000_000, 50, 0, false, etcd],
    ['etcd', 1_000_000, 50, 1, false, etcd],
    ['etcd', 200_000, 50, 0, true, etcd],
    ['register', 1_000_000, 50, 0, false, plain(uniqueRegisterGrid)],
    ['register', 1_000_000, 50, 1, false, plain(uniqueRegisterGrid)],
    ['register', 1_000_000, 50, 0, true, plain(uniqueRegisterGrid)],
    ['cas-register', 100_000, 10, 0, false, plain(casRegisterGrid)],
    ['cas-register', 1_000_000, 10, 0, false, plain(casRegisterGrid)],
    ['cas-register', 1_000_000, 10, 0, true, plain(casRegisterGrid)],
    ['kv', 100_000, 50, 0, false, plain(kvGrid)],
    ['kv', 1_000_000, 50, 0, false, plain(kvGrid)],
    ['kv', 1_000_000, 50, 0, true, plain(kvGrid)],
    ['kv', 1_000_000, 10, 0, false, plain(appendGrid)],
    ['multi-register', 1_000_000, 5, 0, false, plain(multiRegisterGrid)],
    ['queue', 1_000_000, 5, 0, false, plain(queueGrid)],
    ['set', 1_000_000, 50, 0, false, plain(setGrid)],
    ['mutex', 1_000_000, 50, 0, false, plain(mutexGrid)],
  ] as const
).map(
  ([model, operations, clients, unknownPercent, illegal, history]): Row => ({
    ...{ model, operations, clients, unknownPercent, illegal },
    history: history as (row: Row) => Any[],
  }),
);

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const only = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'simquake-bench-'));
try {
  line(`CPU time and peak memory of simquake check, one process a file; Node ${process.version}`);
  line('model           operations  clients  unknown     MB   CPU s  peak MiB  verdict');
  for (const row of ROWS) {
    if (only !== undefined && row.model !== only) continue;
    const file = join(folder, 'history.jsonl');
    write(file, row);
    const { usage, verdict } = check(file);
    line(
      [
        row.model.padEnd(14),
        row.operations.toLocaleString('en-US').padStart(10),
        String(row.clients).padStart(7),
        `${row.unknownPercent} %`.padStart(7),
        (statSync(file).size / 1e6).toFixed(0).padStart(5),
        (usage.cpuMs / 1000).toFixed(1).padStart(6),
        usage.rssMiB.toFixed(0).padStart(8),
        verdict,
      ].join('  '),
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

function write(file: string, row: Row): void {
  const history = row.history(row);
  const endUs = ({ callUs, returnUs }: Any): number => Math.min(returnUs, callUs + GIVEN_UP_US);
  history.sort((a, b) => endUs(a) - endUs(b));
  const descriptor = openSync(file, 'w');
  for (let at = 0; at < history.length; at += SLICE) {
    const text = formatOperations(row.model, history.slice(at, at + SLICE));
    // The header stands once.
    writeSync(descriptor, at === 0 ? text : text.slice(text.indexOf('\n') + 1));
  }
  closeSync(descriptor);
}

/** On ten keys; the illegal read, at the end, is stale. */
function etcd({ operations, clients, unknownPercent, illegal }: Row): Any[] {
  const made = etcdHistory({
    ...{ seed: '1', operations, clients, keys: 10, unknownPpm: unknownPercent * 10_000 },
  });
  const history = [...(made.operations as EtcdOperation[])];
  if (illegal) {
    const late = history.findLastIndex(({ input }) => input.kind === 'range');
    const early = history.findIndex(
      ({ input, output }) => input.kind === 'range' && output !== null,
    );
    const { input, output } = history[early]!;
    history[late] = { ...history[late]!, input, output };
  }
  return history;
}

function check(file: string): { readonly usage: Usage; readonly verdict: string } {
  const program = join(ROOT, 'dist/cli/main.js');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', USAGE, program, 'check', '--json', file],
    { encoding: 'utf8' },
  );
  return {
    usage: JSON.parse(stderr.trim().split('\n').at(-1)!) as Usage,
    verdict: (JSON.parse(stdout) as { readonly verdict: string }).verdict,
  };
}
