// Merges the logs that the members of a cluster left behind into the one that the cluster agreed on.
// Not here: reading a member's log from its disk.

import type { LogIndex, Term } from '../base/ids.js';
import type { EtcdRequest } from './linearizability/objects/etcd.js';

export interface MemberEntry {
  readonly index: LogIndex;
  readonly term: Term;
  /** Null for an entry that asks nothing of the store, such as that of a new leader. */
  readonly request: EtcdRequest | null;
}

export interface MemberLog {
  readonly member: number;
  /** The highest index that the member is known to have taken as committed. */
  readonly commitIndex: LogIndex;
  /** By index, without gaps; may begin above 1 if the beginning is in a snapshot. */
  readonly entries: readonly MemberEntry[];
}

export type MergedLog =
  | { readonly ok: true; readonly requests: EtcdRequest[]; readonly lastIndex: LogIndex }
  | { readonly ok: false; readonly reason: string };

/**
 * Merges by votes. All members must hold the same entry up to the least commit index, and somebody must
 * hold one up to the greatest. Above that an entry counts while a majority of all members holds it, since
 * commit indexes reach the disk late; an entry that was not agreed on there has shown itself to nobody.
 * O(entries × members).
 */
export function mergeMemberLogs(logs: readonly MemberLog[]): MergedLog {
  if (logs.length === 0) return { ok: false, reason: 'there are no logs' };
  for (const { member, entries } of logs) {
    const gap = entries.findIndex(({ index }, at) => index !== entries[0]!.index + at);
    if (gap >= 0) {
      const reason = `the log of member ${member} has index ${entries[gap]!.index} after index ${entries[gap - 1]!.index}`;
      return { ok: false, reason };
    }
  }
  const commits = logs.map(({ commitIndex }) => commitIndex);
  const commitMin = Math.min(...commits);
  const commitMax = Math.max(...commits);
  const majority = Math.floor(logs.length / 2) + 1;
  const requests: EtcdRequest[] = [];
  for (let index = 1; ; index++) {
    const votes = count(logs, index);
    const [winner, rival] = votes;
    if (rival !== undefined && index <= commitMin) {
      const reason = `members ${winner!.members.join(', ')} and ${rival.members.join(', ')} differ at committed index ${index}`;
      return { ok: false, reason };
    }
    if (winner === undefined) {
      if (index <= commitMax)
        return { ok: false, reason: `no member holds committed index ${index}` };
      return { ok: true, requests, lastIndex: index - 1 };
    }
    if (index <= commitMax) {
      // Whoever took the index as committed is right about it, unless they differ.
      const sure = votes.filter(({ members }) =>
        logs.some((log) => members.includes(log.member) && log.commitIndex >= index),
      );
      if (sure.length !== 1 && votes.length !== 1) {
        const reason = `${sure.length} different entries are taken as committed at index ${index}`;
        return { ok: false, reason };
      }
      const { request } = (sure[0] ?? winner).entry;
      if (request !== null) requests.push(request);
      continue;
    }
    if (winner.members.length < majority) return { ok: true, requests, lastIndex: index - 1 };
    if (winner.entry.request !== null) requests.push(winner.entry.request);
  }
}

interface Vote {
  readonly entry: MemberEntry;
  readonly members: number[];
}

/** Different entries at an index, the one with most members first. */
function count(logs: readonly MemberLog[], index: LogIndex): Vote[] {
  const votes = new Map<string, Vote>();
  for (const { member, entries } of logs) {
    const first = entries[0]?.index ?? 0;
    const entry = entries[index - first];
    if (entry === undefined || first === 0) continue;
    const name = JSON.stringify([entry.term, entry.request]);
    const vote = votes.get(name);
    if (vote === undefined) votes.set(name, { entry, members: [member] });
    else vote.members.push(member);
  }
  return [...votes.values()].sort((a, b) => b.members.length - a.members.length);
}
