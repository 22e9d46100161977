// Every bug planted in the checkers is found by the battery, and nothing is found in them as they are.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECKER_MUTANTS } from './checker-mutants.js';
import { DOCUMENT_FILE } from './document.js';
import { kill } from './killing.js';

/** Twenty seconds of one core where nothing is found, and several at once. */
const ANY_KILL_MS = 400_000;

describe('bugs planted in the checkers', () => {
  it('are at least thirty, each in the document', () => {
    const ids = CHECKER_MUTANTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(30);
    const text = readFileSync(DOCUMENT_FILE, 'utf8');
    expect(ids.filter((id) => !text.includes(`| ${id} |`))).toEqual([]);
  });

  it(
    'are not found where there are none',
    async () => {
      expect((await kill('none', [])).found).toBeNull();
      expect((await kill('none', [], { battery: 'isolation-battery' })).found).toBeNull();
    },
    ANY_KILL_MS,
  );

  it.concurrent.each(CHECKER_MUTANTS)(
    '$id is found',
    async ({ id, changes, look }) => {
      expect((await kill(id, changes, look)).found).not.toBeNull();
    },
    ANY_KILL_MS,
  );
});
