// What the simulated network does to messages, seen from processes that count them.

import { expect, test } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import type { Process } from '../../src/ports/process.js';
import type { ProcessSpec } from '../../src/sim/machine.js';
import type { NetworkFault, NetworkOptions } from '../../src/sim/network.js';
import { deafen, linksAcross, linksBetween } from '../../src/sim/partitions.js';
import { Simulation } from '../../src/sim/simulation.js';
import { CALM, type EchoMessage, EchoProcess, echoOptions, echoSpec } from './echo.js';

/** Processes that do nothing on their own; the test sends from them. */
function quiet(ids: readonly number[], changes: Partial<NetworkOptions>, seed = '1') {
  const events: TraceEvent[] = [];
  const spec = (id: number): ProcessSpec<EchoMessage> => ({
    ...echoSpec(id, []),
    boot: (ports) => {
      const echo = new EchoProcess(ports, [], 1_000_000_000);
      echo.start = () => {};
      return echo;
    },
  });
  const simulation = new Simulation(
    echoOptions({
      seed,
      processes: ids.map(spec),
      network: { ...CALM, ...changes },
      trace: (event) => events.push(event),
    }),
  );
  for (const id of ids) simulation.start(id);
  const echo = (id: number): EchoProcess => simulation.process(id) as EchoProcess;
  // Pongs are not answered, so each is one message on one link.
  const send = (from: number, to: number, round = 0): void => echo(from).send(to, 'pong', round);
  const rounds = (id: number): number[] => echo(id).received.map((entry) => entry.message.round);
  return { simulation, echo, send, rounds, events };
}

/** Delivery delays of messages sent every 10 ms on one link, by the number in the message. */
function delays(events: readonly TraceEvent[], from: number, to: number): number[] {
  const sentAt = new Map<number, number>();
  const list: number[] = [];
  for (const event of events) {
    if (event.kind === 'send' && event.from === from && event.to === to) {
      sentAt.set(event.m, event.t);
    } else if (event.kind === 'deliver' && sentAt.has(event.m)) {
      list.push(event.t - sentAt.get(event.m)!);
    }
  }
  return list;
}

test('without faults every message arrives after the minimum latency plus a tail of that mean', () => {
  const { simulation, send, events } = quiet([1, 2], { minUs: 500, tailUs: 1000 });
  for (let i = 0; i < 5000; i++) send(1, 2, i);
  simulation.runUntil(1_000_000);
  const list = delays(events, 1, 2);
  expect(list.length).toBe(5000);
  expect(Math.min(...list)).toBeLessThan(510);
  expect(Math.min(...list)).toBeGreaterThanOrEqual(500);
  const mean = list.reduce((sum, delay) => sum + delay, 0) / list.length;
  expect(mean).toBeGreaterThan(1450);
  expect(mean).toBeLessThan(1550);
});

test('loss and duplication come at the rate asked for', () => {
  const { simulation, send, rounds } = quiet([1, 2], { lossPpm: 100_000, duplicatePpm: 50_000 });
  for (let i = 0; i < 20_000; i++) send(1, 2, i);
  simulation.runUntil(1_000_000);
  const { counters } = simulation.network;
  expect(counters.sent).toBe(20_000);
  expect(counters.dropped.loss).toBeGreaterThan(1800);
  expect(counters.dropped.loss).toBeLessThan(2200);
  expect(counters.duplicated).toBeGreaterThan(750);
  expect(counters.duplicated).toBeLessThan(1050);
  expect(counters.delivered).toBe(20_000 - counters.dropped.loss + counters.duplicated);
  const seen = rounds(2);
  expect(new Set(seen).size).toBe(20_000 - counters.dropped.loss);
  expect(seen.length).toBe(counters.delivered);
});

test('a duplicate is an object of its own when messages pass the wire', () => {
  const { simulation, send, echo } = quiet([1, 2], { duplicatePpm: 1_000_000 });
  send(1, 2, 1);
  simulation.runUntil(1_000_000);
  const [first, second] = echo(2).received;
  expect(first!.message).toEqual(second!.message);
  expect(first!.message).not.toBe(second!.message);
});

test('reordered messages are overtaken by later ones', () => {
  const { simulation, send, rounds } = quiet([1, 2], { reorderPpm: 200_000 });
  for (let i = 0; i < 1000; i++) simulation.at(i * 100, () => send(1, 2, i));
  simulation.runUntil(1_000_000);
  const seen = rounds(2);
  expect(seen.length).toBe(1000);
  let overtaken = 0;
  for (let i = 1; i < seen.length; i++) if (seen[i]! < seen[i - 1]!) overtaken++;
  expect(overtaken).toBeGreaterThan(100);
  const orderly = quiet([1, 2], {});
  for (let i = 0; i < 1000; i++) orderly.simulation.at(i * 100, () => orderly.send(1, 2, i));
  orderly.simulation.runUntil(1_000_000);
  expect(orderly.rounds(2)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});

test('links of clients lose messages but never double them', () => {
  const { simulation, send } = quiet([1, 1001], { duplicatePpm: 1_000_000, lossPpm: 500_000 });
  for (let i = 0; i < 100; i++) {
    send(1001, 1, i);
    send(1, 1001, i);
  }
  simulation.runUntil(1_000_000);
  expect(simulation.network.counters.duplicated).toBe(0);
  expect(simulation.network.counters.dropped.loss).toBeGreaterThan(50);
});

test('a full link drops what comes on top, until messages arrive', () => {
  const { simulation, send, rounds } = quiet([1, 2], { capacity: 3 });
  for (let i = 0; i < 5; i++) send(1, 2, i);
  expect(simulation.network.inFlight(1, 2)).toBe(3);
  simulation.runUntil(1000);
  expect(simulation.network.inFlight(1, 2)).toBe(0);
  send(1, 2, 5);
  simulation.runUntil(10_000);
  expect(rounds(2)).toEqual([0, 1, 2, 5]);
  expect(simulation.network.counters.dropped.capacity).toBe(2);
});

test('a one-way partition drops one direction, at sending and on arrival', () => {
  const { simulation, send, rounds, events } = quiet([1, 2], {});
  send(1, 2, 1);
  send(2, 1, 1);
  // The two are on the way when the partition begins.
  simulation.runUntil(500);
  const fault = simulation.network.block(deafen([2], [1, 2]));
  send(1, 2, 2);
  send(2, 1, 2);
  simulation.runUntil(5000);
  expect(rounds(2)).toEqual([]);
  expect(rounds(1)).toEqual([1, 2]);
  expect(fault.effectCount).toBe(2);
  expect(events.filter((e) => e.kind === 'drop').map((e) => e.kind === 'drop' && e.reason)).toEqual(
    ['partition', 'partition'],
  );
  fault.end();
  send(1, 2, 3);
  simulation.runUntil(10_000);
  expect(rounds(2)).toEqual([3]);
});

test('overlapping partitions compose: a link heals when the last one ends', () => {
  const { simulation, send, rounds } = quiet([1, 2, 3], {});
  const { network } = simulation;
  const one = network.block(linksAcross([1], [2, 3]));
  const two = network.block(linksAcross([2], [1, 3]));
  send(1, 2, 1);
  one.end();
  one.end();
  send(1, 2, 2);
  send(1, 3, 2);
  two.end();
  send(1, 2, 3);
  simulation.runUntil(10_000);
  expect(rounds(2)).toEqual([3]);
  expect(rounds(3)).toEqual([2]);
  expect([one.effectCount, two.effectCount]).toEqual([1, 2]);
});

test('a fault that hit nothing says so', () => {
  const { simulation, send } = quiet([1, 2, 3], {});
  const faults: NetworkFault[] = [
    simulation.network.block(linksAcross([1], [3])),
    simulation.network.clog(linksAcross([1], [3])),
    simulation.network.degrade(linksBetween([1], [2]), {
      extraUs: 0,
      lossPpm: 0,
      duplicatePpm: 0,
      reorderPpm: 0,
    }),
  ];
  for (let i = 0; i < 100; i++) send(1, 2, i);
  simulation.runUntil(100_000);
  expect(faults.map((fault) => fault.effectCount)).toEqual([0, 0, 0]);
});

test('a clog holds messages until its time and then delivers them in the order of arrival', () => {
  const { simulation, echo, send, rounds } = quiet([1, 2], {});
  const origin = echo(2).ports.clock.monotonicUs();
  const fault = simulation.network.clog(linksBetween([1], [2]), 50_000);
  for (let i = 0; i < 5; i++) simulation.at(i * 100, () => send(1, 2, i));
  send(2, 1, 7);
  simulation.runUntil(49_999);
  expect(rounds(2)).toEqual([]);
  expect(rounds(1)).toEqual([7]);
  expect(simulation.network.inFlight(1, 2)).toBe(5);
  simulation.runUntil(60_000);
  expect(rounds(2)).toEqual([0, 1, 2, 3, 4]);
  expect(echo(2).received.map((entry) => entry.atUs - origin)).toEqual(Array(5).fill(50_000));
  expect(fault.effectCount).toBe(5);
  expect(fault.ended).toBe(true);
});

test('of two clogs the later end counts, and what they hold can still be cut off', () => {
  const { simulation, send, rounds } = quiet([1, 2], {});
  simulation.network.clog(linksBetween([1], [2]), 20_000);
  const second = simulation.network.clog(linksBetween([1], [2]));
  send(1, 2, 1);
  simulation.runUntil(40_000);
  expect(rounds(2)).toEqual([]);
  simulation.network.block(linksBetween([1], [2]));
  second.end();
  simulation.runUntil(50_000);
  expect(rounds(2)).toEqual([]);
  expect(simulation.network.counters.dropped.partition).toBe(1);
});

test('a degraded link is slower and loses more; ending it restores the link', () => {
  const { simulation, send, events } = quiet([1, 2], {});
  const fault = simulation.network.degrade(linksBetween([1], [2]), {
    extraUs: 7000,
    lossPpm: 500_000,
    duplicatePpm: 0,
    reorderPpm: 0,
  });
  for (let i = 0; i < 1000; i++) send(1, 2, i);
  simulation.runUntil(100_000);
  expect(new Set(delays(events, 1, 2))).toEqual(new Set([8000]));
  expect(simulation.network.counters.dropped.loss).toBeGreaterThan(400);
  expect(fault.effectCount).toBe(1000);
  fault.end();
  events.length = 0;
  for (let i = 0; i < 1000; i++) send(1, 2, i);
  simulation.runUntil(200_000);
  expect(delays(events, 1, 2)).toEqual(Array(1000).fill(1000));
});

test('an echo is a copy that comes long after, on links where copies are made', () => {
  const { simulation, echo, send, rounds, events } = quiet([1, 2, 3], {});
  const origin = echo(2).ports.clock.monotonicUs();
  const copied = { extraUs: 0, lossPpm: 0, duplicatePpm: 1_000_000, reorderPpm: 0 };
  const fault = simulation.network.degrade(linksBetween([1], [2]), { ...copied, echoUs: 500_000 });
  for (let i = 0; i < 1000; i++) send(1, 2, i);
  for (let i = 0; i < 10; i++) send(1, 3, i);
  simulation.runUntil(1000);
  expect(rounds(2).length).toBeLessThan(1050);
  expect(rounds(3).length).toBe(10);
  simulation.runUntil(8_000_000);
  expect(rounds(2).length).toBe(2000);
  const late = echo(2)
    .received.map(({ atUs }) => atUs - origin)
    .filter((delay) => delay > 1000);
  const mean = late.reduce((sum, delay) => sum + delay, 0) / late.length;
  expect(mean).toBeGreaterThan(450_000);
  expect(mean).toBeLessThan(550_000);
  fault.end();
  events.length = 0;
  for (let i = 0; i < 1000; i++) send(1, 2, i);
  simulation.runUntil(20_000_000);
  expect(delays(events, 1, 2)).toEqual(Array(1000).fill(1000));
});

test('messages to a process that is down are dropped for that reason', () => {
  const { simulation, send } = quiet([1, 2], {});
  send(1, 2, 1);
  simulation.kill(2);
  simulation.runUntil(10_000);
  expect(simulation.network.counters.dropped.down).toBe(1);
  expect(simulation.network.counters.delivered).toBe(0);
});

/** Delays of the k-th message on link 1>2, while other things happen. */
function residual(disturb: (simulation: Simulation<EchoMessage>, k: number) => void): number[] {
  const noisy: Partial<NetworkOptions> = { minUs: 100, tailUs: 2000, reorderPpm: 100_000 };
  const { simulation, send, events } = quiet([1, 2, 3], noisy, '42');
  for (let k = 0; k < 500; k++) {
    simulation.at(k * 20_000, () => {
      disturb(simulation, k);
      send(1, 2, k);
    });
  }
  simulation.runUntil(20_000_000);
  return delays(events, 1, 2);
}

test('traffic and faults on other links leave the latencies of a link alone', () => {
  const calm = residual(() => {});
  expect(calm.length).toBe(500);
  const disturbed = residual((simulation, k) => {
    const third = simulation.process(3) as Process<EchoMessage> & EchoProcess;
    if (k % 3 === 0) third.send(1, 'pong', k);
    if (k === 100) simulation.network.block(linksAcross([3], [1]));
    if (k === 200) {
      simulation.network.degrade(linksBetween([2, 3], [1]), {
        extraUs: 900,
        lossPpm: 300_000,
        duplicatePpm: 100_000,
        reorderPpm: 100_000,
      });
    }
  });
  expect(disturbed).toEqual(calm);
});

test('a fault on the link itself leaves the latencies of the other messages alone', () => {
  const calm = residual(() => {});
  let fault: NetworkFault | null = null;
  const cut = residual((simulation, k) => {
    if (k === 100) fault = simulation.network.block(linksBetween([1], [2]));
    if (k === 150) fault?.end();
  });
  expect(cut).toEqual([...calm.slice(0, 100), ...calm.slice(150)]);
});
