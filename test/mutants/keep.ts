// `npm run mutants:keep -- <bug…>`: finds a failure of each planted bug, shrinks it, and keeps it as a regression in
// scenarios/regressions. The tests run it with the bug, where it must fail, and without, where it must not.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engine } from '../../src/fuzz/worker.js';
import {
  formatRegression,
  judgeRegression,
  REGRESSION_FORMAT,
  type Regression,
} from '../../src/scenario/regression.js';
import type { RunResult } from '../../src/scenario/result.js';
import { mutate, ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';

interface Kept {
  readonly plan: Regression['plan'];
  readonly result: RunResult;
  readonly story: string[];
}

const SECONDS_MAX = 120;

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();

for (const id of process.argv.slice(2)) {
  const mutant = MUTANTS.find((one) => one.id === id);
  if (mutant === undefined) throw new Error(`no mutant is called ${id}`);
  const { changes, harmless = [], scenario, caughtBy, seedsMax, bug } = mutant;
  const sources = mutate(id, [...changes, ...harmless]);
  const input = { root: ROOT, sources, scenario, caughtBy, seedsMax, faultsMin: 1 };
  const out = execFileSync(
    process.execPath,
    [
      join(import.meta.dirname, 'shrink.mjs'),
      JSON.stringify({ ...input, secondsMax: SECONDS_MAX, keep: true }),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const found = JSON.parse(out) as Kept | null;
  if (found?.plan === undefined) throw new Error(`${id}: no smaller failure was found`);
  const { plan, result, story } = found;
  const { invariant, message } = result.violation!;
  const regression: Regression = {
    format: REGRESSION_FORMAT,
    name: id,
    about: `${bug}.`,
    once: { invariant, message, simquake: version, commit, dirty: true, bug: id },
    exercised: { faults: result.faults.effective, operations: result.operations.ok },
    story,
    plan: { ...plan, operationsMin: 0 },
  };
  const verdict = judgeRegression(regression, engine.runPlan(regression.plan));
  process.stdout.write(
    `${id}: ${plan.faults.length} faults; without the bug: ${verdict.verdict} ${verdict.reason}\n`,
  );
  if (verdict.verdict !== 'pass') continue;
  const file = join(ROOT, 'scenarios', 'regressions', `${id}.json`);
  writeFileSync(file, formatRegression(regression));
}
