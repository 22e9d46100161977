// Exit codes and their precedence.

import { expect, test } from 'vitest';
import { exitCodeOf, worst } from '../../src/cli/exit-code.js';
import { VERDICTS } from '../../src/scenario/result.js';

test('every verdict has its own code, and only a pass is 0', () => {
  const codes = VERDICTS.map((verdict) => [verdict, exitCodeOf(verdict)]);
  expect(codes).toEqual([
    ['pass', 0],
    ['violation', 1],
    ['liveness', 4],
    ['nondeterminism', 3],
    ['vacuous', 5],
    ['undecided', 6],
  ]);
});

test('the gravest code wins: 70, 3, 1, 2, 4, 6, 5', () => {
  const order = [70, 3, 1, 2, 4, 6, 5];
  for (let i = 0; i < order.length; i++) {
    const rest = order.slice(i);
    expect(worst(rest.toReversed())).toBe(rest[0]);
    expect(worst([0, ...rest])).toBe(rest[0]);
  }
  expect(worst([])).toBe(0);
});
