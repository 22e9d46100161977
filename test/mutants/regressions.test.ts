// Regressions: plans that once failed pass today, each doing what it was made for; and those of planted bugs fail
// with their bug, so that none of them has become a test of nothing.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRegressions } from '../../src/scenario/regression-files.js';
import { regressions } from '../../src/vitest/index.js';
import { rerun } from './hunting.js';
import { ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';

const FOLDER = join(ROOT, 'scenarios', 'regressions');
const planted = readRegressions(FOLDER, 'scenarios/regressions').filter(
  ({ regression }) => regression.once.bug !== undefined,
);

regressions('scenarios/regressions');

describe('the regression of a planted bug', () => {
  it('exists for ten bugs and more', () => {
    expect(planted.length).toBeGreaterThanOrEqual(10);
  });

  it.concurrent.each(planted)(
    'fails with the bug: $regression.name',
    async ({ file, regression }) => {
      const { bug, invariant } = regression.once;
      const mutant = MUTANTS.find(({ id }) => id === bug)!;
      const changes = [...mutant.changes, ...(mutant.harmless ?? [])];
      const broken = await rerun(mutant.id, changes, { file, invariant });
      expect(broken?.invariant).toBe(invariant);
    },
    300_000,
  );
});
