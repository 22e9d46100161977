// A system of forty lines that is not Raft: every process pings its peers now and then and answers what
// it is sent. It proves that the engine is generic, and most engine tests run it.

import type { ByteReader, ByteWriter } from '../../src/base/bytes.js';
import type { Micros, ProcessId } from '../../src/base/ids.js';
import type { MessageCodec, Ports, Process } from '../../src/ports/process.js';
import type { ProcessSpec } from '../../src/sim/machine.js';
import type { NetworkOptions } from '../../src/sim/network.js';
import type { SimulationOptions } from '../../src/sim/simulation.js';

export interface EchoMessage {
  kind: 'ping' | 'pong';
  round: number;
  text: string;
}

export const echoCodec: MessageCodec<EchoMessage> = {
  encode(message: EchoMessage, writer: ByteWriter): void {
    writer.u8(message.kind === 'ping' ? 1 : 2);
    writer.u64(message.round);
    writer.string(message.text);
  },
  decode(reader: ByteReader): EchoMessage {
    const kind = reader.u8() === 1 ? 'ping' : 'pong';
    return { kind, round: reader.u64(), text: reader.string() };
  },
  describe: (message) => `${message.kind} ${message.round}`,
};

export class EchoProcess implements Process<EchoMessage> {
  round = 0;
  pongs = 0;
  wakes = 0;
  readonly received: { atUs: Micros; from: ProcessId; message: EchoMessage }[] = [];
  readonly ports: Ports<EchoMessage>;
  private readonly peers: readonly ProcessId[];
  private readonly periodUs: Micros;

  constructor(ports: Ports<EchoMessage>, peers: readonly ProcessId[], periodUs: Micros) {
    this.ports = ports;
    this.peers = peers;
    this.periodUs = periodUs;
  }

  start(): void {
    this.sleep();
  }

  wake(): void {
    this.wakes++;
    this.round++;
    for (const to of this.peers) this.send(to, 'ping', this.round);
    this.sleep();
  }

  receive(from: ProcessId, message: EchoMessage): void {
    this.received.push({ atUs: this.ports.clock.monotonicUs(), from, message });
    if (message.kind === 'ping') this.send(from, 'pong', message.round);
    else this.pongs++;
  }

  send(to: ProcessId, kind: 'ping' | 'pong', round: number): void {
    this.ports.network.send(to, {
      kind,
      round,
      text: 'forty-three bytes of payload, as a heartbeat.',
    });
  }

  private sleep(): void {
    const { clock, random } = this.ports;
    clock.setDeadline(clock.monotonicUs() + this.periodUs + random.below(1000));
  }
}

/** A network in which nothing goes wrong and everything takes exactly a millisecond. */
export const CALM: NetworkOptions = {
  minUs: 1000,
  tailUs: 0,
  lossPpm: 0,
  duplicatePpm: 0,
  reorderPpm: 0,
  capacity: 1_000_000,
};

/** A network in which everything goes wrong now and then. */
export const ROUGH: NetworkOptions = {
  minUs: 200,
  tailUs: 800,
  lossPpm: 20_000,
  duplicatePpm: 20_000,
  reorderPpm: 50_000,
  capacity: 100,
};

export function echoSpec(
  id: ProcessId,
  peers: readonly ProcessId[],
  periodUs: Micros = 10_000,
): ProcessSpec<EchoMessage> {
  return {
    id,
    name: `n${id}`,
    boot: (ports) => new EchoProcess(ports, peers, periodUs),
    disk: null,
    clock: { offsetUs: 0, driftPpm: 0 },
  };
}

/** Three echo processes that all ping each other, with everything on but trace and observer. */
export function echoOptions(
  changes: Partial<SimulationOptions<EchoMessage>> = {},
): SimulationOptions<EchoMessage> {
  return {
    seed: '1',
    processes: [echoSpec(1, [2, 3]), echoSpec(2, [1, 3]), echoSpec(3, [1, 2])],
    codec: echoCodec,
    network: ROUGH,
    wire: true,
    hash: true,
    trace: null,
    observer: null,
    ...changes,
  };
}
