// Runs the battery on a mutated checker in a process of its own and prints one JSON line. Input: JSON on
// the command line.

import { register } from 'node:module';

const { root, sources, battery: name, first, subject } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: { root, sources } });

const started = process.cpuUsage();
const { battery } = await import(`./${name}.ts`);
let found;
try {
  found = battery(first, subject);
} catch (error) {
  found = { check: 'an assertion of the checker', cases: 0, what: String(error.message) };
}
const { user, system } = process.cpuUsage(started);
process.stdout.write(`${JSON.stringify({ found, cpuSeconds: (user + system) / 1e6 })}\n`);
