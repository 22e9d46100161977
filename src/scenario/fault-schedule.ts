// Carries out the fault schedule of a plan on the simulated world: names who is meant at the moment a
// fault begins, begins it, ends it, restarts what went down, and counts the faults that had an effect.

import type { Micros, ProcessId } from '../base/ids.js';
import type { DiskImage } from '../sim/disk.js';
import type { ByteAim } from '../sim/disk-decay.js';
import { HarnessError } from '../sim/harness-error.js';
import type { NetworkFault } from '../sim/network.js';
import {
  bridge,
  type DirectedLink,
  deafen,
  isolate,
  linksAcross,
  linksBetween,
  majorityRing,
  mute,
  split,
} from '../sim/partitions.js';
import type { Simulation } from '../sim/simulation.js';
import type { RecordedFault } from './pinned.js';
import type { Awaited, Fault, Plan, RecordKind, Target, Who } from './plan.js';
import { recordAim } from './record-aim.js';

/** What the schedule needs to know of the cluster. */
export interface FaultStage<M> {
  readonly simulation: Simulation<M>;
  readonly members: readonly ProcessId[];
  readonly clients: readonly ProcessId[];
  /** The client that asks for answers after healing. */
  readonly probe: ProcessId;
  /** Who leads now: the up member that leads the newest term, or null. */
  leader(): ProcessId | null;
  nameOf(id: ProcessId): string;
  /** The member's machine is about to lose power. */
  beforePowerLoss(id: ProcessId): void;
  /** The member's disk has lost what it promised to keep, in a way that no member can see by itself. */
  promisesLost(id: ProcessId): void;
}

/** How to end what a fault does. */
interface Ending {
  whole(): void;
  /** For these processes and the links among them. True if nothing of it is left. */
  among(processes: readonly ProcessId[]): boolean;
}

interface Active {
  readonly end: () => void;
  readonly endAmong: (processes: readonly ProcessId[]) => void;
}

export class FaultSchedule<M> {
  private readonly plan: Plan;
  private readonly stage: FaultStage<M>;
  private readonly active = new Map<number, Active>();
  private readonly networkFaults = new Map<number, NetworkFault[]>();
  /** Disk fault counters when a disk fault was armed, by fault index. */
  private readonly diskBaselines = new Map<number, { id: ProcessId; fired: number }[]>();
  private readonly effective = new Set<number>();
  /** The faults that began, by index, with the moment and the members that they met. */
  private readonly begun = new Map<number, { fault: Fault; leader: ProcessId | null }>();
  /** Indexes of faults that wait for something to happen, longest first. */
  private readonly waiting = new Map<Awaited, number[]>();
  /** Members that will be killed while they send: by which fault, and how long they stay down. */
  private readonly doomed = new Map<
    ProcessId,
    { readonly index: number; readonly downUs: Micros }
  >();
  private healed = false;

  constructor(plan: Plan, stage: FaultStage<M>) {
    this.plan = plan;
    this.stage = stage;
  }

  /** Puts every fault into the event queue. */
  schedule(): void {
    const { simulation } = this.stage;
    for (const [index, fault] of this.plan.faults.entries()) {
      if (fault.atUs < this.plan.durationUs) {
        simulation.at(fault.atUs, () => {
          if (fault.waitFor === undefined) this.begin(index, fault, null);
          else this.wait(index, fault.waitFor.event);
        });
      }
    }
  }

  private wait(index: number, event: Awaited): void {
    const waiting = this.waiting.get(event);
    if (waiting === undefined) this.waiting.set(event, [index]);
    else waiting.push(index);
  }

  /** Something happened to a member: one fault that waited for that is set off. */
  happened(event: Awaited, it: ProcessId): void {
    if (this.waiting.size === 0) return;
    const index = this.waiting.get(event)?.shift();
    if (index === undefined) return;
    const { simulation } = this.stage;
    const fault = this.plan.faults[index]!;
    const atUs = simulation.nowUs + (fault.waitFor?.thenUs ?? 0);
    simulation.at(atUs, () => this.begin(index, fault, it));
  }

  /** A member was killed in the middle of an event, as a fault had it in mind. */
  killed(id: ProcessId): void {
    const doom = this.doomed.get(id);
    if (doom === undefined) return;
    this.doomed.delete(id);
    this.effective.add(doom.index);
    this.restartLater(id, doom.downUs);
  }

  /**
   * Ends everything: links whole, disks sound and empty of overlays, clocks steady, everybody up. If the plan
   * has a core, that goes for its members and the links among them; the others stay as they are for good.
   */
  heal(): void {
    const { simulation, members } = this.stage;
    const { core } = this.plan;
    this.healed = true;
    const healing = core ?? members;
    for (const { end, endAmong } of [...this.active.values()]) {
      if (core === undefined) end();
      else endAmong(core);
    }
    for (const id of healing) {
      this.countDisk(id);
      // Whoever waits for a disk that would stall for good hangs in that call: only a power cycle helps.
      if (core !== undefined && simulation.disk(id).isStalled()) {
        this.stage.beforePowerLoss(id);
        simulation.powerLoss(id);
      }
      simulation.disk(id).clearFaults(this.plan.damage !== undefined);
      simulation.clock(id).setDrift(0);
    }
    for (const id of healing) if (!simulation.isUp(id)) simulation.start(id);
  }

  /** It is outside the core, and the core has been healed: nothing becomes of it any more. */
  private isLeftBroken(id: ProcessId): boolean {
    return this.healed && this.plan.core?.includes(id) === false;
  }

  /** A member stopped itself: something will start it again, as an init system does. */
  supervise(id: ProcessId): void {
    this.restartLater(id, this.plan.knobs.restartUs);
  }

  /** How many faults had an effect so far. */
  effectiveCount(): number {
    this.countEffects();
    return this.effective.size;
  }

  /** What became of each fault of the plan; null if it has not begun. */
  record(): (RecordedFault | null)[] {
    this.countEffects();
    return this.plan.faults.map((_, index) => {
      const begun = this.begun.get(index);
      return begun === undefined ? null : { ...begun, effective: this.effective.has(index) };
    });
  }

  private countEffects(): void {
    for (const [index, faults] of this.networkFaults) {
      if (faults.some((fault) => fault.effectCount > 0)) this.effective.add(index);
    }
    for (const id of this.stage.members) this.countDisk(id);
  }

  /** @param it the member to which happened what the fault has waited for */
  private begin(index: number, drawn: Fault, it: ProcessId | null): void {
    if (this.healed) return;
    const fault = it === null ? drawn : aimedAt(drawn, it);
    this.begun.set(index, { fault: this.explicit(fault), leader: this.stage.leader() });
    const processes = this.processesOf(fault);
    this.stage.simulation.record({
      kind: 'fault',
      fault: index,
      phase: 'begin',
      label: describeFault(
        fault,
        processes.map((id) => this.stage.nameOf(id)),
      ),
      processes,
    });
    const ending = this.apply(index, fault, processes);
    if (ending === null) return;
    const over = (): void => {
      this.active.delete(index);
      this.stage.simulation.record({
        kind: 'fault',
        fault: index,
        phase: 'end',
        label: fault.kind,
        processes,
      });
    };
    const end = (): void => {
      ending.whole();
      over();
    };
    const endAmong = (ids: readonly ProcessId[]): void => {
      if (ending.among(ids)) over();
    };
    this.active.set(index, { end, endAmong });
    const forUs = 'forUs' in fault ? fault.forUs : 0;
    this.stage.simulation.at(this.stage.simulation.nowUs + forUs, () => {
      if (this.active.has(index) && !this.healed) end();
    });
  }

  /** Begins a fault; returns how to end it, or null if it strikes once. */
  private apply(index: number, fault: Fault, targets: readonly ProcessId[]): Ending | null {
    const { simulation } = this.stage;
    switch (fault.kind) {
      case 'isolate':
      case 'split':
      case 'ring':
      case 'bridge':
        return this.network(index, simulation.network.block(this.blockedLinks(fault, targets)));
      case 'degrade':
        return this.network(
          index,
          simulation.network.degrade(this.chosenLinks(fault.from, fault.to), fault),
        );
      case 'clog':
        return this.network(index, simulation.network.clog(this.chosenLinks(fault.from, fault.to)));
      case 'kill':
      case 'power-loss':
        for (const id of targets) this.crash(index, id, fault.kind, fault.downUs);
        return null;
      case 'kill-sending':
        for (const id of targets) {
          this.doomed.set(id, { index, downUs: fault.downUs });
          simulation.killSending(id, fault.messages);
        }
        return null;
      case 'pause':
        for (const id of targets) if (simulation.isUp(id)) this.effective.add(index);
        for (const id of targets) simulation.pause(id);
        return endingOfEach(targets, (id) => simulation.resume(id));
      case 'clock-jump':
        for (const id of targets) this.jump(id, fault.byUs);
        this.effective.add(index);
        return null;
      case 'clock-drift':
        for (const id of targets) simulation.clock(id).setDrift(fault.ppm);
        this.effective.add(index);
        return endingOfEach(targets, (id) => simulation.clock(id).setDrift(0));
      case 'wipe':
        for (const id of targets) {
          this.replaceDisk(index, id, 'wipe', { image: new Map(), downUs: fault.downUs });
        }
        return null;
      case 'rollback': {
        const images = targets.map((id) => ({ id, image: simulation.disk(id).image() }));
        const whole = (): void => {
          // At the end of the run all is healed: then it is too late to travel in time.
          if (this.healed) return;
          for (const { id, image } of images) {
            if (id === this.stage.leader()) continue;
            this.replaceDisk(index, id, 'rollback', { image, downUs: fault.downUs });
          }
        };
        return { whole, among: () => true };
      }
      default:
        return this.disk(index, fault, targets);
    }
  }

  private network(index: number, fault: NetworkFault): Ending {
    const faults = this.networkFaults.get(index);
    if (faults === undefined) this.networkFaults.set(index, [fault]);
    else faults.push(fault);
    const probe = this.stage.probe;
    return {
      whole: () => fault.end(),
      among: (ids) => {
        fault.endAmong([...ids, probe]);
        return fault.links.length === 0;
      },
    };
  }

  private blockedLinks(
    fault: Extract<Fault, { kind: 'isolate' | 'split' | 'ring' | 'bridge' }>,
    targets: readonly ProcessId[],
  ): DirectedLink[] {
    const { members } = this.stage;
    switch (fault.kind) {
      case 'isolate': {
        const shape =
          fault.direction === 'both' ? isolate : fault.direction === 'in' ? deafen : mute;
        return [...shape(targets, members), ...this.clientLinks(targets, fault.clients)];
      }
      case 'split': {
        const groups = fault.groups.map((group) => this.resolve(group));
        const grouped = new Set(groups.flat());
        const rest = members.filter((id) => !grouped.has(id));
        return [...split([...disjoint(groups), rest]), ...this.clientLinks(targets, fault.clients)];
      }
      case 'ring':
        return majorityRing(fault.order);
      case 'bridge':
        return fault.order.length < 3 ? [] : bridge(fault.order);
    }
  }

  /** Cuts clients from the members they may not reach. */
  private clientLinks(
    inside: readonly ProcessId[],
    reach: 'both' | 'inside' | 'outside',
  ): DirectedLink[] {
    const { members, clients } = this.stage;
    if (reach === 'both') return [];
    const outside = members.filter((id) => !inside.includes(id));
    return linksAcross(clients, reach === 'inside' ? outside : inside);
  }

  private chosenLinks(from: readonly Who[], to: readonly Who[]): DirectedLink[] {
    const { members, clients } = this.stage;
    const everybody = [...members, ...clients];
    return linksBetween(
      from.length === 0 ? everybody : this.resolve(from),
      to.length === 0 ? everybody : this.resolve(to),
    );
  }

  private crash(index: number, id: ProcessId, how: 'kill' | 'power-loss', downUs: number): void {
    const { simulation } = this.stage;
    if (!simulation.isUp(id)) return;
    this.effective.add(index);
    if (how === 'kill') {
      simulation.kill(id);
    } else {
      this.stage.beforePowerLoss(id);
      simulation.powerLoss(id);
    }
    this.restartLater(id, downUs);
  }

  /** The machine loses power, and its disk comes back as `image` has it. */
  private replaceDisk(
    index: number,
    id: ProcessId,
    fault: 'rollback' | 'wipe',
    options: { readonly image: DiskImage; readonly downUs: number },
  ): void {
    const { simulation } = this.stage;
    this.crash(index, id, 'power-loss', options.downUs);
    if (simulation.isUp(id)) return;
    this.stage.promisesLost(id);
    simulation.disk(id).replaceBy(options.image, fault);
  }

  private restartLater(id: ProcessId, afterUs: number): void {
    const { simulation } = this.stage;
    const incarnation = simulation.incarnation(id);
    simulation.at(simulation.nowUs + afterUs, () => {
      if (simulation.isUp(id) || simulation.incarnation(id) !== incarnation) return;
      if (!this.isLeftBroken(id)) simulation.start(id);
    });
  }

  private jump(id: ProcessId, byUs: number): void {
    const clock = this.stage.simulation.clock(id);
    // A machine that slept sees both clocks jump; nothing makes the monotonic one go back.
    if (byUs > 0 && byUs % 2 === 0) clock.jumpForward(byUs);
    else clock.jumpWall(byUs);
  }

  private disk(index: number, fault: Fault, targets: readonly ProcessId[]): Ending | null {
    const { simulation } = this.stage;
    this.diskBaselines.set(
      index,
      targets.map((id) => ({ id, fired: simulation.disk(id).stats.faultsFired })),
    );
    for (const id of targets) {
      const disk = simulation.disk(id);
      switch (fault.kind) {
        case 'short-write':
          disk.armShortWrite();
          break;
        case 'write-error':
          disk.armWriteError(fault.code);
          break;
        case 'sync-error':
          disk.armSyncError(fault.path);
          break;
        case 'writeback-error':
          disk.armWritebackError();
          break;
        case 'disk-full':
          disk.setFull(true);
          break;
        case 'latent-error':
          disk.latentError(fault.path, aimOf(fault));
          break;
        case 'bit-rot':
          disk.rot(fault.path, aimOf(fault));
          break;
        case 'zeroed':
          disk.zero(fault.path, fault.unit, aimOf(fault));
          break;
        case 'misdirected-write':
          disk.misdirectWrite(fault.path, aimOf(fault));
          break;
        case 'misdirected-read':
          disk.armMisdirectedRead(fault.path, aimOf(fault));
          break;
        case 'stale-read':
          disk.armStaleRead(fault.path, fault.sticky, aimOf(fault));
          break;
        case 'lying-sync':
          disk.setLie(fault.mode);
          break;
        case 'file-fault':
          if (fault.how === 'cut') disk.cutFile(fault.path);
          else disk.loseFile(fault.path);
          break;
        case 'read-only':
          disk.setReadOnly(true);
          break;
        case 'disk-stall':
          disk.stall(this.slowUntil(id, fault.forUs));
          break;
        case 'disk-throttle':
          disk.throttle(this.slowUntil(id, fault.forUs), fault.factor);
          break;
        default:
          throw new HarnessError(`no disk fault: ${fault.kind}`);
      }
    }
    if (fault.kind !== 'disk-full' && fault.kind !== 'lying-sync' && fault.kind !== 'read-only') {
      return null;
    }
    return endingOfEach(targets, (id) => {
      const disk = simulation.disk(id);
      if (fault.kind === 'disk-full') disk.setFull(false);
      else if (fault.kind === 'read-only') disk.setReadOnly(false);
      else disk.setLie(null);
    });
  }

  /** A disk outside the core that is slow at the end of the plan stays so for good. */
  private slowUntil(id: ProcessId, forUs: Micros): Micros {
    const { core, durationUs, healUs } = this.plan;
    const untilUs = this.stage.simulation.nowUs + forUs;
    const isForGood = core?.includes(id) === false && untilUs >= durationUs;
    return isForGood ? Math.max(untilUs, durationUs + healUs) : untilUs;
  }

  private countDisk(id: ProcessId): void {
    const { faultsFired } = this.stage.simulation.disk(id).stats;
    for (const [index, baselines] of this.diskBaselines) {
      if (baselines.some((b) => b.id === id && faultsFired > b.fired)) this.effective.add(index);
    }
  }

  private processesOf(fault: Fault): ProcessId[] {
    if (fault.kind === 'rollback' || fault.kind === 'wipe') {
      return this.resolve(fault.target).map((id) => this.butNotLeader(id));
    }
    if ('target' in fault) return this.resolve(fault.target);
    if (fault.kind === 'split')
      return fault.groups.length === 0 ? [] : this.resolve(fault.groups[0]!);
    if (fault.kind === 'ring' || fault.kind === 'bridge') return [...fault.order];
    return [...this.resolve(fault.from), ...this.resolve(fault.to)];
  }

  /** The fault as it begins now: at this time, at these members, whatever it waited for and meant. */
  private explicit(fault: Fault): Fault {
    const { waitFor: _, ...rest } = { ...fault, atUs: this.stage.simulation.nowUs };
    if ('target' in rest) return { ...rest, target: this.resolve(rest.target) };
    if (rest.kind === 'split') {
      const groups = rest.groups.map((group) => this.resolve(group));
      return { ...rest, groups: groups.filter((group) => group.length > 0) };
    }
    if (rest.kind === 'degrade' || rest.kind === 'clog') {
      return { ...rest, from: this.resolve(rest.from), to: this.resolve(rest.to) };
    }
    return rest;
  }

  /**
   * A leader that comes back without its memory makes the others elect, and its vote would count before
   * anybody could notice: nothing is promised then. The member after it takes its place.
   */
  private butNotLeader(id: ProcessId): ProcessId {
    const { members } = this.stage;
    if (id !== this.stage.leader()) return id;
    return members[(members.indexOf(id) + 1) % members.length]!;
  }

  /** Ids, each once, of members that exist. */
  private resolve(target: readonly Who[]): ProcessId[] {
    const { members } = this.stage;
    const ids: ProcessId[] = [];
    for (const who of target) {
      // Without a member that it has waited for, it means whoever leads.
      const id = typeof who === 'number' ? who : (this.stage.leader() ?? members[0]!);
      if (members.includes(id) && !ids.includes(id)) ids.push(id);
    }
    return ids;
  }
}

function endingOfEach(targets: readonly ProcessId[], end: (id: ProcessId) => void): Ending {
  let left = targets;
  return {
    whole: () => {
      for (const id of left) end(id);
    },
    among: (ids) => {
      for (const id of left) if (ids.includes(id)) end(id);
      left = left.filter((id) => !ids.includes(id));
      return left.length === 0;
    },
  };
}

/** The fault with `it` meaning this member. */
function aimedAt(fault: Fault, it: ProcessId): Fault {
  const aim = (target: Target): Target => target.map((who) => (who === 'it' ? it : who));
  if ('target' in fault) return { ...fault, target: aim(fault.target) };
  if (fault.kind === 'split') return { ...fault, groups: fault.groups.map(aim) };
  if (fault.kind === 'degrade' || fault.kind === 'clog') {
    return { ...fault, from: aim(fault.from), to: aim(fault.to) };
  }
  return fault;
}

function aimOf({ record }: { readonly record?: RecordKind | undefined }): ByteAim | undefined {
  return record === undefined ? undefined : recordAim(record);
}

/** Groups without members that an earlier group has. */
function disjoint(groups: readonly (readonly ProcessId[])[]): ProcessId[][] {
  const taken = new Set<ProcessId>();
  return groups.map((group) => {
    const own = group.filter((id) => !taken.has(id));
    for (const id of own) taken.add(id);
    return own;
  });
}

/** A fault in words; `names` are those it hit, in case it meant "the leader". */
export function describeFault(fault: Fault, names: readonly string[]): string {
  const who = names.join(', ');
  const lasting = 'forUs' in fault ? ` for ${inSeconds(fault.forUs)}` : '';
  switch (fault.kind) {
    case 'isolate': {
      const how =
        fault.direction === 'both' ? 'cut off' : fault.direction === 'in' ? 'deaf' : 'mute';
      return `${who} ${how}${lasting}${fault.clients === 'both' ? '' : `, clients ${fault.clients}`}`;
    }
    case 'split':
      return `partition {${who}} and others${lasting}${fault.clients === 'both' ? '' : `, clients ${fault.clients}`}`;
    case 'ring':
      return `majority ring of ${who}${lasting}`;
    case 'bridge':
      return `only ${names[0]} bridges two halves${lasting}`;
    case 'degrade':
      return `bad links among ${who}${lasting}: loss ${fault.lossPpm / 10_000} %, ${fault.extraUs / 1000} ms extra${echoing(fault.echoUs)}`;
    case 'clog':
      return `links among ${who} hold everything${lasting}`;
    case 'kill-sending':
      return `kill ${who} after ${fault.messages} of its next messages, down ${inSeconds(fault.downUs)}`;
    case 'kill':
      return `kill ${who}, down ${inSeconds(fault.downUs)}`;
    case 'power-loss':
      return `power loss of ${who}, down ${inSeconds(fault.downUs)}`;
    case 'pause':
      return `pause ${who}${lasting}`;
    case 'clock-jump':
      return `clock of ${who} jumps by ${inSeconds(fault.byUs)}`;
    case 'clock-drift':
      return `clock of ${who} runs ${fault.ppm} ppm fast${lasting}`;
    case 'short-write':
      return `next write of ${who} is short`;
    case 'write-error':
      return `next write of ${who} fails with ${fault.code}`;
    case 'sync-error':
      return `next sync of ${who}${fault.path === '' ? '' : ` in ${fault.path}`} fails`;
    case 'writeback-error':
      return `background writeback of ${who} fails`;
    case 'disk-full':
      return `disk of ${who} full${lasting}`;
    case 'latent-error':
      return `unreadable sectors on ${who}${within(fault.path, fault.record)}`;
    case 'bit-rot':
      return `bit rot on ${who}${within(fault.path, fault.record)}`;
    case 'zeroed':
      return `a ${fault.unit} of zeros on ${who}${within(fault.path, fault.record)}`;
    case 'misdirected-write':
      return `a write of ${who}${within(fault.path, fault.record)} went to the wrong place`;
    case 'misdirected-read':
      return `a read of ${who}${within(fault.path, fault.record)} gets another sector`;
    case 'stale-read':
      return `a read of ${who}${within(fault.path, fault.record)} gets an old sector${fault.sticky ? ', for good' : ''}`;
    case 'lying-sync':
      return `syncs of ${who} lie${lasting} (${fault.mode})`;
    case 'file-fault':
      return `a file of ${who}${within(fault.path)} is ${fault.how}`;
    case 'read-only':
      return `disk of ${who} read-only${lasting}`;
    case 'rollback':
      return `disk of ${who} rolled back by ${inSeconds(fault.forUs)}`;
    case 'wipe':
      return `disk of ${who} wiped`;
    case 'disk-stall':
      return `disk of ${who} stalls${lasting}`;
    case 'disk-throttle':
      return `disk of ${who} ${fault.factor} times slower${lasting}`;
  }
}

function within(path: string, record?: RecordKind): string {
  const what = record === undefined ? '' : ` (${record})`;
  return path === '' ? what : ` in ${path}${what}`;
}

function echoing(echoUs: Micros | undefined): string {
  return echoUs === undefined ? '' : `, copies ${inSeconds(echoUs)} later`;
}

function inSeconds(us: number): string {
  return `${us / 1_000_000} s`;
}
