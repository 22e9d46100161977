// The status on stderr: rewritten in place on a terminal, and gone before anything else is printed.

import { expect, test } from 'vitest';
import { Progress } from '../../src/cli/progress.js';

function watch(isTTY: boolean) {
  let written = '';
  const output = {
    isTTY,
    columns: 60,
    write(text: string) {
      written += text;
    },
  };
  return { progress: new Progress(40, output), text: () => written };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a terminal shows runs, rates and failures in one line that is removed at the end', async () => {
  const { progress, text } = watch(true);
  progress.ran(3_000_000, false);
  progress.ran(3_000_000, true);
  progress.note('shrinking');
  await pause(300);
  progress.stop();
  const [before, ...lines] = text().split('\r\u001b[K');
  expect(before).toBe('');
  expect(lines.pop()).toBe('');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).toMatch(
      /^\d\d:\d\d:\d\d {2}2\/40 runs {2}[\d.]+\/s {2}\d+x real time {2}1 failed/,
    );
  }
  for (const line of lines) expect(line.length).toBeLessThan(60);
  const whole = text();
  await pause(250);
  expect(text()).toBe(whole);
});

test('anything else gets no control characters, and nothing from a short campaign', async () => {
  const { progress, text } = watch(false);
  progress.ran(1, false);
  await pause(250);
  progress.stop();
  expect(text()).toBe('');
});
