// Campaigns: what runs, how failures are sorted and reported, how they end.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FakeRules } from '../fuzz/fake-engine.js';
import { brokenA, setup } from './commands.js';

/** One seed in three fails, all alike. */
const rules: FakeRules = {
  finding: ({ seed }) => (Number(seed) % 3 === 0 ? brokenA : null),
};

const FUZZ = ['fuzz', 'scenarios', '--seed', '7', '--jobs', '1', '--shrink-time', '0'];

describe('a campaign', () => {
  test('runs so many new seeds, the same ones for the same base', async () => {
    const { run } = setup();
    const first = await run(...FUZZ, '--seeds', '6', '--json');
    expect(first.code).toBe(0);
    const seedsOf = (stdout: string) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; scenario?: string; seed?: string })
        .filter(({ type }) => type === 'run')
        .map(({ scenario, seed }) => `${scenario} ${seed}`);
    const runs = seedsOf(first.stdout);
    expect(runs).toHaveLength(6);
    expect(runs.filter((name) => name.startsWith('one '))).toHaveLength(3);
    expect(seedsOf((await run(...FUZZ, '--seeds', '6', '--json')).stdout)).toEqual(runs);
    const shards = await Promise.all(
      ['1/2', '2/2'].map((shard) => run(...FUZZ, '--seeds', '4', '--shard', shard, '--json')),
    );
    expect(new Set(shards.flatMap(({ stdout }) => seedsOf(stdout))).size).toBe(8);
  });

  test('ends when time is up', async () => {
    const { run } = setup();
    const { code, stdout } = await run(...FUZZ, '--time', '1s');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\n[1-9]\d* runs, \d+\.\d+ s virtual, 0 failed \(0 unique\), in [1-9] s\nmarks: /,
    );
  });

  test('files one failure of a kind, and counts the others', async () => {
    const { run, path } = setup(rules);
    const { code, stdout } = await run(...FUZZ, '--seeds', '40');
    expect(code).toBe(1);
    expect(stdout.match(/^FAIL {2}A {2}/gm)).toHaveLength(1);
    const count = Number(/^A {2}(\d+) runs {2}# faults and # operations$/m.exec(stdout)?.[1]);
    expect(count).toBeGreaterThan(5);
    expect(stdout).toMatch(new RegExp(`\\n40 runs, .* ${count} failed \\(1 unique\\), in `));
    const folder = /simquake replay (\S+)\/failure\.json/.exec(stdout)?.[1];
    expect(existsSync(path(folder!, 'report.html'))).toBe(true);
  });

  test('stops after so many failures', async () => {
    const { run } = setup(rules);
    const { stdout } = await run(...FUZZ, '--seeds', '1000', '--bail', '2');
    expect(stdout).toContain(' 2 failed (1 unique)');
  });

  test('runs regressions first', async () => {
    const { run, path } = setup(rules);
    await run('run', 'one', '--seed', '3', '--shrink-time', '0');
    await run('promote', 'reports/one-3/failure.json', '--name', 'of-old');
    const { code, stdout } = await run(...FUZZ, '--seeds', '1');
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  regression of-old: again violation: A: ');
    writeFileSync(path('scenarios/regressions/torn.json'), '{');
    expect((await run(...FUZZ, '--seeds', '1')).code).toBe(2);
  });
});

describe('reports of a campaign', () => {
  test('are written for CI systems, scripts and people', async () => {
    const { run, path } = setup(rules);
    const { stdout } = await run(...FUZZ, '--seeds', '40', '--report', 'junit,html,json');
    expect(stdout).toContain(
      'reports  reports/junit.xml, reports/campaign.html, reports/campaign.json',
    );
    const junit = readFileSync(path('reports/junit.xml'), 'utf8');
    expect(junit).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="simquake">/,
    );
    expect(junit.match(/<testsuite /g)).toHaveLength(2);
    expect(junit.match(/<failure message="\d+ faults and \d+ operations">/g)).toHaveLength(1);
    const json = JSON.parse(readFileSync(path('reports/campaign.json'), 'utf8')) as object;
    expect(json).toMatchObject({ type: 'campaign', runs: 40, failures: [{ finding: 'A' }] });
    const html = readFileSync(path('reports/campaign.html'), 'utf8');
    expect(html).toContain('<h2>A <span class="quiet">');
    const href = /href="([^"]+report\.html)"/.exec(html)?.[1];
    expect(existsSync(path('reports', href!))).toBe(true);
  });

  test('annotate a pull request', async () => {
    const { run } = setup(rules);
    const { stdout } = await run(...FUZZ, '--seeds', '40', '--report', 'github');
    expect(stdout).toMatch(
      /^::error file=scenarios\/\w+\.ts,title=A \(\w+%2C seed \d+\)::\d+ faults and \d+ operations%0Anpx simquake run/m,
    );
  });
});

describe('marks', () => {
  test('are counted, and one that is required and never reached makes a campaign vacuous', async () => {
    const { run } = setup();
    const free = await run(...FUZZ, '--seeds', '20', '--json');
    expect(free.code).toBe(0);
    const last = JSON.parse(free.stdout.trim().split('\n').at(-1)!) as { marks: object };
    expect(Object.values(last.marks).every((count) => count === 0)).toBe(true);
    const { code, stdout } = await run(
      ...FUZZ,
      '--seeds',
      '20',
      '--require-marks',
      'snapshot-installed',
    );
    expect(code).toBe(5);
    expect(stdout).toContain('VOID  never reached, though required: snapshot-installed\n');
  });

  test('can be listed', async () => {
    const { code, stdout } = await setup().run('list', '--marks');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'snapshot-installed\n  A member installed a snapshot that reached beyond its log.\n',
    );
  });
});

describe('a campaign that cannot be', () => {
  test.each([
    [[], 'a campaign has no end; give --time, for example 10m, or --seeds'],
    [['--time', 'long'], '--time long: not a time'],
    [['--seeds', '0'], '--seeds 0: not a count'],
    [['--seeds', '1', '--shard', '3/2'], '--shard 3/2: not a shard'],
    [['--seeds', '1', '--require-marks', 'all-member-down'], 'did you mean all-members-down?'],
    [['--seeds', '1', '--report', 'junt'], '--report junt: no kind of report; did you mean junit?'],
  ])('%j is a usage error', async (flags, message) => {
    const { run, path } = setup();
    mkdirSync(path('reports'));
    const { code, stderr } = await run('fuzz', 'scenarios', ...flags);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
  });
});
