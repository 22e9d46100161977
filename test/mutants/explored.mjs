// Explores the program with a planted bug, in a process of its own, until a plan that the strategy has changed breaks
// an invariant; then has it again from its JSON, shrinks it for some runs, and has the smaller one again. Prints what
// came of it as JSON. Input: JSON on the command line.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const { root, sources, scenario, strategy, runsMax, shrinkRuns } = JSON.parse(process.argv[2]);
register('./hook.mjs', import.meta.url, { data: sources });

const at = (path) => pathToFileURL(`${root}/${path}`).href;
const { engine } = await import(at('dist/fuzz/worker.js'));
const { executeCandidate } = await import(at('dist/fuzz/execute.js'));
const { planOf } = await import(at('dist/fuzz/candidate.js'));
const { explorerOf } = await import(at('dist/fuzz/explore/strategy.js'));
const { PlanPool } = await import(at('dist/fuzz/shrink/pool.js'));
const { shrinkPlan } = await import(at('dist/fuzz/shrink/shrink.js'));
const { planSchema } = await import(at('dist/scenario/plan.js'));
const found = Object.values(await import(at(`scenarios/${scenario}.ts`)))[0];

const again = (plan) => engine.runPlan(planSchema.parse(JSON.parse(JSON.stringify(plan))));

const failing = firstVariedFailure();
process.stdout.write(JSON.stringify(failing === null ? null : await examined(failing)));

function firstVariedFailure() {
  const scenarios = [{ scenario: found, file: '' }];
  const expedition = {
    scenarios,
    base: '1',
    shard: { index: 1, count: 1 },
    runs: runsMax,
    engine,
    starts: [],
  };
  const explorer = explorerOf(strategy, expedition);
  const signature = explorer.wantsSignatures;
  const how = { wire: true, checkDeterminism: false, marks: false, signature };
  for (;;) {
    const next = explorer.next(() => 1);
    if (next === null) return null;
    const [candidate] = next.candidates;
    const outcome = executeCandidate(engine, found, candidate, how);
    explorer.learn(outcome);
    if (candidate.change === null || outcome.result.violation === null) continue;
    return { plan: planOf(engine, found, candidate), result: outcome.result };
  }
}

async function examined({ plan, result }) {
  const pool = new PlanPool({ engine, jobs: 1, wire: true });
  let runs = 0;
  const shrunk = await shrinkPlan(plan, result, {
    width: 1,
    run: (plans) => {
      runs += plans.length;
      return pool.run(plans);
    },
    record: (candidate) => pool.record(candidate),
    causes: (candidate) => pool.causes(candidate),
    stopped: () => runs >= shrinkRuns,
    progress: () => {},
  });
  return {
    seedAlone: engine.runPlan(engine.compilePlan(found, plan.seed)).traceHash,
    original: { ...summary(plan, result), again: again(plan).traceHash },
    shrunk: shrunk && {
      ...summary(shrunk.plan, shrunk.result),
      again: again(shrunk.plan).traceHash,
    },
  };
}

function summary({ faults, clients }, { violation, traceHash }) {
  const operations = clients.reduce((sum, client) => sum + client.operations.length, 0);
  return { invariant: violation.invariant, size: faults.length + operations, traceHash };
}
