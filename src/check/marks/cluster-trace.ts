// What a trace has shown of the cluster so far: the state of every member and the messages under way. Marks ask it.
// Not here: the marks (marks.ts).

import { FIRST_CLIENT_ID, type ProcessId } from '../../base/ids.js';
import type { TraceEvent } from '../../base/trace.js';

export interface MemberTrace {
  readonly id: ProcessId;
  up: boolean;
  paused: boolean;
  incarnation: number;
  role: string;
  term: number;
  vote: ProcessId;
  lead: ProcessId;
  last: number;
  commit: number;
  applied: number;
  snapshot: number;
}

export interface MessageTrace {
  readonly from: ProcessId;
  readonly to: ProcessId;
  readonly label: string;
  readonly copy: boolean;
}

export class ClusterTrace {
  readonly members = new Map<ProcessId, MemberTrace>();
  readonly underWay = new Map<number, MessageTrace>();
  /** The newest term of any member. */
  newestTerm = 0;
  /** The member as it was before the last state event. */
  before: MemberTrace | null = null;
  /** The message that the last delivery or loss was about. */
  message: MessageTrace | null = null;
  /** All members were down at once, some time ago. */
  everDown = false;

  /** The member; made when first heard of. */
  member(id: ProcessId): MemberTrace {
    let member = this.members.get(id);
    if (member === undefined) {
      const nothing = { term: 0, vote: 0, lead: 0, last: 0, commit: 0, applied: 0, snapshot: 0 };
      member = { id, up: false, paused: false, incarnation: 0, role: '', ...nothing };
      this.members.set(id, member);
    }
    return member;
  }

  leaders(): MemberTrace[] {
    return [...this.members.values()].filter(({ up, role }) => up && role === 'leader');
  }

  take(event: TraceEvent): void {
    this.before = null;
    this.message = null;
    switch (event.kind) {
      case 'boot':
        if (event.p < FIRST_CLIENT_ID) this.boot(event.p, event.incarnation);
        break;
      case 'down':
        if (event.p < FIRST_CLIENT_ID) this.down(this.member(event.p));
        break;
      case 'pause':
      case 'resume':
        if (event.p < FIRST_CLIENT_ID) this.member(event.p).paused = event.kind === 'pause';
        break;
      case 'send': {
        const { from, to, label } = event;
        this.underWay.set(event.m, { from, to, label, copy: false });
        break;
      }
      case 'duplicate': {
        const original = this.underWay.get(event.of);
        if (original !== undefined) this.underWay.set(event.m, { ...original, copy: true });
        break;
      }
      case 'deliver':
      case 'drop':
        this.message = this.underWay.get(event.m) ?? null;
        this.underWay.delete(event.m);
        break;
      case 'state': {
        const member = this.member(event.p);
        this.before = { ...member };
        Object.assign(member, event.state);
        this.newestTerm = Math.max(this.newestTerm, member.term);
        break;
      }
      default:
        break;
    }
  }

  private boot(id: ProcessId, incarnation: number): void {
    const member = this.member(id);
    member.up = true;
    member.paused = false;
    member.incarnation = incarnation;
  }

  private down(member: MemberTrace): void {
    member.up = false;
    member.role = '';
    this.everDown ||= [...this.members.values()].every(({ up }) => !up);
  }
}
