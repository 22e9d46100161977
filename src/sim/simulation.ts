// The engine: one thread, one queue, virtual time. It boots processes from ports and feeds them messages,
// deadlines and disk completions until the time is up; the real event loop never turns meanwhile.
// Not here: what the processes are. The engine knows nothing of Raft, keys or clients' operations.
// Guarantee: a run is a function of (system, options, harness actions); traceHash witnesses it.

import { assert } from '../base/assert.js';
import { ByteReader, ByteWriter } from '../base/bytes.js';
import type { RunningHash } from '../base/hash.js';
import type { Micros, ProcessId } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import { type RandomStream, randomStream } from '../base/random.js';
import type { DownCause, DropReason, TraceEntry, TraceEvent, TraceSink } from '../base/trace.js';
import type { Network } from '../ports/network.js';
import { FailStop, type MessageCodec, type Process } from '../ports/process.js';
import { NEVER, SimClock } from './clock.js';
import type { EventRecordSink } from './determinism.js';
import { SimDisk, type SimDiskHost } from './disk.js';
import {
  EVENT_ACTION,
  EVENT_DELIVER,
  EVENT_DISK,
  EVENT_DOWN,
  EVENT_DRAIN,
  EVENT_DROP,
  EVENT_NAMES,
  EVENT_START,
  EVENT_WAKE,
  type EventKind,
  EventQueue,
  SimEvent,
} from './event-queue.js';
import { HarnessError } from './harness-error.js';
import { Machine, type ProcessSpec } from './machine.js';
import { type Link, type NetworkOptions, SimNetwork } from './network.js';
import { NoDisk } from './no-disk.js';
import { RunHash } from './run-hash.js';

/**
 * The harness looks at the world. What it throws ends the run and leaves the engine as it was thrown; it
 * may schedule actions, but must not touch a process from inside `onSend`.
 */
export interface Observer<M> {
  /** After every event that entered a process: start, receive, wake, disk completion. */
  afterEvent?(process: ProcessId): void;
  /** At the moment of sending, before any fault and before encoding. */
  onSend?(from: ProcessId, to: ProcessId, message: M): void;
  /** A message is about to enter a process. */
  onDeliver?(from: ProcessId, to: ProcessId, message: M): void;
  /** A process is about to be woken at its deadline. */
  onWake?(process: ProcessId): void;
  /** `boot` has made a process, `start` is about to be called. */
  onUp?(id: ProcessId, incarnation: number): void;
  /** `error` is what the process threw, or null if the harness took it down. */
  onDown?(id: ProcessId, cause: DownCause, error: FailStop | Error | null): void;
}

export interface SimulationOptions<M> {
  readonly seed: string;
  readonly processes: readonly ProcessSpec<M>[];
  readonly codec: MessageCodec<M>;
  readonly network: NetworkOptions;
  /** Hand every message over through encode and decode; off: hand over the reference. */
  readonly wire: boolean;
  /** Keep the trace hash. Off: `traceHash` is empty. */
  readonly hash: boolean;
  readonly trace: TraceSink | null;
  readonly observer: Observer<M> | null;
  /** A record after every event, for {@link compareRuns}; needs `hash`. Slow. */
  readonly eventHashes?: EventRecordSink | null;
}

/** Ids index an array. */
const PROCESS_ID_MAX = 65_535;

const DOWN_CODES: Readonly<Record<DownCause, number>> = {
  kill: 1,
  'power-loss': 2,
  'fail-stop': 3,
  crash: 4,
};

/** What a process is made to throw, and an observer is told, when it is killed while it sends. */
export const KILLED_SENDING = new Error('killed while it sent');

/** One simulated world. Single use: a run starts with a new one. */
export class Simulation<M> {
  /** Virtual time. */
  nowUs: Micros = 0;
  /** Events so far: everything that entered a process, was dropped on arrival, or was a harness action. */
  eventCount = 0;
  readonly network: SimNetwork<M>;

  private seed: string;
  private readonly codec: MessageCodec<M>;
  private readonly wire: boolean;
  private readonly encodes: boolean;
  private readonly trace: TraceSink | null;
  private readonly observer: Observer<M> | null;
  private readonly eventHashes: EventRecordSink | null;
  private readonly runHash = new RunHash();
  /** null when not hashing. */
  private readonly hash: RunningHash | null;
  private readonly queue = new EventQueue<M>();
  private readonly machines: Machine<M>[] = [];
  private readonly indexById: number[] = [];
  private readonly writer = new ByteWriter();
  private readonly reader = new ByteReader(new Uint8Array(0));
  private messageCount = 0;
  /** The machine whose process is running now. */
  private inside: Machine<M> | null = null;
  private running = false;
  /** What the harness threw while a process was on the stack: the process must not be blamed. */
  private harnessFailure: { readonly error: unknown } | null = null;
  /** What the current event did, for {@link eventHashes}. */
  private notes: string[] = [];

  constructor(options: SimulationOptions<M>) {
    const { processes, codec, network, wire, hash, trace, observer, eventHashes } = options;
    this.seed = options.seed;
    this.codec = codec;
    this.wire = wire;
    this.encodes = wire || hash;
    this.trace = trace;
    this.observer = observer;
    this.eventHashes = eventHashes ?? null;
    this.hash = hash ? this.runHash.hash : null;
    assert(this.eventHashes === null || hash, 'eventHashes needs hash');
    const names = new Set<string>();
    for (const spec of processes) {
      const { id, name } = spec;
      assert(Number.isInteger(id) && id >= 0 && id <= PROCESS_ID_MAX, 'a process id is small', {
        id,
      });
      while (this.indexById.length <= id) this.indexById.push(-1);
      assert(this.indexById[id] === -1, 'two processes have one id', { id });
      assert(!names.has(name), 'two processes have one name', { name });
      names.add(name);
      this.indexById[id] = this.machines.length;
      this.machines.push(this.build(spec));
    }
    this.network = new SimNetwork<M>(
      network,
      processes.map((spec) => spec.id),
      [...names],
      {
        openStream: (label) => this.openStream(label),
        indexOf: (id) => this.indexOf(id),
        release: (event) => {
          event.timeUs = this.nowUs;
          this.queue.push(event);
        },
        at: (timeUs, action) => this.at(timeUs, action),
      },
    );
  }

  // --- What a harness does to the world ---

  /** Boots a new incarnation, now. The process must be down. */
  start(id: ProcessId): void {
    const machine = this.outside(id);
    assert(!machine.up, 'a process that starts is down', { id });
    const incarnation = ++machine.incarnation;
    machine.up = true;
    machine.random = this.openStream(`process/${machine.name}/${incarnation}`);
    machine.disk?.processStarted();
    const disk = machine.disk ?? new NoDisk(machine.name);
    const { clock, network, random } = machine;
    if (this.trace !== null) this.record({ kind: 'boot', p: id, incarnation });
    this.enter(machine, EVENT_START, null, () => {
      const process = machine.spec.boot({ id, clock, disk, network, random });
      machine.process = process;
      this.tell(() => this.observer?.onUp?.(id, incarnation));
      return process.start();
    });
  }

  /** Ends the process at once, as SIGKILL does: the page cache survives. Nothing if it is down. */
  kill(id: ProcessId): void {
    const machine = this.outside(id);
    if (machine.up) this.down(machine, 'kill', null, 'killed');
  }

  /**
   * Kills the process in the middle of an event, when it has sent so many more messages: some of what it meant
   * to send has left it, and what it meant to do next it never does. Nothing if it is down.
   */
  killSending(id: ProcessId, messages: number): void {
    const machine = this.outside(id);
    if (machine.up) machine.messagesLeft = messages;
  }

  /**
   * Takes the power from the machine: the process dies and whatever the disk had not made durable is at
   * risk, also if the process was down. If the disk has lied about a sync, losing the cache would break
   * promises that no process could keep; then this is a kill.
   *
   * @returns whether the power really went
   */
  powerLoss(id: ProcessId): boolean {
    const machine = this.outside(id);
    const { disk } = machine;
    if (disk?.lieOutstanding() === true) {
      if (machine.up)
        this.down(machine, 'kill', null, 'power loss taken as kill: the disk has lied');
      return false;
    }
    if (machine.up) this.down(machine, 'power-loss', null, 'power lost');
    else if (disk !== null) {
      if (this.hash !== null) this.hash.int(EVENT_DOWN | (machine.index << 8));
      disk.powerLost();
    }
    return true;
  }

  /** Stops feeding the process; its clock goes on. What is due is held until {@link resume}. */
  pause(id: ProcessId): void {
    const machine = this.outside(id);
    if (!machine.up || machine.paused) return;
    machine.paused = true;
    this.foldChange(machine, 'pause');
  }

  /** Feeds a paused process what was held, in the order it was due. Nothing if it is not paused. */
  resume(id: ProcessId): void {
    const machine = this.outside(id);
    if (!machine.paused) return;
    machine.paused = false;
    this.foldChange(machine, 'resume');
    if (machine.held.length > 0) this.drainLater(machine);
  }

  /**
   * Whatever is left to chance from now on follows from another seed: all streams begin anew. What has been decided
   * stays, messages under way and armed timers among it.
   */
  reseed(seed: string): void {
    assert(this.inside === null, 'chance does not change inside an event');
    this.seed = seed;
    this.runHash.restartStreams(seed);
    for (const { disk, name } of this.machines) disk?.reseed(seed, name);
    if (this.hash !== null) this.hash.text(seed);
    if (this.eventHashes !== null) this.notes.push(`chance follows seed ${seed}`);
  }

  /** Runs `action` at a virtual time, not before now. An action is an event of its own. */
  at(timeUs: Micros, action: () => void): void {
    assert(Number.isSafeInteger(timeUs) && timeUs >= this.nowUs, 'an action lies ahead', {
      timeUs,
      nowUs: this.nowUs,
    });
    const atUs = asInteger(timeUs);
    this.queue.push(new SimEvent<M>(atUs, EVENT_ACTION, -1, 0, 0, null, null, action));
  }

  /**
   * Processes every event due at or before `timeUs`, then sets the clock to it. Stops early, at the
   * time of the last event, when `stop` answers true; it is asked after every event.
   */
  runUntil(timeUs: Micros, stop?: () => boolean): void {
    assert(!this.running, 'runUntil does not nest');
    this.running = true;
    try {
      const { queue } = this;
      for (;;) {
        const event = queue.peek();
        if (event === undefined || event.timeUs > timeUs) break;
        queue.pop();
        this.nowUs = event.timeUs;
        this.dispatch(event);
        if (stop?.() === true) return;
      }
      if (timeUs > this.nowUs) this.nowUs = asInteger(timeUs);
    } finally {
      this.running = false;
    }
  }

  // --- What a harness sees of the world ---

  isUp(id: ProcessId): boolean {
    return this.machineOf(id).up;
  }

  isPaused(id: ProcessId): boolean {
    return this.machineOf(id).paused;
  }

  /** How often the process was booted. */
  incarnation(id: ProcessId): number {
    return this.machineOf(id).incarnation;
  }

  /** The running process, or null while it is down. */
  process(id: ProcessId): Process<M> | null {
    return this.machineOf(id).process;
  }

  /** Throws for a machine without a disk. */
  disk(id: ProcessId): SimDisk {
    const { disk, name } = this.machineOf(id);
    if (disk === null) throw new HarnessError(`${name} has no disk`);
    return disk;
  }

  clock(id: ProcessId): SimClock {
    return this.machineOf(id).clock;
  }

  /** Hash of everything that has happened, 16 hex digits; '' if hashing is off. */
  traceHash(): string {
    return this.hash === null ? '' : this.runHash.final();
  }

  /** The hash after every 1,000 events; empty if hashing is off. */
  hashChain(): string[] {
    return this.hash === null ? [] : this.runHash.checkpoints();
  }

  /** Draws made from every random stream, by label. */
  draws(): Record<string, number> {
    return this.runHash.draws();
  }

  /** Adds an entry to the trace; nothing when no trace is kept. */
  record(entry: TraceEntry): void {
    if (this.trace === null) return;
    this.recordWhole({ n: this.eventCount, t: this.nowUs, ...entry } as TraceEvent);
  }

  /** For what comes at every event: to copy it, as {@link record} does, is a tenth of a traced run. */
  private recordWhole(event: TraceEvent): void {
    try {
      this.trace?.(event);
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** For the network port: the process of `machine` sends now. */
  send(machine: Machine<M>, to: ProcessId, message: M): void {
    this.transmit(machine, to, message);
    if (machine.messagesLeft > 0 && --machine.messagesLeft === 0) throw KILLED_SENDING;
  }

  private transmit(machine: Machine<M>, to: ProcessId, message: M): void {
    const { hash, writer, observer, network } = this;
    const target = this.indexOf(to);
    if (!machine.up) throw new HarnessError(`${machine.name} sent a message after its death`);
    if (observer !== null && observer.onSend !== undefined) {
      try {
        observer.onSend(machine.id, to, message);
      } catch (error) {
        throw this.fail(error);
      }
    }
    const link = network.link(machine.index, target);
    const number = ++this.messageCount;
    if (this.encodes) {
      writer.reset();
      this.codec.encode(message, writer);
      if (hash !== null) {
        hash.int(link.key);
        hash.bytes(writer.buffer, 0, writer.length);
      }
    }
    network.decide(link);
    if (this.trace !== null) {
      const { eventCount: n, nowUs: t } = this;
      const label = this.codec.describe(message);
      this.recordWhole({ n, t, kind: 'send', m: number, from: machine.id, to, label });
    }
    if (this.eventHashes !== null) this.noteSend(machine, to, message, link);
    if (link.dropped !== null) {
      if (this.trace !== null) this.traceDrop(link, number, link.dropped);
      return;
    }

    // A process that sits in a blocking call gets to its sends only after it.
    const departUs = Math.max(machine.blockedUntilUs, this.nowUs);
    this.post(link, departUs + link.delayUs, number, message);
    if (link.copyDelayUs >= 0) {
      const copy = ++this.messageCount;
      if (this.trace !== null) {
        this.record({ kind: 'duplicate', m: copy, of: number, from: machine.id, to });
      }
      this.post(link, departUs + link.copyDelayUs, copy, message);
    }
  }

  // --- The loop ---

  private dispatch(event: SimEvent<M>): void {
    switch (event.kind) {
      case EVENT_DELIVER: {
        const link = event.link!;
        if (this.network.holds(event, link)) return;
        const machine = this.machines[event.target]!;
        if (!this.network.arrive(link)) this.dropped(event, link, 'partition');
        else if (!machine.up) {
          this.network.counters.dropped.down++;
          this.dropped(event, link, 'down');
        } else if (machine.mustWait(this.nowUs)) this.hold(machine, event);
        else this.deliver(machine, event);
        return;
      }
      case EVENT_WAKE:
        this.wake(this.machines[event.target]!, event, true);
        return;
      case EVENT_DISK: {
        const machine = this.machines[event.target]!;
        if (!machine.up || machine.incarnation !== event.incarnation) return;
        if (machine.mustWait(this.nowUs)) this.hold(machine, event);
        else this.enter(machine, EVENT_DISK, event, null);
        return;
      }
      case EVENT_DRAIN:
        this.drain(this.machines[event.target]!, event);
        return;
      default:
        this.eventCount++;
        this.fold(EVENT_ACTION, -1, 0, 0);
        event.action!();
        this.finish(EVENT_ACTION, null);
    }
  }

  private deliver(machine: Machine<M>, event: SimEvent<M>): void {
    this.network.counters.delivered++;
    const { observer } = this;
    if (observer !== null && observer.onDeliver !== undefined) {
      observer.onDeliver(event.link!.from, machine.id, event.message!);
    }
    this.enter(machine, EVENT_DELIVER, event, null);
  }

  /** The deadline may have moved since the event was queued: it is queued again, or forgotten. */
  private wake(machine: Machine<M>, event: SimEvent<M>, mayHold: boolean): void {
    if (machine.wake !== event) return;
    const { deadlineUs } = machine.clock;
    if (deadlineUs === NEVER) {
      machine.wake = null;
      return;
    }
    if (deadlineUs > this.nowUs) {
      event.timeUs = deadlineUs;
      this.queue.push(event);
      return;
    }
    if (mayHold && machine.mustWait(this.nowUs)) {
      this.hold(machine, event);
      return;
    }
    machine.wake = null;
    machine.clock.disarm();
    const { observer } = this;
    if (observer !== null && observer.onWake !== undefined) observer.onWake(machine.id);
    this.enter(machine, EVENT_WAKE, event, null);
  }

  private hold(machine: Machine<M>, event: SimEvent<M>): void {
    machine.held.push(event);
    if (!machine.paused) this.drainLater(machine);
  }

  private drainLater(machine: Machine<M>): void {
    if (machine.draining) return;
    machine.draining = true;
    const { index, incarnation, blockedUntilUs } = machine;
    const atUs = Math.max(blockedUntilUs, this.nowUs);
    this.queue.push(new SimEvent<M>(atUs, EVENT_DRAIN, index, incarnation, 0, null, null, null));
  }

  /** Lets one held event in, and queues itself again while there are more. */
  private drain(machine: Machine<M>, drain: SimEvent<M>): void {
    if (!machine.up || machine.incarnation !== drain.incarnation) return;
    machine.draining = false;
    if (machine.paused) return;
    if (machine.blockedUntilUs <= this.nowUs) {
      const event = machine.held.shift();
      if (event === undefined) return;
      if (event.kind === EVENT_DELIVER) this.deliver(machine, event);
      else if (event.kind === EVENT_WAKE) this.wake(machine, event, false);
      else this.enter(machine, EVENT_DISK, event, null);
    }
    if (machine.held.length > 0 && !machine.paused) this.drainLater(machine);
  }

  /** One event enters a process. The only place from which product code is called. */
  private enter(
    machine: Machine<M>,
    kind: EventKind,
    event: SimEvent<M> | null,
    boot: (() => unknown) | null,
  ): void {
    this.eventCount++;
    this.fold(kind, machine.index, machine.incarnation, event === null ? 0 : event.number);
    if (this.trace !== null || this.eventHashes !== null) this.announce(machine, kind, event);
    this.inside = machine;
    let failure: unknown = null;
    try {
      // Typed as unknown on purpose: a process written with async would return a promise.
      let returned: unknown;
      if (kind === EVENT_DELIVER) {
        returned = machine.process!.receive(event!.link!.from, event!.message!);
      } else if (kind === EVENT_WAKE) returned = machine.process!.wake();
      else if (kind === EVENT_DISK) returned = event!.action!();
      else returned = boot!();
      if (returned !== undefined) this.refuseResult(machine, kind, returned);
    } catch (error) {
      failure = error ?? new Error('the process threw nothing');
    }
    this.inside = null;
    if (this.harnessFailure !== null) throw this.harnessFailure.error;
    if (failure !== null) this.blame(machine, failure);
    this.finish(kind, machine);
    const { observer } = this;
    if (observer !== null && observer.afterEvent !== undefined) observer.afterEvent(machine.id);
  }

  /** Sorts out who is to blame for what came out of a process. */
  private blame(machine: Machine<M>, error: unknown): void {
    if (error instanceof HarnessError) throw error;
    // How deep the stack reaches depends on the compiler's tier, so what follows could not be repeated.
    if (error instanceof RangeError && error.message.includes('call stack')) {
      throw new HarnessError(`${machine.name} ran out of stack`, error);
    }
    if (error === KILLED_SENDING) {
      this.down(machine, 'kill', KILLED_SENDING, 'killed while it sent');
    } else if (error instanceof FailStop) {
      this.down(machine, 'fail-stop', error, `${error.reason}: ${error.message}`);
    } else {
      const thrown = error instanceof Error ? error : new Error(String(error));
      this.down(machine, 'crash', thrown, `${thrown.name}: ${thrown.message}`);
    }
  }

  private down(
    machine: Machine<M>,
    cause: DownCause,
    error: FailStop | Error | null,
    reason: string,
  ): void {
    const { id, held, disk } = machine;
    machine.die();
    if (cause === 'power-loss') disk?.powerLost();
    else disk?.processDied();
    const { hash } = this;
    if (hash !== null) {
      hash.int(EVENT_DOWN | (machine.index << 8));
      hash.int(DOWN_CODES[cause]);
    }
    if (this.trace !== null) this.record({ kind: 'down', p: id, cause, reason });
    if (this.eventHashes !== null) this.notes.push(`${machine.name} down (${cause}: ${reason})`);
    for (const event of held) {
      if (event.kind !== EVENT_DELIVER) continue;
      this.network.counters.dropped.down++;
      if (this.trace !== null) this.traceDrop(event.link!, event.number, 'down');
    }
    const { observer } = this;
    if (observer !== null && observer.onDown !== undefined) observer.onDown(id, cause, error);
  }

  private dropped(event: SimEvent<M>, link: Link<M>, reason: DropReason): void {
    this.eventCount++;
    this.fold(EVENT_DROP, event.target, 0, event.number);
    if (this.trace !== null) this.traceDrop(link, event.number, reason);
    if (this.eventHashes !== null) {
      this.notes.push(`${this.nameOf(link.from)}>${this.nameOf(link.to)} dropped: ${reason}`);
    }
    this.finish(EVENT_DROP, this.machines[event.target]!);
  }

  private post(link: Link<M>, atUs: Micros, number: number, message: M): void {
    let arriving = message;
    if (this.wire) {
      const { writer, reader } = this;
      reader.use(writer.buffer, 0, writer.length);
      arriving = this.codec.decode(reader);
      reader.expectEnd();
    }
    this.queue.push(
      new SimEvent<M>(atUs, EVENT_DELIVER, link.toIndex, 0, number, link, arriving, null),
    );
  }

  // --- Hash, trace, records ---

  private fold(kind: EventKind, index: number, incarnation: number, number: number): void {
    const { hash } = this;
    if (hash === null) return;
    hash.int(this.nowUs);
    hash.int(kind | ((index + 1) << 4) | (incarnation << 20));
    if (number !== 0) hash.int(number);
  }

  private foldChange(machine: Machine<M>, kind: 'pause' | 'resume'): void {
    const { hash } = this;
    if (hash !== null) hash.int((machine.index << 8) | (kind === 'pause' ? 101 : 102));
    if (this.trace !== null) this.record({ kind, p: machine.id });
    if (this.eventHashes !== null) this.notes.push(`${kind} ${machine.name}`);
  }

  private finish(kind: EventKind, machine: Machine<M> | null): void {
    if (this.hash === null) return;
    this.runHash.eventDone();
    const { eventHashes } = this;
    if (eventHashes === null) return;
    // Draws show up here before they show in anything the process does.
    const draws = machine?.random?.drawCount ?? 0;
    eventHashes({
      n: this.eventCount,
      lane: (this.hash.low() + Math.imul(draws, 0x9e3779b1)) | 0,
      timeUs: this.nowUs,
      kind: EVENT_NAMES[kind]!,
      process: machine?.name ?? '',
      description: this.notes.join('; '),
    });
    this.notes = [];
  }

  /** What comes in, for trace and records. */
  private announce(machine: Machine<M>, kind: EventKind, event: SimEvent<M> | null): void {
    const { eventCount: n, nowUs: t } = this;
    const p = machine.id;
    if (kind === EVENT_DELIVER) {
      const { from, to } = event!.link!;
      if (this.trace !== null) {
        this.recordWhole({ n, t, kind: 'deliver', m: event!.number, from, to });
      }
      if (this.eventHashes !== null) {
        const label = this.codec.describe(event!.message!);
        this.notes.push(`${this.nameOf(from)}>${machine.name} ${label}`);
      }
    } else if (kind === EVENT_WAKE && this.trace !== null) {
      this.recordWhole({ n, t, kind: 'wake', p });
    }
  }

  private noteSend(machine: Machine<M>, to: ProcessId, message: M, link: Link<M>): void {
    const fate = link.dropped === null ? '' : ` (${link.dropped})`;
    const label = this.codec.describe(message);
    this.notes.push(`sends ${machine.name}>${this.nameOf(to)} ${label}${fate}`);
  }

  private traceDrop(link: Link<M>, number: number, reason: DropReason): void {
    this.record({ kind: 'drop', m: number, from: link.from, to: link.to, reason });
  }

  // --- Machines ---

  private build(spec: ProcessSpec<M>): Machine<M> {
    const machine = new Machine<M>(spec, this.machines.length);
    const { name } = machine;
    machine.clock = new SimClock(
      this,
      {
        offsetUs: spec.clock.offsetUs,
        driftPpm: spec.clock.driftPpm,
        monotonicStartUs: this.openStream(`clock/${name}`).below(1_000_000_000),
      },
      () => this.armWake(machine),
    );
    machine.network = new NetworkPort<M>(this, machine);
    if (spec.disk !== null) {
      machine.disk = new SimDisk(this.seed, name, spec.disk, this.diskHost(machine));
    }
    return machine;
  }

  private diskHost(machine: Machine<M>): SimDiskHost {
    const { index, id } = machine;
    const { runHash } = this;
    return {
      nowUs: () => this.nowUs,
      complete: (atUs, run) => {
        const { incarnation } = machine;
        this.queue.push(new SimEvent<M>(atUs, EVENT_DISK, index, incarnation, 0, null, null, run));
      },
      block: (untilUs) => {
        machine.blockedUntilUs = Math.max(machine.blockedUntilUs, untilUs);
      },
      effect: (operation, path, outcome) => {
        if (this.hash !== null) {
          this.hash.int(EVENT_DISK | (index << 8));
          runHash.text(operation);
          runHash.text(path);
          runHash.text(outcome);
        }
        if (this.trace !== null) {
          const { eventCount: n, nowUs: t } = this;
          this.recordWhole({ n, t, kind: 'disk', p: id, operation, path, outcome });
        }
        if (this.eventHashes !== null) this.notes.push(`${operation} ${path}: ${outcome}`);
      },
      effectInts: (a, b, c) => {
        const { hash } = this;
        if (hash === null) return;
        hash.int(a);
        hash.int(b);
        hash.int(c);
        if (this.eventHashes !== null) this.notes.push(`writes ${a} ${b} ${c}`);
      },
    };
  }

  /** Sees to it that an event is queued at the deadline or before. */
  private armWake(machine: Machine<M>): void {
    const { deadlineUs } = machine.clock;
    const { hash } = this;
    if (hash !== null) hash.int(deadlineUs === NEVER ? 0 : deadlineUs);
    if (this.eventHashes !== null) this.notes.push(`deadline ${deadlineUs}`);
    if (deadlineUs === NEVER || !machine.up) return;
    if (machine.wake !== null && machine.wake.timeUs <= deadlineUs) return;
    const { index, incarnation } = machine;
    const event = new SimEvent<M>(deadlineUs, EVENT_WAKE, index, incarnation, 0, null, null, null);
    machine.wake = event;
    this.queue.push(event);
  }

  private openStream(label: string): RandomStream {
    const random = randomStream(this.seed, label);
    this.runHash.addStream(label, random);
    return random;
  }

  private machineOf(id: ProcessId): Machine<M> {
    return this.machines[this.indexOf(id)]!;
  }

  /** The machine, asserting that no process is on the stack: a fault never strikes inside an event. */
  private outside(id: ProcessId): Machine<M> {
    if (this.inside !== null) {
      throw this.fail(new HarnessError(`the harness acted inside an event of ${this.inside.name}`));
    }
    return this.machineOf(id);
  }

  private indexOf(id: ProcessId): number {
    const index = id >= 0 && id < this.indexById.length ? this.indexById[id]! : -1;
    if (index < 0) assert(false, 'there is no such process', { id });
    return index;
  }

  private nameOf(id: ProcessId): string {
    return this.machineOf(id).name;
  }

  /** Runs harness code that may be under a process on the stack. */
  private tell(tellIt: () => void): void {
    try {
      tellIt();
    } catch (error) {
      throw this.fail(error);
    }
  }

  private fail(error: unknown): unknown {
    if (this.inside !== null) this.harnessFailure ??= { error };
    return error;
  }

  private refuseResult(machine: Machine<M>, kind: EventKind, returned: unknown): void {
    if (typeof returned !== 'object' || returned === null || !('then' in returned)) return;
    throw this.fail(
      new HarnessError(
        `${machine.name} answered a ${EVENT_NAMES[kind]} with a promise: processes are synchronous`,
      ),
    );
  }
}

class NetworkPort<M> implements Network<M> {
  private readonly simulation: Simulation<M>;
  private readonly machine: Machine<M>;

  constructor(simulation: Simulation<M>, machine: Machine<M>) {
    this.simulation = simulation;
    this.machine = machine;
  }

  send(to: ProcessId, message: M): void {
    this.simulation.send(this.machine, to, message);
  }
}
