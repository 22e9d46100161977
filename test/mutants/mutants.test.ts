// Every planted bug is found: the seed that caught it when all were hunted (`npm run mutants -- --store`)
// breaks the same invariant again, and the node without the bug passes that seed. A bug that no run can
// show stays hidden on such seeds as well; were it seen, its reason would be wrong.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, type Scenario } from '../../src/scenario/scenario.js';
import { hunt } from './hunting.js';
import { mutate, ROOT } from './mutant.js';
import { HIDDEN, MUTANTS } from './mutants.js';
import { DOCUMENT_FILE, storedCatches } from './record.js';

const CATCHES = storedCatches();
/** Some seconds of CPU at most, several hunts at once, on a machine that may have other work. */
const ANY_HUNT_MS = 300_000;

async function verdictOf(scenario: string, seed: string): Promise<string> {
  const module = (await import(join(ROOT, 'scenarios', `${scenario}.ts`))) as Record<
    string,
    Scenario
  >;
  const result = runPlan(compilePlan(Object.values(module)[0]!, seed));
  return result.verdict === 'pass' ? 'pass' : `${result.verdict}: ${result.reason}`;
}

describe('planted bugs', () => {
  it('are at least thirty, each with an id, a catch and a place in the document of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(30);
    const ids = [...MUTANTS, ...HIDDEN].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(CATCHES).sort()).toEqual(MUTANTS.map(({ id }) => id).sort());
    const text = readFileSync(DOCUMENT_FILE, 'utf8');
    expect(ids.filter((id) => !text.includes(`**${id}**`))).toEqual([]);
  });

  it.each([...MUTANTS, ...HIDDEN])('$id changes exactly what it says', ({ id, changes }) => {
    for (const source of Object.values(mutate(id, changes))) expect(source).not.toBe('');
  });

  it.concurrent.each(MUTANTS)(
    '$id is caught by the invariant one expects',
    async (mutant) => {
      const { id, scenario, caughtBy, changes, harmless = [] } = mutant;
      const { seed, invariant } = CATCHES[id]!;
      expect(caughtBy).toContain(invariant);
      const only = { id, scenario, caughtBy, seedFrom: Number(seed), seedTo: Number(seed) };
      const caught = await hunt({ ...only, changes: [...changes, ...harmless] });
      expect(caught.invariant, JSON.stringify(caught)).toBe(invariant);
      expect(await verdictOf(scenario, seed), 'without the bug').toBe('pass');
      if (harmless.length === 0) return;
      const alone = await hunt({ ...only, changes: harmless });
      expect(alone, 'the harmless change by itself').toMatchObject({ invariant: null, others: {} });
    },
    ANY_HUNT_MS,
  );

  it.concurrent.each(HIDDEN)(
    '$id stays hidden',
    async ({ id, scenario, changes }) => {
      const seen = await hunt({ id, scenario, changes, caughtBy: [], seedFrom: 1, seedTo: 10 });
      expect(seen.others).toEqual({});
    },
    ANY_HUNT_MS,
  );
});
