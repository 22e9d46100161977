// What exploration finds is a failure like any other: its file has the plan, which replays, shrinks and is promoted.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseFailure } from '../../src/report/failure.js';
import type { Plan } from '../../src/scenario/plan.js';
import type { FakeRules } from '../fuzz/fake-engine.js';
import { brokenA, setup, VERSION } from './commands.js';

const FUZZ = ['fuzz', 'scenarios', '--seed', '7', '--jobs', '1', '--no-corpus'];

/** Made-up scenarios have crashes only, and one seed. */
const VARIED: Readonly<Record<string, (plan: Plan) => boolean>> = {
  pct: ({ faults }) => faults.some(({ kind }) => kind === 'degrade'),
  branch: ({ reseed = [] }) => reseed.length > 0,
  novelty: ({ reseed = [], faults }) => reseed.length > 0 && faults.length > 0,
};

describe.each(Object.entries(VARIED))('a failure found by %s', (strategy, isVaried) => {
  const rules: FakeRules = { finding: (plan) => (isVaried(plan) ? brokenA : null) };

  test('replays, is shrunk and can be promoted', async () => {
    const { run, path } = setup(rules);
    const flags = ['--explore', strategy, '--seeds', '60', '--shrink-time', '20', '--bail', '1'];
    const { code, stdout } = await run(...FUZZ, ...flags);
    expect(code).toBe(1);
    expect(stdout).toContain(`  explore ${strategy}\n`);
    expect(stdout).toMatch(/ run {6}scenario \w+, a plan that grew from that of seed \d+\n/);
    const folder = /simquake replay (reports\/\w+-\d+-[0-9a-f]{8})\/failure\.json/.exec(
      stdout,
    )![1]!;
    expect(stdout).not.toContain('simquake run ');
    const file = `${folder}/failure.json`;
    const failure = parseFailure(readFileSync(path(file), 'utf8'), file, VERSION);
    expect(isVaried(failure.original.plan)).toBe(true);
    expect(isVaried(failure.shrunk!.plan)).toBe(true);
    expect(failure.shrunk!.plan.faults.length).toBeLessThanOrEqual(1);

    expect((await run('replay', file)).stdout).toContain('agree: this is the recorded run');
    expect((await run('replay', file, '--shrunk')).stdout).toContain('this is the recorded run');
    expect((await run('shrink', file, '--jobs', '1', '--shrink-time', '5')).code).toBe(1);
    expect((await run('promote', file, '--name', strategy)).code).toBe(0);
    const regress = await run('regress');
    expect(regress.code).toBe(1);
    expect(regress.stdout).toContain('A');
  });

  test('is saved in the corpus, and runs first next time', async () => {
    const { run, path } = setup(rules);
    const flags = [...FUZZ.slice(0, -1), '--explore', strategy, '--shrink-time', '0'];
    await run(...flags, '--seeds', '60', '--bail', '1');
    expect(existsSync(path('.simquake'))).toBe(true);
    const { stdout } = await run(...flags, '--seeds', '1');
    expect(stdout).toContain('1 of 1 saved failures ran: 1 fail, 0 mended, 0 stale\n');
  });
});

test('runs of a campaign say whether their plan is that of their seed', async () => {
  const { run } = setup();
  const { stdout } = await run(...FUZZ, '--explore', 'branch', '--seeds', '40', '--json');
  const varied = stdout.match(/"varied":true/g)!.length;
  expect(varied).toBeGreaterThan(10);
  expect(stdout.match(/"varied":false/g)!.length).toBe(40 - varied);
});

test('a strategy that there is not is a usage error', async () => {
  const { run } = setup();
  const { code, stderr } = await run(...FUZZ, '--seeds', '1', '--explore', 'novelti');
  expect(code).toBe(2);
  expect(stderr).toContain('--explore novelti: no strategy; did you mean novelty? give one of ');
});
