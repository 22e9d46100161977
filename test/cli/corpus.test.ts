// The corpus of campaigns: what is saved, what runs first the next time, and `simquake corpus`.

import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FakeRules, type Finding, operationsOf } from '../fuzz/fake-engine.js';
import { brokenA, setup } from './commands.js';

const FUZZ = ['fuzz', 'scenarios', '--jobs', '1', '--shrink-time', '0'];
const MANY = [...FUZZ, '--seed', '7', '--seeds', '40'];
/** The same, but of what fails alike one plan is saved. */
const ONE_EACH = [...MANY, '--per-finding', '1'];
/** One run, and it passes. */
const FEW = [...FUZZ, '--seed', '9', '--seeds', '1'];

/** Breaks A for one seed in three until it is mended. */
function breakable() {
  let finding: Finding | null = brokenA;
  let stale = false;
  const rules: FakeRules = {
    finding: (plan) => {
      if (stale) return { verdict: 'vacuous' };
      return Number(plan.seed) % 3 === 0 ? finding : null;
    },
  };
  return {
    rules,
    become: (next: Finding | null) => {
      finding = next;
    },
    goStale: () => {
      stale = true;
    },
  };
}

function recordsOf(stdout: string) {
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { type: string; state: string; plan: { seed: string } });
}

describe('a campaign', () => {
  test('saves every failure, each plan once, and runs those first the next time', async () => {
    const { run, path } = setup(breakable().rules);
    const first = await run(...MANY, '--json');
    expect(first.stdout).not.toContain('saved');
    expect(existsSync(path('.simquake/corpus/data.mdb'))).toBe(true);
    const failed = first.stdout
      .split('\n')
      .filter((line) => line.includes('"verdict":"violation"')).length;
    expect(failed).toBeGreaterThan(5);
    const list = await run('corpus', 'list');
    expect(list.code).toBe(0);
    expect(list.stdout.split('\n').slice(0, -2)).toHaveLength(failed);
    expect(list.stdout).toMatch(
      /^(?:[0-9a-f]{12} {2}fails {4}(?:one|two) \d+ {2}A {2}# faults and # operations\n)+\d+ records\n$/,
    );
    await run(...MANY);
    expect((await run('corpus', 'list')).stdout).toBe(list.stdout);
    const { code, stdout } = await run(...FEW);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nFAIL {2}saved [0-9a-f]{12}, \w+ \d+: again violation: A: /);
    expect(stdout).toMatch(/\n {2}again {4}npx simquake run \w+ --seed \d+\n/);
    // Three of a kind are enough to show that it is not mended.
    expect(stdout).toContain(
      `\n3 of ${failed} saved failures ran: 3 fail, 0 mended, 0 stale, ${failed - 3} more of the same not needed\n`,
    );
  });

  test('saves the shrunk plan of a failure too', async () => {
    const { run } = setup(breakable().rules);
    await run(...FUZZ.slice(0, -1), '20', '--seed', '7', '--seeds', '40');
    const { stdout } = await run('corpus', 'list', '--json');
    const records = recordsOf(stdout) as unknown as { plan: Parameters<typeof operationsOf>[0] }[];
    const sizes = records.map(({ plan }) => operationsOf(plan)).sort((a, b) => a - b);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes[0]).toBeLessThan(sizes[1]!);
    const min = await run('corpus', 'min');
    expect(min.code).toBe(0);
    const { length } = sizes;
    expect(min.stdout).toContain(`${length - 1} of ${length} records removed, 1 left: `);
    const [left] = recordsOf(
      (await run('corpus', 'list', '--json')).stdout,
    ) as unknown as typeof records;
    expect(operationsOf(left!.plan)).toBe(sizes[0]);
  });

  test('calls a saved failure mended, and fails again if it comes back', async () => {
    const { rules, become } = breakable();
    const { run } = setup(rules);
    await run(...ONE_EACH);
    become(null);
    const mended = await run(...FEW);
    expect(mended.code).toBe(0);
    expect(mended.stdout).toContain('1 of 1 saved failures ran: 0 fail, 1 mended, 0 stale; ');
    expect(recordsOf((await run('corpus', 'list', '--json')).stdout)[0]?.state).toBe('mended');
    become({ verdict: 'violation', invariant: 'B' });
    const back = await run(...FEW, '--json');
    expect(back.code).toBe(1);
    expect(back.stdout).toMatch(/^\{"type":"saved","key":"[0-9a-f]{64}","state":"fails"/);
    become(null);
    await run(...FEW);
    const prune = await run('corpus', 'prune');
    expect(prune).toMatchObject({ code: 0 });
    expect(prune.stdout).toContain('0 damaged, 1 mended, 0 stale removed; 0 left\n');
    expect((await run('corpus', 'list')).stdout).toBe('0 records\n');
  });

  test('does not call mended what no longer tests anything', async () => {
    const { rules, goStale } = breakable();
    const { run } = setup(rules);
    await run(...ONE_EACH);
    goStale();
    expect((await run(...FEW)).stdout).toContain('saved failures ran: 0 fail, 0 mended, 1 stale');
  });

  test('runs all that are saved of a finding before it calls it mended', async () => {
    const { rules, become } = breakable();
    const { run } = setup(rules);
    await run(...MANY);
    const { length } = recordsOf((await run('corpus', 'list', '--json')).stdout);
    become(null);
    expect((await run(...FEW)).stdout).toContain(
      `${length} of ${length} saved failures ran: 0 fail, ${length} mended, 0 stale; `,
    );
  });

  test('saves no more of a kind than it should, and the smallest of them', async () => {
    const all = setup(breakable().rules);
    await all.run(...MANY);
    const few = setup(breakable().rules);
    await few.run(...MANY, '--per-finding', '3');
    const sizes = async ({ run }: typeof all) =>
      recordsOf((await run('corpus', 'list', '--json')).stdout)
        .map(({ plan }) => JSON.stringify(plan).length)
        .sort((a, b) => a - b);
    expect(await sizes(few)).toEqual((await sizes(all)).slice(0, 3));
    await few.run(...MANY, '--per-finding', '3');
    expect(await sizes(few)).toHaveLength(3);
    const prune = await all.run('corpus', 'prune', '--per-finding', '2');
    expect(prune.stdout).toMatch(
      /^0 damaged, 0 mended, 0 stale, \d+ beyond 2 that fail alike removed; 2 left\n$/,
    );
    expect(await sizes(all)).toEqual((await sizes(few)).slice(0, 2));
  });

  test('saves nothing with --no-corpus', async () => {
    const { run, path } = setup(breakable().rules);
    await run(...MANY, '--no-corpus');
    expect(existsSync(path('.simquake'))).toBe(false);
  });

  test('says that its corpus is damaged', async () => {
    const { run, path } = setup(breakable().rules);
    await run(...ONE_EACH);
    truncateSync(path('.simquake/corpus/data.mdb'), 0);
    const { code, stderr } = await run(...FEW);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: \.simquake\/corpus: the corpus is damaged: .*; remove the folder/,
    );
  });
});

describe('simquake corpus', () => {
  test('merges the corpora of shards', async () => {
    const { run } = setup(breakable().rules);
    for (const shard of ['1/2', '2/2']) {
      await run(...ONE_EACH, '--shard', shard, '--corpus', `shard-${shard[0]}`);
    }
    const { code, stdout } = await run('corpus', 'merge', 'shard-1', 'shard-2');
    expect(code).toBe(0);
    expect(stdout).toBe('shard-1: 1 record, 1 of them new\nshard-2: 1 record, 1 of them new\n');
    const again = await run('corpus', 'merge', 'shard-1');
    expect(again.stdout).toBe('shard-1: 1 record, 0 of them new\n');
    expect((await run('corpus', 'list')).stdout).toMatch(/\n2 records\n$/);
  });

  test('tells a damaged record, and prunes it', async () => {
    const { run, path } = setup(breakable().rules);
    await run(...ONE_EACH);
    const file = path('.simquake/corpus/data.mdb');
    const bytes = readFileSync(file);
    // Old pages may hold it as well.
    for (let at = bytes.indexOf('"members"'); at !== -1; at = bytes.indexOf('"members"', at + 1)) {
      bytes[at + 1]! ^= 1;
    }
    writeFileSync(file, bytes);
    for (const command of [['corpus', 'list'], ['corpus', 'min'], FEW]) {
      const { code, stderr } = await run(...command);
      expect([command[0], code]).toEqual([command[0], 2]);
      expect(stderr).toMatch(
        /error: \.simquake\/corpus: record [0-9a-f]{12} is damaged; 'simquake corpus prune --corpus \S+' drops/,
      );
    }
    const prune = await run('corpus', 'prune');
    expect(prune.code).toBe(0);
    expect(prune.stdout).toMatch(
      /removed {2}[0-9a-f]{12} {2}damaged\n1 damaged, 0 mended, 0 stale/,
    );
    expect((await run('corpus', 'list')).code).toBe(0);
  });

  test.each([
    [['corpus', 'list'], '.simquake/corpus: no corpus is there'],
    [['corpus', 'min', '--corpus', 'none'], 'none: no corpus is there'],
    [['corpus', 'merge', 'none'], 'none: no corpus is there'],
    [
      ['corpus', 'merge', './mine', '--corpus', 'mine'],
      './mine: a corpus is not merged into itself',
    ],
    [['corpus', 'merge'], "missing required argument 'folder'"],
    [['corpus', 'lst'], "unknown command 'lst'"],
    [[...FEW, '--corpus', 'file/corpus'], 'file/corpus: no corpus can be kept there (ENOTDIR)'],
  ])('%j is a usage error', async (argv, message) => {
    const { run, path } = setup();
    mkdirSync(path('mine'));
    writeFileSync(path('file'), '');
    const { code, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
  });
});
