// Reads that were answered from the past, though perhaps no client can tell.

import { describe, expect, it } from 'vitest';
import { ReadJudge } from '../../src/check/invariant/fresh-reads.js';
import { hunt } from '../mutants/hunting.js';
import { MUTANTS } from '../mutants/mutants.js';

describe('a read', () => {
  it('may see all that was committed when it was asked, or more', () => {
    const judge = new ReadJudge();
    judge.began(7, 12);
    expect(judge.answered(7, 2, 12)).toBeNull();
    expect(judge.answered(7, 2, 15)).toBeNull();
  });

  it('may not see less', () => {
    const judge = new ReadJudge();
    judge.began(7, 12);
    expect(judge.answered(7, 2, 11)).toEqual({
      id: 7,
      member: 2,
      appliedIndex: 11,
      committedIndex: 12,
    });
  });

  it('counts no more when its client has given up', () => {
    const judge = new ReadJudge();
    judge.began(7, 12);
    judge.ended(7);
    expect(judge.answered(7, 2, 3)).toBeNull();
    expect(judge.answered(8, 2, 3)).toBeNull();
  });

  it('of the past is found in a run whose history is linearizable', async () => {
    const { id, changes } = MUTANTS.find((mutant) => mutant.id === 'read-round-reused')!;
    const caughtBy = ['READ-SEES-COMMITTED'];
    const seeds = { seedFrom: 22, seedTo: 22 };
    const caught = await hunt({ id, changes, scenario: 'late-messages', caughtBy, ...seeds });
    expect(caught.message).toMatch(
      /^n\d answered c\d's get k\d+ from what it had applied, through index \d+, but index \d+ was committed before/,
    );
  });
});
