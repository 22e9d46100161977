// The built command under plain Node, from the folder of another project: threads, signals, exit codes,
// and the line about each thing a user can get wrong. Needs `npm run build`.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFailure, parseFailure } from '../../src/report/failure.js';
import { failure } from '../report/fake-failure.js';
import { type Finished, project, REPOSITORY, simquake, start } from './project.js';
import { BAD_FILES, scenarioFile, vacuous } from './scenario-files.js';

const COMMAND = join(REPOSITORY, 'dist/cli/main.js');

const { version: VERSION } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  version: string;
};

const FILES = {
  'scenarios/short.ts': scenarioFile('short', 'simquake', vacuous('idle')),
};

function expectOneLine({ code, stdout, stderr }: Finished, message: string): void {
  expect(stderr.startsWith(`error: ${message}`), stderr).toBe(true);
  expect(stderr.indexOf('\n')).toBe(stderr.length - 1);
  expect(stdout).toBe('');
  expect(code).toBe(2);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function withoutTimes(stdout: string): string {
  return stdout.replace(/"cpuMs":[\d.]+/g, '"cpuMs":0');
}

describe('threads', () => {
  test('results do not depend on their number', async () => {
    const outputs: string[] = [];
    const reports: string[] = [];
    for (const jobs of ['1', '3']) {
      const cwd = project(FILES);
      const args = ['scenarios', '--seeds', '3', '--json', '--jobs', jobs];
      const { code, stdout } = await simquake(cwd, 'run', ...args);
      expect(code).toBe(5);
      outputs.push(withoutTimes(stdout));
      const folders = readdirSync(join(cwd, 'reports')).sort();
      expect(folders).toHaveLength(3);
      const text = (folder: string) =>
        readFileSync(join(cwd, 'reports', folder, 'failure.json'), 'utf8');
      reports.push(folders.map(text).join());
    }
    expect(outputs[0]!.split('\n')).toHaveLength(8);
    expect(outputs[1]).toBe(outputs[0]);
    expect(reports[1]).toBe(reports[0]);
  });
});

describe('signals', () => {
  test.each([
    ['SIGINT', 130, '2'],
    ['SIGTERM', 143, '1'],
  ] as const)('%s ends a campaign with exit %i (--jobs %s)', async (signal, code, jobs) => {
    const cwd = project(FILES);
    const args = ['run', 'idle', 'short', '--seeds', '1000000', '--json', '--jobs', jobs];
    const running = start(COMMAND, args, cwd);
    const reports = join(cwd, 'reports/idle-1/failure.json');
    while (!existsSync(reports) && !running.ended()) await pause(20);
    running.kill(signal);
    const finished = await running.finished;
    expect(finished.code).toBe(code);
    const lines = finished.stdout.trim().split('\n');
    const summary = JSON.parse(lines.at(-1)!) as { runs: number; interrupted: boolean };
    expect(summary).toMatchObject({ type: 'summary', interrupted: true });
    expect(summary.runs).toBe(lines.length - 1);
    const folders = readdirSync(join(cwd, 'reports'));
    for (const folder of folders) {
      expect(readdirSync(join(cwd, 'reports', folder)).sort()).toEqual([
        'failure.json',
        'history.jsonl',
        'report.html',
      ]);
    }
  });
});

describe('failure files', () => {
  const path = 'reports/idle-7/failure.json';

  test('are replayed hash by hash, from another commit with a warning', async () => {
    const cwd = project(FILES);
    const run = await simquake(cwd, 'run', 'idle', '--seed', '7');
    expect(run.code).toBe(5);
    expect(run.stdout).toContain(`replay   npx simquake replay ${path}\n`);
    rmSync(join(cwd, 'scenarios'), { recursive: true });

    const same = await simquake(cwd, 'replay', path);
    expect(same.code).toBe(5);
    expect(same.stdout).toMatch(/hashes {3}all \d+ agree: this is the recorded run\n/);

    const file = join(cwd, path);
    const commit = 'b57e4d5'.padEnd(40, '0');
    const recorded = parseFailure(readFileSync(file, 'utf8'), file, VERSION);
    writeFileSync(file, formatFailure({ ...recorded, commit }));
    const other = await simquake(cwd, 'replay', path);
    expect(other.code).toBe(5);
    expect(other.stderr).toMatch(
      new RegExp(`^warning: recorded at commit ${commit}, this is (?:[0-9a-f]{40}|unknown); .*\n$`),
    );
  });

  test('from another version are refused', async () => {
    const cwd = project({ 'f.json': formatFailure({ ...failure(), simquake: '0.0.1' }) });
    expectOneLine(
      await simquake(cwd, 'replay', 'f.json'),
      'f.json: written by simquake 0.0.1, this is',
    );
  });

  test('that are damaged are refused', async () => {
    const text = formatFailure({ ...failure(), simquake: VERSION });
    const edited = text.replace('"runs": 7', '"runs": 8');
    const cwd = project({ 'edited.json': edited, 'half.json': text.slice(0, text.length / 2) });
    const first = await simquake(cwd, 'replay', 'edited.json');
    expectOneLine(first, 'edited.json: damaged: its content has checksum');
    const second = await simquake(cwd, 'replay', 'half.json');
    expectOneLine(second, `half.json:${text.slice(0, text.length / 2).split('\n').length}:`);
  });
});

test('a scenario that draws by Math.random is caught', async () => {
  const more = `
export const wobbly = {
  name: 'wobbly',
  about: 'Draws another plan each time.',
  arbitrary: it.arbitrary.map((plan) => ({ ...plan, healUs: Math.floor(Math.random() * 1e9) })),
};`;
  const cwd = project({ 'scenarios/a.ts': scenarioFile('a', 'simquake', more) });
  const { code, stdout } = await simquake(
    cwd,
    'run',
    'wobbly',
    '--seed',
    '1',
    '--check-determinism',
  );
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /FAIL {2}nondeterminism {2}two runs of one seed first differ in plan\.healUs: \d+ against \d+\n/,
  );
});

describe('a mistake is one line and exit 2', () => {
  // The rest of them is in load.test.ts; a process costs half a second.
  const files = ['syntax.ts', 'syntax.mjs', 'throws.ts'];
  test.each(BAD_FILES.filter(([file]) => files.includes(file)))(
    '%s',
    async (file, text, message) => {
      const cwd = project({ [file]: text, 'other.ts': 'export const other = 1;' });
      expectOneLine(await simquake(cwd, 'run', file), `${message}\n`);
      expect(existsSync(join(cwd, 'reports'))).toBe(false);
    },
  );

  test.each([
    ['run short --sed 5', "unknown option '--sed' (Did you mean --seed?); see 'simquake --help'"],
    ['run shirt', 'shirt: neither a file, a folder nor a scenario; did you mean short?'],
    ['run short --seed 1..3', '--seed 1..3: not a seed; did you mean --seeds 1..3?'],
    ['run short --out package.json', 'package.json: cannot be written (ENOTDIR); choose another'],
    ['run short --out /proc/reports', '/proc/reports: cannot be written (ENOENT); choose another'],
    [
      'replay reports/none.json',
      'reports/none.json: cannot be read (ENOENT); give the failure.json',
    ],
  ])('%s', async (line, message) => {
    const cwd = project(FILES);
    expectOneLine(await simquake(cwd, ...line.split(' ')), message);
    expect(existsSync(join(cwd, 'reports'))).toBe(false);
  });
});
