// Bugs planted in what drives consensus and answers clients, and in the client.

import type { Mutant } from './mutant.js';

const MEMBER = 'node/member.ts';

export const NODE_MUTANTS: readonly Mutant[] = [
  {
    id: 'hard-state-never-persisted',
    bug: 'Term and vote are never written',
    reference: 'NodeDB #161; V23',
    changes: [{ file: MEMBER, find: 'hardState: raft.hardState(),', replace: 'hardState: null,' }],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'local-reads',
    bug: 'Every member answers reads from what it has',
    reference: 'Jepsen etcd and Consul 2014; S5',
    changes: [
      {
        file: MEMBER,
        find: 'KvStore.isReadOnly(request) && KvStore.isSerializable(request)',
        replace: 'KvStore.isReadOnly(request)',
      },
    ],
    scenario: 'split-brain',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'read-without-waiting-for-apply',
    bug: 'A read is answered before the state machine has reached its index',
    reference: 'S4',
    changes: [
      {
        file: 'node/pending.ts',
        find: 'if (group.index <= applied)',
        replace: 'if (group.index >= 0 || applied < 0)',
      },
    ],
    scenario: 'everything',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'late-read-index-answer-accepted',
    bug: 'The answer to an earlier question for a read index serves reads that came after it',
    reference: 'etcd #20418, etcd 9f83a29b3; H1, H2',
    changes: [{ file: 'node/pending.ts', find: 'if (round !== this.round) return;', replace: '' }],
    scenario: 'late-messages',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 300,
  },
  {
    id: 'reads-join-the-question-under-way',
    bug: 'A read is served with the index that was asked for before it came',
    reference: 'thesis 6.4, steps 2 and 4; etcd 9f83a29b3; H1',
    changes: [
      {
        file: 'node/pending.ts',
        find: '    this.waiting.push(read);',
        replace: '    (this.round === 0 ? this.waiting : this.inRound).push(read);',
      },
    ],
    scenario: 'late-messages',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 300,
  },
  {
    id: 'requests-applied-twice',
    bug: 'A proposal that the network duplicated takes effect twice',
    reference: 'thesis 6.3',
    changes: [
      {
        file: 'node/sessions.ts',
        find: 'if (newest !== undefined && requestId <= newest) return false;',
        replace: '',
      },
    ],
    scenario: 'flaky-network',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'sessions-forgotten-at-a-snapshot',
    bug: 'A member that starts from a snapshot no longer knows which requests have been applied',
    reference: 'thesis 6.3',
    changes: [
      {
        file: MEMBER,
        find: 'this.sessions = Sessions.restore(reader);',
        replace: 'Sessions.restore(reader);\n    this.sessions = new Sessions();',
      },
    ],
    scenario: 'everything',
    caughtBy: ['STORE-EQUAL-AT-EQUAL-INDEX', 'LINEARIZABILITY'],
    seedsMax: 100,
  },
  {
    id: 'snapshot-without-the-sessions',
    bug: 'A snapshot does not say which requests have been applied',
    reference: 'thesis 6.3',
    changes: [
      {
        file: MEMBER,
        find: 'this.sessions.serialize(snapshotWriter);',
        replace: 'new Sessions().serialize(snapshotWriter);',
      },
    ],
    scenario: 'everything',
    caughtBy: ['STORE-EQUAL-AT-EQUAL-INDEX', 'LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'timeout-taken-for-failure',
    bug: 'A client believes that a write it got no answer to had no effect',
    reference: 'jetcd #1444, etcd #18424; V20',
    changes: [
      {
        file: 'client/client.ts',
        find: `isReadOnly(this.step) ? 'fail' : 'unknown'`,
        replace: `'fail'`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
];
