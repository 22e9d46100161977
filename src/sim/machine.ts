// One simulated machine: what outlives its process (disk, clock, name), and the process it runs now.
// Not here: the loop and the rules by which things happen to it (simulation.ts).

import type { Micros, ProcessId } from '../base/ids.js';
import type { Random } from '../base/random.js';
import type { Network } from '../ports/network.js';
import type { Ports, Process } from '../ports/process.js';
import type { SimClock } from './clock.js';
import type { SimDisk, SimDiskOptions } from './disk.js';
import type { SimEvent } from './event-queue.js';

/** A process of the system under test, and the machine it runs on. */
export interface ProcessSpec<M> {
  readonly id: ProcessId;
  /** Short and unique: `n1`, `c1`. Part of the labels of its random streams. */
  readonly name: string;
  /** Makes a process; called anew for every incarnation. It must share nothing with earlier ones. */
  boot(ports: Ports<M>): Process<M>;
  /** null: a machine without a disk, whose process may not use one. */
  readonly disk: SimDiskOptions | null;
  readonly clock: { readonly offsetUs: Micros; readonly driftPpm: number };
}

/** State of one machine. Only the engine writes it. */
export class Machine<M> {
  readonly id: ProcessId;
  readonly name: string;
  /** Position among the machines: everything hot is indexed by it. */
  readonly index: number;
  readonly spec: ProcessSpec<M>;
  clock!: SimClock;
  disk: SimDisk | null = null;
  network!: Network<M>;
  /** Counts from 1 with every boot. */
  incarnation = 0;
  up = false;
  paused = false;
  process: Process<M> | null = null;
  /** Randomness of the current incarnation. */
  random: Random | null = null;
  /** The process sits in a blocking system call until then. */
  blockedUntilUs: Micros = 0;
  /** Events it was kept from, in the order they were due. */
  held: SimEvent<M>[] = [];
  /** Messages its process sends yet before it is killed; 0: it is not doomed. */
  messagesLeft = 0;
  /** A drain event of this incarnation is queued. */
  draining = false;
  /** The one wake event that counts. Others were overtaken by an earlier deadline and fire into nothing. */
  wake: SimEvent<M> | null = null;

  constructor(spec: ProcessSpec<M>, index: number) {
    this.id = spec.id;
    this.name = spec.name;
    this.index = index;
    this.spec = spec;
  }

  /** True while events have to queue up before the process. */
  mustWait(nowUs: Micros): boolean {
    return this.paused || this.blockedUntilUs > nowUs || this.held.length > 0;
  }

  /** Everything that dies with a process. The disk and the clock stay. */
  die(): void {
    this.up = false;
    this.paused = false;
    this.process = null;
    this.blockedUntilUs = 0;
    this.held = [];
    this.messagesLeft = 0;
    this.draining = false;
    this.wake = null;
    this.clock.disarm();
  }
}
