// `npm run plant -- <bug> <command…>`: the simquake command with a planted bug in the node, for example
// `npm run plant -- figure-8 fuzz --time 2m`. The product has no switch for it: the sources are replaced while they
// are loaded. Exits as the command does.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutate, ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';

const [id = '', ...command] = process.argv.slice(2);
const mutant = MUTANTS.find((one) => one.id === id);
if (mutant === undefined || command.length === 0) {
  const known = MUTANTS.map((one) => `  ${one.id.padEnd(46)} ${one.bug}\n`).join('');
  process.stderr.write(`usage: npm run plant -- <bug> <command…>\nbugs:\n${known}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'simquake-plant-'));
try {
  const sources = join(folder, 'sources.json');
  writeFileSync(
    sources,
    JSON.stringify(mutate(id, [...mutant.changes, ...(mutant.harmless ?? [])])),
  );
  const { status } = spawnSync(
    process.execPath,
    [
      ...['--import', join(import.meta.dirname, 'planted.mjs')],
      ...[join(ROOT, 'dist', 'cli', 'main.js'), ...command],
    ],
    { stdio: 'inherit', env: { ...process.env, SIMQUAKE_PLANTED: sources } },
  );
  process.exitCode = status ?? 70;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
