// Marks: things that must happen sometimes, or the tests have not tested them ("sometimes assertions"). Each is a
// question about one trace event and what the trace has shown before; nothing is planted in the node.
// Not here: counting them over a campaign (cli/fuzz.ts).

import type { TraceEvent } from '../../base/trace.js';
import type { ClusterTrace } from './cluster-trace.js';

export interface Mark {
  /** Words joined by hyphens. */
  readonly id: string;
  /** What happened, in a sentence. */
  readonly about: string;
  /** Asked after the cluster has taken the event. */
  reached(event: TraceEvent, cluster: ClusterTrace): boolean;
}

/** The term in a message's label, 0 if it has none. */
function termOf(label: string): number {
  return Number(/ term=(\d+)/.exec(label)?.[1] ?? 0);
}

const delivered = (
  event: TraceEvent,
  cluster: ClusterTrace,
  type: string,
  and: (label: string) => boolean = () => true,
): boolean =>
  event.kind === 'deliver' &&
  cluster.message !== null &&
  cluster.message.label.startsWith(type) &&
  and(cluster.message.label);

const rejected = (label: string): boolean => label.includes(' rejected');

export const MARKS: readonly Mark[] = [
  {
    id: 'leader-stepped-down-with-uncommitted-entries',
    about: 'A leader stepped down while its log held entries that were not committed.',
    reached: (event, { before, members }) => {
      if (event.kind !== 'state' || before?.role !== 'leader') return false;
      const now = members.get(event.p)!;
      return now.role !== 'leader' && before.last > before.commit;
    },
  },
  {
    id: 'conflicting-suffix-truncated',
    about: 'A member dropped entries from the end of its log.',
    reached: (event, { before, members }) =>
      event.kind === 'state' && before !== null && members.get(event.p)!.last < before.last,
  },
  {
    id: 'snapshot-installed',
    about: 'A member installed a snapshot that reached beyond its log.',
    reached: (event, { before, members }) =>
      event.kind === 'state' &&
      before !== null &&
      before.last > 0 &&
      members.get(event.p)!.snapshot > before.last,
  },
  {
    id: 'snapshot-installed-with-entries-in-flight',
    about: 'A member installed a snapshot while entries were under way to it.',
    reached: (event, { before, members, underWay }) => {
      if (event.kind !== 'state' || before === null) return false;
      if (before.last === 0 || members.get(event.p)!.snapshot <= before.last) return false;
      for (const { to, label } of underWay.values()) {
        if (to === event.p && label.startsWith('MsgApp ') && label.includes('entr')) return true;
      }
      return false;
    },
  },
  {
    id: 'log-compacted-at-leader',
    about: 'A leader compacted its log.',
    reached: (event, { before, members }) => {
      if (event.kind !== 'state' || before?.role !== 'leader') return false;
      return members.get(event.p)!.snapshot > before.snapshot;
    },
  },
  {
    id: 'two-leaders-in-different-terms',
    about:
      'A member became leader while another one still took itself for the leader of an older term.',
    reached: (event, cluster) =>
      event.kind === 'state' && event.state.role === 'leader' && cluster.leaders().length > 1,
  },
  {
    id: 'paused-leader-replaced',
    about: 'A member became leader while the old leader slept.',
    reached: (event, cluster) =>
      event.kind === 'state' &&
      event.state.role === 'leader' &&
      cluster.leaders().some(({ id, paused }) => paused && id !== event.p),
  },
  {
    id: 'old-leader-appends-while-another-leads',
    about: 'A leader of an older term appended an entry after another one had been elected.',
    reached: (event, cluster) => {
      if (event.kind !== 'state' || cluster.before?.role !== 'leader') return false;
      const now = cluster.members.get(event.p)!;
      if (now.role !== 'leader' || now.last <= cluster.before.last) return false;
      return cluster.leaders().some(({ term }) => term > now.term);
    },
  },
  {
    id: 'rival-candidates',
    about: 'Two members were candidates of one term at once.',
    reached: (event, { members }) => {
      if (event.kind !== 'state' || event.state.role !== 'candidate') return false;
      const { term } = members.get(event.p)!;
      return [...members.values()].some(
        (other) =>
          other.id !== event.p && other.up && other.role === 'candidate' && other.term === term,
      );
    },
  },
  {
    id: 'pre-vote-refused',
    about: 'A pre-vote was refused.',
    reached: (event, cluster) => delivered(event, cluster, 'MsgPreVoteResp ', rejected),
  },
  {
    id: 'vote-refused',
    about: 'A vote was refused.',
    reached: (event, cluster) => delivered(event, cluster, 'MsgVoteResp ', rejected),
  },
  {
    id: 'append-refused',
    about: 'A follower refused entries whose predecessor it lacked.',
    reached: (event, cluster) => delivered(event, cluster, 'MsgAppResp ', rejected),
  },
  {
    id: 'message-of-an-older-term-delivered',
    about: 'A member received a message of a term older than its own.',
    reached: (event, { message, members }) => {
      if (event.kind !== 'deliver' || message === null) return false;
      const term = termOf(message.label);
      return term > 0 && term < (members.get(event.to)?.term ?? 0);
    },
  },
  {
    id: 'second-copy-delivered',
    about: 'A member received the second copy of a message.',
    reached: (event, { message }) => event.kind === 'deliver' && message?.copy === true,
  },
  {
    id: 'request-delivered-twice',
    about: 'A member received the second copy of a proposal.',
    reached: (event, { message }) =>
      event.kind === 'deliver' && message?.copy === true && message.label.startsWith('MsgProp '),
  },
  {
    id: 'leadership-transferred',
    about: 'A member was told by the leader to campaign at once.',
    reached: (event, cluster) => delivered(event, cluster, 'MsgTimeoutNow '),
  },
  {
    id: 'read-index-confirmed',
    about: 'A member was given a read index by the leader.',
    reached: (event, cluster) => delivered(event, cluster, 'MsgReadIndexResp '),
  },
  {
    id: 'all-members-down',
    about: 'All members were down at once.',
    reached: (event, { members }) =>
      event.kind === 'down' && members.has(event.p) && [...members.values()].every(({ up }) => !up),
  },
  {
    id: 'committed-after-total-outage',
    about: 'An entry was committed after all members had been down at once.',
    reached: (event, { before, members, everDown }) => {
      if (event.kind !== 'state' || before === null || !everDown) return false;
      const now = members.get(event.p)!;
      return now.role === 'leader' && now.commit > before.commit;
    },
  },
  {
    id: 'restarted-in-an-older-term',
    about: 'A member came back with a term older than that of another one.',
    reached: (event, { before, members, newestTerm }) => {
      if (event.kind !== 'state' || before === null || before.role !== '') return false;
      const { incarnation, term } = members.get(event.p)!;
      return incarnation > 1 && term < newestTerm;
    },
  },
  {
    id: 'power-lost-with-uncommitted-entries',
    about: 'A member lost power while its log held entries that were not committed.',
    reached: (event, { members }) => {
      if (event.kind !== 'down' || event.cause !== 'power-loss') return false;
      const member = members.get(event.p);
      return member !== undefined && member.last > member.commit;
    },
  },
  {
    id: 'member-stopped-itself',
    about: 'A member stopped itself because of a fault that it met.',
    reached: (event) => event.kind === 'down' && event.cause === 'fail-stop',
  },
  {
    id: 'write-torn-by-power-loss',
    about: 'A power loss tore or lost pages that were not synced.',
    reached: (event) => event.kind === 'disk' && event.operation === 'power-loss',
  },
  {
    id: 'sync-failed-during-an-election',
    about: 'A sync failed at a member that had no leader.',
    reached: (event, { members }) => {
      if (event.kind !== 'disk' || !/sync/.test(event.operation) || event.outcome !== 'EIO') {
        return false;
      }
      const member = members.get(event.p);
      return member !== undefined && member.role !== 'leader' && member.lead === 0;
    },
  },
  {
    id: 'disk-full-at-leader',
    about: 'A leader found its disk full.',
    reached: (event, { members }) =>
      event.kind === 'disk' &&
      event.outcome.includes('ENOSPC') &&
      members.get(event.p)?.role === 'leader',
  },
  {
    id: 'log-repaired-from-peers',
    about: 'A member asked its peers for a part of its log that damage had taken.',
    reached: (event, cluster) => delivered(event, cluster, 'log-part '),
  },
  {
    id: 'outcome-unknown',
    about: 'A client learned nothing of the outcome of its operation.',
    reached: (event) => event.kind === 'return' && event.outcome === 'unknown',
  },
  {
    id: 'no-leader-told',
    about: 'A client was told that there is no leader.',
    reached: (event) => event.kind === 'return' && event.label === 'etcdserver: no leader',
  },
];
