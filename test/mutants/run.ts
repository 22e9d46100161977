// `npm run mutants [id…]`: hunts planted bugs from seed 1 on and prints what caught each. Exit code 1 if
// one got away. With `--store` all are hunted, and what is found is kept for the tests, which run the
// seed that caught each (test/data/mutant-catches.json), and for readers (docs/MUTANTS.md).

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Catch, hunt } from './hunting.js';
import { MUTANTS } from './mutants.js';
import { CATCHES_FILE, DOCUMENT_FILE, document, type StoredCatch, table } from './record.js';

const store = process.argv.includes('--store');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--store');
const unknown = wanted.filter((id) => !MUTANTS.some((mutant) => mutant.id === id));
if (unknown.length > 0 || (store && wanted.length > 0)) {
  process.stderr.write(
    unknown.length > 0
      ? `no mutant is called ${unknown.join(', ')}\n`
      : '--store hunts all mutants: name none\n',
  );
  process.exit(2);
}
const queue = MUTANTS.filter((mutant) => wanted.length === 0 || wanted.includes(mutant.id));
const found = new Map<string, Catch>();
const waiting = [...queue];
await Promise.all(
  Array.from({ length: Math.max(1, availableParallelism()) }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { id, scenario, caughtBy, seedsMax } = mutant;
      const changes = [...mutant.changes, ...(mutant.harmless ?? [])];
      const caught = await hunt({ id, changes, scenario, caughtBy, seedFrom: 1, seedTo: seedsMax });
      found.set(id, caught);
      process.stderr.write(caught.invariant === null ? '!' : '.');
    }
  }),
);
process.stderr.write('\n');

process.stdout.write(table(queue, found));
const escaped = queue.filter(({ id }) => found.get(id)!.invariant === null);
process.stdout.write(
  `\n${queue.length - escaped.length} of ${queue.length} planted bugs caught as expected\n`,
);
if (escaped.length > 0) process.exitCode = 1;
else if (store) {
  const catches: Record<string, StoredCatch> = {};
  for (const { id } of queue) {
    const { seed, invariant } = found.get(id)!;
    catches[id] = { seed, invariant: invariant! };
  }
  writeFileSync(CATCHES_FILE, `${JSON.stringify(catches, null, 1)}\n`);
  writeFileSync(DOCUMENT_FILE, document(queue, found));
  process.stdout.write(`stored in ${CATCHES_FILE} and ${DOCUMENT_FILE}\n`);
}
