// `npm run mutants:check [id…]`: plants bugs in the checkers and prints what found each. Exit code 1 if one
// got away. With `--store` all are planted, and docs/CHECKER-MUTANTS.md is written.

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CHECKER_MUTANTS } from './checker-mutants.js';
import { DOCUMENT_FILE, document, table } from './document.js';
import { type Kill, kill } from './killing.js';

const store = process.argv.includes('--store');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--store');
const queue = CHECKER_MUTANTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const kills = new Map<string, Kill>();
const waiting = [...queue];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      kills.set(mutant.id, await kill(mutant.id, mutant.changes, mutant.look));
    }
  }),
);
process.stdout.write(table(queue, kills));
const escaped = queue.filter(({ id }) => kills.get(id)!.found === null);
process.stdout.write(`\n${queue.length - escaped.length} of ${queue.length} planted bugs found\n`);
if (escaped.length > 0 || queue.length < wanted.length) process.exitCode = 1;
else if (store && wanted.length === 0) writeFileSync(DOCUMENT_FILE, document(queue, kills));
