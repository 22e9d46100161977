// Running twice: finds nothing in an honest run, and the right event in a leaking one.

import { expect, test } from 'vitest';
import type { ProcessId } from '../../src/base/ids.js';
import type { Ports } from '../../src/ports/process.js';
import {
  compareRuns,
  describeDivergence,
  type EventRecord,
  type EventRecordSink,
} from '../../src/sim/determinism.js';
import { Simulation } from '../../src/sim/simulation.js';
import { withTripwire } from '../../src/sim/tripwire.js';
import { type EchoMessage, EchoProcess, echoOptions, echoSpec } from './echo.js';

// Captured before any tripwire goes up: the leak that only a second run can show.
const capturedNow = performance.now.bind(performance);

/** Uses real time in its 50th round, in one way or another. */
class LeakyProcess extends EchoProcess {
  private readonly leak: 'message' | 'deadline' | 'draw';

  constructor(
    ports: Ports<EchoMessage>,
    peers: readonly ProcessId[],
    leak: 'message' | 'deadline' | 'draw',
  ) {
    super(ports, peers, 10_000);
    this.leak = leak;
  }

  override wake(): void {
    super.wake();
    if (this.round !== 50) return;
    const real = Math.floor(capturedNow() * 1000);
    const { clock, network, random } = this.ports;
    if (this.leak === 'message') network.send(1, { kind: 'pong', round: real, text: 'leak' });
    if (this.leak === 'deadline') clock.setDeadline(clock.monotonicUs() + 1000 + (real % 9000));
    if (this.leak === 'draw') {
      leakedDraws += 1;
      for (let i = 0; i < leakedDraws; i++) random.int32();
    }
  }
}

let leakedDraws = 0;

function run(sink: EventRecordSink, leak: 'message' | 'deadline' | 'draw' | null): void {
  const second = echoSpec(2, [1, 3]);
  const simulation = new Simulation(
    echoOptions({
      processes: [
        echoSpec(1, [2, 3]),
        leak === null
          ? second
          : { ...second, boot: (ports) => new LeakyProcess(ports, [1, 3], leak) },
        echoSpec(3, [1, 2]),
      ],
      eventHashes: sink,
    }),
  );
  withTripwire(() => {
    for (const id of [1, 2, 3]) simulation.start(id);
    simulation.at(300_000, () => simulation.kill(3));
    simulation.at(400_000, () => simulation.start(3));
    simulation.runUntil(1_000_000);
  });
}

/** Ordinal of the wake of n2 in which its 50th round began. */
function fiftiethWake(): number {
  const wakes: EventRecord[] = [];
  run((record) => {
    if (record.kind === 'wake' && record.process === 'n2') wakes.push(record);
  }, null);
  return wakes[49]!.n;
}

test('an honest run compares equal', () => {
  let records = 0;
  expect(
    compareRuns((sink) =>
      run((record) => {
        records++;
        sink(record);
      }, null),
    ),
  ).toBeNull();
  expect(records).toBeGreaterThan(1000);
});

test.each(['message', 'deadline', 'draw'] as const)(
  'a leak of real time into a %s is found at the event where it happened',
  (leak) => {
    const divergence = compareRuns((sink) => run(sink, leak));
    expect(divergence).not.toBeNull();
    const { n, first, second } = divergence!;
    expect(n).toBe(fiftiethWake());
    for (const side of [first, second]) {
      expect(side!.kind).toBe('wake');
      expect(side!.process).toBe('n2');
      expect(side!.description).toContain('sends n2>n1 ping 50');
    }
    expect(first!.lane).not.toBe(second!.lane);
    const lines = describeDivergence(divergence!).split('\n');
    expect(lines[0]).toBe(`event ${n}`);
    expect(lines[1]).toMatch(/^ {2}first run: {2}\d+ us wake n2: .*ping 50/);
    expect(lines[2]).not.toBe(lines[1]!.replace('first run: ', 'second run:'));
  },
);

test('runs of different length part where the shorter one ends', () => {
  const record = (n: number): EventRecord => ({
    n,
    lane: n,
    timeUs: n,
    kind: 'wake',
    process: 'n1',
    description: '',
  });
  let calls = 0;
  const lengths = (first: number, second: number) => (sink: EventRecordSink) => {
    const length = calls++ % 2 === 0 ? first : second;
    for (let n = 1; n <= length; n++) sink(record(n));
  };
  const longer = compareRuns(lengths(3, 5));
  expect(longer).toMatchObject({ n: 4, first: null, second: { n: 4 } });
  const shorter = compareRuns(lengths(5, 3));
  expect(shorter).toMatchObject({ n: 4, first: { n: 4 }, second: null });
  expect(describeDivergence(shorter!)).toContain('second run: had ended');
});
