// The example of docs/YOUR-OWN-SYSTEM.md runs, holds, and is the text that the page shows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runRegister } from './primary-backup.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => String(i + 1));

test('a careful primary and backup lose no confirmed write under power losses', () => {
  for (const seed of SEEDS) {
    const { confirmed, violation } = runRegister(seed, false);
    expect(violation).toBeNull();
    expect(confirmed).toBeGreaterThan(500);
  }
});

test('a careless one, which confirms before it syncs, is caught', () => {
  const caught = SEEDS.filter((seed) => runRegister(seed, true).violation !== null);
  expect(caught.length).toBeGreaterThan(7);
});

test('a seed is a run', () => {
  expect(runRegister('7', false)).toEqual(runRegister('7', false));
  expect(runRegister('7', true)).toEqual(runRegister('7', true));
});

test('the page shows the example as it is', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/YOUR-OWN-SYSTEM.md'), 'utf8');
  const example = readFileSync(join(import.meta.dirname, 'primary-backup.ts'), 'utf8');
  const block = /<!-- test\/sim\/primary-backup\.ts -->\n```ts\n([\s\S]*?)```/.exec(page);
  expect(block?.[1]).toBe(example);
});
