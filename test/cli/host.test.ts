// Colours: only on a terminal, and never against NO_COLOR.

import { expect, test } from 'vitest';
import { colorsFor, type Host, type Output } from '../../src/cli/host.js';

function colourful(env: Host['env'], isTTY: boolean): boolean {
  const output: Output = { isTTY, write() {} };
  const { signal } = new AbortController();
  return (
    colorsFor({ cwd: '', env, stdout: output, stderr: output, signal }, output).red('x') !== 'x'
  );
}

test('a terminal gets colours, anything else does not', () => {
  expect(colourful({}, true)).toBe(true);
  expect(colourful({}, false)).toBe(false);
  expect(colourful({ TERM: 'dumb' }, true)).toBe(false);
});

test('NO_COLOR wins over FORCE_COLOR, which wins over the terminal', () => {
  expect(colourful({ NO_COLOR: '1' }, true)).toBe(false);
  expect(colourful({ NO_COLOR: '' }, true)).toBe(true);
  expect(colourful({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(colourful({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false);
});
