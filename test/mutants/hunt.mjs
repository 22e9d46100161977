// Hunts one mutant in a process of its own: runs seeds of a scenario on the mutated program until one
// of the expected invariants is broken, and prints one JSON line. Input: JSON on the command line.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, scenario, seedFrom, seedTo, caughtBy } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: sources });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { runPlan } = await import(at('dist/scenario/run.js'));
const { compilePlan } = await import(at('dist/scenario/scenario.js'));
const found = Object.values(await import(at(`scenarios/${scenario}.ts`)))[0];

const started = process.cpuUsage();
const others = {};
let answer = { invariant: null, message: '', seed: '', seeds: seedTo - seedFrom + 1 };
for (let seed = seedFrom; seed <= seedTo; seed++) {
  const result = runPlan(compilePlan(found, String(seed)));
  if (result.verdict === 'pass' || result.verdict === 'vacuous') continue;
  const invariant = result.violation?.invariant ?? result.verdict;
  if (!caughtBy.includes(invariant)) {
    others[invariant] = (others[invariant] ?? 0) + 1;
    continue;
  }
  answer = { invariant, message: result.reason, seed: String(seed), seeds: seed - seedFrom + 1 };
  break;
}
const { user, system } = process.cpuUsage(started);
process.stdout.write(
  `${JSON.stringify({ ...answer, others, cpuSeconds: (user + system) / 1e6 })}\n`,
);
