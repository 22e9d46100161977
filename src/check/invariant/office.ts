// When a leader may stay and when others may depose it, by its own ticks: one that a majority no longer answers steps
// down, and who hears a leader helps nobody to replace it. Raft is safe without either; clusters then stand still, or
// change leaders for nothing.

import type { ProcessId, Term } from '../../base/ids.js';
import type { MemberView } from '../view.js';
import type { BrokenRule, Invariant } from './invariant.js';

export const LEADER_IS_HEARD: Invariant = {
  id: 'RAFT-DEAF-LEADER-STEPS-DOWN',
  source: 'Raft thesis, section 6.2',
  explain: 'A leader that hears from no majority for election timeouts on end steps down.',
};

export const LEADER_IS_KEPT: Invariant = {
  id: 'RAFT-HEARD-LEADER-IS-KEPT',
  source: 'Raft thesis, section 4.2.3',
  explain:
    'A member that has heard its leader within the shortest election timeout neither votes for another nor enters its term.',
};

/** Members begin in term 0, in which nobody leads. */
const NO_TERM: Term = -1;

/** One incarnation of a member. */
class Office {
  /** Ticks so far. */
  now = 0;
  /** The term it leads, and since when its quorum is counted. */
  leads: Term = NO_TERM;
  since = 0;
  readonly heardAt: number[] = [];
  /** The term in which it follows a leader, and when it heard that last. */
  follows: Term = NO_TERM;
  leaderAt = 0;
  /** When its quorum was counted last. */
  countedAt = 0;
}

/** Watches all members. O(1) for a message, O(members) for a tick of a leader. */
export class OfficeJudge {
  private readonly electionTicks: (member: ProcessId) => number;
  private readonly quorum: number;
  /** By id. */
  private readonly offices: Office[] = [];

  /** @param electionTicks the shortest election timeout of a member, in ticks */
  constructor(memberCount: number, electionTicks: (member: ProcessId) => number) {
    this.electionTicks = electionTicks;
    this.quorum = Math.floor(memberCount / 2) + 1;
  }

  booted(member: ProcessId): void {
    this.offices[member] = new Office();
  }

  ticks(member: ProcessId): void {
    this.of(member).now++;
  }

  /** A leader hears an answer of its term. */
  answered(leader: ProcessId, from: ProcessId): void {
    const office = this.of(leader);
    office.heardAt[from] = office.now;
  }

  /** A leader is told to hand over, for which it gives itself another election timeout. */
  transfers(leader: ProcessId): void {
    const office = this.of(leader);
    office.since = office.now;
  }

  /** A member hears the leader of `term`, which is its own term or a later one. */
  heardLeader(member: ProcessId, term: Term): void {
    const office = this.of(member);
    office.follows = term;
    office.leaderAt = office.now;
  }

  /** Whether a request for its vote in a later term must leave this member alone. */
  hasLeader({ id, role, term }: MemberView): boolean {
    const office = this.of(id);
    if (role !== 'StateFollower' || office.follows !== term) return false;
    return office.now - office.leaderAt < this.electionTicks(id);
  }

  /** What to say when it did not. */
  deposed(member: ProcessId, candidate: ProcessId): BrokenRule {
    const { follows, now, leaderAt } = this.of(member);
    const message = `n${member} has heard the leader of term ${follows} ${now - leaderAt} ticks ago, and helps n${candidate} to replace it`;
    return { invariant: LEADER_IS_KEPT, message };
  }

  /** Looks at a member after an event: null if it may be what it is. */
  observe({ id, role, term }: MemberView): BrokenRule | null {
    const office = this.of(id);
    if (role !== 'StateFollower') office.follows = NO_TERM;
    if (role !== 'StateLeader') {
      office.leads = NO_TERM;
      return null;
    }
    if (office.leads !== term) {
      office.leads = term;
      office.since = office.now;
      office.heardAt.length = 0;
      return null;
    }
    if (office.countedAt === office.now) return null;
    office.countedAt = office.now;
    // It looks once in a timeout at who has answered since it looked last.
    const longest = 2 * this.electionTicks(id);
    if (office.now - office.since <= longest) return null;
    let heard = 1;
    for (const at of office.heardAt) if (office.now - at <= longest) heard++;
    if (heard >= this.quorum) return null;
    const message = `n${id} leads term ${term}, but only ${heard - 1} others have answered it within ${longest} ticks`;
    return { invariant: LEADER_IS_HEARD, message };
  }

  private of(member: ProcessId): Office {
    let office = this.offices[member];
    if (office === undefined) {
      office = new Office();
      this.offices[member] = office;
    }
    return office;
  }
}
