// What can be done with a failure file: shrink it, keep it as a regression, compare it with another.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatFailure, parseFailure } from '../../src/report/failure.js';
import {
  formatRegression,
  parseRegression,
  type Regression,
} from '../../src/scenario/regression.js';
import type { FakeRules } from '../fuzz/fake-engine.js';
import { brokenA, failsFor, setup, VERSION } from './commands.js';

const FILE = 'reports/one-2/failure.json';
const KEPT = 'scenarios/regressions/lost-vote.json';

/** Fails when there is a fault, and so can become smaller, but not empty. */
const rules: FakeRules = {
  finding: ({ seed, faults }) => (seed === '2' && faults.length > 0 ? brokenA : null),
};

async function failed(options: { readonly rules?: FakeRules; readonly seconds?: number } = {}) {
  const all = setup(options.rules ?? rules);
  await all.run('run', 'one', '--seed', '2', '--shrink-time', String(options.seconds ?? 0));
  const failure = (file = FILE) =>
    parseFailure(readFileSync(all.path(file), 'utf8'), file, VERSION);
  return { ...all, failure };
}

describe('shrink', () => {
  test('writes the smaller plan and its story into the file', async () => {
    const { run, failure, path } = await failed();
    expect(failure().shrunk).toBeNull();
    const { code, stdout } = await run('shrink', FILE);
    expect(code).toBe(1);
    const shrunk = failure().shrunk!;
    expect(shrunk.plan.faults).toHaveLength(1);
    expect(shrunk.finished).toBe(true);
    expect(shrunk.story).toHaveLength(1);
    expect(stdout).toMatch(/ {2}shrunk {3}\d+ -> 1 faults, 330 -> 0 ops, 3 -> 1 members/);
    expect(stdout).toContain('  story     1. 0.001 s  A: 1 faults and 0 operations\n');
    expect(existsSync(path('reports/one-2/shrunk.html'))).toBe(true);
  });

  test('goes on where it stopped', async () => {
    const { run, failure } = await failed({ seconds: 60 });
    const before = failure().shrunk!;
    await run('shrink', FILE);
    const after = failure().shrunk!;
    expect(after.plan.faults).toHaveLength(before.plan.faults.length);
    expect(after.runs).toBeGreaterThanOrEqual(before.runs);
  });

  test('says so when the plan no longer fails', async () => {
    const { path } = await failed();
    const mended = setup();
    const { writeFileSync: write } = await import('node:fs');
    write(mended.path('failure.json'), readFileSync(path(FILE)));
    const { code, stdout } = await mended.run('shrink', 'failure.json');
    expect(code).toBe(0);
    expect(stdout).toBe('nothing to shrink: at this commit A does not fail: it passes\n');
  });

  test.each([
    [
      '--shrink-time soon',
      '--shrink-time soon: not a time; give seconds, or for example 90s, 2m, 1h',
    ],
    ['--shrink-time -1', '--shrink-time -1: not a time'],
  ])('%s is a usage error', async (flags, message) => {
    const { run } = await failed();
    const { code, stderr } = await run('shrink', FILE, ...flags.split(' '));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('promote', () => {
  test('keeps the smaller plan as a regression that fails until the bug is mended', async () => {
    const { run, path, failure } = await failed({ seconds: 60 });
    const { code, stdout } = await run(
      'promote',
      FILE,
      '--name',
      'lost-vote',
      '--about',
      'Issue 7.',
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`  run it   npx simquake regress ${KEPT}\n`);
    const kept = parseRegression(readFileSync(path(KEPT), 'utf8'), KEPT);
    expect(kept.plan.faults).toEqual(failure().shrunk!.plan.faults);
    expect(kept.once).toMatchObject({ invariant: 'A', simquake: VERSION });
    expect(kept.about).toBe('Issue 7.');
    const again = await run('regress');
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('FAIL   lost-vote  again violation: A: ');
  });

  test('overwrites nothing', async () => {
    const { run } = await failed();
    await run('promote', FILE, '--name', 'lost-vote');
    const { code, stderr } = await run('promote', FILE, '--name', 'lost-vote');
    expect(code).toBe(2);
    expect(stderr).toBe(`error: ${KEPT}: is there already; choose another --name, or remove it\n`);
  });

  test('needs a name that can be a file, and a violation', async () => {
    const { run } = await failed({ rules: failsFor(['2'], { verdict: 'vacuous' }) });
    expect((await run('promote', FILE, '--name', '../x')).stderr).toContain('not a name');
    const { code, stderr } = await run('promote', FILE, '--name', 'x');
    expect(code).toBe(2);
    expect(stderr).toContain('ends as vacuous, without a broken invariant');
  });
});

describe('regress', () => {
  /** The regression of a bug that has been mended, after an edit. */
  async function mended(edit: (regression: Regression) => Regression = (same) => same) {
    const { run: runBroken, path: from } = await failed({ seconds: 60 });
    await runBroken('promote', FILE, '--name', 'lost-vote');
    const all = setup();
    const regression = parseRegression(readFileSync(from(KEPT), 'utf8'), KEPT);
    writeFileSync(all.path('lost-vote.json'), formatRegression(edit(regression)));
    return all;
  }

  test('passes once the bug is mended', async () => {
    const { run } = await mended();
    const { code, stdout } = await run('regress', 'lost-vote.json');
    expect(code).toBe(0);
    expect(stdout).toBe('ok     lost-vote  once A\n1 regressions: 1 pass, 0 stale, 0 fail\n');
    const json = await run('regress', 'lost-vote.json', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'lost-vote', verdict: 'pass' });
  });

  test('calls a regression stale that does less than it did', async () => {
    for (const exercised of [
      { faults: 2, operations: 0 },
      { faults: 1, operations: 5 },
    ]) {
      const { run } = await mended((regression) => ({ ...regression, exercised }));
      const { code, stdout } = await run('regress', 'lost-vote.json');
      expect(code).toBe(5);
      expect(stdout).toMatch(/^STALE {2}lost-vote {2}\d of its (faults|operations)/);
    }
  });

  test.each([
    ['nowhere', 'nowhere: no such file or folder'],
    ['package.json', 'package.json: not a regression: '],
    ['scenarios/one.ts', 'scenarios/one.ts: not JSON: '],
  ])('regress %s is a usage error', async (path, message) => {
    const { code, stderr } = await setup().run('regress', path);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${message}`);
  });
});

describe('diff', () => {
  test('finds a run equal to itself', async () => {
    const { run } = await failed();
    const { code, stdout } = await run('diff', FILE, FILE);
    expect(code).toBe(0);
    expect(stdout).toContain('the same run: ');
  });

  test('names the first event that differs, with both sides', async () => {
    const { run, path, failure } = await failed();
    const { checksum: _, ...other } = { checksum: '', ...failure() };
    const plan = { ...other.original.plan, seed: '3' };
    writeFileSync(
      path('other.json'),
      formatFailure({ ...other, original: { ...other.original, plan } }),
    );
    const { code, stdout } = await run('diff', FILE, 'other.json', '--context', '2');
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^the runs differ from event \d+ at \d+ us on \(trace event \d+ of 2500\)\n/,
    );
    expect(stdout.match(/^ > /gm)).toHaveLength(2);
  });

  test('says which file cannot be read', async () => {
    const { code, stderr } = await setup().run('diff', 'a.json', 'b.json');
    expect(code).toBe(2);
    expect(stderr).toContain('error: a.json: cannot be read (ENOENT)');
  });
});
