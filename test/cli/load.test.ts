// Finding and loading scenario modules with tsx, and the one line about each thing that can be wrong.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFoundByName, loadScenarios } from '../../src/scenario/load.js';
import { UsageError } from '../../src/scenario/usage-error.js';
import { project, REPOSITORY } from './project.js';
import { BAD_FILES, scenarioFile } from './scenario-files.js';

// The library's own source, so that this test needs no build.
const LIBRARY = join(REPOSITORY, 'test/cli/library.ts');
const good = (name: string) => scenarioFile(name, LIBRARY);

async function names(paths: readonly string[], cwd: string): Promise<string[]> {
  return (await loadScenarios(paths, cwd)).map(({ scenario }) => scenario.name);
}

describe('loading', () => {
  test('a file, a folder, and a name are understood, in the order given', async () => {
    const cwd = project({
      'scenarios/b.ts': good('named'),
      'mine/z.ts': good('last'),
      'mine/deep/a.ts': good('first'),
      'mine/types.d.ts': 'export {};',
      'mine/notes.md': '',
      'mine/.hidden.ts': 'throw 1;',
      'mine/node_modules/x.ts': 'throw 1;',
      'single.ts': good('single'),
    });
    expect(await names(['single.ts', 'named', 'mine'], cwd)).toEqual([
      'single',
      'named',
      'first',
      'last',
    ]);
  });

  test('the same file named twice is one scenario', async () => {
    const cwd = project({ 'scenarios/b.ts': good('twice') });
    expect(await names(['scenarios', 'scenarios/b.ts', 'twice'], cwd)).toEqual(['twice']);
  });

  test('a name is looked up in ./scenarios before the shipped ones', async () => {
    const cwd = project({ 'scenarios/b.ts': good('calm') });
    const [calm] = await loadScenarios(['calm'], cwd);
    expect(calm?.file).toBe(join(cwd, 'scenarios/b.ts'));
    expect(isFoundByName(calm!, cwd)).toBe(true);
    expect(isFoundByName({ ...calm!, file: join(cwd, 'elsewhere/b.ts') }, cwd)).toBe(false);
  });

  test('plain JavaScript needs nothing', async () => {
    const arbitrary = 'arbitrary: { generate() {} }';
    const cwd = project({
      'a.mjs': `export const a = { name: 'plain', about: 'x', ${arbitrary} };`,
    });
    expect(await names(['a.mjs'], cwd)).toEqual(['plain']);
  });

  test("a project's tsconfig does not change what a scenario is", async () => {
    const cwd = project({ 'tsconfig.json': '{ broken', 'scenarios/a.ts': good('tsconfig') });
    expect(await names(['scenarios'], cwd)).toEqual(['tsconfig']);
  });
});

describe('what is wrong is said in one line', () => {
  // Where a module throws is only known where Node applies source maps: see built.test.ts.
  test.each(BAD_FILES.filter(([file]) => file !== 'throws.ts'))(
    '%s',
    async (file, text, message) => {
      const cwd = project({ [file]: text, 'other.ts': 'export const other = 1;' });
      await expect(loadScenarios([file], cwd)).rejects.toThrow(new UsageError(message));
    },
  );

  test('two scenarios of one name', async () => {
    const cwd = project({ 's/a.ts': good('same'), 's/b.ts': good('same') });
    await expect(loadScenarios(['s'], cwd)).rejects.toThrow(
      new UsageError('s/b.ts:5:29: scenario same already exists in s/a.ts; rename one of them'),
    );
  });

  test.each([
    ['named', "did you mean names? 'simquake list' shows the"],
    ['something-else', "neither a file, a folder nor a scenario; 'simquake list' shows the"],
    ['x/y.ts', 'x/y.ts: no such file or folder; correct the path'],
    ['notes.md', 'notes.md: not a .ts, .js or .mjs file; give a scenario module or a folder'],
    ['empty', 'empty: no .ts, .js or .mjs file in this folder; add a scenario module'],
  ])('%s', async (path, message) => {
    const files = { 'scenarios/a.ts': good('names'), 'notes.md': '', 'empty/notes.md': '' };
    await expect(loadScenarios([path], project(files))).rejects.toThrow(message);
  });
});
