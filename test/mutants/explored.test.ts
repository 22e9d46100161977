// With a bug planted in the node: what exploration has changed fails, replays from its plan alone, and shrinks.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutate, ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';

interface Had {
  readonly invariant: string;
  /** Faults and operations. */
  readonly size: number;
  readonly traceHash: string;
  /** Trace hash of the plan after it was text. */
  readonly again: string;
}

interface Answer {
  /** Trace hash of the plan that the seed draws. */
  readonly seedAlone: string;
  readonly original: Had;
  readonly shrunk: Had | null;
}

/** One run in ten or so fails: soon enough, and late enough for a strategy to have something to go by. */
const BUG = MUTANTS.find(({ id }) => id === 'up-to-date-by-index-only')!;

describe.each(['pct', 'branch', 'novelty'])('a plan that %s has made', (strategy) => {
  it('fails, replays and shrinks', () => {
    const { id, changes, scenario } = BUG;
    const sources = mutate(id, changes);
    const input = { root: ROOT, sources, scenario, strategy, runsMax: 600, shrinkRuns: 25 };
    const script = join(import.meta.dirname, 'explored.mjs');
    const out = execFileSync(process.execPath, [script, JSON.stringify(input)], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const answer = JSON.parse(out) as Answer | null;
    expect(answer).not.toBeNull();
    const { original, shrunk, seedAlone } = answer!;
    expect(original.traceHash).not.toBe(seedAlone);
    expect(original.again).toBe(original.traceHash);
    expect(shrunk?.invariant).toBe(original.invariant);
    expect(shrunk!.size).toBeLessThan(original.size / 2);
    expect(shrunk!.again).toBe(shrunk!.traceHash);
  });
});
