#!/usr/bin/env node
// The process around the command: arguments, streams, signals, exit code.
// Not here: anything a command does. Ctrl-C ends a campaign between two runs; a second one at once.

import { engine } from '../fuzz/worker.js';
import { runCli } from './command.js';
import { EXIT } from './exit-code.js';
import { explain } from './explain.js';
import type { Output } from './host.js';

const interrupt = new AbortController();
const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interrupt.signal.aborted) process.exit(codes[name]);
    interrupt.abort(name);
  });
}

// A reader that has seen enough, as in `simquake run ... | head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

const code = await runCli(
  process.argv.slice(2),
  {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupt.signal,
  },
  { engine, threads: true, explain },
);
// Not at once: a pipe may still hold output. And not left to Node: the loader's thread may linger.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);

function flushed(
  stream: Output & { write(text: string, done: () => void): unknown },
): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
