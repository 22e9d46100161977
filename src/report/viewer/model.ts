// What the viewer knows about a trace: the state of every process at any step, the life of every
// message and operation, and what the timeline draws. Pure: no DOM, so that tests fold beside it.
// Self-contained, because its source is put into the page as it is: no imports but types.

import type { TraceEvent } from '../../base/trace.js';
import type { ReportData } from './data.js';

export type Role = 'leader' | 'candidate' | 'pre-candidate' | 'follower' | 'learner' | '';

/** `unknown`: nothing about it was seen yet, as in a trace that starts in the middle of a run. */
export type Status = 'unknown' | 'up' | 'down' | 'paused';

/** A process after some step. Replaced, never changed, so that checkpoints can share it. */
export interface ProcessState {
  readonly status: Status;
  readonly incarnation: number;
  /** Why it is down. */
  readonly note: string;
  /** All published fields. Emptied by a boot: a new incarnation has published nothing yet. */
  readonly fields: Readonly<Record<string, string | number>>;
}

export type MessageGroup =
  | 'election'
  | 'append'
  | 'heartbeat'
  | 'snapshot'
  | 'read'
  | 'client'
  | 'other';

export interface MessageLife {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly group: MessageGroup;
  /** A second copy made by the network. */
  readonly copy: boolean;
  /** Step of sending, -1 when the trace begins after it. */
  readonly sent: number;
  readonly startUs: number;
  /** Step of delivery or loss, -1 when the trace ends before. */
  ended: number;
  endUs: number;
  fate: 'deliver' | 'drop' | 'open';
  reason: string;
}

export interface OperationLife {
  readonly p: number;
  readonly label: string;
  readonly invoked: number;
  readonly startUs: number;
  returned: number;
  endUs: number;
  outcome: 'ok' | 'fail' | 'unknown' | 'open';
  result: string;
}

/** A stretch of time in which a process kept status, role and term. */
export interface Band {
  readonly step: number;
  readonly startUs: number;
  readonly status: Status;
  readonly role: Role;
  readonly term: number;
}

export interface Progress {
  readonly startUs: number;
  readonly commit: number;
  readonly applied: number;
}

/** A fault as it was seen: with the resolved label and times of the trace where it has them. */
export interface FaultBar {
  label: string;
  beginUs: number;
  endUs: number;
}

export interface Mark {
  readonly step: number;
  readonly us: number;
  readonly bad: boolean;
}

/** What happened to one process, in order of time. */
export interface Track {
  readonly id: number;
  readonly name: string;
  readonly member: boolean;
  readonly bands: readonly Band[];
  readonly progress: readonly Progress[];
  readonly disk: readonly Mark[];
  readonly operations: readonly OperationLife[];
}

export interface Model {
  readonly events: readonly TraceEvent[];
  readonly startUs: number;
  readonly endUs: number;
  readonly tracks: readonly Track[];
  /** In order of `startUs`. */
  readonly messages: readonly MessageLife[];
  /** Steps of violations, of fault begins and ends, of elections won, and of all that tell the story. */
  readonly violations: readonly number[];
  readonly faultSteps: readonly number[];
  readonly faults: readonly FaultBar[];
  readonly elections: readonly number[];
  readonly moments: readonly number[];
  /** All state fields that occur, the well-known ones first. */
  readonly fields: readonly string[];
  /** States in the order of `data.processes` after steps 0..`step`; -1 is before the first. */
  stateAt(step: number): readonly ProcessState[];
  slotOf(id: number): number;
  roleOf(state: ProcessState): Role;
  /** Ids of members that lead the same term at the same time, in pairs of neighbours. */
  rivals(states: readonly ProcessState[]): readonly number[];
  /** Whether the last thing seen on the link by `step` was that a cut blocked it. */
  isCut(from: number, to: number, step: number): boolean;
  messageOf(step: number): MessageLife | undefined;
  operationOf(step: number): OperationLife | undefined;
  /** What the event is about when it does not say so itself: its message, or the fault that ends. */
  subjectOf(step: number): string;
  /** Last step at or before `us`; -1 when there is none. O(log n). */
  stepAt(us: number): number;
  /** Index range [from, to) of messages that may live in [a, b]. O(log n). */
  messagesBetween(a: number, b: number): readonly [number, number];
}

/** O(events). Seeking costs at most 256 events. */
export function createModel(data: ReportData): Model {
  const checkpointEvery = 256;
  const events = data.trace;
  const startUs = events.length > 0 ? events[0]!.t : 0;
  const endUs = events.length > 0 ? events[events.length - 1]!.t : 0;
  const slots = new Map<number, number>();
  const clients = new Set<number>();
  data.processes.forEach((process, slot) => {
    slots.set(process.id, slot);
    if (process.kind === 'client') clients.add(process.id);
  });

  const blank: ProcessState = { status: 'unknown', incarnation: 0, note: '', fields: {} };
  const checkpoints: ProcessState[][] = [];
  const fieldNames = new Set<string>();
  const lives = new Map<number, MessageLife>();
  const lifeBySteps = new Map<number, MessageLife>();
  const messages: MessageLife[] = [];
  const operations = new Map<string, OperationLife>();
  const operationBySteps = new Map<number, OperationLife>();
  const links = new Map<string, { steps: number[]; cut: boolean[] }>();
  const linksOf = new Map<number, Set<string>>();
  const violations: number[] = [];
  const faultSteps: number[] = [];
  const faults: FaultBar[] = data.faults.map((fault) => ({ ...fault }));
  const elections: number[] = [];
  const moments: number[] = [];
  const tracks = data.processes.map((process) => ({
    id: process.id,
    name: process.name,
    member: process.kind === 'member',
    bands: [] as Band[],
    progress: [] as Progress[],
    disk: [] as Mark[],
    operations: [] as OperationLife[],
  }));

  function slotOf(id: number): number {
    return slots.get(id) ?? -1;
  }

  function roleOf(state: ProcessState): Role {
    const raw = String(state.fields.role ?? '')
      .toLowerCase()
      .replace(/^state/, '')
      .replace(/[^a-z]/g, '');
    if (raw === 'precandidate') return 'pre-candidate';
    if (raw === 'leader' || raw === 'candidate' || raw === 'follower' || raw === 'learner')
      return raw;
    return '';
  }

  function numberOf(state: ProcessState, ...keys: readonly string[]): number {
    for (const key of keys) {
      const value = state.fields[key];
      if (value !== undefined) return Number(value);
    }
    return -1;
  }

  /** The fold: changes `states` and returns the slot it changed, or -1. */
  function apply(states: ProcessState[], event: TraceEvent): number {
    if (
      event.kind !== 'state' &&
      event.kind !== 'boot' &&
      event.kind !== 'down' &&
      event.kind !== 'pause' &&
      event.kind !== 'resume'
    )
      return -1;
    const slot = slotOf(event.p);
    if (slot < 0) return -1;
    const old = states[slot]!;
    if (event.kind === 'state') {
      const status = old.status === 'unknown' ? 'up' : old.status;
      states[slot] = { ...old, status, fields: { ...old.fields, ...event.state } };
    } else if (event.kind === 'boot') {
      states[slot] = { status: 'up', incarnation: event.incarnation, note: '', fields: {} };
    } else if (event.kind === 'down') {
      const note = event.reason === '' ? event.cause : `${event.cause}: ${event.reason}`;
      states[slot] = { ...old, status: 'down', note };
    } else {
      states[slot] = { ...old, status: event.kind === 'pause' ? 'paused' : 'up' };
    }
    return slot;
  }

  function groupOf(label: string, from: number, to: number): MessageGroup {
    if (/^Msg(Pre)?Vote|^MsgTimeoutNow|^MsgTransferLeader|^move-leader/.test(label))
      return 'election';
    if (label.startsWith('MsgHeartbeat')) return 'heartbeat';
    if (label.startsWith('MsgApp')) return 'append';
    if (/^MsgSnap|^snapshot/i.test(label)) return 'snapshot';
    if (label.startsWith('MsgReadIndex')) return 'read';
    if (clients.has(from) || clients.has(to)) return 'client';
    return /^MsgProp|^request|^response/i.test(label) ? 'client' : 'other';
  }

  function begin(step: number, event: TraceEvent, about: MessageLife | undefined): void {
    if (event.kind !== 'send' && event.kind !== 'deliver' && event.kind !== 'drop') {
      if (event.kind !== 'duplicate') return;
    }
    const label = event.kind === 'send' ? event.label : (about?.label ?? '');
    const life: MessageLife = {
      from: event.from,
      to: event.to,
      label,
      group: groupOf(label, event.from, event.to),
      copy: event.kind === 'duplicate',
      sent: event.kind === 'send' || event.kind === 'duplicate' ? step : -1,
      startUs: event.t,
      ended: -1,
      endUs: endUs,
      fate: 'open',
      reason: '',
    };
    lives.set(event.m, life);
    messages.push(life);
  }

  function onMessage(step: number, event: TraceEvent): void {
    if (event.kind === 'send') begin(step, event, undefined);
    else if (event.kind === 'duplicate') begin(step, event, lives.get(event.of));
    else if (event.kind === 'deliver' || event.kind === 'drop') {
      if (!lives.has(event.m)) begin(step, event, undefined);
      const life = lives.get(event.m)!;
      life.ended = step;
      life.endUs = event.t;
      life.fate = event.kind;
      life.reason = event.kind === 'drop' ? event.reason : '';
      const cut = event.kind === 'drop' && event.reason === 'partition';
      noteLink(step, `${event.from}>${event.to}`, event.from, event.to, cut);
    } else return;
    lifeBySteps.set(step, lives.get(event.m)!);
  }

  function noteLink(step: number, key: string, from: number, to: number, cut: boolean): void {
    let link = links.get(key);
    if (link === undefined) {
      if (!cut) return;
      link = { steps: [], cut: [] };
      links.set(key, link);
      for (const id of [from, to]) {
        if (!linksOf.has(id)) linksOf.set(id, new Set());
        linksOf.get(id)!.add(key);
      }
    }
    if (link.cut.length > 0 && link.cut[link.cut.length - 1] === cut) return;
    link.steps.push(step);
    link.cut.push(cut);
  }

  /** A fault that ends may have been the cut; if it was not, the next message shows the cut again. */
  function onFault(step: number, event: TraceEvent): void {
    if (event.kind !== 'fault') return;
    faultSteps.push(step);
    moments.push(step);
    if (event.phase === 'begin') {
      while (faults.length <= event.fault)
        faults.push({ label: event.label, beginUs: event.t, endUs: event.t });
      const { beginUs, endUs: plannedUs } = faults[event.fault]!;
      const lengthUs = plannedUs - beginUs;
      faults[event.fault] = { label: event.label, beginUs: event.t, endUs: event.t + lengthUs };
      return;
    }
    const bar = faults[event.fault];
    if (bar !== undefined) bar.endUs = event.t;
    const touched = event.processes.length > 0 ? event.processes : [...linksOf.keys()];
    for (const id of touched) {
      for (const key of linksOf.get(id) ?? []) noteLink(step, key, 0, 0, false);
    }
  }

  function onOperation(step: number, event: TraceEvent): void {
    if (event.kind === 'invoke') {
      const life: OperationLife = {
        p: event.p,
        label: event.label,
        invoked: step,
        startUs: event.t,
        returned: -1,
        endUs: endUs,
        outcome: 'open',
        result: '',
      };
      operations.set(`${event.p}/${event.op}`, life);
      operationBySteps.set(step, life);
      tracks[slotOf(event.p)]?.operations.push(life);
    } else if (event.kind === 'return') {
      const life = operations.get(`${event.p}/${event.op}`);
      if (life === undefined) return;
      life.returned = step;
      life.endUs = event.t;
      life.outcome = event.outcome;
      life.result = event.label;
      operationBySteps.set(step, life);
    }
  }

  function onState(step: number, event: TraceEvent, before: ProcessState, slot: number): void {
    const after = current[slot]!;
    const track = tracks[slot]!;
    const role = roleOf(after);
    const last = track.bands[track.bands.length - 1];
    const term = Math.max(0, numberOf(after, 'term'));
    if (last?.status !== after.status || last.role !== role || last.term !== term)
      track.bands.push({ step, startUs: event.t, status: after.status, role, term });
    const commit = numberOf(after, 'commit', 'commitIndex');
    const applied = numberOf(after, 'applied', 'appliedIndex');
    const known = track.progress[track.progress.length - 1];
    if (known?.commit !== commit || known.applied !== applied)
      track.progress.push({ startUs: event.t, commit, applied });
    if (event.kind === 'state') {
      const was = roleOf(before);
      if (role === 'leader' && was !== 'leader') elections.push(step);
      if ((role === 'leader') !== (was === 'leader') && 'role' in event.state) moments.push(step);
      for (const key of Object.keys(event.state)) fieldNames.add(key);
    } else if (event.kind !== 'boot' || before.status !== 'unknown') moments.push(step);
  }

  function onDisk(step: number, event: TraceEvent): void {
    if (event.kind !== 'disk') return;
    const bad = !/^(ok|done|durable|synced|)$/.test(event.outcome);
    tracks[slotOf(event.p)]?.disk.push({ step, us: event.t, bad });
    if (bad) moments.push(step);
  }

  const current: ProcessState[] = data.processes.map(() => blank);
  for (let step = 0; step < events.length; step++) {
    if (step % checkpointEvery === 0) checkpoints.push(current.slice());
    const event = events[step]!;
    const slot = 'p' in event ? slotOf(event.p) : -1;
    const before = slot < 0 ? blank : current[slot]!;
    if (apply(current, event) >= 0) onState(step, event, before, slot);
    onMessage(step, event);
    onOperation(step, event);
    onFault(step, event);
    onDisk(step, event);
    if (event.kind === 'violation') {
      violations.push(step);
      moments.push(step);
    }
  }
  // A fault that the end of the run cut short lasted no longer than the run.
  for (const bar of faults) bar.endUs = Math.max(bar.beginUs, Math.min(bar.endUs, endUs));
  if (events.length % checkpointEvery === 0) checkpoints.push(current.slice());
  if (violations.length === 0 && data.violation !== null && events.length > 0) {
    let step = 0;
    while (step + 1 < events.length && events[step + 1]!.n <= data.violation.event) step++;
    violations.push(step);
  }

  const latestEnd: number[] = [];
  let latest = 0;
  for (const life of messages) {
    latest = Math.max(latest, life.endUs);
    latestEnd.push(latest);
  }

  const wellKnown = ['role', 'term', 'vote', 'lead', 'commit', 'applied'];
  const fields = [
    ...wellKnown.filter((field) => fieldNames.has(field)),
    ...[...fieldNames].filter((field) => !wellKnown.includes(field)),
  ];

  function stateAt(step: number): readonly ProcessState[] {
    if (step < 0 || events.length === 0) return data.processes.map(() => blank);
    const checkpoint = Math.floor((step + 1) / checkpointEvery);
    const states = checkpoints[checkpoint]!.slice();
    for (let k = checkpoint * checkpointEvery; k <= step; k++) apply(states, events[k]!);
    return states;
  }

  function subjectOf(step: number): string {
    const event = events[step]!;
    if (event.kind === 'fault') return faults[event.fault]?.label ?? '';
    return lifeBySteps.get(step)?.label ?? operationBySteps.get(step)?.label ?? '';
  }

  function rivals(states: readonly ProcessState[]): readonly number[] {
    const byTerm = new Map<number, number[]>();
    states.forEach((state, slot) => {
      if (state.status === 'down' || roleOf(state) !== 'leader') return;
      const term = numberOf(state, 'term');
      byTerm.set(term, [...(byTerm.get(term) ?? []), data.processes[slot]!.id]);
    });
    const found: number[] = [];
    for (const ids of byTerm.values()) if (ids.length > 1) found.push(...ids);
    return found;
  }

  /** First index whose value is above `value`. */
  function upperBound(length: number, at: (index: number) => number, value: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(middle) <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function isCut(from: number, to: number, step: number): boolean {
    const link = links.get(`${from}>${to}`);
    if (link === undefined) return false;
    const index = upperBound(link.steps.length, (k) => link.steps[k]!, step) - 1;
    return index >= 0 && link.cut[index]!;
  }

  function messagesBetween(a: number, b: number): readonly [number, number] {
    const from = upperBound(latestEnd.length, (k) => latestEnd[k]!, a - 1);
    return [from, upperBound(messages.length, (k) => messages[k]!.startUs, b)];
  }

  return {
    events,
    startUs,
    endUs,
    tracks,
    messages,
    violations,
    faultSteps,
    faults,
    elections,
    moments,
    fields,
    stateAt,
    slotOf,
    roleOf,
    rivals,
    isCut,
    messageOf: (step) => lifeBySteps.get(step),
    operationOf: (step) => operationBySteps.get(step),
    subjectOf,
    stepAt: (us) => upperBound(events.length, (k) => events[k]!.t, us) - 1,
    messagesBetween,
  };
}
