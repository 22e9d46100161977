// Failures are one kind when only numbers, members and values differ.

import { expect, test } from 'vitest';
import { Buckets, signatureOf } from '../../src/fuzz/buckets.js';
import type { RunResult } from '../../src/scenario/result.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { fakeEngine, fakeScenario } from './fake-engine.js';

const passing = fakeEngine().runPlan(compilePlan(fakeScenario(), '1'));

function failing(seed: string, invariant: string, message: string): RunResult {
  const violation = { invariant, message, event: 1, timeUs: 1 };
  return { ...passing, seed, verdict: 'violation', violation, reason: message };
}

test('a signature leaves out what differs from run to run', () => {
  expect(signatureOf('n3 leads term 72 with "k1 \\" x" at [1, 2]')).toBe(
    signatureOf('n1 leads term 8 with "k2" at [7]'),
  );
  expect(signatureOf('n3 leads term 72')).not.toBe(signatureOf('n3 follows in term 72'));
});

test('the first failure of a kind opens a bucket, the others go into it', () => {
  const buckets = new Buckets();
  expect(buckets.add(failing('1', 'A', 'n1 leads term 2'))).toBe(true);
  expect(buckets.add(failing('2', 'A', 'n4 leads term 9'))).toBe(false);
  expect(buckets.add(failing('3', 'B', 'n4 leads term 9'))).toBe(true);
  expect(buckets.list()).toMatchObject([
    { finding: 'A', count: 2, runs: ['fake 1', 'fake 2'] },
    { finding: 'B', count: 1, runs: ['fake 3'] },
  ]);
});
