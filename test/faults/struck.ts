// Which components each kind of fault has met in one run, from the plan and the trace. A fault meets what its members
// are doing when it begins or takes effect, what their disks then work on, and the messages that it holds, drops or
// makes worse while it lasts.

import type { ProcessId } from '../../src/base/ids.js';
import type { TraceEvent, TraceSink } from '../../src/base/trace.js';
import { ClusterTrace } from '../../src/check/marks/cluster-trace.js';
import type { Fault, FaultKind } from '../../src/scenario/plan.js';
import { Activities, type Component, componentOfMessage, componentOfPath } from './components.js';

/** How a kind of fault meets things. */
type Manner =
  /** At the moment when it begins, and nothing later. */
  | 'at once'
  /** At the disk operation that it spoils, whenever that comes. */
  | 'armed'
  /** When it begins, then every message at its members until it ends; or those that it stops. */
  | 'links'
  /** When it begins, then every message that reaches its members until it ends. */
  | 'members'
  /** When it begins, then all that its members' disks do until it ends. */
  | 'disks'
  /** When a member dies of it. */
  | 'death';

export const MANNERS: Readonly<Record<FaultKind, Manner>> = {
  isolate: 'links',
  split: 'links',
  ring: 'links',
  bridge: 'links',
  degrade: 'links',
  clog: 'links',
  kill: 'at once',
  'kill-sending': 'death',
  'power-loss': 'at once',
  pause: 'members',
  'clock-jump': 'at once',
  'clock-drift': 'members',
  'short-write': 'armed',
  'write-error': 'armed',
  'sync-error': 'armed',
  'writeback-error': 'armed',
  'disk-full': 'disks',
  'latent-error': 'armed',
  'bit-rot': 'armed',
  zeroed: 'armed',
  'misdirected-write': 'armed',
  'misdirected-read': 'armed',
  'stale-read': 'armed',
  'lying-sync': 'disks',
  'file-fault': 'armed',
  'read-only': 'disks',
  rollback: 'at once',
  wipe: 'at once',
  'disk-stall': 'disks',
  'disk-throttle': 'disks',
};

/** Kinds that cut links: they meet only what they drop. */
const CUTS: ReadonlySet<FaultKind> = new Set(['isolate', 'split', 'ring', 'bridge']);

/** What the disk calls a fault, where that is not its kind. */
const DISK_NAMES: Readonly<Record<string, FaultKind>> = {
  'file-cut': 'file-fault',
  'file-lost': 'file-fault',
};

const KILLED_SENDING = 'killed while it sent';

interface Lasting {
  readonly kind: FaultKind;
  readonly processes: ReadonlySet<ProcessId>;
}

export class Struck {
  private readonly faults: readonly Fault[];
  private readonly cluster = new ClusterTrace();
  private readonly activities = new Activities(this.cluster);
  private readonly lasting = new Map<number, Lasting>();
  private readonly met = new Set<string>();

  /** @param faults of the plan that runs */
  constructor(faults: readonly Fault[]) {
    this.faults = faults;
  }

  readonly sink: TraceSink = (event) => {
    // What a member that goes down was doing, and a message that is lost, are asked for before they are forgotten.
    if (event.kind === 'down' && event.reason === KILLED_SENDING) {
      this.meet('kill-sending', this.activities.of(event.p));
    }
    this.cluster.take(event);
    this.activities.take(event);
    this.look(event);
  };

  /** `kind component`, of all that met. */
  pairs(): ReadonlySet<string> {
    return this.met;
  }

  private look(event: TraceEvent): void {
    switch (event.kind) {
      case 'fault':
        if (event.phase === 'begin') this.begins(event.fault, event.processes);
        else this.lasting.delete(event.fault);
        break;
      case 'send':
        this.message(event.label, event.from, event.to, (kind) => !CUTS.has(kind), 'links');
        break;
      case 'drop': {
        const { from, to } = event;
        const label = this.cluster.message?.label ?? '';
        if (event.reason === 'partition') {
          this.message(label, from, to, (kind) => CUTS.has(kind), 'links');
        }
        break;
      }
      case 'deliver':
        this.message(this.cluster.message?.label ?? '', event.to, event.to, () => true, 'members');
        break;
      case 'disk':
        this.disk(event.p, event.operation, event.path);
        break;
      default:
        break;
    }
  }

  private begins(index: number, processes: readonly ProcessId[]): void {
    const { kind } = this.faults[index]!;
    const manner = MANNERS[kind];
    if (manner === 'armed' || manner === 'death') return;
    for (const id of processes) {
      if (this.cluster.members.get(id)?.up === true) this.meet(kind, this.activities.of(id));
    }
    if (manner !== 'at once') this.lasting.set(index, { kind, processes: new Set(processes) });
  }

  private message(
    label: string,
    from: ProcessId,
    to: ProcessId,
    concerns: (kind: FaultKind) => boolean,
    manner: Manner,
  ): void {
    if (this.lasting.size === 0) return;
    const component = componentOfMessage(label);
    if (component === null) return;
    for (const { kind, processes } of this.lasting.values()) {
      if (MANNERS[kind] !== manner || !concerns(kind)) continue;
      if (processes.has(from) || processes.has(to)) this.meet(kind, [component]);
    }
  }

  private disk(id: ProcessId, operation: string, path: string): void {
    const component = componentOfPath(path);
    for (const { kind, processes } of this.lasting.values()) {
      if (MANNERS[kind] !== 'disks' || !processes.has(id) || component === null) continue;
      this.meet(kind, [component]);
    }
    const kind = DISK_NAMES[operation] ?? operation;
    if (!isKind(kind)) return;
    // The state of the disk when nobody runs is nobody's activity.
    if (this.cluster.members.get(id)?.up === true) this.meet(kind, this.activities.of(id));
    if (component !== null) this.meet(kind, [component]);
  }

  private meet(kind: FaultKind, components: Iterable<Component>): void {
    for (const component of components) this.met.add(`${kind} ${component}`);
  }
}

function isKind(name: string): name is FaultKind {
  return name in MANNERS && MANNERS[name as FaultKind] !== 'at once';
}
