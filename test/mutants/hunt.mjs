// Hunts one mutant in a process of its own: runs seeds of a scenario on the mutated program until a
// verdict other than pass or vacuous, and prints one JSON line. Input: JSON on the command line.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, url, source, scenario, seedsMax } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: { url, source } });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { runPlan } = await import(at('dist/scenario/run.js'));
const { compilePlan } = await import(at('dist/scenario/scenario.js'));
const found = Object.values(await import(at(`scenarios/${scenario}.ts`)))[0];

const started = process.cpuUsage();
let answer = { verdict: 'not found', invariant: null, message: '', seed: '', seeds: seedsMax };
for (let seed = 1; seed <= seedsMax; seed++) {
  const result = runPlan(compilePlan(found, String(seed)));
  if (result.verdict === 'pass' || result.verdict === 'vacuous') continue;
  answer = {
    verdict: result.verdict,
    invariant: result.violation?.invariant ?? null,
    message: result.reason,
    seed: String(seed),
    seeds: seed,
  };
  break;
}
const { user, system } = process.cpuUsage(started);
process.stdout.write(`${JSON.stringify({ ...answer, cpuSeconds: (user + system) / 1e6 })}\n`);
