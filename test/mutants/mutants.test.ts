// The planted bugs still are bugs: each text to replace occurs exactly once. And a sample of them is
// hunted down here; `npm run mutants` hunts all.

import { describe, expect, it } from 'vitest';
import { hunt, isCaught } from './hunting.js';
import { mutate } from './mutant.js';
import { MUTANTS } from './mutants.js';

const SAMPLE = ['vote-reply-before-fsync', 'apply-before-commit', 'txn-partially-applied'];

describe('planted bugs', () => {
  it('are at least twenty, each with an id of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(MUTANTS.map((mutant) => mutant.id)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)('$id changes exactly one place', (mutant) => {
    expect(mutate(mutant)).not.toBe('');
  });

  it.each(SAMPLE)('%s is caught by the invariant one expects', async (id) => {
    const mutant = MUTANTS.find((candidate) => candidate.id === id)!;
    const caught = await hunt(mutant);
    expect(isCaught(mutant, caught), JSON.stringify(caught)).toBe(true);
  });
});
