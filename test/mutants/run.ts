// `npm run mutants`: hunts every planted bug and prints what caught it. Exit code 1 if one got away.
// Arguments: ids of mutants, all if none are given.

import { availableParallelism } from 'node:os';
import { type Catch, hunt, isCaught } from './hunting.js';
import { MUTANTS } from './mutants.js';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !MUTANTS.some((mutant) => mutant.id === id));
if (unknown.length > 0) {
  process.stderr.write(`no mutant is called ${unknown.join(', ')}\n`);
  process.exit(2);
}
const queue = MUTANTS.filter((mutant) => wanted.length === 0 || wanted.includes(mutant.id));
const found = new Map<string, Catch>();
const waiting = [...queue];
await Promise.all(
  Array.from({ length: Math.max(1, availableParallelism()) }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      found.set(mutant.id, await hunt(mutant));
      process.stderr.write('.');
    }
  }),
);
process.stderr.write('\n');

let escaped = 0;
const row = (cells: readonly string[]): void => {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};
row(['bug', 'reference', 'scenario', 'caught by', 'seeds', 'CPU s']);
row(['---', '---', '---', '---', '---:', '---:']);
for (const mutant of queue) {
  const caught = found.get(mutant.id)!;
  if (!isCaught(mutant, caught)) escaped++;
  const by = isCaught(mutant, caught)
    ? (caught.invariant ?? '')
    : `NOT AS EXPECTED: ${caught.verdict} ${caught.invariant ?? ''}`;
  row([
    mutant.id,
    mutant.reference,
    mutant.scenario,
    by,
    String(caught.seeds),
    caught.cpuSeconds.toFixed(1),
  ]);
}
process.stdout.write(`\n${queue.length - escaped} of ${queue.length} planted bugs caught\n`);
process.exitCode = escaped === 0 ? 0 : 1;
