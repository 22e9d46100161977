// The simulated network: what becomes of every message, per directed link, and the faults on links.
// Not here: the queue, encoding, hashing. The engine asks what becomes of a message and queues it.
// Guarantee: a message costs its link the same draws whatever faults are on and whatever becomes of it,
// so taking a fault away leaves the k-th message of every link its latency.

import { assert } from '../base/assert.js';
import { FIRST_CLIENT_ID, type Micros, type ProcessId } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import { exponentialQuantile, type Random } from '../base/random.js';
import type { DropReason } from '../base/trace.js';
import type { SimEvent } from './event-queue.js';
import type { DirectedLink } from './partitions.js';

/** What every link is like. Chances are in parts per million. */
export interface NetworkOptions {
  readonly minUs: Micros;
  /** Mean of the exponential tail on top of the minimum; the tail ends at 8 times the mean. */
  readonly tailUs: Micros;
  readonly lossPpm: number;
  /** Never on links to or from clients: a request travels over a stream. */
  readonly duplicatePpm: number;
  /** Chance of an extra delay long enough to be overtaken. */
  readonly reorderPpm: number;
  /** Messages in flight on one directed link; what is above is dropped. */
  readonly capacity: number;
}

/** How much worse a link gets. Chances add up, to one at most. */
export interface Degradation {
  readonly extraUs: Micros;
  readonly lossPpm: number;
  readonly duplicatePpm: number;
  readonly reorderPpm: number;
  /** Added to the mean of a copy's tail, which ends at 8 times the mean; left out: as fast as any message. */
  readonly echoUs?: Micros | undefined;
}

export type NetworkFaultKind = 'block' | 'clog' | 'degrade';

/** A fault on some links, until it is ended. Faults of all kinds overlap freely. */
export interface NetworkFault {
  readonly kind: NetworkFaultKind;
  readonly links: readonly DirectedLink[];
  /**
   * Messages whose fate it changed: dropped by a block, held by a clog; lost, doubled, overtaken or
   * delayed by a degradation. 0 means that the fault never took effect.
   */
  readonly effectCount: number;
  readonly ended: boolean;
  /** Ends it; once is enough. A clog then delivers what it held, in the order of arrival. */
  end(): void;
  /** Takes it off the links among these processes; on all others it goes on. */
  endAmong(processes: readonly ProcessId[]): void;
}

/** What became of all messages so far. A duplicate counts in `duplicated` and as delivered or dropped. */
export interface NetworkCounters {
  sent: number;
  delivered: number;
  duplicated: number;
  readonly dropped: Record<DropReason, number>;
}

/** The engine, as the network sees it. */
export interface NetworkHost<M> {
  openStream(label: string): Random;
  /** Dense index of a process; throws for an unknown one. */
  indexOf(id: ProcessId): number;
  /** Puts an event that a clog held back into the queue, due now. */
  release(event: SimEvent<M>): void;
  /** Runs `action` at a virtual time. */
  at(timeUs: Micros, action: () => void): void;
}

/** Reordered messages wait this many mean latencies longer, on average. */
const REORDER_LATENCIES = 8;

/** Chances are decided by 22 random bits. */
const CHANCE_RANGE = 4_194_304;

/** One direction between two processes. */
export class Link<M> {
  readonly from: ProcessId;
  readonly to: ProcessId;
  readonly toIndex: number;
  /** Both ends as one integer, for hashing. */
  readonly key: number;
  /** No end of it is a client. */
  readonly duplicates: boolean;
  readonly random: Random;
  inFlight = 0;
  /** Faults that are on, oldest first. */
  readonly blocks: Fault<M>[] = [];
  readonly clogs: Fault<M>[] = [];
  readonly degradations: Fault<M>[] = [];
  /** Messages that a clog holds. */
  held: SimEvent<M>[] = [];

  // The link's own options with its degradations added in; chances on the scale of 22 bits.
  minUs = 0;
  /** Mean of a copy's exponential tail. */
  copyTailUs = 0;
  lossBelow = 0;
  duplicateBelow = 0;
  reorderFrom = 0;

  // What the last decide() decided. Fields, because a returned object would cost an allocation.
  dropped: DropReason | null = null;
  delayUs = 0;
  /** Delay of the second copy, or -1 for none. */
  copyDelayUs = -1;

  constructor(from: ProcessId, to: ProcessId, toIndex: number, key: number, random: Random) {
    this.from = from;
    this.to = to;
    this.toIndex = toIndex;
    this.key = key;
    this.duplicates = from < FIRST_CLIENT_ID && to < FIRST_CLIENT_ID;
    this.random = random;
  }
}

/** The links of one simulation. Link objects are made at their first use. */
export class SimNetwork<M> {
  readonly options: NetworkOptions;
  readonly counters: NetworkCounters = {
    sent: 0,
    delivered: 0,
    duplicated: 0,
    dropped: { loss: 0, partition: 0, capacity: 0, down: 0 },
  };
  private readonly host: NetworkHost<M>;
  private readonly ids: readonly ProcessId[];
  private readonly names: readonly string[];
  /** By sender times the number of processes plus receiver. */
  private readonly links: (Link<M> | null)[];
  private readonly reorderMeanUs: number;

  constructor(
    options: NetworkOptions,
    ids: readonly ProcessId[],
    names: readonly string[],
    host: NetworkHost<M>,
  ) {
    assertOptions(options);
    this.options = options;
    this.ids = ids;
    this.names = names;
    this.host = host;
    this.links = new Array<Link<M> | null>(ids.length * ids.length).fill(null);
    this.reorderMeanUs = REORDER_LATENCIES * (options.minUs + options.tailUs);
  }

  /** Nothing passes these links: dropped when sent, and when due to arrive. */
  block(links: readonly DirectedLink[]): NetworkFault {
    return this.begin('block', links, null);
  }

  /** Holds what is due to arrive on these links, until `untilUs` or until it is ended. */
  clog(links: readonly DirectedLink[], untilUs: Micros = Infinity): NetworkFault {
    const fault = this.begin('clog', links, null);
    if (untilUs !== Infinity) this.host.at(untilUs, () => fault.end());
    return fault;
  }

  /** Makes links worse for messages sent from now on. */
  degrade(links: readonly DirectedLink[], degradation: Degradation): NetworkFault {
    return this.begin('degrade', links, degradation);
  }

  /** What is sent now arrives some time, if it is not lost. */
  passes(from: ProcessId, to: ProcessId): boolean {
    const link = this.link(this.host.indexOf(from), this.host.indexOf(to));
    return link.blocks.length === 0 && link.clogs.length === 0;
  }

  /** A fault makes the link worse than the network is by itself. */
  isDegraded(from: ProcessId, to: ProcessId): boolean {
    return this.link(this.host.indexOf(from), this.host.indexOf(to)).degradations.length > 0;
  }

  /** Messages on the way from one process to another, held ones included. */
  inFlight(from: ProcessId, to: ProcessId): number {
    return this.link(this.host.indexOf(from), this.host.indexOf(to)).inFlight;
  }

  /** For the engine: the link between two dense indexes. O(1). */
  link(fromIndex: number, toIndex: number): Link<M> {
    const key = fromIndex * this.ids.length + toIndex;
    return this.links[key] ?? this.open(fromIndex, toIndex, key);
  }

  /**
   * For the engine: decides what becomes of a message sent now; the answer is in the link's `dropped`,
   * `delayUs` and `copyDelayUs`. Always two draws: (loss, latency), and (duplicate or reorder, the
   * copy's latency or the extra delay).
   */
  decide(link: Link<M>): void {
    const { random, minUs } = link;
    const { options, counters } = this;
    const first = random.int32();
    const second = random.int32();
    counters.sent++;
    link.dropped = null;
    link.copyDelayUs = -1;

    if (link.blocks.length > 0) {
      for (const fault of link.blocks) fault.effectCount++;
      this.drop(link, 'partition');
      return;
    }
    const lossDraw = first >>> 10;
    if (lossDraw < link.lossBelow) {
      if (lossDraw >= toBits(options.lossPpm)) markDegradations(link);
      this.drop(link, 'loss');
      return;
    }
    if (link.inFlight >= options.capacity) {
      this.drop(link, 'capacity');
      return;
    }
    link.inFlight++;

    // Duplicates take the low end of the second draw and reordering the high end, so that a change of
    // one rate leaves the choices of the other alone.
    const draw = second >>> 10;
    let delayUs = minUs + exponentialQuantile(first & 1023, options.tailUs);
    if (draw >= link.reorderFrom) {
      delayUs += exponentialQuantile(second & 1023, this.reorderMeanUs);
    }
    link.delayUs = delayUs;
    // A copy that finds the link full is not made.
    if (draw < link.duplicateBelow && link.inFlight < options.capacity) {
      link.inFlight++;
      counters.duplicated++;
      link.copyDelayUs = minUs + exponentialQuantile(second & 1023, link.copyTailUs);
    }
    if (link.degradations.length > 0) this.countDegraded(link, draw);
  }

  /** For the engine: true if a clog holds the message now; its event comes back by the host. */
  holds(event: SimEvent<M>, link: Link<M>): boolean {
    if (link.clogs.length === 0) return false;
    for (const fault of link.clogs) fault.effectCount++;
    link.held.push(event);
    return true;
  }

  /** For the engine: the message reaches its receiver's machine, unless a block drops it now. */
  arrive(link: Link<M>): boolean {
    link.inFlight--;
    if (link.blocks.length === 0) return true;
    for (const fault of link.blocks) fault.effectCount++;
    this.counters.dropped.partition++;
    return false;
  }

  /** For {@link NetworkFault.end}: takes a fault off links on which it is. */
  lift(fault: Fault<M>, links: readonly DirectedLink[]): void {
    for (const [from, to] of links) {
      const link = this.link(this.host.indexOf(from), this.host.indexOf(to));
      const active = activeFaults(link, fault.kind);
      const at = active.indexOf(fault);
      assert(at >= 0, 'a fault that ends is on all its links', { from, to });
      active.splice(at, 1);
      if (fault.kind === 'degrade') this.refresh(link);
      if (fault.kind === 'clog' && active.length === 0) {
        const { held } = link;
        link.held = [];
        for (const event of held) this.host.release(event);
      }
    }
  }

  private begin(
    kind: NetworkFaultKind,
    links: readonly DirectedLink[],
    degradation: Degradation | null,
  ): Fault<M> {
    const fault = new Fault(this, kind, links, degradation);
    for (const [from, to] of links) {
      const link = this.link(this.host.indexOf(from), this.host.indexOf(to));
      activeFaults(link, kind).push(fault);
      if (kind === 'degrade') this.refresh(link);
    }
    return fault;
  }

  private open(fromIndex: number, toIndex: number, key: number): Link<M> {
    const label = `net/${this.names[fromIndex]}>${this.names[toIndex]}`;
    const random = this.host.openStream(label);
    const link = new Link<M>(this.ids[fromIndex]!, this.ids[toIndex]!, toIndex, key, random);
    this.links[key] = link;
    this.refresh(link);
    return link;
  }

  private refresh(link: Link<M>): void {
    let { minUs, tailUs, lossPpm, duplicatePpm, reorderPpm } = this.options;
    for (const { degradation } of link.degradations) {
      tailUs += degradation!.echoUs ?? 0;
      minUs += degradation!.extraUs;
      lossPpm += degradation!.lossPpm;
      duplicatePpm += degradation!.duplicatePpm;
      reorderPpm += degradation!.reorderPpm;
    }
    link.minUs = asInteger(minUs);
    link.copyTailUs = asInteger(tailUs);
    link.lossBelow = toBits(lossPpm);
    link.duplicateBelow = link.duplicates ? toBits(duplicatePpm) : 0;
    link.reorderFrom = CHANCE_RANGE - toBits(reorderPpm);
  }

  private drop(link: Link<M>, reason: DropReason): void {
    link.dropped = reason;
    this.counters.dropped[reason]++;
  }

  private countDegraded(link: Link<M>, draw: number): void {
    const { options } = this;
    const slower = link.minUs > options.minUs;
    const doubled = link.copyDelayUs >= 0 && draw >= toBits(options.duplicatePpm);
    const overtaken = draw >= link.reorderFrom && draw < CHANCE_RANGE - toBits(options.reorderPpm);
    if (slower || doubled || overtaken) markDegradations(link);
  }
}

class Fault<M> implements NetworkFault {
  effectCount = 0;
  ended = false;
  readonly kind: NetworkFaultKind;
  links: readonly DirectedLink[];
  readonly degradation: Degradation | null;
  private readonly network: SimNetwork<M>;

  constructor(
    network: SimNetwork<M>,
    kind: NetworkFaultKind,
    links: readonly DirectedLink[],
    degradation: Degradation | null,
  ) {
    if (degradation !== null) assertDegradation(degradation);
    this.network = network;
    this.kind = kind;
    this.links = links;
    this.degradation = degradation;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.network.lift(this, this.links);
  }

  endAmong(processes: readonly ProcessId[]): void {
    if (this.ended) return;
    const isAmong = ([from, to]: DirectedLink): boolean =>
      processes.includes(from) && processes.includes(to);
    this.network.lift(this, this.links.filter(isAmong));
    this.links = this.links.filter((link) => !isAmong(link));
  }
}

function activeFaults<M>(link: Link<M>, kind: NetworkFaultKind): Fault<M>[] {
  if (kind === 'block') return link.blocks;
  return kind === 'clog' ? link.clogs : link.degradations;
}

function markDegradations<M>(link: Link<M>): void {
  for (const fault of link.degradations) fault.effectCount++;
}

/** A chance as a threshold for 22 random bits; 0 never happens, a million always. */
function toBits(ppm: number): number {
  return Math.round(Math.min(ppm, 1_000_000) * (CHANCE_RANGE / 1_000_000));
}

function assertOptions(options: NetworkOptions): void {
  const { minUs, tailUs, lossPpm, duplicatePpm, reorderPpm, capacity } = options;
  assert(isCount(minUs) && isCount(tailUs), 'latencies are whole microseconds', { minUs, tailUs });
  assert(isPpm(lossPpm) && isPpm(duplicatePpm) && isPpm(reorderPpm), 'chances are in ppm');
  assert(isCount(capacity) && capacity >= 1, 'a link holds at least one message', { capacity });
}

function assertDegradation(degradation: Degradation): void {
  const { extraUs, lossPpm, duplicatePpm, reorderPpm } = degradation;
  assert(isCount(extraUs), 'an extra delay is a whole number of microseconds', { extraUs });
  assert(isPpm(lossPpm) && isPpm(duplicatePpm) && isPpm(reorderPpm), 'chances are in ppm');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPpm(value: number): boolean {
  return isCount(value) && value <= 1_000_000;
}
