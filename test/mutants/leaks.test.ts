// Nondeterminism is caught and located: planted leaks of several kinds make a run depend on something besides commit,
// scenario and seed, and the first event that differs is named with both sides.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareRecorded, type RecordedRun } from '../../src/fuzz/divergence.js';
import { LEAKS, type Leak } from './leaks.js';
import { mutate, ROOT } from './mutant.js';

interface Answer extends RecordedRun {
  readonly verdict: string;
  readonly reason: string;
}

function runLeaking({ id, changes }: Leak, outside: string): Answer {
  const input = JSON.stringify({ root: ROOT, sources: mutate(`leak ${id}`, changes), seed: '1' });
  const out = execFileSync(process.execPath, [join(import.meta.dirname, 'leak.mjs'), input], {
    encoding: 'utf8',
    env: { ...process.env, SIMQUAKE_LEAK: outside },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(out) as Answer;
}

/** A file that is there while the test runs. */
function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simquake-leak-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'real'), '');
  return join(folder, 'real');
}

/** The two sides of the first difference are the same moment told differently: an election that comes sooner or later. */
function expectElection(first: string, second: string): void {
  const [a, b] = [first, second].map((line) => JSON.parse(line) as { t: number; kind: string });
  expect(Math.max(a!.t, b!.t)).toBeLessThan(5_000_000);
  expect(`${first}${second}`).toMatch(/Vote|candidate/);
}

describe('a planted leak', () => {
  it.each(LEAKS.filter(({ shows }) => shows === 'runs'))(
    'is caught by running a seed twice: $id',
    (leak) => {
      const { verdict, reason } = runLeaking(leak, file());
      expect(verdict).toBe('nondeterminism');
      const located =
        /^two runs of one seed first differ in event (\d+) at (\d+) us: (\{.*\}) against (\{.*\})$/.exec(
          reason,
        );
      expect(located, reason).not.toBeNull();
      expectElection(located![3]!, located![4]!);
    },
  );

  it.each(LEAKS.filter(({ shows }) => shows === 'processes'))(
    'is caught by comparing processes: $id',
    (leak) => {
      const [first, second] = [runLeaking(leak, 'a,b'), runLeaking(leak, 'b,a')];
      expect(first.verdict).toBe('pass');
      expect(runLeaking(leak, 'a,b').result.traceHash).toBe(first.result.traceHash);
      expect(second.result.traceHash).not.toBe(first.result.traceHash);
      const divergence = compareRecorded(first, second);
      expect(divergence?.place).toMatch(/^event \d+ at \d+ us$/);
      expectElection(divergence!.first, divergence!.second);
    },
  );
});
