// Where engine and disk meet: completions and incarnations, blocking calls, kill against power loss.
// What a disk does in itself is tested elsewhere.

import { expect, test } from 'vitest';
import type { DownCause, TraceEvent } from '../../src/base/trace.js';
import type { Fd } from '../../src/ports/disk.js';
import { FailStop, type Ports, type Process } from '../../src/ports/process.js';
import type { SimDiskOptions } from '../../src/sim/disk.js';
import { Simulation } from '../../src/sim/simulation.js';
import { CALM, type EchoMessage, type EchoProcess, echoOptions, echoSpec } from './echo.js';

const SYNC_US = 5000;

/** Writes a byte and syncs it when told to; remembers what it found and what was done when. */
class Writer implements Process<EchoMessage> {
  found = -1;
  readonly log: string[] = [];
  readonly ports: Ports<EchoMessage>;
  private readonly simulation: Simulation<EchoMessage>;
  private fd: Fd = -1;

  constructor(ports: Ports<EchoMessage>, simulation: Simulation<EchoMessage>) {
    this.ports = ports;
    this.simulation = simulation;
  }

  start(): void {
    const { disk } = this.ports;
    this.fd = disk.open('file', { create: true });
    const byte = new Uint8Array(1);
    if (disk.pread(this.fd, byte, 0, 1, 0) === 1) this.found = byte[0]!;
  }

  receive(_from: number, message: EchoMessage): void {
    this.note(`received ${message.round}`);
  }

  wake(): void {
    this.note('woke');
  }

  write(byte: number): void {
    this.ports.disk.pwrite(this.fd, Uint8Array.of(byte), 0, 1, 0);
  }

  sync(): void {
    const { disk } = this.ports;
    disk.fdatasync(this.fd, (error) => {
      if (error !== null) throw new FailStop('disk-sync', 'as the test wants', error);
      this.note('synced');
    });
    disk.fsyncDir('', () => this.note('synced name'));
  }

  note(what: string): void {
    this.log.push(`${this.simulation.nowUs} ${what}`);
  }
}

function world(profile: SimDiskOptions['profile'] = 'xfs', seed = '1') {
  const downs: DownCause[] = [];
  const events: TraceEvent[] = [];
  const simulation: Simulation<EchoMessage> = new Simulation(
    echoOptions({
      seed,
      network: CALM,
      trace: (event) => events.push(event),
      observer: { onDown: (_, cause) => downs.push(cause) },
      processes: [
        {
          ...echoSpec(1, []),
          boot: (ports) => new Writer(ports, simulation),
          disk: {
            profile,
            syncLatency: { minUs: SYNC_US, meanUs: SYNC_US },
            capacityBytes: 1_000_000,
            tearPpm: 0,
          },
        },
        echoSpec(2, [], 1_000_000_000),
      ],
    }),
  );
  simulation.start(1);
  simulation.start(2);
  const writer = (): Writer => simulation.process(1) as Writer;
  const echo = (): EchoProcess => simulation.process(2) as EchoProcess;
  return { simulation, writer, echo, downs, events };
}

test('a completion comes later, as an event of its own', () => {
  const { simulation, writer } = world();
  writer().write(1);
  writer().sync();
  const before = simulation.eventCount;
  simulation.runUntil(SYNC_US - 1);
  expect(writer().log).toEqual([]);
  simulation.runUntil(2 * SYNC_US);
  expect(writer().log).toEqual([`${SYNC_US} synced`, `${SYNC_US} synced name`]);
  expect(simulation.eventCount).toBe(before + 2);
});

test('a completion of a dead incarnation never fires', () => {
  const { simulation, writer } = world();
  const first = writer();
  first.write(1);
  first.sync();
  simulation.at(1000, () => simulation.kill(1));
  simulation.at(2000, () => {
    simulation.start(1);
    writer().sync();
  });
  simulation.runUntil(100_000);
  expect(first.log).toEqual([]);
  expect(writer().log.map((line) => line.split(' ')[1])).toEqual(['synced', 'synced']);
});

test('a blocked process gets its events when it is through, in order, and sends only then', () => {
  const { simulation, writer, echo } = world();
  const origin = simulation.clock(2).monotonicUs();
  simulation.disk(1).stall(50_000);
  writer().ports.clock.setDeadline(simulation.clock(1).monotonicUs() + 30_000);
  simulation.at(10_000, () => {
    writer().write(1);
    writer().ports.network.send(2, { kind: 'pong', round: 7, text: '' });
  });
  simulation.at(20_000, () => echo().send(1, 'pong', 1));
  simulation.at(40_000, () => echo().send(1, 'pong', 2));
  simulation.runUntil(49_999);
  expect(writer().log).toEqual([]);
  simulation.runUntil(100_000);
  expect(writer().log).toEqual(['50000 received 1', '50000 woke', '50000 received 2']);
  expect(echo().received.map(({ atUs }) => atUs - origin)).toEqual([51_000]);
});

test('pause and block overlap: the later one counts', () => {
  const { simulation, writer, echo } = world();
  simulation.disk(1).stall(50_000);
  simulation.at(1000, () => writer().write(1));
  simulation.at(2000, () => echo().send(1, 'pong', 1));
  simulation.at(10_000, () => simulation.pause(1));
  simulation.at(60_000, () => simulation.resume(1));
  simulation.at(70_000, () => simulation.disk(1).stall(90_000));
  simulation.at(71_000, () => simulation.pause(1));
  simulation.at(72_000, () => writer().write(2));
  simulation.at(73_000, () => echo().send(1, 'pong', 2));
  simulation.at(80_000, () => simulation.resume(1));
  simulation.runUntil(200_000);
  expect(writer().log).toEqual(['60000 received 1', '90000 received 2']);
});

test('a process that dies while it is blocked leaves no block behind', () => {
  const { simulation, writer, echo } = world();
  simulation.disk(1).stall(50_000);
  simulation.at(1000, () => writer().write(1));
  simulation.at(2000, () => echo().send(1, 'pong', 1));
  simulation.at(10_000, () => {
    simulation.kill(1);
    simulation.start(1);
    echo().send(1, 'pong', 2);
  });
  simulation.runUntil(100_000);
  expect(writer().log).toEqual(['11000 received 2']);
});

test('a kill keeps the page cache; a power loss takes what was not synced', () => {
  const killed = world();
  killed.writer().write(9);
  killed.simulation.kill(1);
  killed.simulation.start(1);
  expect(killed.writer().found).toBe(9);

  const { simulation, writer, downs } = world();
  writer().write(7);
  writer().sync();
  simulation.runUntil(2 * SYNC_US);
  expect(simulation.powerLoss(1)).toBe(true);
  simulation.start(1);
  expect(writer().found).toBe(7);
  expect(downs).toEqual(['power-loss']);

  const lost = new Set<number>();
  for (let attempt = 0; attempt < 20; attempt++) {
    writer().write(8);
    simulation.powerLoss(1);
    simulation.start(1);
    lost.add(writer().found);
    writer().write(7);
    writer().sync();
    simulation.runUntil(simulation.nowUs + 2 * SYNC_US);
  }
  expect(lost).toEqual(new Set([7, 8]));
});

test('a machine that is down can lose its power, too', () => {
  const found = new Set<number>();
  for (let seed = 0; seed < 10; seed++) {
    const { simulation, writer } = world();
    // Different outcomes of one disk, by the number of power losses before.
    for (let i = 0; i < seed; i++) simulation.disk(1).powerLost();
    simulation.kill(1);
    simulation.start(1);
    writer().write(9);
    simulation.kill(1);
    expect(simulation.powerLoss(1)).toBe(true);
    simulation.start(1);
    found.add(writer().found);
  }
  expect(found.has(-1)).toBe(true);
});

test('a power loss becomes a kill while the disk holds a lie', () => {
  let lies = 0;
  for (let byte = 1; byte < 20; byte++) {
    const { simulation, writer, downs, events } = world('ext4-journal', String(byte));
    // This profile reports success for the failed sync and an error for the next one.
    simulation.disk(1).armSyncError('');
    writer().write(byte);
    writer().sync();
    simulation.runUntil(simulation.nowUs + 2 * SYNC_US);
    const lie = simulation.disk(1).lieOutstanding();
    if (lie) lies++;
    expect(simulation.powerLoss(1)).toBe(!lie);
    expect(downs.pop()).toBe(lie ? 'kill' : 'power-loss');
    const last = events.findLast((event) => event.kind === 'down');
    expect(last?.kind === 'down' && last.reason).toBe(
      lie ? 'power loss taken as kill: the disk has lied' : 'power lost',
    );
    simulation.disk(1).clearFaults();
    simulation.start(1);
    if (lie) expect(writer().found).toBe(byte);
  }
  expect(lies).toBeGreaterThan(0);
});

test('a fail-stop on a sync error is told as one, and the disk has the excuse', () => {
  const { simulation, writer, downs } = world();
  writer().write(1);
  simulation.disk(1).armSyncError('');
  writer().sync();
  simulation.runUntil(100_000);
  expect(downs).toEqual(['fail-stop']);
  expect(simulation.disk(1).takeExcuse('disk-sync')).not.toBeNull();
  expect(simulation.disk(1).takeExcuse('disk-sync')).toBeNull();
});

test('a byte that only the disk saw changes the hash', () => {
  const hashes = [1, 1, 2].map((byte) => {
    const { simulation, writer } = world();
    simulation.at(1000, () => writer().write(byte));
    simulation.runUntil(10_000);
    return simulation.traceHash();
  });
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

test('completed syncs are in the trace', () => {
  const { simulation, writer, events } = world();
  writer().write(1);
  writer().sync();
  simulation.runUntil(100_000);
  expect(events.filter((event) => event.kind === 'disk')).toMatchObject([
    { p: 1, operation: 'fdatasync', path: 'file', outcome: 'ok', t: SYNC_US },
    { p: 1, operation: 'fsyncDir', outcome: 'ok', t: SYNC_US },
  ]);
});
