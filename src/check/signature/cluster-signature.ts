// Which abstract states a cluster went through: roles, how terms and logs relate, whoever is who. Explorers take a state
// that nobody has seen before for a sign that a run is somewhere new.
// Not here: what is done about it (fuzz/explore/). Reads members at moments of virtual time and touches nothing.

import { mix } from '../../base/hash.js';
import type { LogIndex, Micros, Term } from '../../base/ids.js';
import type { MemberView, Role } from '../view.js';

/** A state, as an int32, and the moment at which the run was first seen in it. */
export interface SeenState {
  readonly state: number;
  readonly atUs: Micros;
}

const ROLES: Readonly<Record<Role, number>> = {
  StateFollower: 0,
  StatePreCandidate: 1,
  StateCandidate: 2,
  StateLeader: 3,
};

/** A member that is down, or has not recovered yet. Members that run have smaller codes. */
const DOWN = 1 << 9;

export class ClusterSignature {
  /** Virtual time between two looks: a few messages' latency. */
  readonly everyUs: Micros = 10_000;
  private readonly seen = new Map<number, Micros>();
  private readonly codes: number[] = [];

  /** Looks at the members; null for one that is down. O(members²), and members are few. */
  sample(atUs: Micros, members: readonly (MemberView | null)[]): void {
    const { codes } = this;
    codes.length = 0;
    const most = frontier(members);
    for (const member of members)
      codes.push(member === null ? DOWN : relation(member, most, members));
    codes.sort((a, b) => a - b);
    let state = codes.length;
    for (const code of codes) state = mix(state, code);
    if (!this.seen.has(state)) this.seen.set(state, atUs);
  }

  /** In the order in which they were reached. */
  reached(): SeenState[] {
    return [...this.seen].map(([state, atUs]) => ({ state, atUs }));
  }
}

/** What the members have reached between them. */
interface Frontier {
  lastTerm: Term;
  lastIndex: LogIndex;
  commit: LogIndex;
  snapshot: LogIndex;
}

function frontier(members: readonly (MemberView | null)[]): Frontier {
  const most: Frontier = { lastTerm: 0, lastIndex: 0, commit: 0, snapshot: 0 };
  for (const member of members) {
    if (member === null) continue;
    const term = lastTermOf(member);
    if (term > most.lastTerm || (term === most.lastTerm && member.lastIndex > most.lastIndex)) {
      most.lastTerm = term;
      most.lastIndex = member.lastIndex;
    }
    if (member.commitIndex > most.commit) most.commit = member.commitIndex;
    if (member.snapshotIndex > most.snapshot) most.snapshot = member.snapshotIndex;
  }
  return most;
}

/**
 * How a member stands to the others. What differs from moment to moment in a calm cluster, such as who has the entry
 * that is being replicated, is left out: states that are always new guide nobody.
 */
function relation(
  member: MemberView,
  most: Frontier,
  members: readonly (MemberView | null)[],
): number {
  const { term, role, lastIndex } = member;
  const lastTerm = lastTermOf(member);
  // 0: nobody knows a newer term; 1: one newer term is known; 2: several are.
  let newer = 0;
  let next = 0;
  for (const other of members) {
    if (other === null || other.term <= term || other.term === next) continue;
    next = other.term;
    newer = Math.min(2, newer + 1);
  }
  // 0: nobody has entries of a newer term; 1: somebody has; 2: and yet this log is as long, so that its end conflicts.
  let log = 0;
  if (lastTerm < most.lastTerm) log = lastIndex >= most.lastIndex ? 2 : 1;
  const flags =
    // It leads, or wants to, and has no entry of its term.
    (role !== 'StateFollower' && lastTerm < term ? 1 : 0) |
    // Of an older term, and not committed.
    (log > 0 && lastIndex > most.commit ? 2 : 0) |
    // Only a snapshot can bring it up to date.
    (lastIndex < most.snapshot ? 4 : 0);
  return ROLES[role] | (newer << 2) | (log << 4) | (flags << 6);
}

function lastTermOf(member: MemberView): Term {
  const { lastIndex, snapshotIndex } = member;
  if (lastIndex <= snapshotIndex) return member.snapshotTerm;
  return member.entry(lastIndex)?.term ?? 0;
}
