// Finds failures of one planted bug and shrinks each, in one thread of its own; prints one line of JSON.
// Input: JSON on the command line. Not here: which bugs (bench/shrink.ts, keep.ts).

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const input = JSON.parse(process.argv[2]);
const { root, sources, scenario, caughtBy, seedsMax, faultsMin, secondsMax } = input;
register('./hook.mjs', import.meta.url, { data: sources });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { engine } = await import(at('dist/fuzz/worker.js'));
const { PlanPool } = await import(at('dist/fuzz/shrink/pool.js'));
const { storyOf } = await import(at('dist/cli/shrinking.js'));
const { shrinkPlan } = await import(at('dist/fuzz/shrink/shrink.js'));
const found = Object.values(await import(at(`scenarios/${scenario}.ts`)))[0];

const operations = (plan) =>
  plan.clients.reduce((sum, { operations }) => sum + operations.length, 0);
const size = (plan) => ({
  faults: plan.faults.length,
  operations: operations(plan),
  members: plan.members,
});
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** The first failing run of a plan with so many faults or more. */
function firstFailure(leastFaults) {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const plan = engine.compilePlan(found, String(seed));
    if (plan.faults.length < leastFaults) continue;
    const result = engine.runPlan(plan);
    if (caughtBy.includes(result.violation?.invariant)) return { seed, plan, result };
  }
  return null;
}

let answer = null;
const failure = firstFailure(faultsMin) ?? firstFailure(0);
if (failure !== null) {
  const { seed, plan, result } = failure;
  const started = cpuSeconds();
  const pool = new PlanPool({ engine, jobs: 1, wire: true });
  const shrunk = await shrinkPlan(plan, result, {
    width: 1,
    run: (plans) => pool.run(plans),
    record: (candidate) => pool.record(candidate),
    causes: (candidate) => pool.causes(candidate),
    stopped: () => cpuSeconds() - started > secondsMax,
    progress: () => {},
  });
  answer = {
    seed,
    invariant: result.violation.invariant,
    before: size(plan),
    after: size(shrunk?.plan ?? plan),
    runs: shrunk?.runs ?? 0,
    finished: shrunk?.finished ?? true,
    tried: shrunk?.tried ?? {},
    cpuSeconds: cpuSeconds() - started,
    ...(input.keep && shrunk !== null
      ? { plan: shrunk.plan, result: shrunk.result, story: storyOf(engine, shrunk.plan, true) }
      : {}),
  };
}
process.stdout.write(`${JSON.stringify(answer)}\n`);
