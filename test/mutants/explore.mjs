// Lets an explorer loose on the program with a planted bug, in a process of its own, a few times from different base
// seeds; prints how many runs and CPU seconds each time took until an invariant was broken, as JSON. CPU time is that
// of the process from the first candidate on: what the explorer itself costs counts. Input: JSON on the command line.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, scenario, strategy, bases, runsMax } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: sources });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { engine } = await import(at('dist/fuzz/worker.js'));
const { executeCandidate } = await import(at('dist/fuzz/execute.js'));
const { explorerOf } = await import(at('dist/fuzz/explore/strategy.js'));
const found = Object.values(await import(at(`scenarios/${scenario}.ts`)))[0];

const scenarios = [{ scenario: found, file: '' }];
const shard = { index: 1, count: 1 };

/** The compiler has seen everything once before time counts. */
expedition('warm', 6);
const hunts = bases.map((base) => expedition(base, runsMax));
process.stdout.write(JSON.stringify(hunts));

function expedition(base, runs) {
  const started = process.cpuUsage();
  const explorer = explorerOf(strategy, { scenarios, base, shard, runs, engine, starts: [] });
  const how = { wire: true, checkDeterminism: false, marks: true };
  const others = {};
  let count = 0;
  let finding = null;
  while (finding === null) {
    const next = explorer.next(() => 1);
    if (next === null) break;
    const [candidate] = next.candidates;
    const options = { ...how, signature: explorer.wantsSignatures };
    const outcome = executeCandidate(engine, found, candidate, options);
    explorer.learn(outcome);
    if (outcome.kind === 'broken') throw new Error(`${outcome.seed}: ${outcome.message}`);
    count += 1;
    const { verdict, violation } = outcome.result;
    // A run that a checker could not decide, or that did too little, shows nothing.
    if (verdict === 'violation' || verdict === 'liveness') finding = violation.invariant;
    else if (verdict !== 'pass') others[verdict] = (others[verdict] ?? 0) + 1;
  }
  const { user, system } = process.cpuUsage(started);
  return { base, finding, runs: count, cpuSeconds: (user + system) / 1e6, others };
}
