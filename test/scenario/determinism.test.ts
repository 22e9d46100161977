// The promise of the project: a run is a pure function of commit, scenario and seed. 200 seeds, forwards,
// backwards and in another process, against stored hashes; a few without the JIT compiler.
// After a change that alters runs on purpose: SIMQUAKE_STORE_HASHES=1 npx vitest run test/scenario/determinism

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { everything } from '../../scenarios/everything.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';

const STORED = join(import.meta.dirname, '..', 'data', 'trace-hashes.json');
const ELSEWHERE = join(import.meta.dirname, 'trace-hashes.mjs');
const SEEDS = Array.from({ length: 200 }, (_, i) => String(i + 1));

function hashOf(seed: string): string {
  return runPlan(compilePlan(everything, seed)).traceHash;
}

function hashesElsewhere(seeds: readonly string[], flags: readonly string[]): string[] {
  const out = execFileSync(process.execPath, [...flags, ELSEWHERE, ...seeds], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  return out.trim().split('\n');
}

describe('a run', () => {
  const forwards = new Map(SEEDS.map((seed) => [seed, hashOf(seed)]));

  it('is the same as when its hash was stored', () => {
    if (process.env.SIMQUAKE_STORE_HASHES === '1') {
      writeFileSync(STORED, `${JSON.stringify(Object.fromEntries(forwards), null, 1)}\n`);
    }
    const stored = JSON.parse(readFileSync(STORED, 'utf8')) as Record<string, string>;
    expect(Object.keys(stored)).toHaveLength(SEEDS.length);
    expect(Object.fromEntries(forwards)).toEqual(stored);
  });

  it('does not depend on the runs before it', () => {
    const backwards = [...SEEDS].reverse().map((seed): [string, string] => [seed, hashOf(seed)]);
    expect(new Map(backwards.reverse())).toEqual(forwards);
  });

  it('is the same in another process', () => {
    expect(hashesElsewhere(SEEDS, [])).toEqual([...forwards.values()]);
  });

  it('is the same without the JIT compiler', () => {
    const few = SEEDS.slice(0, 3);
    expect(hashesElsewhere(few, ['--jitless'])).toEqual(few.map((seed) => forwards.get(seed)));
  });

  it('is the same whether messages cross the wire or not', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const plan = compilePlan(everything, seed);
      expect(runPlan(plan, { wire: false }).traceHash).toBe(forwards.get(seed));
    }
  });

  it('differs from the runs of other seeds', () => {
    expect(new Set(forwards.values()).size).toBe(SEEDS.length);
  });
});
