// A complete system for the engine, and the example of docs/YOUR-OWN-SYSTEM.md: a register that only
// grows, kept on a primary and a backup. A write is confirmed when both disks have it.

import {
  ByteReader,
  ByteWriter,
  FailStop,
  type Fd,
  type MessageCodec,
  type Ports,
  type Process,
  type ProcessId,
  type ProcessSpec,
  Simulation,
  withTripwire,
} from 'simquake/sim';

const PRIMARY = 1;
const BACKUP = 2;
const CLIENT = 1001; // FIRST_CLIENT_ID: what goes to and from clients is never duplicated.

// 1. Messages, and how they become bytes.

const KINDS = ['write', 'copy', 'copied', 'done'] as const;
interface Message {
  readonly kind: (typeof KINDS)[number];
  readonly value: number;
}

const codec: MessageCodec<Message> = {
  encode(message, writer) {
    writer.u8(KINDS.indexOf(message.kind));
    writer.u64(message.value);
  },
  decode: (reader) => ({ kind: KINDS[reader.u8()]!, value: reader.u64() }),
  describe: (message) => `${message.kind} ${message.value}`,
};

// 2. Processes: synchronous, and everything they touch comes from their ports.

class Server implements Process<Message> {
  value = 0;
  private fd: Fd = -1;
  private readonly ports: Ports<Message>;
  private readonly careless: boolean;

  constructor(ports: Ports<Message>, careless: boolean) {
    this.ports = ports;
    this.careless = careless;
  }

  start(): void {
    const { disk } = this.ports;
    this.fd = disk.open('register', { create: true });
    const bytes = new Uint8Array(8);
    if (disk.pread(this.fd, bytes, 0, 8, 0) === 8) this.value = new ByteReader(bytes).u64();
  }

  receive(from: ProcessId, { kind, value }: Message): void {
    if (kind === 'write') this.persist(value, () => this.send(BACKUP, 'copy', value));
    if (kind === 'copy') this.persist(value, () => this.send(from, 'copied', value));
    if (kind === 'copied') this.send(CLIENT, 'done', value);
  }

  wake(): void {}

  private persist(value: number, then: () => void): void {
    const { disk } = this.ports;
    if (value > this.value) {
      const writer = new ByteWriter(8);
      writer.u64(value);
      if (disk.pwrite(this.fd, writer.bytes(), 0, 8, 0) < 8) {
        throw new FailStop('disk-write', 'short write');
      }
      this.value = value;
    }
    if (this.careless) then(); // The planted bug: confirmed before it is durable.
    disk.fdatasync(this.fd, (error) => {
      if (error !== null) throw new FailStop('disk-sync', 'the register', error);
      // The file's name needs a sync of its own.
      disk.fsyncDir('', (failure) => {
        if (failure !== null) throw new FailStop('disk-sync', 'the directory', failure);
        if (!this.careless) then();
      });
    });
  }

  private send(to: ProcessId, kind: Message['kind'], value: number): void {
    this.ports.network.send(to, { kind, value });
  }
}

/** Writes 1, 2, 3, ..., each until it is confirmed. */
class Client implements Process<Message> {
  confirmed = 0;
  private readonly ports: Ports<Message>;

  constructor(ports: Ports<Message>) {
    this.ports = ports;
  }

  start(): void {
    this.wake();
  }

  receive(_from: ProcessId, { value }: Message): void {
    if (value !== this.confirmed + 1) return;
    this.confirmed = value;
    this.wake();
  }

  wake(): void {
    const { clock, network, random } = this.ports;
    network.send(PRIMARY, { kind: 'write', value: this.confirmed + 1 });
    clock.setDeadline(clock.monotonicUs() + 20_000 + random.below(10_000));
  }
}

// 3. The world, the faults, and the observer that judges.

export interface RegisterRun {
  readonly confirmed: number;
  /** What was seen to be lost, or null. */
  readonly violation: string | null;
  readonly traceHash: string;
}

/** Runs the register for ten virtual seconds under power losses. */
export function runRegister(seed: string, careless: boolean): RegisterRun {
  let confirmed = 0;
  let violation: string | null = null;

  const server = (id: ProcessId, name: string): ProcessSpec<Message> => ({
    id,
    name,
    boot: (ports) => new Server(ports, careless),
    disk: {
      profile: 'xfs',
      syncLatency: { minUs: 200, meanUs: 2000 },
      capacityBytes: 1_000_000,
      tearPpm: 500_000,
    },
    clock: { offsetUs: 0, driftPpm: 0 },
  });

  const simulation = new Simulation<Message>({
    seed,
    processes: [
      server(PRIMARY, 'primary'),
      server(BACKUP, 'backup'),
      {
        id: CLIENT,
        name: 'client',
        boot: (ports) => new Client(ports),
        disk: null,
        clock: { offsetUs: 0, driftPpm: 0 },
      },
    ],
    codec,
    network: {
      minUs: 100,
      tailUs: 400,
      lossPpm: 10_000,
      duplicatePpm: 10_000,
      reorderPpm: 10_000,
      capacity: 1000,
    },
    wire: true,
    hash: true,
    trace: null,
    observer: {
      onSend(_from, _to, message) {
        if (message.kind === 'done') confirmed = Math.max(confirmed, message.value);
      },
      afterEvent(id) {
        const process = simulation.process(id);
        if (!(process instanceof Server) || process.value >= confirmed) return;
        violation ??= `${id} holds ${process.value}, but ${confirmed} was confirmed`;
      },
    },
  });

  // During the run the globals that leak real time and randomness throw.
  withTripwire(() => {
    for (const id of [PRIMARY, BACKUP, CLIENT]) simulation.start(id);
    for (let at = 500_000; at < 10_000_000; at += 500_000) {
      const id = at % 1_000_000 === 0 ? PRIMARY : BACKUP;
      simulation.at(at, () => simulation.powerLoss(id));
      simulation.at(at + 100_000, () => simulation.start(id));
    }
    simulation.runUntil(10_000_000, () => violation !== null);
  });
  return { confirmed, violation, traceHash: simulation.traceHash() };
}
