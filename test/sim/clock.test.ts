// One machine's clocks over virtual time: drift, jumps, and deadlines converted both ways.

import { expect, test } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { NEVER, SimClock, WALL_EPOCH_US } from '../../src/sim/clock.js';

function make(options: { offsetUs?: number; driftPpm?: number; monotonicStartUs?: number } = {}) {
  const host = { nowUs: 0 };
  const clock = new SimClock(
    host,
    { offsetUs: 0, driftPpm: 0, monotonicStartUs: 0, ...options },
    () => {},
  );
  return { host, clock };
}

test('a clock without drift runs with virtual time', () => {
  const { host, clock } = make({ offsetUs: -250, monotonicStartUs: 77 });
  host.nowUs = 1_000_000;
  expect(clock.monotonicUs()).toBe(1_000_077);
  expect(clock.wallUs()).toBe(WALL_EPOCH_US + 1_000_000 - 250);
});

test('drift scales elapsed time, exactly, for years', () => {
  const { host, clock } = make({ driftPpm: 333 });
  host.nowUs = 1_000_000;
  expect(clock.monotonicUs()).toBe(1_000_333);
  // Ten years: the product of elapsed time and rate is far above 2^53.
  host.nowUs = 315_360_000_000_007;
  const exact = (BigInt(host.nowUs) * 1_000_333n) / 1_000_000n;
  expect(clock.monotonicUs()).toBe(Number(exact));
});

test('a deadline is the first microsecond at which the clock reads at least that', () => {
  const random = randomStream('3', 'test/clock');
  for (let round = 0; round < 2000; round++) {
    const driftPpm = random.below(1_500_000) - 500_000;
    const { host, clock } = make({ driftPpm, monotonicStartUs: random.below(1_000_000) });
    host.nowUs = random.below(100_000_000);
    const deadline = clock.monotonicUs() + 1 + random.below(10_000_000);
    clock.setDeadline(deadline);
    host.nowUs = clock.deadlineUs;
    expect(clock.monotonicUs()).toBeGreaterThanOrEqual(deadline);
    host.nowUs--;
    expect(clock.monotonicUs()).toBeLessThan(deadline);
  }
});

test('a change of drift moves an armed deadline, and bends the clock without a step', () => {
  const { host, clock } = make();
  clock.setDeadline(10_000_000);
  expect(clock.deadlineUs).toBe(10_000_000);
  host.nowUs = 5_000_000;
  clock.setDrift(1_000_000);
  expect(clock.monotonicUs()).toBe(5_000_000);
  expect(clock.deadlineUs).toBe(7_500_000);
  clock.setDrift(-500_000);
  expect(clock.deadlineUs).toBe(15_000_000);
});

test('the wall clock jumps both ways and the deadline does not notice', () => {
  const { host, clock } = make();
  clock.setDeadline(2_000_000);
  host.nowUs = 1_000_000;
  clock.jumpWall(-3_600_000_000);
  expect(clock.wallUs()).toBe(WALL_EPOCH_US + 1_000_000 - 3_600_000_000);
  expect(clock.monotonicUs()).toBe(1_000_000);
  expect(clock.deadlineUs).toBe(2_000_000);
  clock.jumpWall(3_600_000_007);
  expect(clock.wallUs()).toBe(WALL_EPOCH_US + 1_000_007);
});

test('a forward jump moves both clocks and brings the deadline nearer, at most to now', () => {
  const { host, clock } = make();
  clock.setDeadline(2_000_000);
  host.nowUs = 500_000;
  clock.jumpForward(1_000_000);
  expect(clock.monotonicUs()).toBe(1_500_000);
  expect(clock.wallUs()).toBe(WALL_EPOCH_US + 1_500_000);
  expect(clock.deadlineUs).toBe(1_000_000);
  clock.jumpForward(1_000_000);
  expect(clock.deadlineUs).toBe(500_000);
  expect(() => clock.jumpForward(-1)).toThrow('never goes back');
});

test('the monotonic clock never goes back, whatever happens to it', () => {
  const random = randomStream('11', 'test/clock');
  const { host, clock } = make({ driftPpm: -400_000 });
  let last = clock.monotonicUs();
  for (let step = 0; step < 20_000; step++) {
    host.nowUs += random.below(5);
    const what = random.below(10);
    if (what === 0) clock.setDrift(random.below(1_000_000) - 500_000);
    if (what === 1) clock.jumpWall(random.below(2000) - 1000);
    if (what === 2) clock.jumpForward(random.below(3));
    const now = clock.monotonicUs();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('Infinity disarms', () => {
  const { clock } = make();
  clock.setDeadline(5);
  clock.setDeadline(Infinity);
  expect(clock.deadlineUs).toBe(NEVER);
});
