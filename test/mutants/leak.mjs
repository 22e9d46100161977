// Runs one seed twice with a planted leak, in a process of its own, and prints what `--check-determinism` says of it
// and the trace of one run, as JSON. Input: JSON on the command line.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, seed } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: sources });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { engine } = await import(at('dist/fuzz/worker.js'));
const { executeCandidate } = await import(at('dist/fuzz/execute.js'));
const { traceLine } = await import(at('dist/fuzz/divergence.js'));
const { isolateLeader, repeatedly, scenario, seconds } = await import(at('dist/index.js'));

const elections = scenario('elections', {
  about: 'One leader after the other is cut off.',
  duration: seconds(6),
  faults: [repeatedly(isolateLeader({ for: [seconds(0.5), seconds(1)] }), [6, 8])],
});

const { result } = executeCandidate(
  engine,
  elections,
  { seed, change: null },
  {
    wire: true,
    checkDeterminism: true,
    marks: false,
    signature: false,
  },
);
const lines = [];
engine.runPlan(engine.compilePlan(elections, seed), {
  trace: (event) => lines.push(traceLine(event)),
});
const { verdict, reason } = result;
process.stdout.write(JSON.stringify({ verdict, reason, result, lines: lines.slice(0, 20_000) }));
