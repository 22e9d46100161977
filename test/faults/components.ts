// The parts of the system that a fault can meet, as a trace tells them: what a message is about, which file the disk
// works on, what a member is doing. Nothing is planted in the node. Not here: which fault met what (struck.ts).

import type { ProcessId } from '../../src/base/ids.js';
import type { TraceEvent } from '../../src/base/trace.js';
import type { ClusterTrace } from '../../src/check/marks/cluster-trace.js';

export const COMPONENTS = [
  'election',
  'replication',
  'heartbeats',
  'read index',
  'snapshot transfer',
  'log repair',
  'clients',
  'log',
  'segment change',
  'snapshot file',
  'restart',
] as const;
export type Component = (typeof COMPONENTS)[number];

/** First words of labels, as `NodeCodec.describe` writes them. */
const MESSAGES: readonly (readonly [start: string, component: Component])[] = [
  ['MsgPreVote', 'election'],
  ['MsgVote', 'election'],
  ['MsgTimeoutNow', 'election'],
  ['MsgApp', 'replication'],
  ['MsgProp', 'replication'],
  ['MsgHeartbeat', 'heartbeats'],
  ['MsgReadIndex', 'read index'],
  ['MsgSnap', 'snapshot transfer'],
  ['snapshot', 'snapshot transfer'],
  ['log-', 'log repair'],
  ['request', 'clients'],
  ['response', 'clients'],
  ['move-leader', 'clients'],
];

/** What a message is about. */
export function componentOfMessage(label: string): Component | null {
  return MESSAGES.find(([start]) => label.startsWith(start))?.[1] ?? null;
}

/** Which part works on a file or directory. */
export function componentOfPath(path: string): Component | null {
  if (path.startsWith('snap')) return 'snapshot file';
  if (path === 'wal' || (path.startsWith('wal/') && path.endsWith('.tmp'))) return 'segment change';
  return path.startsWith('wal/') ? 'log' : null;
}

/** What every member is doing, kept up from the trace. */
export class Activities {
  private readonly cluster: ClusterTrace;
  /** Members that have started and do not run yet. */
  private readonly starting = new Set<ProcessId>();
  /** Members whose log holds what no completed sync has covered. */
  private readonly unsynced = new Set<ProcessId>();
  /** What the disk of a member last worked on, and has not finished: files with temporary names. */
  private readonly unfinished = new Map<ProcessId, Component>();

  /** The cluster has taken every event before this class does. */
  constructor(cluster: ClusterTrace) {
    this.cluster = cluster;
  }

  take(event: TraceEvent): void {
    switch (event.kind) {
      case 'boot':
        this.starting.add(event.p);
        break;
      case 'down':
        this.starting.delete(event.p);
        this.unsynced.delete(event.p);
        this.unfinished.delete(event.p);
        break;
      case 'state':
        this.starting.delete(event.p);
        if (Number(event.state.last ?? 0) > (this.cluster.before?.last ?? 0)) {
          this.unsynced.add(event.p);
        }
        break;
      case 'disk':
        if (event.outcome === 'ok') this.synced(event.p, event.path);
        break;
      default:
        break;
    }
  }

  /** What a member is doing now. */
  of(id: ProcessId): Set<Component> {
    const found = new Set<Component>();
    const { role } = this.cluster.member(id);
    if (role.endsWith('candidate')) found.add('election');
    for (const { from, to, label } of this.cluster.underWay.values()) {
      const component = from === id || to === id ? componentOfMessage(label) : null;
      if (component !== null) found.add(component);
    }
    if (this.starting.has(id)) found.add('restart');
    if (this.unsynced.has(id)) found.add('log');
    const unfinished = this.unfinished.get(id);
    if (unfinished !== undefined) found.add(unfinished);
    return found;
  }

  private synced(id: ProcessId, path: string): void {
    const component = componentOfPath(path);
    if (component === 'log') this.unsynced.delete(id);
    if (path.endsWith('.tmp') && component !== null) this.unfinished.set(id, component);
    else if (path !== '') this.unfinished.delete(id);
  }
}
