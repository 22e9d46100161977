// A scenario as a check that throws: what the vitest integration runs inside a test.
// Not here: vitest itself (index.ts), so that this can be tested with any engine.

import { breathe } from '../fuzz/campaign.js';
import type { Engine } from '../fuzz/engine.js';
import type { SeedList } from '../fuzz/seeds.js';
import { judgeRegression, type Regression } from '../scenario/regression.js';
import type { Scenario } from '../scenario/scenario.js';

/**
 * Runs the seeds in order and throws at the first that does not pass.
 *
 * @throws Error with verdict, violation and the one command that has the run again
 */
export async function checkSeeds(
  engine: Engine,
  scenario: Scenario,
  seeds: SeedList,
): Promise<void> {
  for (let i = 0; i < seeds.count; i++) {
    const seed = seeds.at(i);
    const result = engine.runPlan(engine.compilePlan(scenario, seed));
    if (result.verdict !== 'pass') {
      const { verdict, violation, reason } = result;
      const what = violation === null ? reason : `${violation.invariant}: ${violation.message}`;
      throw new Error(
        `${verdict}: ${what}\nrun it again: npx simquake run ${scenario.name} --seed ${seed}`,
      );
    }
    // The test runner's own messages get a turn between two runs.
    await breathe();
  }
}

/**
 * Runs the plan of a regression.
 *
 * @throws Error if something is broken, or if it no longer does what it was made for
 */
export function checkRegression(engine: Engine, regression: Regression, folder: string): void {
  const { verdict, reason } = judgeRegression(regression, engine.runPlan(regression.plan));
  if (verdict === 'pass') return;
  const again = `npx simquake regress ${folder}/${regression.name}.json`;
  throw new Error(`${verdict}: ${reason}\nrun it again: ${again}`);
}

/**
 * The number of seeds that SIMQUAKE_SEEDS asks for, if it is more than the test's own.
 *
 * @throws Error if the variable is no number
 */
export function raisedCount(own: number, variable: string | undefined): number {
  if (variable === undefined || variable === '') return own;
  if (!/^[1-9][0-9]{0,8}$/.test(variable)) {
    throw new Error(`SIMQUAKE_SEEDS is ${variable}: not a count; give a whole number from 1`);
  }
  return Math.max(own, Number(variable));
}
