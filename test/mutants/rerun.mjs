// Runs one plan on the program with a planted bug, in a process of its own, and prints the invariant that broke as
// JSON, null if none did. Input: JSON on the command line.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, file } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: sources });

const { runPlan } = await import(pathToFileURL(`${root}/dist/scenario/run.js`).href);
const { plan } = JSON.parse(readFileSync(file, 'utf8'));
process.stdout.write(`${JSON.stringify(runPlan(plan).violation?.invariant ?? null)}\n`);
