// The engine's rules: order, incarnations, pauses, blame, and the witness that two runs are one.

import { expect, test } from 'vitest';
import type { DownCause, TraceEvent } from '../../src/base/trace.js';
import { FailStop, type Ports, type Process } from '../../src/ports/process.js';
import { HarnessError } from '../../src/sim/harness-error.js';
import { KILLED_SENDING, Simulation, type SimulationOptions } from '../../src/sim/simulation.js';
import { CALM, type EchoMessage, type EchoProcess, echoOptions, echoSpec, ROUGH } from './echo.js';

type Changes = Partial<SimulationOptions<EchoMessage>>;

function startAll(simulation: Simulation<EchoMessage>): void {
  for (const id of [1, 2, 3]) simulation.start(id);
}

/** Runs the echo system for ten virtual seconds with a few faults. */
function run(changes: Changes = {}): Simulation<EchoMessage> {
  const simulation = new Simulation(echoOptions(changes));
  startAll(simulation);
  simulation.at(2_000_000, () => simulation.kill(2));
  simulation.at(2_500_000, () => simulation.start(2));
  simulation.at(4_000_000, () => simulation.pause(3));
  simulation.at(4_200_000, () => simulation.resume(3));
  simulation.at(5_000_000, () => simulation.clock(1).setDrift(200_000));
  simulation.runUntil(10_000_000);
  return simulation;
}

function echo(simulation: Simulation<EchoMessage>, id: number): EchoProcess {
  return simulation.process(id) as EchoProcess;
}

/** One process whose behaviour a test writes down. */
function single(
  behaviour: Partial<Process<EchoMessage>>,
  changes: Changes = {},
  boot?: (ports: Ports<EchoMessage>) => void,
) {
  const downs: { cause: DownCause; error: Error | null }[] = [];
  const simulation = new Simulation(
    echoOptions({
      network: CALM,
      observer: { onDown: (_, cause, error) => downs.push({ cause, error }) },
      ...changes,
      processes: [
        {
          ...echoSpec(1, []),
          boot: (ports) => {
            boot?.(ports);
            return { start() {}, receive() {}, wake() {}, ...behaviour };
          },
        },
        echoSpec(2, [1]),
      ],
    }),
  );
  return { simulation, downs };
}

test('actions of one time run in the order they were scheduled, before later ones', () => {
  const simulation = new Simulation(echoOptions());
  const order: string[] = [];
  simulation.at(20, () => order.push('c'));
  simulation.at(10, () => {
    order.push('a');
    simulation.at(10, () => order.push('a2'));
  });
  simulation.at(10, () => order.push('b'));
  simulation.runUntil(15);
  expect(order).toEqual(['a', 'b', 'a2']);
  expect(simulation.nowUs).toBe(15);
  simulation.runUntil(20);
  expect(order).toEqual(['a', 'b', 'a2', 'c']);
  expect(() => simulation.at(19, () => {})).toThrow('lies ahead');
});

test('the same seed gives the same run', () => {
  const first = run();
  const second = run();
  expect(first.eventCount).toBeGreaterThan(5000);
  expect(second.traceHash()).toBe(first.traceHash());
  expect(second.hashChain()).toEqual(first.hashChain());
  expect(second.draws()).toEqual(first.draws());
  expect(second.eventCount).toBe(first.eventCount);
});

test('seeds give different runs, and the same ones backwards', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => String(i));
  const forwards = seeds.map((seed) => run({ seed }).traceHash());
  expect(new Set(forwards).size).toBe(seeds.length);
  const backwards = [...seeds].reverse().map((seed) => run({ seed }).traceHash());
  expect(backwards.reverse()).toEqual(forwards);
});

test('the wire, traces and observers leave the hash alone', () => {
  const plain = run();
  const seen: number[] = [];
  const observer = { afterEvent: (id: number) => void seen.push(id) };
  expect(run({ wire: false }).traceHash()).toBe(plain.traceHash());
  expect(run({ trace: () => {} }).traceHash()).toBe(plain.traceHash());
  expect(run({ observer }).traceHash()).toBe(plain.traceHash());
  expect(seen.length).toBeGreaterThan(1000);
});

test('without hash there is none, and the run is the same', () => {
  const silent = run({ hash: false, wire: false });
  expect(silent.traceHash()).toBe('');
  expect(silent.hashChain()).toEqual([]);
  expect(silent.eventCount).toBe(run().eventCount);
  expect(silent.draws()).toEqual(run().draws());
});

test('one byte in one message changes the hash, and only from there on', () => {
  const plain = run();
  const simulation = new Simulation(echoOptions());
  startAll(simulation);
  simulation.at(2_000_000, () => simulation.kill(2));
  simulation.at(2_500_000, () => simulation.start(2));
  simulation.at(4_000_000, () => simulation.pause(3));
  simulation.at(4_200_000, () => simulation.resume(3));
  simulation.at(5_000_000, () => {
    simulation.clock(1).setDrift(200_000);
    echo(simulation, 1).round += 256;
  });
  simulation.runUntil(10_000_000);
  expect(simulation.traceHash()).not.toBe(plain.traceHash());
  const chain = simulation.hashChain();
  const firstOther = chain.findIndex((hash, i) => hash !== plain.hashChain()[i]);
  expect(firstOther).toBeGreaterThan(1);
  expect(firstOther).toBeLessThan(chain.length - 1);
});

test('the chain has an entry for every 1,000 events', () => {
  const simulation = run();
  expect(simulation.hashChain().length).toBe(Math.floor(simulation.eventCount / 1000));
});

test('every stream is keyed and its draws are counted', () => {
  const draws = run().draws();
  expect(Object.keys(draws)).toContain('net/n1>n2');
  expect(Object.keys(draws)).toContain('process/n2/2');
  const simulation = run();
  let messages = 0;
  for (const [label, count] of Object.entries(simulation.draws())) {
    if (label.startsWith('net/')) messages += count / 2;
  }
  expect(messages).toBe(simulation.network.counters.sent);
});

test('a restarted process draws from a stream of its own', () => {
  const jitter: number[] = [];
  const { simulation } = single({}, {}, (ports) => void jitter.push(ports.random.int32()));
  for (let i = 0; i < 3; i++) {
    simulation.start(1);
    simulation.kill(1);
  }
  expect(new Set(jitter).size).toBe(3);
});

test('a receiver never sees the objects of the sender when messages pass the wire', () => {
  for (const wire of [true, false]) {
    const sent: EchoMessage[] = [];
    const simulation = new Simulation(
      echoOptions({ wire, network: CALM, observer: { onSend: (_f, _t, m) => void sent.push(m) } }),
    );
    startAll(simulation);
    simulation.runUntil(1_000_000);
    const { received } = echo(simulation, 1);
    expect(received.length).toBeGreaterThan(100);
    expect(received.some((entry) => sent.includes(entry.message))).toBe(!wire);
  }
});

test('the deadline of a dead incarnation never fires', () => {
  let wakes = 0;
  const { simulation } = single({ wake: () => void wakes++ }, {}, ({ clock }) => {
    if (simulation.incarnation(1) === 1) clock.setDeadline(clock.monotonicUs() + 1000);
  });
  simulation.start(1);
  simulation.kill(1);
  simulation.start(1);
  simulation.runUntil(10_000);
  expect(wakes).toBe(0);
});

test('a deadline that moves later fires once, one that moves earlier fires in time', () => {
  const wakes: number[] = [];
  let ports: Ports<EchoMessage> | null = null;
  const { simulation } = single({ wake: () => void wakes.push(simulation.nowUs) }, {}, (given) => {
    ports = given;
  });
  simulation.start(1);
  const { clock } = ports!;
  const origin = clock.monotonicUs();
  clock.setDeadline(origin + 1000);
  clock.setDeadline(origin + 5000);
  simulation.runUntil(2000);
  expect(wakes).toEqual([]);
  clock.setDeadline(origin + 3000);
  simulation.runUntil(10_000);
  expect(wakes).toEqual([3000]);
  clock.setDeadline(origin + 12_000);
  clock.setDeadline(Infinity);
  simulation.runUntil(20_000);
  expect(wakes).toEqual([3000]);
  clock.setDeadline(origin);
  simulation.runUntil(20_000);
  expect(wakes).toEqual([3000, 20_000]);
});

test('deadlines run on the drifting clock of the machine', () => {
  const wakes: number[] = [];
  let ports: Ports<EchoMessage> | null = null;
  const { simulation } = single({ wake: () => void wakes.push(simulation.nowUs) }, {}, (given) => {
    ports = given;
  });
  simulation.start(1);
  simulation.clock(1).setDrift(250_000);
  ports!.clock.setDeadline(ports!.clock.monotonicUs() + 1_000_000);
  simulation.runUntil(2_000_000);
  expect(wakes).toEqual([800_000]);
});

test('a paused process gets nothing; on resume it gets what was due, in order', () => {
  const simulation = new Simulation(
    echoOptions({ network: CALM, processes: [echoSpec(1, [2]), echoSpec(2, [])] }),
  );
  simulation.start(1);
  simulation.start(2);
  simulation.pause(2);
  const origin = simulation.clock(2).monotonicUs();
  simulation.runUntil(100_000);
  expect(echo(simulation, 2).received).toEqual([]);
  expect(echo(simulation, 1).round).toBeGreaterThan(5);
  // Its clock went on: everything, its own overdue deadline too, happens at the moment of resuming.
  simulation.resume(2);
  simulation.runUntil(100_000);
  const { received, wakes } = echo(simulation, 2);
  expect(received.map((entry) => entry.message.round)).toEqual(received.map((_, i) => i + 1));
  expect(received.length).toBeGreaterThan(5);
  expect(new Set(received.map((entry) => entry.atUs - origin))).toEqual(new Set([100_000]));
  expect(wakes).toBe(1);
});

test('what a paused process was kept from dies with it', () => {
  const simulation = new Simulation(
    echoOptions({ network: CALM, processes: [echoSpec(1, [2]), echoSpec(2, [])] }),
  );
  simulation.start(1);
  simulation.start(2);
  simulation.pause(2);
  simulation.runUntil(100_000);
  simulation.kill(2);
  expect(simulation.network.counters.dropped.down).toBeGreaterThan(5);
  simulation.start(2);
  expect(simulation.isPaused(2)).toBe(false);
  const before = simulation.nowUs;
  simulation.resume(2);
  simulation.runUntil(before);
  expect(echo(simulation, 2).received).toEqual([]);
  simulation.runUntil(before + 100_000);
  expect(echo(simulation, 2).received.length).toBeGreaterThan(5);
});

test('a fail-stop and a bug take the process down, each under its own name', () => {
  const stop = single({
    receive() {
      throw new FailStop('disk-sync', 'the log could not be synced');
    },
  });
  stop.simulation.start(1);
  stop.simulation.start(2);
  stop.simulation.runUntil(100_000);
  expect(stop.downs.map((down) => down.cause)).toEqual(['fail-stop']);
  expect(stop.downs[0]!.error).toBeInstanceOf(FailStop);
  expect(stop.simulation.isUp(1)).toBe(false);
  expect(stop.simulation.process(1)).toBeNull();
  expect(stop.simulation.isUp(2)).toBe(true);

  const bug = single({
    receive() {
      (undefined as unknown as { boom(): void }).boom();
    },
  });
  bug.simulation.start(1);
  bug.simulation.start(2);
  bug.simulation.runUntil(100_000);
  expect(bug.downs.map((down) => down.cause)).toEqual(['crash']);
  expect(bug.downs[0]!.error).toBeInstanceOf(TypeError);
});

test('a process that throws while it boots or starts is down, and can be started again', () => {
  let attempts = 0;
  const { simulation, downs } = single({}, {}, () => {
    if (++attempts < 3) throw new FailStop('corruption', 'damaged');
  });
  simulation.start(1);
  simulation.start(1);
  simulation.start(1);
  expect(downs.map((down) => down.cause)).toEqual(['fail-stop', 'fail-stop']);
  expect(simulation.isUp(1)).toBe(true);
  expect(simulation.incarnation(1)).toBe(3);
  expect(() => simulation.start(1)).toThrow('is down');
});

test('a message to nobody and a use of a disk that is not there are crashes', () => {
  let ports: Ports<EchoMessage> | null = null;
  const toNobody = single(
    { start: () => ports!.network.send(99, { kind: 'ping', round: 1, text: '' }) },
    {},
    (given) => {
      ports = given;
    },
  );
  toNobody.simulation.start(1);
  expect(toNobody.downs[0]!.error!.message).toContain('no such process');
  const noDisk = single({ start: () => void ports!.disk.open('wal') }, {}, (given) => {
    ports = given;
  });
  noDisk.simulation.start(1);
  expect(noDisk.downs[0]!.error!.message).toContain('n1 has no disk');
});

test('a stack overflow is an error of the harness, not a crash', () => {
  const deeper = (n: number): number => deeper(n + 1) + 1;
  const { simulation, downs } = single({ start: () => void deeper(0) });
  expect(() => simulation.start(1)).toThrow(HarnessError);
  expect(downs).toEqual([]);
});

test('a process that answers with a promise is refused', () => {
  const { simulation } = single({ start: async () => {} });
  expect(() => simulation.start(1)).toThrow('processes are synchronous');
});

test('what an observer throws ends the run, even if the process swallows it', () => {
  class Violation extends Error {}
  const changes: Changes = {
    observer: {
      onSend() {
        throw new Violation('seen');
      },
    },
  };
  let ports: Ports<EchoMessage> | null = null;
  const { simulation } = single(
    {
      start() {
        try {
          ports!.network.send(2, { kind: 'ping', round: 1, text: '' });
        } catch {
          // Product code that catches too much.
        }
      },
    },
    changes,
    (given) => {
      ports = given;
    },
  );
  expect(() => simulation.start(1)).toThrow(Violation);
  const after = new Simulation(
    echoOptions({
      observer: {
        afterEvent() {
          throw new Violation('seen');
        },
      },
    }),
  );
  expect(() => after.start(1)).toThrow(Violation);
});

test('the harness can not take a process down from inside its own event', () => {
  const simulation: Simulation<EchoMessage> = new Simulation(
    echoOptions({ observer: { onSend: (from) => simulation.kill(from) } }),
  );
  startAll(simulation);
  expect(() => simulation.runUntil(1_000_000)).toThrow(HarnessError);
});

test('runUntil stops when asked, after the event that made it so', () => {
  const simulation = new Simulation(echoOptions());
  startAll(simulation);
  simulation.runUntil(10_000_000, () => simulation.eventCount >= 500);
  expect(simulation.eventCount).toBe(500);
  expect(simulation.nowUs).toBeLessThan(10_000_000);
  const at = simulation.nowUs;
  simulation.runUntil(10_000_000);
  expect(simulation.nowUs).toBe(10_000_000);
  expect(at).toBeGreaterThan(0);
  // A run in two pieces is the run in one piece.
  const whole = new Simulation(echoOptions());
  startAll(whole);
  whole.runUntil(10_000_000);
  expect(simulation.traceHash()).toBe(whole.traceHash());
});

test('observers see ups, downs, sends and events in the order they happen', () => {
  const seen: string[] = [];
  const simulation = new Simulation(
    echoOptions({
      network: CALM,
      processes: [echoSpec(1, [2]), echoSpec(2, [], 1_000_000_000)],
      observer: {
        afterEvent: (id) => seen.push(`event ${id}`),
        onSend: (from, to, message) => seen.push(`send ${from}>${to} ${message.kind}`),
        onUp: (id, incarnation) => seen.push(`up ${id}.${incarnation}`),
        onDown: (id, cause, error) => seen.push(`down ${id} ${cause} ${String(error)}`),
      },
    }),
  );
  simulation.start(1);
  simulation.start(2);
  simulation.runUntil(10_000_000, () => echo(simulation, 1).pongs === 1);
  simulation.kill(1);
  expect(seen).toEqual([
    'up 1.1',
    'event 1',
    'up 2.1',
    'event 2',
    'send 1>2 ping',
    'event 1',
    'send 2>1 pong',
    'event 2',
    'event 1',
    'down 1 kill null',
  ]);
});

test('the trace numbers messages, and every delivery or drop has its send', () => {
  const events: TraceEvent[] = [];
  const simulation = run({ network: ROUGH, trace: (event) => events.push(event) });
  const open = new Map<number, string>();
  let lastN = 0;
  let ends = 0;
  for (const event of events) {
    expect(event.n).toBeGreaterThanOrEqual(lastN);
    lastN = event.n;
    if (event.kind === 'send' || event.kind === 'duplicate') {
      open.set(event.m, `${event.from}>${event.to}`);
    } else if (event.kind === 'deliver' || event.kind === 'drop') {
      expect(open.get(event.m)).toBe(`${event.from}>${event.to}`);
      open.delete(event.m);
      ends++;
    }
  }
  const { counters } = simulation.network;
  const drops = Object.values(counters.dropped).reduce((sum, count) => sum + count, 0);
  expect(ends).toBe(counters.delivered + drops);
  expect(counters.sent + counters.duplicated).toBe(ends + open.size);
  const kinds = new Set(events.map((event) => event.kind));
  for (const kind of [
    'boot',
    'down',
    'pause',
    'resume',
    'wake',
    'send',
    'deliver',
    'drop',
    'duplicate',
  ]) {
    expect(kinds).toContain(kind);
  }
});

test('a process killed while it sends has sent a part, and does nothing more', () => {
  const sent: number[] = [];
  const downs: (Error | null)[] = [];
  const simulation = new Simulation(
    echoOptions({
      network: CALM,
      observer: {
        onSend: (from, to) => {
          if (from === 1) sent.push(to);
        },
        onDown: (_, cause, error) => {
          expect(cause).toBe('kill');
          downs.push(error);
        },
      },
    }),
  );
  for (const id of [1, 2, 3]) simulation.start(id);
  simulation.killSending(1, 1);
  simulation.runUntil(100_000);
  expect(simulation.isUp(1)).toBe(false);
  expect(sent).toEqual([2]);
  expect(downs).toEqual([KILLED_SENDING]);
  simulation.start(1);
  simulation.runUntil(200_000);
  expect(sent.length).toBeGreaterThan(2);
});
