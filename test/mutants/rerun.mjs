// Runs one plan on the program with a planted bug, in a process of its own, and prints the violation as JSON, null if
// there is none. Where its own seed shows none, so many others are tried. Input: JSON on stdin.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, file, invariant, otherSeeds } = JSON.parse(readFileSync(0, 'utf8'));
register('./hook.mjs', import.meta.url, { data: sources });

const { runPlan } = await import(pathToFileURL(`${root}/dist/scenario/run.js`).href);
const { plan } = JSON.parse(readFileSync(file, 'utf8'));
let { violation } = runPlan(plan);
for (let seed = 1; seed <= otherSeeds && violation?.invariant !== invariant; seed++) {
  violation = runPlan({ ...plan, seed: String(seed) }).violation;
}
process.stdout.write(JSON.stringify(violation));
