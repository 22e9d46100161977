// Why a healed core may legally make no progress while the others stay broken for good, proven by elimination
// from what is durable and from what the network lets through; null if nothing proves it: then it has failed.
// Not here: what progress is, and the healing.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import { quorumOf } from './plan.js';

/** The world at the moment at which the core ran out of time. */
export interface CoreFacts {
  readonly members: readonly ProcessId[];
  readonly core: readonly ProcessId[];
  nameOf(id: ProcessId): string;
  /** Its disk broke promises, it has noticed, and rightly takes no part any more. */
  isRefusing(id: ProcessId): boolean;
  /** Through where the member, running Raft, knows the log to be committed; null if it does not run. */
  committedThrough(id: ProcessId): LogIndex | null;
  /** It is up, and nothing holds it. */
  isActive(id: ProcessId): boolean;
  /** Who leads the newest term, paused or not; null if nobody leads. */
  readonly leader: ProcessId | null;
  /** What is sent on the link arrives. */
  passes(from: ProcessId, to: ProcessId): boolean;
  /** A fault makes the link, or the disk of the member, worse than it is by itself. */
  isLinkDegraded(from: ProcessId, to: ProcessId): boolean;
  isDiskImpaired(id: ProcessId): boolean;
  /** Entries that damage has struck, with the members whose copy it struck; none if it was taken back. */
  readonly damagedEntries: ReadonlyMap<LogIndex, ReadonlySet<ProcessId>>;
  /** Term of the entry that the disk has promised to keep; -1 for none. */
  durableEntryTerm(member: ProcessId, index: LogIndex): Term;
}

/** One sentence with values, or null. O(damaged entries × core²). */
export function excuseOf(facts: CoreFacts): string | null {
  return tooFewTakePart(facts) ?? outsiderInOffice(facts);
}

function tooFewTakePart(facts: CoreFacts): string | null {
  const { members, core } = facts;
  const needed = quorumOf(members.length);
  const reasons: string[] = [];
  for (const id of core) {
    const reason = whyUseless(facts, id);
    if (reason !== null) reasons.push(reason);
  }
  const left = core.length - reasons.length;
  if (left >= needed) return null;
  return `${reasons.join('; ')}; that leaves ${left} members of the core, and ${needed} are needed`;
}

/**
 * A damaged entry was durable, so it may be committed: as long as nobody gives it back, its member must not go on as
 * if it had never had it.
 */
function whyUseless(facts: CoreFacts, id: ProcessId): string | null {
  const { core, nameOf, durableEntryTerm } = facts;
  if (facts.isRefusing(id)) return `the disk of ${nameOf(id)} broke its promises`;
  if (facts.committedThrough(id) !== null) return null;
  for (const [index, struck] of facts.damagedEntries) {
    const term = struck.has(id) ? durableEntryTerm(id, index) : -1;
    if (term < 0) continue;
    const isIntact = (other: ProcessId): boolean =>
      (facts.committedThrough(other) ?? -1) >= index ||
      (!struck.has(other) && durableEntryTerm(other, index) === term);
    if (core.some(isIntact)) continue;
    return `entry ${index} of term ${term} is damaged on ${nameOf(id)}, and nobody in the core has it intact`;
  }
  return null;
}

/**
 * Raft lets a leader stay in office that a quorum answers, however badly it serves the others: it is heard, so whoever
 * hears it refuses pre-votes, and those that do not hear it are too few to elect. A leader that no quorum can answer
 * has no such excuse, for it has to step down; nor has one whose links and disk are sound.
 */
function outsiderInOffice(facts: CoreFacts): string | null {
  const { members, core, leader, nameOf, passes } = facts;
  if (leader === null || core.includes(leader) || !facts.isActive(leader)) return null;
  const answers = (id: ProcessId): boolean => passes(leader, id) && passes(id, leader);
  const supporters = members.filter((id) => id === leader || (facts.isActive(id) && answers(id)));
  if (supporters.length < quorumOf(members.length)) return null;
  const why = whatHinders(
    facts,
    leader,
    core.filter((id) => !answers(id)),
  );
  if (why === null) return null;
  const names = supporters.map(nameOf).join(', ');
  return `${nameOf(leader)}, outside the core, rightly stays in office with ${names}, but ${why}`;
}

function whatHinders(
  { core, nameOf, isLinkDegraded, isDiskImpaired }: CoreFacts,
  leader: ProcessId,
  cutOff: readonly ProcessId[],
): string | null {
  if (cutOff.length > 0) return `is cut off from ${cutOff.map(nameOf).join(', ')}`;
  const slow = core.filter((id) => isLinkDegraded(leader, id) || isLinkDegraded(id, leader));
  if (slow.length > 0) return `has bad links with ${slow.map(nameOf).join(', ')}`;
  return isDiskImpaired(leader) ? 'has a bad disk' : null;
}
