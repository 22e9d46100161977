// `npm run faults [-- --seeds N] [--store]`: runs seeds of all scenarios in turns, counts in how many of them each kind of
// fault met each component, and prints the table; `--store` writes docs/FAULTS.md. Exit code 1 if a cell is empty and
// nothing explains it, or explained and not empty. All cores; each runs this file again with `--part`.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { DOCUMENT_FILE, document, wrongCells } from './document.js';
import { type Counts, countRuns, loadAllScenarios, matrixOf } from './matrix.js';

const SEEDS = 1000;

const textOf = (flag: string): string | undefined => {
  const at = process.argv.indexOf(flag);
  return at < 0 ? undefined : process.argv[at + 1];
};
const runs = Number(textOf('--seeds') ?? SEEDS);
if (!Number.isInteger(runs) || runs < 1) {
  process.stderr.write('--seeds: give a whole number\n');
  process.exit(2);
}
const scenarios = await loadAllScenarios();
const part = textOf('--part');
if (part === undefined) report(await inParts(Math.max(1, availableParallelism())));
else {
  const [index, count] = part.split('/').map(Number) as [number, number];
  process.stdout.write(JSON.stringify(countRuns(scenarios, runs, { index, count })));
}

function inParts(count: number): Promise<Counts[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const args = [...process.execArgv, import.meta.filename];
      const flags = ['--seeds', String(runs), '--part', `${index}/${count}`];
      const { stdout } = await promisify(execFile)(process.execPath, [...args, ...flags]);
      return JSON.parse(stdout) as Counts;
    }),
  );
}

function report(parts: readonly Counts[]): void {
  const matrix = matrixOf(runs, scenarios.length, parts);
  const text = document(matrix);
  process.stdout.write(text);
  const wrong = wrongCells(matrix);
  for (const line of wrong) process.stderr.write(`${line}\n`);
  if (wrong.length > 0) process.exitCode = 1;
  else if (process.argv.includes('--store')) {
    writeFileSync(DOCUMENT_FILE, text);
    process.stdout.write(`stored in ${DOCUMENT_FILE}\n`);
  }
}
