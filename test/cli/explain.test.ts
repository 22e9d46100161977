// Every invariant of src/check/invariant has its meaning in reports.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.js';
import { REPOSITORY } from './project.js';

test('all ids are known', () => {
  const folder = join(REPOSITORY, 'src/check/invariant');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const ids = [...texts.join('\n').matchAll(/\bid: '([A-Z0-9-]+)'/g)].map((match) => match[1]!);
  expect(ids.length).toBeGreaterThan(10);
  for (const id of ids) expect(explain(id), id).toMatch(/^[A-Z].* \(.+\)$/);
});

test('an unknown id has none', () => {
  expect(explain('NO-SUCH')).toBe('');
});
