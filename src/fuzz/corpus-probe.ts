// Reads a whole database in a process of its own: LMDB has no page checksums, and a damaged file can end the process
// that reads it (SIGSEGV, SIGABRT, SIGBUS). Not here: what the records say (corpus.ts).

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const SCRIPT = `
const { open } = require(process.argv[1]);
const db = open({ path: process.argv[2], noSubdir: true, encoding: 'binary', overlappingSync: false });
for (const { value } of db.getRange()) value.at(-1);
process.exit(0);
`;

/** A scan takes milliseconds; one that does not end follows pages in a circle. */
const PROBE_MS = 60_000;

/** Why a database file cannot be read; null if it can. Costs a process. */
export function probeDatabase(file: string): string | null {
  const lmdb = createRequire(import.meta.url).resolve('lmdb');
  const child = spawnSync(process.execPath, ['-e', SCRIPT, lmdb, file], {
    encoding: 'utf8',
    timeout: PROBE_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.status === 0) return null;
  if (child.error !== undefined) return child.error.message;
  if (child.signal !== null) return `reading it ends the process with ${child.signal}`;
  return /^\w*Error: (.+)$/m.exec(child.stderr)?.[1] ?? `reading it ends with ${child.status}`;
}
