// Raft in hand-made situations, one rule at a time. The random runs are in safety.test.ts.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { Raft, type RaftConfig, type RaftInitialState } from '../../src/raft/raft.js';
import {
  type ConfState,
  Entry,
  EntryConfChangeV2,
  EntryNormal,
  Message,
  type MessageType,
} from '../../src/raft/raftpb.js';
import { Cluster } from './cluster.js';

const NOTHING = new Uint8Array(0);
const FIVE_BYTES = Buffer.from('abcde');

function trio(config: Partial<RaftConfig> = {}, autoSync = true): Cluster {
  return new Cluster({ voters: [1, 2, 3], autoSync, config });
}

/** Three nodes of which 1 leads, everything delivered. */
function led(config: Partial<RaftConfig> = {}): Cluster {
  const cluster = trio(config);
  cluster.campaign(1);
  cluster.settle();
  expect(cluster.raft(1).state).toBe('StateLeader');
  return cluster;
}

function conf(voters: readonly number[], rest: Partial<ConfState> = {}): ConfState {
  const none = { learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  return { voters, ...none, ...rest };
}

function entriesOf(...terms: readonly number[]): Entry[] {
  return terms.map((term, i) => new Entry(term, i + 1, EntryNormal, NOTHING));
}

/** A Raft by itself: node 1 of 3, not driven by a cluster. */
function alone(initial: Partial<RaftInitialState> = {}, config: Partial<RaftConfig> = {}): Raft {
  const entries = initial.entries ?? [];
  return new Raft(
    {
      id: 1,
      electionTick: 10,
      electionJitter: 10,
      heartbeatTick: 1,
      maxSizePerMsg: 1 << 20,
      maxInflightMsgs: 16,
      maxUncommittedSize: 1 << 20,
      maxCommittedSizePerReady: 1 << 20,
      preVote: false,
      checkQuorum: false,
      random: randomStream('1', 'test'),
      ...config,
    },
    {
      hardState: { term: entries.at(-1)?.term ?? 0, vote: 0, commit: 0 },
      confState: conf([1, 2, 3]),
      snapshot: { index: 0, term: 0 },
      entries,
      applied: 0,
      ...initial,
    },
  );
}

function message(type: MessageType, from: number, fields: Partial<Message>): Message {
  return Object.assign(new Message(type, 1, from), fields);
}

/** Does everything a Raft asks at once, and returns what it sends to others. */
function drain(raft: Raft): Message[] {
  const sent: Message[] = [];
  while (raft.hasReady()) {
    const ready = raft.ready();
    sent.push(...ready.messages);
    const last = ready.entries.at(-1);
    if (ready.snapshot !== null) {
      raft.stableSnapshot(ready.snapshot.index);
      raft.appliedTo(ready.snapshot.index);
    }
    if (last !== undefined) raft.stableTo(last.term, last.index);
    for (const m of ready.messagesAfterAppend) {
      if (m.to === raft.id) raft.step(m);
      else sent.push(m);
    }
    const applied = ready.committedEntries.at(-1);
    if (applied !== undefined) raft.appliedTo(applied.index);
  }
  return sent;
}

function aloneLeading(initial: Partial<RaftInitialState> = {}, config: Partial<RaftConfig> = {}) {
  const raft = alone(initial, config);
  raft.campaign();
  drain(raft);
  raft.step(message('MsgVoteResp', 2, { term: raft.term }));
  expect(raft.state).toBe('StateLeader');
  return raft;
}

function logTerms(raft: Raft): number[] {
  const terms: number[] = [];
  for (let index = raft.log.firstIndex(); index <= raft.log.lastIndex(); index++) {
    terms.push(raft.log.term(index));
  }
  return terms;
}

describe('an election', () => {
  it('is won by whom a majority votes for, and everyone learns it', () => {
    const cluster = led();
    expect(cluster.raft(2).lead).toBe(1);
    expect(cluster.raft(3).lead).toBe(1);
    expect(cluster.raft(1).term).toBe(1);
    expect(cluster.committedIndex()).toBe(1);
  });

  it('is won at once by an only voter, once its own vote is durable', () => {
    const cluster = new Cluster({ voters: [1] });
    cluster.campaign(1);
    expect(cluster.raft(1).state).toBe('StateCandidate');
    cluster.sync(1);
    expect(cluster.raft(1).state).toBe('StateLeader');
    expect(cluster.committedIndex()).toBe(0);
    cluster.sync(1);
    expect(cluster.committedIndex()).toBe(1);
  });

  it('starts at random after T to 2T ticks, drawn anew each time', () => {
    const raft = alone();
    const waits = new Set<number>();
    for (let run = 0; run < 300; run++) {
      const { term } = raft;
      let ticks = 0;
      while (raft.term === term) {
        raft.tick();
        ticks++;
      }
      drain(raft);
      waits.add(ticks);
    }
    expect([...waits].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('asks for votes only once term and own vote are durable', () => {
    const cluster = trio({}, false);
    cluster.campaign(1);
    expect(cluster.inFlight).toEqual([]);
    cluster.sync(1);
    expect(cluster.inFlight.map((m) => m.type)).toEqual(['MsgVote', 'MsgVote']);
    expect(cluster.node(1).hardState).toEqual({ term: 1, vote: 1, commit: 0 });
  });

  it('gets one vote a term from each node, also after that node stepped back', () => {
    const raft = alone();
    raft.step(message('MsgVote', 2, { term: 1 }));
    expect(raft.vote).toBe(2);
    // Leaves its own campaign of term 2 because a leader of that term turns up.
    raft.campaign();
    raft.step(message('MsgHeartbeat', 3, { term: 2 }));
    expect(raft.state).toBe('StateFollower');
    expect(raft.vote).toBe(1);
    drain(raft);
    raft.step(message('MsgVote', 2, { term: 2 }));
    expect(drain(raft)).toMatchObject([{ type: 'MsgVoteResp', to: 2, term: 2, reject: true }]);
  });

  it('repeats a vote when asked again', () => {
    const raft = alone();
    raft.step(message('MsgVote', 2, { term: 1 }));
    raft.step(message('MsgVote', 2, { term: 1 }));
    raft.step(message('MsgVote', 3, { term: 1 }));
    expect(drain(raft).map((m) => [m.to, m.reject])).toEqual([
      [2, false],
      [2, false],
      [3, true],
    ]);
  });

  it.each([
    [{ logTerm: 2, index: 9 }, true],
    [{ logTerm: 3, index: 2 }, true],
    [{ logTerm: 3, index: 3 }, false],
    [{ logTerm: 4, index: 1 }, false],
  ])('compares logs by last term, then by length: %j', (theirs, rejected) => {
    const raft = alone({ entries: entriesOf(1, 3, 3) });
    raft.step(message('MsgVote', 2, { term: 5, ...theirs }));
    expect(drain(raft)).toMatchObject([{ type: 'MsgVoteResp', reject: rejected }]);
  });

  it('is lost to a majority of refusals', () => {
    const raft = alone();
    raft.campaign();
    drain(raft);
    raft.step(message('MsgVoteResp', 2, { term: 1, reject: true }));
    expect(raft.state).toBe('StateCandidate');
    raft.step(message('MsgVoteResp', 3, { term: 1, reject: true }));
    expect(raft.state).toBe('StateFollower');
  });

  it('counts the votes of both halves of a joint configuration', () => {
    const raft = alone({ confState: conf([1, 2, 3], { votersOutgoing: [1, 4, 5] }) });
    raft.campaign();
    drain(raft);
    raft.step(message('MsgVoteResp', 2, { term: 1 }));
    raft.step(message('MsgVoteResp', 3, { term: 1 }));
    expect(raft.state).toBe('StateCandidate');
    raft.step(message('MsgVoteResp', 5, { term: 1 }));
    expect(raft.state).toBe('StateLeader');
  });

  it('is not started by a learner, nor does the vote of one count', () => {
    const learner = alone({ confState: conf([2, 3], { learners: [1] }) });
    learner.campaign();
    for (let i = 0; i < 50; i++) learner.tick();
    expect(learner.state).toBe('StateFollower');

    const voter = alone({ confState: conf([1, 2, 3], { learners: [4] }) });
    voter.campaign();
    expect(drain(voter).map((m) => m.to)).toEqual([2, 3]);
    voter.step(message('MsgVoteResp', 4, { term: 1 }));
    expect(voter.state).toBe('StateCandidate');
  });

  it('is not started with a committed configuration change unapplied', () => {
    const change = new Entry(1, 2, EntryConfChangeV2, NOTHING);
    const initial = { entries: [...entriesOf(1), change] };
    const raft = alone({ ...initial, hardState: { term: 1, vote: 0, commit: 2 } });
    raft.campaign();
    expect(raft.state).toBe('StateFollower');
    raft.step(message('MsgTimeoutNow', 2, { term: 1 }));
    expect(raft.state).toBe('StateFollower');
    raft.appliedTo(2);
    raft.campaign();
    expect(raft.state).toBe('StateCandidate');
  });
});

describe('pre-vote', () => {
  it('asks before it raises the term, and clears the leader', () => {
    const cluster = led({ preVote: true });
    cluster.partition([1, 2], [3]);
    for (let i = 0; i < 60; i++) cluster.tick(3);
    expect(cluster.raft(3)).toMatchObject({ state: 'StatePreCandidate', term: 1, lead: 0 });
  });

  it('lets a node that was cut off come back without deposing the leader', () => {
    const cluster = led({ preVote: true, checkQuorum: true });
    cluster.partition([1, 2], [3]);
    for (let i = 0; i < 60; i++) cluster.tick(3);
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.heal();
    cluster.rounds(30);
    expect(cluster.raft(1)).toMatchObject({ state: 'StateLeader', term: 1 });
    expect(cluster.node(3).data()).toEqual(['x']);
  });

  it('elects a new leader when the old one is gone', () => {
    const cluster = led({ preVote: true, checkQuorum: true });
    cluster.crash(1);
    cluster.rounds(60);
    expect(cluster.leader()?.term).toBeGreaterThan(1);
  });

  it('is refused by voters with a longer log', () => {
    const cluster = led({ preVote: true });
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.heal();
    cluster.campaign(3);
    cluster.settle();
    expect(cluster.raft(3).state).toBe('StateFollower');
    expect(cluster.raft(1)).toMatchObject({ state: 'StateLeader', term: 1 });
  });

  it('tells an asker of an older term the current one', () => {
    const raft = alone({ hardState: { term: 5, vote: 0, commit: 0 } });
    raft.step(message('MsgPreVote', 2, { term: 3 }));
    expect(drain(raft)).toMatchObject([{ type: 'MsgPreVoteResp', to: 2, term: 5, reject: true }]);
  });
});

describe('check-quorum', () => {
  it('makes a leader step down that hears from no quorum', () => {
    const cluster = led({ checkQuorum: true });
    cluster.partition([1], [2, 3]);
    cluster.tick(1, 10); // clears who was active before
    expect(cluster.raft(1).state).toBe('StateLeader');
    cluster.tick(1, 10);
    expect(cluster.raft(1)).toMatchObject({ state: 'StateFollower', lead: 0, term: 1 });
  });

  it('keeps a leader that hears from a quorum', () => {
    const cluster = led({ checkQuorum: true });
    cluster.partition([1, 2], [3]);
    cluster.rounds(50);
    expect(cluster.raft(1).state).toBe('StateLeader');
  });

  it('makes nodes that hear a leader ignore votes, unless it hands over', () => {
    const follower = (): Raft => {
      const raft = alone({}, { checkQuorum: true });
      raft.step(message('MsgHeartbeat', 2, { term: 1 }));
      drain(raft);
      return raft;
    };
    const inLease = follower();
    inLease.step(message('MsgVote', 3, { term: 2 }));
    expect(inLease.term).toBe(1);
    expect(drain(inLease)).toEqual([]);

    const handingOver = follower();
    handingOver.step(message('MsgVote', 3, { term: 2, transfer: true }));
    expect(handingOver).toMatchObject({ term: 2, vote: 3 });

    const forgotten = follower();
    for (let i = 0; i < 9; i++) forgotten.tick();
    forgotten.step(message('MsgVote', 3, { term: 2 }));
    expect(forgotten.term).toBe(1);
    forgotten.tick();
    forgotten.step(message('MsgVote', 3, { term: 2 }));
    expect(forgotten).toMatchObject({ term: 2, vote: 3 });
  });

  it('frees a node that is stuck at a higher term', () => {
    const cluster = led({ checkQuorum: true });
    cluster.partition([1, 2], [3]);
    for (let i = 0; i < 60; i++) cluster.tick(3);
    const stuckAt = cluster.raft(3).term;
    expect(stuckAt).toBeGreaterThan(1);
    cluster.heal();
    cluster.rounds(60);
    const leader = cluster.leader()!;
    expect(leader.term).toBeGreaterThanOrEqual(stuckAt);
    for (const { raft } of cluster.nodes.values()) expect(raft.lead).toBe(leader.id);
  });
});

describe('replication', () => {
  it('brings proposals of leader and followers to all, in one order', () => {
    const cluster = led();
    expect(cluster.propose(1, 'a')).toBe(true);
    expect(cluster.propose(2, 'b')).toBe(true);
    cluster.settle();
    expect(cluster.propose(3, 'c')).toBe(true);
    cluster.settle();
    for (const node of cluster.nodes.values()) expect(node.data()).toEqual(['a', 'b', 'c']);
  });

  it('drops proposals where no leader is known', () => {
    expect(trio().propose(1, 'a')).toBe(false);
  });

  it('does not count the leader before its own write is durable', () => {
    const cluster = new Cluster({ voters: [1, 2] });
    cluster.campaign(1);
    for (let i = 0; i < 8; i++) {
      cluster.settle();
      cluster.syncAll(1);
      cluster.syncAll(2);
    }
    expect(cluster.committedIndex()).toBe(1);
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.syncAll(2);
    cluster.settle();
    expect(cluster.raft(1).tracker.get(2)?.match).toBe(2);
    expect(cluster.raft(1).log.committed).toBe(1);
    cluster.syncAll(1);
    expect(cluster.raft(1).log.committed).toBe(2);
  });

  it('commits on a majority of five, and not with two', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], autoSync: true });
    cluster.campaign(1);
    cluster.settle();
    cluster.partition([1, 2], [3, 4, 5]);
    cluster.propose(1, 'x');
    cluster.settle();
    expect(cluster.raft(1).log.committed).toBe(1);
    cluster.partition([1, 2, 3], [4, 5]);
    cluster.rounds(2);
    expect(cluster.raft(1).log.committed).toBe(2);
  });

  it('commits in a joint configuration only with both majorities', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], votersOutgoing: [1, 4, 5], autoSync: true });
    cluster.campaign(1);
    cluster.settle();
    cluster.partition([1, 2, 3], [4, 5]);
    cluster.propose(1, 'x');
    cluster.settle();
    expect(cluster.raft(1).log.committed).toBe(1);
    // Leaving the joint configuration frees what only the outgoing half was missing.
    cluster.raft(1).applyConfState(conf([1, 2, 3]));
    cluster.handle(cluster.node(1));
    expect(cluster.raft(1).log.committed).toBe(2);
  });

  it('feeds learners without counting them', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], learners: [4], autoSync: true });
    cluster.campaign(1);
    cluster.settle();
    cluster.partition([1, 4], [2, 3]);
    cluster.propose(1, 'x');
    cluster.settle();
    expect(cluster.raft(4).log.lastIndex()).toBe(2);
    expect(cluster.raft(1).log.committed).toBe(1);
  });

  it('repairs a log that diverged, skipping whole terms', () => {
    // The follower holds 40 entries of a term the leader has never seen.
    const cluster = trio();
    const [one, three] = [cluster.node(1), cluster.node(3)];
    const shared = entriesOf(1, 1);
    const tail = Array.from({ length: 40 }, (_, i) => new Entry(2, i + 3, EntryNormal, NOTHING));
    const other = Array.from({ length: 30 }, (_, i) => new Entry(3, i + 3, EntryNormal, NOTHING));
    for (const [node, entries] of [
      [one, other],
      [three, tail],
    ] as const) {
      cluster.crash(node.id);
      node.entries = [...shared, ...entries];
      node.hardState = { term: 3, vote: 0, commit: 2 };
      cluster.restart(node.id);
    }
    cluster.campaign(1);
    let rejections = 0;
    while (cluster.inFlight.length > 0) {
      const m = cluster.inFlight.shift()!;
      if (m.type === 'MsgAppResp' && m.from === 3 && m.reject) rejections++;
      cluster.deliver(m);
    }
    expect(logTerms(three.raft)).toEqual(logTerms(one.raft));
    expect(rejections).toBeGreaterThan(0);
    expect(rejections).toBeLessThanOrEqual(2);
  });

  it('cuts a follower’s log only where it conflicts, not for a late append', () => {
    const raft = alone({ entries: entriesOf(1, 1, 1, 1) });
    const late = message('MsgApp', 2, { term: 1, index: 1, logTerm: 1 });
    late.entries = entriesOf(1, 1).slice(1);
    raft.step(late);
    expect(raft.log.lastIndex()).toBe(4);
    const conflicting = message('MsgApp', 2, { term: 2, index: 1, logTerm: 1 });
    conflicting.entries = entriesOf(1, 1, 2).slice(1);
    raft.step(conflicting);
    expect(logTerms(raft)).toEqual([1, 1, 2]);
  });

  it('commits on a follower no further than the append has verified', () => {
    const raft = alone({ entries: entriesOf(1, 1, 1, 1) });
    raft.step(message('MsgApp', 2, { term: 2, index: 2, logTerm: 1, commit: 4 }));
    expect(raft.log.committed).toBe(2);
  });

  it('acknowledges old appends with the commit index', () => {
    const raft = alone({
      entries: entriesOf(1, 1, 1),
      hardState: { term: 1, vote: 0, commit: 3 },
    });
    raft.step(message('MsgApp', 2, { term: 2, index: 1, logTerm: 1 }));
    expect(drain(raft)).toMatchObject([{ type: 'MsgAppResp', index: 3, reject: false }]);
  });

  it('never takes a heartbeat response for an acknowledgement', () => {
    const raft = aloneLeading();
    raft.propose(FIVE_BYTES);
    drain(raft);
    raft.step(message('MsgHeartbeatResp', 2, { term: 1, index: 2, commit: 2 }));
    expect(raft.tracker.get(2)?.match).toBe(0);
    expect(raft.log.committed).toBe(0);
  });

  it('bounds the commit index of heartbeats by what the follower has acknowledged', () => {
    const cluster = led();
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'x');
    cluster.settle();
    const heartbeats: Message[] = [];
    cluster.passes = (m) => {
      if (m.type === 'MsgHeartbeat') heartbeats.push(m);
      return false;
    };
    cluster.tick(1);
    expect(heartbeats.map((m) => [m.to, m.commit])).toEqual([
      [2, 2],
      [3, 1],
    ]);
  });

  it('drops proposals when too much waits for commit, and takes them again after', () => {
    const raft = aloneLeading({}, { maxUncommittedSize: 8 });
    expect(raft.propose(FIVE_BYTES)).toBe(true);
    expect(raft.propose(FIVE_BYTES)).toBe(false);
    expect(raft.propose(NOTHING)).toBe(true);
    drain(raft);
    raft.step(message('MsgAppResp', 2, { term: 1, index: raft.log.lastIndex() }));
    expect(raft.log.committed).toBe(raft.log.lastIndex());
    expect(raft.propose(Buffer.alloc(100))).toBe(true);
    expect(raft.propose(FIVE_BYTES)).toBe(false);
  });
});

describe('figure 8 of the paper', () => {
  it('does not commit an entry of an earlier term by counting', () => {
    const cluster = new Cluster({
      voters: [1, 2, 3, 4, 5],
      autoSync: true,
      config: { maxSizePerMsg: 0 },
    });
    // (b) Logs by terms: 1 led in term 2 and reached only 2, then 5 led in term 3 and reached no one.
    const two = [1, 2].map((term, i) => new Entry(term, i + 1, EntryNormal, FIVE_BYTES));
    const three = [two[0]!, new Entry(3, 2, EntryNormal, FIVE_BYTES)];
    const logs = [two, two, two.slice(0, 1), two.slice(0, 1), three];
    for (const [id, node] of cluster.nodes) {
      cluster.crash(id);
      node.entries = logs[id - 1]!;
      node.hardState = { term: 3, vote: 0, commit: 1 };
      cluster.restart(id);
    }
    // (c) 1 leads in term 4 and brings its entry of term 2 to a majority, but none of term 4.
    cluster.partition([1, 2, 3, 4], [5]);
    cluster.campaign(1);
    while (cluster.inFlight.length > 0) {
      const m = cluster.inFlight.shift()!;
      if (m.type !== 'MsgApp') {
        cluster.deliver(m);
      } else if (m.to !== 4 && m.logTerm < 4) {
        const entries = m.entries.filter((entry) => entry.term < 4);
        cluster.deliver(Object.assign(new Message('MsgApp', m.to, 1), m, { entries }));
      }
    }
    const { state, tracker, log } = cluster.raft(1);
    expect(state).toBe('StateLeader');
    expect([1, 2, 3].map((id) => tracker.get(id)?.match)).toEqual([3, 2, 2]);
    expect(log.committed).toBe(1);
    // (d) 5 can still win and replace it everywhere.
    cluster.crash(1);
    cluster.heal();
    cluster.campaign(5);
    cluster.settle();
    cluster.campaign(5);
    cluster.settle();
    expect(cluster.raft(5)).toMatchObject({ state: 'StateLeader', term: 5 });
    for (const id of [2, 3, 4, 5]) expect(cluster.raft(id).log.term(2)).toBe(3);
  });
});

describe('flow control', () => {
  it('probes with one append at a time until the logs are known to meet', () => {
    const raft = aloneLeading();
    drain(raft);
    raft.propose(FIVE_BYTES);
    expect(drain(raft).filter((m) => m.type === 'MsgApp')).toEqual([]);
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    expect(raft.tracker.get(2)?.state).toBe('StateReplicate');
    const next = drain(raft).filter((m) => m.to === 2);
    expect(next.map((m) => m.entries.length)).toContain(1);
  });

  it('pipelines up to the window and goes on as acknowledgements come', () => {
    const raft = aloneLeading({}, { maxInflightMsgs: 3 });
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    drain(raft);
    for (let i = 0; i < 6; i++) raft.propose(FIVE_BYTES);
    const sentTo2 = () => drain(raft).filter((m) => m.to === 2 && m.entries.length > 0);
    expect(sentTo2().map((m) => m.index)).toEqual([1, 2, 3]);
    raft.step(message('MsgAppResp', 2, { term: 1, index: 2 }));
    // The rest fits into one message.
    expect(sentTo2().map((m) => [m.index, m.entries.length])).toEqual([[4, 3]]);
    expect(raft.tracker.get(2)?.inflights.count).toBe(3);
  });

  it('sends an empty append per heartbeat response while the window is full', () => {
    const raft = aloneLeading({}, { maxInflightMsgs: 1 });
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    drain(raft);
    for (let i = 0; i < 3; i++) raft.propose(FIVE_BYTES);
    drain(raft);
    raft.step(message('MsgHeartbeatResp', 2, { term: 1 }));
    const sent = drain(raft).filter((m) => m.to === 2);
    expect(sent.map((m) => [m.type, m.entries.length])).toEqual([['MsgApp', 0]]);
  });

  it('splits appends by size, but sends an entry that is too large by itself', () => {
    const raft = aloneLeading({}, { maxSizePerMsg: 10 });
    for (let i = 0; i < 3; i++) raft.propose(FIVE_BYTES);
    raft.propose(Buffer.alloc(100));
    drain(raft);
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    const sent = drain(raft).filter((m) => m.to === 2 && m.entries.length > 0);
    expect(sent.map((m) => m.entries.length)).toEqual([2, 1, 1]);
  });

  it('probes again when a follower is reported unreachable', () => {
    const raft = aloneLeading();
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    raft.reportUnreachable(2);
    expect(raft.tracker.get(2)?.state).toBe('StateProbe');
  });

  it('shares one array of entries between followers in step', () => {
    const raft = aloneLeading();
    for (const id of [2, 3]) raft.step(message('MsgAppResp', id, { term: 1, index: 1 }));
    drain(raft);
    raft.propose(FIVE_BYTES);
    const [a, b] = drain(raft).filter((m) => m.type === 'MsgApp');
    expect(a?.entries.length).toBe(1);
    expect(a?.entries).toBe(b?.entries);
  });
});

describe('a transfer of leadership', () => {
  it.each([false, true])('hands over, also with pre-vote and check-quorum %s', (on) => {
    const cluster = led({ preVote: on, checkQuorum: on });
    cluster.transfer(1, 3);
    cluster.settle();
    expect(cluster.leader()).toMatchObject({ id: 3, term: 2 });
    expect(cluster.raft(1)).toMatchObject({ state: 'StateFollower', lead: 3 });
  });

  it('may be asked of a follower', () => {
    const cluster = led();
    cluster.transfer(2, 2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });

  it('waits until the target has everything, and takes no proposals meanwhile', () => {
    const cluster = led();
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.transfer(1, 3);
    cluster.settle();
    expect(cluster.raft(1).leadTransferee).toBe(3);
    expect(cluster.propose(1, 'y')).toBe(false);
    cluster.heal();
    cluster.rounds(3);
    expect(cluster.leader()?.id).toBe(3);
    expect(cluster.node(3).data()).toEqual(['x']);
  });

  it('is given up after an election timeout', () => {
    const cluster = led();
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.transfer(1, 3);
    cluster.tick(1, 9);
    expect(cluster.propose(1, 'y')).toBe(false);
    cluster.tick(1);
    expect(cluster.raft(1)).toMatchObject({ state: 'StateLeader', leadTransferee: 0 });
    expect(cluster.propose(1, 'y')).toBe(true);
  });

  it('does not go to a learner or a stranger', () => {
    const cluster = new Cluster({ voters: [1, 2], learners: [3], autoSync: true });
    cluster.campaign(1);
    cluster.settle();
    for (const to of [3, 9, 1]) cluster.transfer(1, to);
    expect(cluster.raft(1)).toMatchObject({ state: 'StateLeader', leadTransferee: 0 });
  });
});

describe('a linearizable read', () => {
  it('is answered on leader and follower after a round of heartbeats', () => {
    const cluster = led();
    cluster.propose(1, 'x');
    cluster.settle();
    const ids = [cluster.read(1), cluster.read(2)];
    expect(cluster.node(1).answered).toEqual([]);
    cluster.settle();
    expect(cluster.node(1).answered).toEqual([{ requestId: ids[0], index: 2 }]);
    expect(cluster.node(2).answered).toEqual([{ requestId: ids[1], index: 2 }]);
  });

  it('is answered at once by an only voter', () => {
    const cluster = new Cluster({ voters: [1], autoSync: true });
    cluster.campaign(1);
    expect(cluster.read(1)).toBeGreaterThan(0);
    expect(cluster.node(1).answered).toHaveLength(1);
  });

  it('waits, also on an only voter, until the leader has committed in its own term', () => {
    const cluster = new Cluster({ voters: [1] });
    cluster.campaign(1);
    cluster.sync(1);
    expect(cluster.raft(1).state).toBe('StateLeader');
    cluster.read(1);
    expect(cluster.node(1).answered).toEqual([]);
    cluster.sync(1);
    expect(cluster.node(1).answered).toMatchObject([{ index: 1 }]);
  });

  it('waits in a new leader for an entry of its term, then shares a round', () => {
    const cluster = led();
    cluster.propose(1, 'x');
    cluster.settle();
    cluster.passes = (m) => m.type !== 'MsgApp';
    cluster.campaign(2);
    cluster.settle();
    expect(cluster.raft(2).state).toBe('StateLeader');
    cluster.read(2);
    cluster.read(2);
    expect(cluster.inFlight.filter((m) => m.type === 'MsgHeartbeat')).toEqual([]);
    cluster.heal();
    cluster.rounds(3);
    expect(cluster.node(2).answered.map((read) => read.index)).toEqual([3, 3]);
  });

  it('is not answered without a quorum, nor after leadership is lost', () => {
    const cluster = led();
    cluster.partition([1], [2, 3]);
    cluster.read(1);
    cluster.campaign(2);
    cluster.settle();
    cluster.propose(2, 'x');
    cluster.settle();
    cluster.heal();
    cluster.rounds(3);
    expect(cluster.raft(1).state).toBe('StateFollower');
    expect(cluster.node(1).answered).toEqual([]);
    // Leading again does not bring the old read back: its index may be out of date.
    cluster.transfer(2, 1);
    cluster.settle();
    const again = cluster.read(1);
    cluster.settle();
    expect(cluster.node(1).answered.map((read) => read.requestId)).toEqual([again]);
  });

  it('is not confirmed by late acknowledgements of an earlier round for the same request', () => {
    const raft = aloneLeading();
    raft.step(message('MsgAppResp', 2, { term: 1, index: 1 }));
    drain(raft);
    // Node 3 asks, a quorum confirms, and one heartbeat response is delayed.
    raft.step(message('MsgReadIndex', 3, { context: 77 }));
    const [first] = drain(raft).filter((m) => m.type === 'MsgHeartbeat');
    raft.step(message('MsgHeartbeatResp', 2, { term: 1, context: first!.context }));
    expect(drain(raft).filter((m) => m.type === 'MsgReadIndexResp')).toHaveLength(1);
    // The answer is lost and node 3 asks again; by now another leader may have committed more.
    raft.step(message('MsgReadIndex', 3, { context: 77 }));
    const [second] = drain(raft).filter((m) => m.type === 'MsgHeartbeat');
    expect(second!.context).toBeGreaterThan(first!.context);
    raft.step(message('MsgHeartbeatResp', 2, { term: 1, context: first!.context }));
    raft.step(message('MsgHeartbeatResp', 3, { term: 1, context: first!.context }));
    expect(drain(raft).filter((m) => m.type === 'MsgReadIndexResp')).toEqual([]);
    raft.step(message('MsgHeartbeatResp', 2, { term: 1, context: second!.context }));
    expect(drain(raft)).toMatchObject([{ type: 'MsgReadIndexResp', to: 3, index: 1, context: 77 }]);
  });

  it('never uses a round again, also when leading for a second time', () => {
    const cluster = led();
    const rounds: number[] = [];
    cluster.passes = (m) => {
      if (m.type === 'MsgHeartbeat' && m.from === 1 && m.to === 2 && m.context > 0) {
        rounds.push(m.context);
      }
      return true;
    };
    cluster.read(1);
    cluster.settle();
    cluster.transfer(1, 2);
    cluster.settle();
    cluster.transfer(2, 1);
    cluster.settle();
    cluster.read(1);
    cluster.settle();
    expect(rounds).toEqual([1, 2]);
  });

  it('repeats the newest waiting round with periodic heartbeats, which confirms the older ones', () => {
    const cluster = led();
    cluster.passes = (m) => m.type !== 'MsgHeartbeat';
    cluster.read(1);
    cluster.read(1);
    cluster.settle();
    expect(cluster.node(1).answered).toEqual([]);
    cluster.heal();
    cluster.tick(1);
    expect(cluster.inFlight.map((m) => m.context)).toEqual([2, 2]);
    cluster.settle();
    expect(cluster.node(1).answered).toHaveLength(2);
  });

  it('needs both majorities of a joint configuration', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], votersOutgoing: [1, 4, 5], autoSync: true });
    cluster.campaign(1);
    cluster.settle();
    cluster.partition([1, 2, 3], [4, 5]);
    cluster.read(1);
    cluster.rounds(2);
    expect(cluster.node(1).answered).toEqual([]);
    cluster.heal();
    cluster.rounds(2);
    expect(cluster.node(1).answered).toHaveLength(1);
  });

  it('is refused where no leader is known', () => {
    expect(trio().read(1)).toBe(0);
  });
});

describe('a snapshot', () => {
  function behind(): Cluster {
    const cluster = led();
    cluster.partition([1, 2], [3]);
    for (const text of ['a', 'b', 'c']) cluster.propose(1, text);
    cluster.settle();
    cluster.compact(1);
    cluster.heal();
    return cluster;
  }

  it('brings a follower up that needs compacted entries', () => {
    const cluster = behind();
    cluster.rounds(3);
    expect(cluster.counts.snapshots).toBe(1);
    cluster.propose(1, 'd');
    cluster.settle();
    expect(cluster.node(3).data()).toEqual(['a', 'b', 'c', 'd']);
    expect(cluster.raft(3).log.snapshotIndex).toBe(4);
    expect(cluster.raft(1).tracker.get(3)?.state).toBe('StateReplicate');
  });

  it('stops appends until it is reported, and a failure is tried again', () => {
    const cluster = behind();
    cluster.passes = (m) => m.type !== 'MsgSnap';
    cluster.rounds(3);
    const progress = cluster.raft(1).tracker.get(3);
    expect(progress?.state).toBe('StateSnapshot');
    cluster.heal();
    cluster.rounds(3);
    expect(progress?.state).toBe('StateSnapshot');
    cluster.raft(1).reportSnapshot(3, false);
    cluster.rounds(3);
    expect(cluster.node(3).data()).toEqual(['a', 'b', 'c']);
  });

  it('is left by an ack alone, if the report is lost', () => {
    const cluster = behind();
    cluster.rounds(2);
    expect(cluster.raft(1).tracker.get(3)).toMatchObject({ state: 'StateReplicate', match: 4 });
  });

  it('is not needed while entries before it are kept', () => {
    const cluster = led();
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'a');
    cluster.settle();
    cluster.compact(1, 3);
    cluster.heal();
    cluster.rounds(3);
    expect(cluster.counts.snapshots).toBe(0);
    expect(cluster.node(3).data()).toEqual(['a']);
  });

  function snapshotMessage(index: number, term: number, confState = conf([1, 2, 3])): Message {
    return message('MsgSnap', 2, { term: 9, snapshot: { index, term, confState } });
  }

  it('is refused if it is not newer than what is committed', () => {
    const hardState = { term: 1, vote: 0, commit: 2 };
    const raft = alone({ entries: entriesOf(1, 1, 1), hardState });
    for (const index of [1, 2]) raft.step(snapshotMessage(index, 1));
    expect(raft.log.lastIndex()).toBe(3);
    const answers = drain(raft);
    expect(answers.map((m) => [m.type, m.index])).toEqual([
      ['MsgAppResp', 2],
      ['MsgAppResp', 2],
    ]);
  });

  it('only moves the commit index if the log has it all', () => {
    const raft = alone({ entries: entriesOf(1, 1, 1) });
    raft.step(snapshotMessage(2, 1));
    expect(raft.log).toMatchObject({ committed: 2, offset: 0 });
    expect(raft.ready().snapshot).toBeNull();
  });

  it('is refused if it does not know this node', () => {
    const raft = alone();
    raft.step(snapshotMessage(5, 3, conf([2, 3])));
    expect(raft.log.lastIndex()).toBe(0);
  });

  it('replaces log and configuration', () => {
    const raft = alone({ entries: entriesOf(1, 1, 1) });
    raft.step(snapshotMessage(2, 2, conf([2, 3, 4], { learners: [1] })));
    expect(raft.log).toMatchObject({ committed: 2, offset: 2 });
    expect(raft.log.lastIndex()).toBe(2);
    expect(raft.confState().voters).toEqual([2, 3, 4]);
    expect(raft.tracker.get(1)?.isLearner).toBe(true);
  });

  it.each([false, true])(
    'holds back entries and campaigns until it is durable and applied (first: %s)',
    (appliedFirst) => {
      const raft = alone();
      raft.step(snapshotMessage(5, 3));
      const after = message('MsgApp', 2, { term: 9, index: 5, logTerm: 3, commit: 6 });
      after.entries = [new Entry(9, 6, EntryNormal, NOTHING)];
      raft.step(after);
      const ready = raft.ready();
      expect(ready.snapshot?.index).toBe(5);
      expect(ready.mustSync).toBe(true);
      expect(ready.entries.map((entry) => entry.index)).toEqual([6]);
      expect(ready.hardState?.commit).toBe(6);
      raft.stableTo(9, 6);
      raft.campaign();
      expect(raft.state).toBe('StateFollower');
      expect(raft.hasReady()).toBe(false);
      const reports = [() => raft.stableSnapshot(5), () => raft.appliedTo(5)];
      if (appliedFirst) reports.reverse();
      reports[0]!();
      expect(raft.hasReady()).toBe(false);
      reports[1]!();
      expect(raft.ready().committedEntries.map((entry) => entry.index)).toEqual([6]);
    },
  );

  it('is superseded by a newer one that comes before it is durable', () => {
    const raft = alone();
    raft.step(snapshotMessage(5, 3));
    expect(raft.ready().snapshot?.index).toBe(5);
    raft.step(snapshotMessage(8, 4));
    expect(raft.ready().snapshot?.index).toBe(8);
    raft.stableSnapshot(5);
    expect(raft.log.pendingSnapshot?.index).toBe(8);
    raft.stableSnapshot(8);
    expect(raft.log.pendingSnapshot).toBeNull();
  });
});

describe('a Ready', () => {
  it('is there only when something is to be done', () => {
    const raft = alone();
    expect(raft.hasReady()).toBe(false);
    expect(raft.ready()).toMatchObject({ hardState: null, mustSync: false, entries: [] });
    raft.campaign();
    expect(raft.hasReady()).toBe(true);
    raft.ready();
    expect(raft.hasReady()).toBe(false);
  });

  it('hands entries out once, before earlier ones are durable', () => {
    const raft = aloneLeading();
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) {
      raft.propose(FIVE_BYTES);
      seen.push(raft.ready().entries.map((entry) => entry.index));
    }
    expect(seen).toEqual([[1, 2], [3], [4]]);
  });

  it('must be synced for entries, term and vote, but not for a commit index alone', () => {
    const raft = alone({ entries: entriesOf(1) });
    raft.step(message('MsgHeartbeat', 2, { term: 1, commit: 1 }));
    expect(raft.ready()).toMatchObject({ hardState: { commit: 1 }, mustSync: false });
    raft.step(message('MsgVote', 3, { term: 2, index: 9, logTerm: 1 }));
    expect(raft.ready()).toMatchObject({ hardState: { term: 2, vote: 3 }, mustSync: true });
  });

  it('offers entries for apply only once they are durable here', () => {
    const raft = alone();
    const m = message('MsgApp', 2, { term: 1, commit: 2 });
    m.entries = entriesOf(1, 1);
    raft.step(m);
    const ready = raft.ready();
    expect(ready.committedEntries).toEqual([]);
    expect(ready.messagesAfterAppend).toMatchObject([{ type: 'MsgAppResp', index: 2 }]);
    raft.stableTo(1, 2);
    expect(raft.ready().committedEntries.map((entry) => entry.index)).toEqual([1, 2]);
  });

  it('pages what is to be applied', () => {
    const raft = aloneLeading({}, { maxCommittedSizePerReady: 10 });
    for (let i = 0; i < 4; i++) raft.propose(FIVE_BYTES);
    raft.propose(Buffer.alloc(50));
    const ready = raft.ready();
    raft.stableTo(1, 6);
    for (const m of ready.messagesAfterAppend) if (m.to === 1) raft.step(m);
    raft.step(message('MsgAppResp', 2, { term: 1, index: 6 }));
    const pages: number[] = [];
    while (raft.hasReady()) {
      const count = raft.ready().committedEntries.length;
      if (count > 0) pages.push(count);
    }
    expect(pages).toEqual([3, 2, 1]);
  });

  it('is not fooled by a write of an entry that was replaced and came back', () => {
    // The same entry is written twice, with another in between; only the last write counts.
    const raft = alone({ entries: entriesOf(1), hardState: { term: 1, vote: 0, commit: 1 } });
    raft.appliedTo(1);
    const append = (term: number, entryTerm: number, commit = 0): void => {
      const m = message('MsgApp', 2, { term, index: 1, logTerm: 1, commit });
      m.entries = [new Entry(entryTerm, 2, EntryNormal, NOTHING)];
      raft.step(m);
    };
    append(1, 1);
    expect(raft.ready().entries).toHaveLength(1);
    const other = message('MsgApp', 3, { term: 2, index: 1, logTerm: 1 });
    other.entries = [new Entry(2, 2, EntryNormal, NOTHING)];
    raft.step(other);
    expect(raft.ready().entries).toMatchObject([{ index: 2, term: 2 }]);
    const back = message('MsgApp', 2, { term: 3, index: 1, logTerm: 1, commit: 2 });
    back.entries = [new Entry(1, 2, EntryNormal, NOTHING)];
    // A leader of term 3 that never saw the entry of term 2.
    raft.step(back);
    expect(raft.ready().entries).toMatchObject([{ index: 2, term: 1 }]);
    raft.stableTo(1, 2);
    expect(raft.log.stable).toBe(1);
    raft.stableTo(2, 2);
    expect(raft.log.stable).toBe(1);
    expect(raft.ready().committedEntries).toEqual([]);
    raft.stableTo(1, 2);
    expect(raft.log.stable).toBe(2);
    expect(raft.ready().committedEntries).toHaveLength(1);
  });
});

describe('a restart', () => {
  it('goes on from what was durable', () => {
    const cluster = led();
    cluster.propose(1, 'x');
    cluster.settle();
    for (const id of [1, 2, 3]) cluster.crash(id);
    for (const id of [1, 2, 3]) cluster.restart(id);
    expect(cluster.raft(2)).toMatchObject({ term: 1, vote: 1, state: 'StateFollower' });
    cluster.rounds(60);
    cluster.propose(cluster.leader()!.id, 'y');
    cluster.settle();
    for (const node of cluster.nodes.values()) expect(node.data()).toEqual(['x', 'y']);
  });

  it('refuses a disk that lost what was committed or voted', () => {
    const lost = { entries: entriesOf(1), hardState: { term: 1, vote: 0, commit: 2 } };
    expect(() => alone(lost)).toThrow('the log ends before its commit index');
    const forgot = { entries: entriesOf(3), hardState: { term: 2, vote: 0, commit: 0 } };
    expect(() => alone(forgot)).toThrow('later term than the hard state');
  });
});

describe('assertions', () => {
  it('stop a follower that is told of commits past its log', () => {
    const raft = alone({ entries: entriesOf(1) });
    expect(() => raft.step(message('MsgHeartbeat', 2, { term: 1, commit: 5 }))).toThrow(
      'commit is past the end of the log; was it truncated or lost? (index=5, last=1)',
    );
  });

  it('stop a follower that would overwrite a committed entry', () => {
    const hardState = { term: 1, vote: 0, commit: 2 };
    const raft = alone({ entries: entriesOf(1, 1), hardState });
    const m = message('MsgApp', 2, { term: 2, index: 2, logTerm: 1 });
    m.entries = [new Entry(2, 2, EntryNormal, NOTHING)];
    expect(() => raft.step(m)).toThrow('a committed entry would be overwritten');
  });

  it('stop a node that meets two leaders of one term', () => {
    const raft = alone();
    raft.step(message('MsgHeartbeat', 2, { term: 1 }));
    expect(() => raft.step(message('MsgHeartbeat', 3, { term: 1 }))).toThrow('two leaders');
    const leader = aloneLeading();
    expect(() => leader.step(message('MsgApp', 2, { term: 1 }))).toThrow('two leaders');
  });

  it('stop a driver that reports what did not happen', () => {
    const raft = alone({ entries: entriesOf(1) });
    expect(() => raft.stableTo(1, 1)).toThrow('no such append is in flight');
    expect(() => raft.appliedTo(1)).toThrow('something uncommitted was applied');
    const metadata = { index: 1, term: 1, confState: conf([1]) };
    expect(() => raft.compact(metadata, 2)).toThrow('a snapshot holds only what is applied');
  });
});
