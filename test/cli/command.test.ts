// The command run in-process with a made-up engine: output, exit codes, failure files, replays.
// Threads and signals are in built.test.ts.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFailure, parseFailure } from '../../src/report/failure.js';
import type { FakeRules } from '../fuzz/fake-engine.js';
import { brokenA, failsFor, LIBRARY, setup, VERSION } from './commands.js';
import { scenarioFile } from './scenario-files.js';

function objects(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a campaign that passes', () => {
  test('says so in a line for each scenario, and leaves no files', async () => {
    const { run, path } = setup();
    const { code, stdout, stderr } = await run('run', 'scenarios', '--seeds', '3', '--jobs', '1');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      new RegExp(
        `^simquake ${VERSION}  .*2 scenarios  seeds 1 to 3\n` +
          'ok    one  3 runs  [\\d ]+ ops \\([\\d ]+ ok, 0 fail, 0 unknown\\)  0\\.075 s virtual  7500 events  .*events/s\n' +
          'ok    two  3 runs  .*\n' +
          '6 runs: 6 pass\n$',
      ),
    );
    expect(existsSync(path('reports'))).toBe(false);
  });

  test('runs 20 seeds if none are named', async () => {
    const { stdout } = await setup().run('run', 'one', '--jobs', '1');
    expect(stdout).toContain('seeds 1 to 20\n');
    expect(stdout).toContain('20 runs: 20 pass\n');
  });

  test('--json gives one object a run, in order, and a summary', async () => {
    const { run } = setup();
    const { stdout } = await run('run', 'two', 'one', '--seeds', '7..8', '--jobs', '1', '--json');
    const lines = objects(stdout);
    expect(lines.map(({ type, scenario, seed }) => [type, scenario, seed])).toEqual([
      ['run', 'two', '7'],
      ['run', 'two', '8'],
      ['run', 'one', '7'],
      ['run', 'one', '8'],
      ['summary', undefined, undefined],
    ]);
    expect(lines[0]).toEqual({
      type: 'run',
      scenario: 'two',
      seed: '7',
      verdict: 'pass',
      violation: null,
      reason: '',
      events: 2500,
      virtualUs: 25000,
      cpuMs: expect.any(Number),
      ops: { ok: expect.any(Number), fail: 0, unknown: 0 },
      traceHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(lines[4]).toEqual({
      type: 'summary',
      runs: 4,
      verdicts: { pass: 4, violation: 0, liveness: 0, nondeterminism: 0, vacuous: 0, undecided: 0 },
      interrupted: false,
    });
  });

  test('a seed of 20 digits stays the text it is', async () => {
    const { stdout } = await setup().run('run', 'one', '--seed', '00345678901234567890', '--json');
    expect(objects(stdout)[0]?.seed).toBe('00345678901234567890');
  });
});

describe('a campaign that fails', () => {
  test('prints finding, options, commands and paths, and exits 1', async () => {
    const { run, path } = setup(failsFor(['2'], brokenA));
    const { code, stdout } = await run('run', 'one', '--seeds', '3', '--jobs', '1');
    expect(code).toBe(1);
    const block = stdout.split('\n').slice(1, 10).join('\n');
    expect(block).toMatch(
      new RegExp(
        '^FAIL  A  (\\d+) faults and (\\d+) operations\n' +
          '  run      scenario one, seed 2\n' +
          '  at       0\\.001 s virtual, event 77, .* \\1 of \\1 faults took effect\n' +
          '  options  members=3 faults=\\1\n' +
          '  shrunk   \\1 -> 0 faults, \\2 -> 0 ops, 3 -> 1 members, 2500 -> 2500 events \\(\\d+ runs\\)\n' +
          '  story     1\\. 0\\.001 s {2}A: 0 faults and 0 operations\n' +
          '  again    npx simquake run one --seed 2\n' +
          '  replay   npx simquake replay reports/one-2/failure\\.json\n' +
          '  report   reports/one-2/report\\.html, reports/one-2/shrunk\\.html$',
      ),
    );
    expect(stdout).toContain('FAIL  one  2 pass, 1 violation  ');
    expect(stdout.endsWith('3 runs: 2 pass, 1 violation\n')).toBe(true);
    expect(readdirSync(path('reports'))).toEqual(['one-2']);
    expect(readdirSync(path('reports/one-2')).sort()).toEqual([
      'failure.json',
      'report.html',
      'shrunk.html',
    ]);
  });

  test('the report names the finding, its meaning and the command', async () => {
    const { run, path } = setup(failsFor(['2'], brokenA));
    await run('run', 'one', '--seed', '2');
    const html = readFileSync(path('reports/one-2/report.html'), 'utf8');
    for (const text of ['A must hold.', 'npx simquake run one --seed 2'])
      expect(html).toContain(text);
  });

  test('a scenario outside ./scenarios is named by its file', async () => {
    const { run, cwd, path } = setup(failsFor(['1'], brokenA));
    mkdirSync(path('elsewhere'));
    writeFileSync(path('elsewhere/x.ts'), scenarioFile('far', LIBRARY));
    const { stdout } = await run('run', join(cwd, 'elsewhere'), '--seed', '1', '--no-wire');
    expect(stdout).toContain('again    npx simquake run elsewhere/x.ts --seed 1 --no-wire\n');
  });

  test('only the first failure of a kind is shrunk, and only ten get files', async () => {
    const { run, path } = setup({ finding: () => brokenA });
    const { stdout } = await run('run', 'one', '--seeds', '12', '--jobs', '1');
    expect(stdout.match(/ shrunk /g)).toHaveLength(1);
    expect(stdout.match(/^FAIL {2}A/gm)).toHaveLength(12);
    expect(stdout.match(/again {4}npx simquake run one --seed \d+\n/g)).toHaveLength(12);
    expect(readdirSync(path('reports'))).toHaveLength(10);
  });

  test('--bail ends it after so many', async () => {
    const { run } = setup({ finding: () => brokenA });
    const { stdout, code } = await run('run', 'one', 'two', '--bail', '2', '--jobs', '1');
    expect(code).toBe(1);
    expect(stdout.endsWith('2 of 40 runs: 2 violation\n')).toBe(true);
  });

  test('with --json, the words go to stderr', async () => {
    const { run } = setup(failsFor(['1'], brokenA));
    const { stdout, stderr } = await run('run', 'one', '--seed', '1', '--json');
    expect(objects(stdout)[0]).toMatchObject({
      verdict: 'violation',
      violation: { invariant: 'A', event: 77, timeUs: 770 },
    });
    expect(stderr).toContain('FAIL  A  ');
  });

  test.each([
    ['liveness', 4, 'FAIL'],
    ['vacuous', 5, 'VOID'],
    ['undecided', 6, 'VOID'],
  ] as const)('%s exits %i', async (verdict, exit, word) => {
    const { code, stdout } = await setup(failsFor(['1'], { verdict })).run(
      'run',
      'one',
      '--seed',
      '1',
    );
    expect(code).toBe(exit);
    expect(stdout).toContain(`${word}  ${verdict}  `);
  });

  test('the gravest verdict decides the exit code', async () => {
    const verdicts = ['vacuous', 'undecided', 'liveness', 'violation'] as const;
    const finding: FakeRules['finding'] = (plan) => ({ verdict: verdicts[Number(plan.seed) - 1]! });
    const { run } = setup({ finding });
    expect((await run('run', 'one', '--seeds', '1..1', '--jobs', '1')).code).toBe(5);
    expect((await run('run', 'one', '--seeds', '1..2', '--jobs', '1')).code).toBe(6);
    expect((await run('run', 'one', '--seeds', '1..3', '--jobs', '1')).code).toBe(4);
    expect((await run('run', 'one', '--seeds', '1..4', '--jobs', '1')).code).toBe(1);
  });

  test('a recorded run that differs is nondeterminism, whatever was found', async () => {
    const rules = failsFor(['1'], brokenA);
    const disturb: FakeRules['disturb'] = (_, { trace }) => (trace ? 1 : 0);
    const { run } = setup({ ...rules, disturb });
    const { code, stdout } = await run('run', 'one', '--seed', '1');
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^FAIL {2}nondeterminism {2}two runs of one seed first differ in events 2001 to the end: [0-9a-f]{16} against [0-9a-f]{16}$/m,
    );
    expect(stdout).toContain('again    npx simquake run one --seed 1 --check-determinism\n');
  });

  test('--check-determinism finds what a passing run hides', async () => {
    let runs = 0;
    const { run } = setup({ disturb: () => runs++ });
    expect((await run('run', 'one', '--seed', '1')).code).toBe(0);
    const { code, stdout } = await run('run', 'one', '--seed', '1', '--check-determinism');
    expect(code).toBe(3);
    expect(stdout).toContain('first differ in event 2001 at 20010 us: ');
  });

  test('a bug of the harness is exit 70, after what was found before', async () => {
    const disturb: FakeRules['disturb'] = (plan) => {
      if (plan.seed === '3') throw new Error('lost a message');
      return 0;
    };
    const { code, stdout, stderr } = await setup({ disturb }).run('run', 'one', '--jobs', '1');
    expect(code).toBe(70);
    expect(stderr).toContain('bug in simquake: scenario one, seed 3: Error: lost a message\n');
    expect(stdout.endsWith('2 of 20 runs: 2 pass\n')).toBe(true);
  });

  test('an interrupt keeps what there is', async () => {
    const abort = new AbortController();
    const rules = failsFor(['1'], brokenA);
    const disturb: FakeRules['disturb'] = (plan) => {
      if (plan.seed === '2') abort.abort('SIGINT');
      return 0;
    };
    const { run, path } = setup({ ...rules, disturb }, abort.signal);
    const { code, stdout } = await run('run', 'one', '--jobs', '1');
    expect(code).toBe(130);
    expect(stdout.endsWith('interrupted: 2 of 20 runs: 1 pass, 1 violation\n')).toBe(true);
    expect(existsSync(path('reports/one-1/failure.json'))).toBe(true);
  });
});

describe('--dry-run', () => {
  test('prints what the seeds draw and runs nothing', async () => {
    const disturb = () => {
      throw new Error('ran');
    };
    const { code, stdout } = await setup({ disturb }).run(
      'run',
      'one',
      '--seeds',
      '2',
      '--dry-run',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^one {2}seed 1\n {2}members=3 faults=\d+\none {2}seed 2\n.*\n$/);
  });

  test('prints the same twice', async () => {
    const { run } = setup();
    const { stdout } = await run('run', 'one', '--seed', '5', '--dry-run', '--json');
    expect((await run('run', 'one', '--seed', '5', '--dry-run', '--json')).stdout).toBe(stdout);
    expect(objects(stdout)[0]).toMatchObject({ type: 'plan', scenario: 'one', seed: '5' });
  });
});

test('list prints names and what happens', async () => {
  const { stdout, code } = await setup().run('list', 'scenarios');
  expect(code).toBe(0);
  expect(stdout).toBe(
    'one  A short one: one.  (scenarios/one.ts)\ntwo  A short one: two.  (scenarios/two.ts)\n',
  );
});

describe('replay', () => {
  const rules = failsFor(['2'], brokenA);
  const file = 'reports/one-2/failure.json';

  async function failed(extra: FakeRules = {}) {
    const all = setup({ ...rules, ...extra });
    await all.run('run', 'one', '--seed', '2');
    const change = (edit: (failure: ReturnType<typeof parseFailure>) => object) => {
      const failure = parseFailure(readFileSync(all.path(file), 'utf8'), file, VERSION);
      writeFileSync(all.path(file), formatFailure({ ...failure, ...edit(failure) }));
    };
    return { ...all, change };
  }

  test('has the same run again and exits as its verdict', async () => {
    const { run } = await failed();
    const { code, stdout } = await run('replay', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAIL {2}A {2}\d+ faults and \d+ operations\n {2}run {6}scenario one, seed 2\n/,
    );
    expect(stdout).toContain('hashes   all 3 agree: this is the recorded run\n');
  });

  test('needs no scenario', async () => {
    const { run, path } = await failed();
    writeFileSync(path('scenarios/one.ts'), 'not a scenario any more');
    expect((await run('replay', file)).code).toBe(1);
  });

  test('--shrunk has the smaller one', async () => {
    const { run } = await failed();
    const { code, stdout } = await run('replay', file, '--shrunk');
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  A  0 faults and 0 operations\n');
  });

  test('--shrunk says so if there is none', async () => {
    const { run, change } = await failed();
    change(() => ({ shrunk: null }));
    const { code, stderr } = await run('replay', file, '--shrunk');
    expect(code).toBe(2);
    expect(stderr).toBe(`error: ${file}: holds no shrunk plan; replay it without --shrunk\n`);
  });

  test('--json gives one object', async () => {
    const { run } = await failed();
    const [line, ...rest] = objects((await run('replay', file, '--json')).stdout);
    expect(rest).toEqual([]);
    expect(line).toMatchObject({
      type: 'replay',
      seed: '2',
      verdict: 'violation',
      recorded: { verdict: 'violation', traceHash: line?.traceHash },
      mismatch: null,
    });
  });

  test('--report writes the report anew', async () => {
    const { run, path } = await failed();
    writeFileSync(path('reports/one-2/report.html'), '');
    const { stdout } = await run('replay', file, '--report');
    expect(stdout).toContain('report   reports/one-2/report.html\n');
    expect(readFileSync(path('reports/one-2/report.html'), 'utf8')).toContain('A must hold.');
  });

  test('stops at the first link of the hash chain that differs, with exit 3', async () => {
    const { run, change } = await failed();
    let link = '';
    change(({ original }) => {
      const { plan, result } = original;
      link = result.hashChain[1]!;
      const hashChain = [result.hashChain[0]!, 'dead', ...result.hashChain.slice(2)];
      return { original: { plan, result: { ...result, hashChain } } };
    });
    const { code, stdout } = await run('replay', file);
    expect(code).toBe(3);
    expect(stdout).toContain('FAIL  nondeterminism  the replay is not the recorded run\n');
    expect(stdout).toContain(`differs  events 1001 to 2000: recorded dead, replayed ${link}\n`);
  });

  test('a verdict that differs at equal hashes is nondeterminism too', async () => {
    const { run, change } = await failed();
    change(({ original: { plan, result } }) => ({
      original: { plan, result: { ...result, verdict: 'liveness', violation: null } },
    }));
    const { code, stdout } = await run('replay', file);
    expect(code).toBe(3);
    expect(stdout).toContain('differs  verdict: recorded liveness, replayed violation\n');
  });

  test('another commit is a warning with both commits, and the run counts', async () => {
    let fixed = false;
    const { run, change } = await failed({
      finding: (plan) => (plan.seed === '2' && !fixed ? brokenA : null),
      disturb: () => (fixed ? 1 : 0),
    });
    const commit = 'b57e4d5'.padEnd(40, '0');
    change(() => ({ commit }));
    const before = await run('replay', file);
    expect(before.stderr).toMatch(
      new RegExp(`^warning: recorded at commit ${commit}, this is (?:[0-9a-f]{40}|unknown); .*\n$`),
    );
    expect(before.code).toBe(1);
    fixed = true;
    const after = await run('replay', file);
    expect(after.code).toBe(0);
    expect(after.stdout).toContain('ok    no longer fails at this commit\n');
    expect(after.stdout).toContain('now      no longer fails so: pass\n');
    expect(after.stdout).toContain('seeds    none of 100 others makes the plan fail so\n');
  });

  test('at another commit a plan is tried under other seeds, and says which one fails', async () => {
    let drawsElse = false;
    const { run, change } = await failed({
      finding: ({ seed }) => (seed === (drawsElse ? '7' : '2') ? brokenA : null),
      disturb: () => (drawsElse ? 1 : 0),
    });
    change(() => ({ commit: 'b57e4d5'.padEnd(40, '0') }));
    drawsElse = true;
    const { code, stdout } = await run('replay', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}A {2}/);
    expect(stdout).toContain('now      no longer fails so: pass\n');
    expect(stdout).toContain('seeds    still fails under seed 7, which decides only what');
    const [line] = objects((await run('replay', file, '--json')).stdout);
    expect(line).toMatchObject({ verdict: 'pass', otherSeeds: { tried: 7, failing: '7' } });
  });

  test('at the same commit no other seed is asked', async () => {
    let leaks = false;
    const { run } = await failed({
      finding: ({ seed }) => (seed === (leaks ? '7' : '2') ? brokenA : null),
      disturb: () => (leaks ? 1 : 0),
    });
    leaks = true;
    const { code, stdout } = await run('replay', file);
    expect(code).toBe(3);
    expect(stdout).not.toContain('seeds ');
  });
});

describe('a mistake on the command line is one line and exit 2', () => {
  test.each([
    ['run one --sed 5', "unknown option '--sed' (Did you mean --seed?); see 'simquake --help'"],
    ['rnu one', "unknown command 'rnu' (Did you mean run?); see 'simquake --help'"],
    ['run', "missing required argument 'scenario'; see 'simquake --help'"],
    [
      'run ones',
      "ones: neither a file, a folder nor a scenario; did you mean one? 'simquake list'",
    ],
    ['run one --seed 1..3', '--seed 1..3: not a seed; did you mean --seeds 1..3? a seed is'],
    ['run one --seeds 3-1', '--seeds 3-1: neither a count nor a range; did you mean 3..1?'],
    ['run one --seed 1 --seeds 2', "option '--seeds <N|A..B>' cannot be used with option '--seed"],
    ['run one --jobs 0', '--jobs 0: not a count; give a whole number from 1 to 512'],
    ['run one --bail some', '--bail some: not a count; give a whole number from 1 to'],
    ['run one --out scenarios/one.ts', 'scenarios/one.ts: cannot be written (ENOTDIR); choose'],
    ['replay nothing.json', 'nothing.json: cannot be read (ENOENT); give the failure.json of'],
    ['replay scenarios/one.ts', 'scenarios/one.ts:1:1: damaged: not JSON from here on; get an'],
    ['replay', "missing required argument 'failure.json'; see 'simquake --help'"],
  ])('%s', async (line, message) => {
    const disturb = () => {
      throw new Error('ran');
    };
    const { run, path } = setup({ disturb });
    const { code, stdout, stderr } = await run(...line.split(' '));
    expect(stderr.startsWith(`error: ${message}`), stderr).toBe(true);
    expect(stderr.indexOf('\n')).toBe(stderr.length - 1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(existsSync(path('reports'))).toBe(false);
  });

  test('a scenario that draws no plan is named with place and seed', async () => {
    const { run, path } = setup();
    const more = `
export const thrower = {
  name: 'thrower',
  about: 'Throws.',
  arbitrary: it.arbitrary.map(() => { throw new Error('cannot draw'); }),
};`;
    writeFileSync(path('scenarios/bad.ts'), scenarioFile('bad', LIBRARY, more));
    for (const extra of [['--dry-run'], []]) {
      const { code, stderr } = await run('run', 'thrower', '--seed', '4', ...extra);
      expect(stderr).toMatch(
        /^error: scenarios\/bad\.ts:\d+:\d+: scenario thrower draws no plan for seed 4: (?:Error: )?cannot draw; fix the scenario\n$/,
      );
      expect(code).toBe(2);
    }
  });
});

test('help is no mistake and names defaults and exit codes', async () => {
  const { code, stdout, stderr } = await setup().run('run', '--help');
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('(default: 20)');
  expect(stdout).toContain('Exit codes:');
});

test('--version prints the version of the package', async () => {
  expect(await setup().run('--version')).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
});
