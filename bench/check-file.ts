// Benchmark of the command on long files: `npm run bench:file`. Histories of 50 clients on ten keys, written as
// they end; CPU time and peak memory of a process that does nothing but `simquake check`, once a file.

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatOperations } from '../src/check/format/operation-lines.js';
import type { EtcdOperation } from '../src/check/linearizability/models/etcd-model.js';
import { etcdHistory } from '../test/check/etcd-histories.js';

const ROOT = join(import.meta.dirname, '..');
const USAGE = pathToFileURL(join(import.meta.dirname, 'check/usage.mjs')).href;
/** How long a client waits for an answer, in microseconds; the longest takes 100. */
const GIVEN_UP_US = 500;
const SLICE = 10_000;

interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'simquake-bench-'));
try {
  line(`CPU time and peak memory of simquake check, one process a file; Node ${process.version}`);
  line('operations  unknown  stale read     MB   CPU s  peak MiB  verdict');
  for (const [operations, unknownPercent, stale] of [
    [100_000, 0, false],
    [300_000, 0, false],
    [1_000_000, 0, false],
    [1_000_000, 1, false],
    [100_000, 0, true],
  ] as const) {
    const file = join(folder, 'history.jsonl');
    write(file, operations, unknownPercent, stale);
    const { usage, verdict } = check(file);
    line(
      [
        operations.toLocaleString('en-US').padStart(10),
        `${unknownPercent} %`.padStart(7),
        (stale ? 'at the end' : '').padStart(10),
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

function write(file: string, operations: number, unknownPercent: number, stale: boolean): void {
  const made = etcdHistory({
    ...{ seed: '1', operations, clients: 50, keys: 10, unknownPpm: unknownPercent * 10_000 },
  });
  const history = made.operations as EtcdOperation[];
  const endUs = ({ callUs, returnUs }: EtcdOperation): number =>
    Math.min(returnUs, callUs + GIVEN_UP_US);
  history.sort((a, b) => endUs(a) - endUs(b));
  if (stale) {
    const late = history.findLastIndex(({ input }) => input.kind === 'range');
    const early = history.findIndex(
      ({ input, output }) => input.kind === 'range' && output !== null,
    );
    const { input, output } = history[early]!;
    history[late] = { ...history[late]!, input, output };
  }
  const descriptor = openSync(file, 'w');
  for (let at = 0; at < history.length; at += SLICE) {
    const text = formatOperations('etcd', history.slice(at, at + SLICE));
    // The header stands once.
    writeSync(descriptor, at === 0 ? text : text.slice(text.indexOf('\n') + 1));
  }
  closeSync(descriptor);
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
