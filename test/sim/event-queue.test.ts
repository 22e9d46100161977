// The queue against the obvious specification: a stable sort.

import { expect, test } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { EVENT_ACTION, EventQueue, SimEvent } from '../../src/sim/event-queue.js';

function event(timeUs: number, number: number): SimEvent<never> {
  return new SimEvent<never>(timeUs, EVENT_ACTION, -1, 0, number, null, null, null);
}

test('events leave by time, and within one time in the order they were pushed', () => {
  const random = randomStream('7', 'test/queue');
  for (let round = 0; round < 200; round++) {
    const queue = new EventQueue<never>();
    const expected: { timeUs: number; number: number }[] = [];
    const got: number[] = [];
    const wanted: number[] = [];
    const takeOne = (): void => {
      // A stable sort by time alone keeps the order of pushes.
      expected.sort((a, b) => a.timeUs - b.timeUs);
      wanted.push(expected.shift()?.number ?? -1);
      got.push(queue.pop()?.number ?? -1);
    };
    for (let number = 0; number < 60; number++) {
      // Few distinct times, so that ties are the rule.
      const timeUs = random.below(8);
      queue.push(event(timeUs, number));
      expected.push({ timeUs, number });
      if (random.below(3) === 0) takeOne();
    }
    expect(queue.size).toBe(expected.length);
    while (expected.length > 0) takeOne();
    expect(got).toEqual(wanted);
    expect(queue.pop()).toBeUndefined();
    expect(queue.peek()).toBeUndefined();
  }
});
