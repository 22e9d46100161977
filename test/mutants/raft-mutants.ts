// Bugs planted in consensus.

import type { HiddenMutant, Mutant } from './mutant.js';

const RAFT = 'raft/raft.ts';
const LOG = 'raft/log.ts';

export const RAFT_MUTANTS: readonly Mutant[] = [
  {
    id: 'vote-reply-before-fsync',
    bug: 'A vote is answered before it is durable',
    reference: 'TiKV #1610; S1',
    changes: [
      {
        file: RAFT,
        find: `      resp.reject = true;
    }
    this.messagesAfterAppend.push(resp);`,
        replace: `      resp.reject = true;
    }
    this.messages.push(resp);`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'vote-forgotten-on-step-down',
    bug: 'Stepping down within a term forgets the vote',
    reference: 'Hazelcast #16643, CCF #8094; V2',
    changes: [
      {
        file: RAFT,
        find: 'if (term !== this.term) this.vote = NO_ONE;',
        replace: 'this.vote = NO_ONE;',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-ONE-VOTE'],
    seedsMax: 50,
  },
  {
    id: 'second-vote-in-a-term',
    bug: 'A member that has voted votes again while it knows no leader',
    reference: 'thesis 3.4; V2',
    changes: [
      {
        file: RAFT,
        find: 'if (this.vote === NO_ONE && this.lead === NO_ONE) return true;',
        replace: 'if (this.lead === NO_ONE) return true;',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-ONE-VOTE'],
    seedsMax: 50,
  },
  {
    id: 'pre-votes-counted-as-votes',
    bug: 'A late answer to a pre-vote counts as a vote',
    reference: 'thesis 9.6',
    changes: [
      {
        file: RAFT,
        find: `if (this.state === 'StatePreCandidate') this.handleVoteResponse(m);`,
        replace: 'this.handleVoteResponse(m);',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-ELECTION-SAFETY', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 300,
  },
  {
    id: 'term-or-vote-not-written',
    bug: 'Nothing is written when only the vote or the term changed',
    reference: 'etcd #7317; V8',
    changes: [
      {
        file: RAFT,
        find: 'entries.length > 0 || termOrVoteChanged ||',
        replace: 'entries.length > 0 ||',
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'vote-alone-not-written',
    bug: 'Nothing is written when the vote changed within a term that was entered before',
    reference: 'TiKV #1610, etcd #7317; V8',
    changes: [
      {
        file: RAFT,
        find: 'const termOrVoteChanged = this.term !== this.handedTerm ||',
        replace: 'const termOrVoteChanged = this.term !== this.handedTerm || 0 > 1 &&',
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 300,
  },
  {
    id: 'up-to-date-by-index-only',
    bug: 'A candidate with a longer log of older terms wins',
    reference: 'Raft 5.4.1; V4',
    changes: [
      { file: LOG, find: 'if (lastTerm !== ownTerm) return lastTerm > ownTerm;', replace: '' },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-LEADER-COMPLETENESS'],
    seedsMax: 300,
  },
  {
    id: 'refusals-counted-as-votes',
    bug: 'An answer to a request for a vote counts, whatever it says',
    reference: 'Raft 5.2',
    changes: [
      {
        file: RAFT,
        find: 'this.tracker.recordVote(m.from, !m.reject)',
        replace: 'this.tracker.recordVote(m.from, true)',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-ELECTION-SAFETY', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 100,
  },
  {
    id: 'votes-of-the-last-election-count',
    bug: 'Votes of the election before count in the next one',
    reference: 'Raft 5.2; etcd tracker, ResetVotes',
    changes: [{ file: RAFT, find: '    tracker.votes.clear();\n', replace: '' }],
    scenario: 'everything',
    caughtBy: ['RAFT-ELECTION-SAFETY', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 200,
  },
  {
    id: 'votes-of-an-earlier-term-count',
    bug: 'A vote counts that was given in an earlier term',
    reference: 'Raft 5.1: requests and answers of older terms are dropped; etcd raft, Step',
    changes: [
      {
        file: RAFT,
        find: '} else if (m.term < this.term && m.term !== 0) {',
        replace: "} else if (m.term < this.term && m.term !== 0 && m.type !== 'MsgVoteResp') {",
      },
    ],
    scenario: 'echoes',
    caughtBy: ['RAFT-VOTES-ARE-GIVEN', 'RAFT-ELECTION-SAFETY', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 300,
  },
  {
    id: 'up-to-date-by-term-only',
    bug: 'Of two logs that end in one term the shorter one will do',
    reference: 'Raft 5.4.1; V4',
    changes: [
      { file: LOG, find: '    return lastIndex >= this.lastIndex();', replace: '    return true;' },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-LEADER-COMPLETENESS', 'RAFT-STATE-MACHINE-SAFETY'],
    seedsMax: 100,
  },
  {
    id: 'previous-entry-not-compared',
    bug: 'An append is accepted wherever there is a log before it, of whatever term',
    reference: 'Raft 5.3, consistency check',
    changes: [
      {
        file: LOG,
        find: 'if (!this.matchTerm(prevIndex, prevTerm)) return APPEND_REJECTED;',
        replace: 'if (prevIndex > this.lastIndex()) return APPEND_REJECTED;',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-LOG-MATCHING', 'RAFT-STATE-MACHINE-SAFETY', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 100,
  },
  {
    id: 'snapshot-term-forgotten',
    bug: 'After a snapshot was installed the term of its last entry counts as zero',
    reference: 'raft 0c22de0, 76f1249; R4',
    changes: [
      {
        file: LOG,
        find: '    this.offsetTerm = snapshot.term;\n    this.committed',
        replace: '    this.offsetTerm = 0;\n    this.committed',
      },
    ],
    scenario: 'everything',
    caughtBy: [
      'RAFT-STATE-MACHINE-SAFETY',
      'RAFT-LOG-MATCHING',
      'RAFT-LEADER-COMPLETENESS',
      'PROCESS-NO-CRASH',
      'LIVENESS-CONVERGES',
    ],
    seedsMax: 200,
  },
  {
    id: 'term-before-the-log-off-by-one',
    bug: 'After compaction the entry before the log is taken to be of the term of the one after it',
    reference: 'raft 0c22de0, 76f1249; R4; S9',
    changes: [
      {
        file: LOG,
        find: 'const newOffsetTerm = this.term(newOffset);',
        replace: 'const newOffsetTerm = Math.max(this.term(newOffset), this.term(newOffset + 1));',
      },
    ],
    note: 'Appends that begin there are rejected, and whoever needs them is sent a snapshot instead.',
    scenario: 'leader-churn',
    caughtBy: ['RAFT-LOG-MATCHING'],
    seedsMax: 100,
  },
  {
    id: 'figure-8',
    bug: 'Entries of older terms are committed by counting',
    reference: 'LogCabin #44, thesis figure 3.7; R1',
    changes: [
      { file: RAFT, find: 'if (log.term(index) !== this.term) return false;', replace: '' },
    ],
    scenario: 'leader-churn',
    caughtBy: ['RAFT-COMMITS-OWN-TERM', 'RAFT-LEADER-COMPLETENESS'],
    note: 'Something committed is lost by it only when three leaders fall in the right order.',
    seedsMax: 100,
  },
  {
    id: 'commit-to-last-index',
    bug: 'A follower commits up to its last index instead of the last verified one',
    reference: 'copycat #265, ScyllaDB #9965; R2',
    changes: [
      {
        file: LOG,
        find: 'Math.min(leaderCommit, lastNewIndex)',
        replace: 'Math.min(leaderCommit, this.lastIndex())',
      },
    ],
    harmless: [
      {
        file: RAFT,
        find: 'const hint = log.findConflictByTerm(Math.min(m.index, log.lastIndex()), m.logTerm);',
        replace: 'const hint = log.committed;',
      },
    ],
    note: `Alone it cannot show here. The hints by which leader and follower skip whole terms never take the
leader below the last entry the two logs share, and above that it has at least one entry, that of its own term;
so the first append a follower accepts in a term cuts off all it holds of other leaders. The hint is therefore
replaced by a lower one that is as correct: the follower's commit index.`,
    scenario: 'everything',
    caughtBy: ['RAFT-STATE-MACHINE-SAFETY'],
    seedsMax: 1000,
  },
  {
    id: 'heartbeat-commits-beyond-match',
    bug: 'A heartbeat carries the commit index as it is, not bounded by what the follower acknowledged',
    reference: 'etcd raft, sendHeartbeat; R2',
    changes: [
      {
        file: RAFT,
        find: 'm.commit = Math.min(pr.match, committed);',
        replace: 'm.commit = committed;',
      },
    ],
    harmless: [
      {
        file: LOG,
        find: `assert(index <= last, 'commit is past the end of the log; was it truncated or lost?', {
      index,
      last,
    });
    this.committed = index;`,
        replace: 'this.committed = Math.min(index, last);',
      },
    ],
    note: 'An assertion would stop followers whose log is too short, and leave those whose log differs.',
    scenario: 'everything',
    caughtBy: ['RAFT-STATE-MACHINE-SAFETY'],
    seedsMax: 300,
  },
  {
    id: 'match-from-heartbeat-reply',
    bug: 'A heartbeat reply counts as an acknowledgement of the whole log',
    reference: 'RATIS-2605; R3',
    changes: [
      {
        file: RAFT,
        find: `    pr.flowPaused = false;
    if (pr.match`,
        replace: `    pr.flowPaused = false;
    pr.maybeUpdate(this.log.lastIndex());
    if (this.maybeCommit()) this.onCommitAdvanced();
    if (pr.match`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-MATCH-IS-KEPT', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 50,
  },
  {
    id: 'truncate-on-stale-append',
    bug: 'A repeated old append cuts off what came after it',
    reference: 'HashiCorp #113, Redpanda #25018; V6',
    changes: [
      {
        file: LOG,
        find: 'if (conflictAt < entries.length) this.appendFrom(entries, conflictAt);',
        replace: 'if (entries.length > 0 && conflictAt >= 0) this.appendFrom(entries, 0);',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-COMMIT-ON-QUORUM', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 100,
  },
  {
    id: 'repeated-append-ends-the-log',
    bug: 'A repeated append cuts off what follows its last entry',
    reference: 'HashiCorp #113, Redpanda #25018; V6',
    changes: [
      {
        file: LOG,
        find: 'if (conflictAt < entries.length) this.appendFrom(entries, conflictAt);',
        replace: `if (conflictAt < entries.length) this.appendFrom(entries, conflictAt);
    else if (entries.length > 0 && lastNewIndex > this.committed) this.truncateFrom(lastNewIndex + 1);`,
      },
    ],
    scenario: 'flaky-network',
    caughtBy: ['RAFT-ACKNOWLEDGED-IS-KEPT'],
    note: 'The leader takes it to have what it once acknowledged, and most often a quorum of others really has.',
    seedsMax: 300,
  },
  {
    id: 'apply-before-commit',
    bug: 'Entries are applied when they are durable, committed or not',
    reference: 'S2',
    changes: [
      {
        file: LOG,
        find: 'const end = Math.min(this.committed, this.stable) + 1;',
        replace: 'const end = this.stable + 1;',
      },
    ],
    harmless: [
      {
        file: LOG,
        find: `assert(index <= committed, 'something uncommitted was applied', { index, committed });`,
        replace: '',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-APPLY-AFTER-COMMIT'],
    seedsMax: 50,
  },
  {
    id: 'quorum-of-half',
    bug: 'Half of the members are a quorum',
    reference: 'DEMi raft-42; S3',
    changes: [
      {
        file: 'raft/quorum.ts',
        find: 'Math.floor(ascending.length / 2) + 1;',
        replace: 'Math.max(1, Math.floor(ascending.length / 2));',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-COMMIT-ON-QUORUM', 'RAFT-ELECTION-SAFETY'],
    seedsMax: 50,
  },
  {
    id: 'deaf-leader-stays',
    bug: 'A leader that hears from no quorum stays in office',
    reference: 'thesis 6.2; etcd raft, CheckQuorum',
    changes: [
      {
        file: RAFT,
        find: '    if (!this.tracker.quorumActive()) {',
        replace: '    if (0 > 1) {',
      },
    ],
    note: `It stands in the way only where faults outlast the run, since a link that heals lets the answers through; but
that it is there breaks a rule.`,
    scenario: 'everything',
    caughtBy: ['RAFT-DEAF-LEADER-STEPS-DOWN', 'LIVENESS-CONVERGES'],
    seedsMax: 100,
  },
  {
    id: 'votes-against-a-leader-that-is-heard',
    bug: 'A member that hears its leader votes for another all the same',
    reference: 'thesis 4.2.3; etcd raft, CheckQuorum',
    changes: [
      { file: RAFT, find: '    return inLease;', replace: '    return inLease && this.term < 0;' },
    ],
    note: 'No entry is lost by it: leaders change for nothing.',
    scenario: 'everything',
    caughtBy: ['RAFT-HEARD-LEADER-IS-KEPT'],
    seedsMax: 50,
  },
  {
    id: 'leader-given-up-a-tick-early',
    bug: 'A member gives up its leader one tick before the shortest timeout',
    reference: 'thesis 4.2.3; S9',
    changes: [
      {
        file: RAFT,
        find: 'this.electionElapsed < this.config.electionTick;',
        replace: 'this.electionElapsed < this.config.electionTick - 1;',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-HEARD-LEADER-IS-KEPT'],
    seedsMax: 100,
  },
  {
    id: 'leader-counts-itself-at-once',
    bug: 'The leader counts its own entries before they are durable',
    reference: 'etcd #14370; V7',
    changes: [
      {
        file: RAFT,
        find: '    this.acknowledgeOwnAppend(index);\n  }',
        replace: `    this.tracker.get(this.id)?.maybeUpdate(index);
    this.acknowledgeOwnAppend(index);
  }`,
      },
    ],
    scenario: 'crash-storm',
    caughtBy: ['RAFT-MATCH-IS-KEPT', 'RAFT-COMMIT-ON-QUORUM'],
    seedsMax: 50,
  },
  {
    id: 'append-acknowledged-before-fsync',
    bug: 'A follower acknowledges entries before they are durable',
    reference: 'etcd #14370; V7',
    changes: [
      {
        file: RAFT,
        find: `    this.messagesAfterAppend.push(resp);
    if (m.index < log.committed) {`,
        replace: `    this.messages.push(resp);
    if (m.index < log.committed) {`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 50,
  },
  {
    id: 'snapshot-acknowledged-before-durable',
    bug: 'A follower acknowledges a snapshot before its marker is durable',
    reference: 'thesis 3.8; H8',
    changes: [
      {
        file: RAFT,
        find: `this.log.lastIndex() : this.log.committed;
    this.messagesAfterAppend.push(resp);`,
        replace: `this.log.lastIndex() : this.log.committed;
    this.messages.push(resp);`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['DURABLE-BEFORE-SEND'],
    seedsMax: 300,
  },
  {
    id: 'stale-snapshot-accepted',
    bug: 'A snapshot older than the commit index is installed',
    reference: 'raft restore(); ra #508; V16',
    changes: [
      {
        file: RAFT,
        find: `// It is late: installing it would take back what is committed since.
    if (index <= log.committed) return false;`,
        replace: '',
      },
    ],
    harmless: [
      {
        file: LOG,
        find: 'assert(snapshot.index > this.committed,',
        replace: 'assert(snapshot.index > 0,',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-MONOTONE'],
    seedsMax: 1000,
  },
  {
    id: 'late-write-taken-for-the-newest',
    bug: 'A finished write counts for entries that have replaced those it wrote',
    reference: 'etcd raft, async_storage_writes_append_aba_race; H4',
    changes: [{ file: LOG, find: 'if (append.epoch !== this.epoch) return;', replace: '' }],
    note: `The log's assertion "something was applied before it was durable" tells: what a member applies
without having it on its own disk no message shows.`,
    scenario: 'everything',
    caughtBy: ['PROCESS-NO-CRASH'],
    seedsMax: 1000,
  },
  {
    id: 'read-index-before-own-commit',
    bug: 'A new leader answers reads before it has committed in its term',
    reference: 'thesis 6.4, step 1',
    changes: [
      {
        file: RAFT,
        find: 'return this.log.term(this.log.committed) === this.term;',
        replace: 'return true;',
      },
    ],
    scenario: 'everything',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 50,
  },
  {
    id: 'leader-reads-without-a-quorum',
    bug: 'A leader answers reads without asking whether it still leads',
    reference: 'thesis 6.4, step 3; TiKV #964; V5',
    changes: [
      {
        file: RAFT,
        find: `if (this.tracker.config.isOnlyVoter(this.id)) {
      this.answerRead(`,
        replace: `if (this.id > 0) {
      this.answerRead(`,
      },
    ],
    scenario: 'late-messages',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 100,
  },
  {
    id: 'read-round-reused',
    bug: 'A read joins a round of heartbeats that is under way: older answers confirm it',
    reference: 'etcd #20418, raft #397; H1',
    changes: [
      {
        file: 'raft/read-only.ts',
        find: 'this.lastRound++;',
        replace: 'if (this.pending.length === 0) this.lastRound++;',
      },
    ],
    scenario: 'late-messages',
    caughtBy: ['LINEARIZABILITY'],
    seedsMax: 300,
  },
  {
    id: 'acknowledgements-of-an-earlier-term-count',
    bug: 'A leader counts what members acknowledged to it when it led an earlier term',
    reference: 'Raft 5.1: requests and answers of older terms are dropped; etcd raft, Step',
    changes: [
      {
        file: RAFT,
        find: '} else if (m.term < this.term && m.term !== 0) {',
        replace: "} else if (m.term < this.term && m.term !== 0 && m.type !== 'MsgAppResp') {",
      },
    ],
    scenario: 'echoes',
    caughtBy: ['RAFT-OLD-TERMS-ARE-OVER', 'RAFT-MATCH-IS-KEPT', 'PROCESS-NO-CRASH'],
    note: 'Most often what a member has held it still holds, so that the rule is broken and nothing comes of it.',
    seedsMax: 100,
  },
  {
    id: 'heartbeats-of-an-earlier-term-confirm',
    bug: 'A leader takes an answer to a heartbeat for one of its term, whatever term it is of',
    reference: 'Raft 5.1; thesis 6.4, step 3',
    changes: [
      {
        file: RAFT,
        find: '} else if (m.term < this.term && m.term !== 0) {',
        replace:
          "} else if (m.term < this.term && m.term !== 0 && m.type !== 'MsgHeartbeatResp') {",
      },
    ],
    scenario: 'everything',
    caughtBy: ['READ-IS-CONFIRMED', 'READ-SEES-COMMITTED', 'LINEARIZABILITY'],
    note: `Rounds of heartbeats are numbered on from term to term, so only a member that has led, was restarted and leads
again takes an old answer for a new one.`,
    seedsMax: 300,
  },
  {
    id: 'reads-confirmed-by-the-round-before',
    bug: 'A read is confirmed by the round of heartbeats that began before it came',
    reference: 'etcd #20418, raft #397; H1; thesis 6.4, step 3',
    changes: [
      {
        file: 'raft/read-only.ts',
        find: 'pending[count]!.round <= round) count++',
        replace: 'pending[count]!.round <= round + 1) count++',
      },
    ],
    scenario: 'everything',
    caughtBy: ['READ-IS-CONFIRMED', 'READ-SEES-COMMITTED', 'LINEARIZABILITY'],
    note: 'Most often the leader still leads, and what is answered is right by luck.',
    seedsMax: 50,
  },
  {
    id: 'reads-kept-when-leadership-is-lost',
    bug: 'A leader that steps down keeps its reads, and answers them when it leads again',
    reference: 'thesis 6.4, steps 1 and 2; etcd raft, reset',
    changes: [{ file: RAFT, find: '    this.reads.reset();\n', replace: '' }],
    scenario: 'everything',
    caughtBy: ['READ-IN-ITS-TERM', 'READ-SEES-COMMITTED', 'LINEARIZABILITY'],
    note: 'Whoever asked has most often given up by then.',
    seedsMax: 50,
  },
  {
    id: 'handed-over-before-the-log-is',
    bug: 'A leader tells another member to take over before that has all its log',
    reference: 'thesis 3.10, step 2',
    changes: [
      {
        file: RAFT,
        find: 'if (pr.match === this.log.lastIndex()) this.sendTimeoutNow(to);',
        replace: 'if (pr.match >= 0) this.sendTimeoutNow(to);',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-TRANSFER-TO-EQUAL'],
    note: 'No entry is lost by it: nobody votes for a log that ends before its own. But nobody leads for a while.',
    seedsMax: 50,
  },
  {
    id: 'handed-over-at-the-first-acknowledgement',
    bug: 'A leader tells another member to take over as soon as that acknowledges anything more',
    reference: 'thesis 3.10, step 2',
    changes: [
      {
        file: RAFT,
        find: 'if (pr.id === this.leadTransferee && pr.match === last)',
        replace: 'if (pr.id === this.leadTransferee)',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-TRANSFER-TO-EQUAL'],
    seedsMax: 100,
  },
  {
    id: 'elected-by-one-vote-too-few',
    bug: 'A candidate with one vote less than a majority leads',
    reference: 'DEMi raft-42; S3',
    changes: [
      {
        file: 'raft/quorum.ts',
        find: 'if (granted >= this.quorum)',
        replace: 'if (granted >= this.quorum - 1)',
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-VOTES-ARE-GIVEN', 'RAFT-ELECTION-SAFETY', 'RAFT-LEADER-COMPLETENESS'],
    seedsMax: 50,
  },
  {
    id: 'own-vote-counts-at-once',
    bug: 'A candidate counts its own vote before that is durable',
    reference: 'etcd raft, campaign; thesis 3.8',
    changes: [
      {
        file: RAFT,
        find: `        vote.term = term;
        this.messagesAfterAppend.push(vote);`,
        replace: `        vote.term = term;
        if (this.tracker.voterIds.length > 1) this.tracker.recordVote(id, true);
        else this.messagesAfterAppend.push(vote);`,
      },
    ],
    scenario: 'everything',
    caughtBy: ['RAFT-VOTES-ARE-GIVEN'],
    seedsMax: 50,
  },
  {
    id: 'lost-probe-never-repeated',
    bug: 'A follower whose answer was lost is never sent anything again',
    reference: 'raft 85e68cf; V22',
    changes: [
      {
        file: RAFT,
        find: `    pr.flowPaused = false;
    if (pr.match`,
        replace: '    if (pr.match',
      },
    ],
    scenario: 'everything',
    caughtBy: ['LIVENESS-CONVERGES'],
    seedsMax: 100,
  },
];

export const HIDDEN_RAFT_MUTANTS: readonly HiddenMutant[] = [
  {
    id: 'commit-to-last-index-alone',
    bug: 'A follower commits up to its last index instead of the last verified one',
    reference: 'copycat #265; R2',
    changes: [
      {
        file: LOG,
        find: 'Math.min(leaderCommit, lastNewIndex)',
        replace: 'Math.min(leaderCommit, this.lastIndex())',
      },
    ],
    because: 'See `commit-to-last-index`, which takes the second line of defence away.',
    scenario: 'everything',
  },
  {
    id: 'old-news-acknowledges-the-whole-log',
    bug: 'An append about what is committed already is answered as if the whole log were acknowledged',
    reference: 'etcd raft, handleAppendEntries; R3',
    changes: [
      { file: RAFT, find: 'resp.index = log.committed;', replace: 'resp.index = log.lastIndex();' },
    ],
    because: `A leader never points below the last entry the two logs share (see \`commit-to-last-index\`), which is at
or above the commit index, until it knows that the follower has moved it; and it moves only by appends or a snapshot of
this leader, the first of which makes the follower's log the beginning of the leader's. So when the answer is given, the
whole log is the leader's, and the answer waits until it is durable like any other.`,
    scenario: 'everything',
  },
  {
    id: 'stale-rejections-believed',
    bug: 'A leader that probes takes a late rejection for an answer to what it sent last',
    reference: 'etcd tracker, MaybeDecrTo',
    changes: [
      {
        file: 'raft/progress.ts',
        find: 'if (this.next - 1 !== rejected) return false;',
        replace: '',
      },
    ],
    because: `It moves only what is sent next, never below what the follower has acknowledged: some entries are sent
again.`,
    scenario: 'echoes',
  },
  {
    id: 'proposals-taken-while-handing-over',
    bug: 'A leader takes proposals while it hands leadership over',
    reference: 'thesis 3.10, step 1',
    changes: [
      {
        file: RAFT,
        find: 'if (this.leadTransferee !== NO_ONE) return false;\n    const bytes',
        replace: 'const bytes',
      },
    ],
    because: `They are entries like others: the new leader has them or replaces them, and nobody was told that they are
committed before they were. The transfer may take longer, and is given up after an election timeout.`,
    scenario: 'everything',
  },
  {
    id: 'pre-votes-for-any-log',
    bug: 'A pre-vote is granted whatever log the candidate has',
    reference: 'thesis 9.6',
    changes: [
      {
        file: RAFT,
        find: 'if (this.canVoteFor(m) && this.log.isUpToDate(m.index, m.logTerm)) {',
        replace:
          'if (this.canVoteFor(m) && (preVote || this.log.isUpToDate(m.index, m.logTerm))) {',
      },
    ],
    because: 'A pre-vote promises nothing. The vote that follows compares the logs.',
    scenario: 'everything',
  },
];
