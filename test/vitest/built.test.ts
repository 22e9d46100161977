// `simquake/vitest` in a project of its own, run by vitest as a user would. Needs `npm run build`.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project, REPOSITORY, start } from '../cli/project.js';
import { scenarioFile, vacuous } from '../cli/scenario-files.js';

const VITEST = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');

test('passing scenarios are passing tests, and a failing one names its command', async () => {
  const cwd = project({
    'scenarios/short.ts': scenarioFile('short', 'simquake', vacuous('idle')),
    'a.test.ts': `import { scenario } from 'simquake/vitest';
import { it as short } from './scenarios/short.ts';

scenario(short, { seeds: 1 });
scenario('short', { seeds: ['4', '0123'] });
scenario('idle', { seeds: ['7'] });
`,
  });
  const env = { NO_COLOR: '1', SIMQUAKE_SEEDS: '2' };
  const { code, stdout, stderr } = await start(VITEST, ['run', '--reporter=verbose'], cwd, env)
    .finished;
  const all = stdout + stderr;
  expect(all).toContain('✓ a.test.ts > short holds for 2 seeds, 1 to 2');
  expect(all).toContain('✓ a.test.ts > short holds for 2 seeds, 4 to 0123');
  expect(all).toContain('× a.test.ts > idle holds for seed 7');
  expect(all).toContain('run it again: npx simquake run idle --seed 7');
  expect(all).toContain('1 failed | 2 passed');
  expect(code).toBe(1);
});
