// Random runs under loss, reordering, duplication, partitions, crashes with volatile tails, slow disks
// and compaction: the cluster judges election safety, log matching, leader completeness, state machine
// safety, durability before every answer, and reads after each event; then faults end and it must recover.

import { describe, expect, it } from 'vitest';
import type { ProcessId } from '../../src/base/ids.js';
import { type Random, randomStream } from '../../src/base/random.js';
import { Cluster, expectTrue } from './cluster.js';

const RUNS = 200;
const EVENTS = 2500;

function openCluster(random: Random, seed: string): Cluster {
  const count = random.pick([1, 2, 3, 3, 3, 4, 5, 5]);
  const voters = Array.from({ length: count }, (_, i) => i + 1);
  const joint = random.chance(150_000);
  return new Cluster({
    seed,
    voters,
    learners: random.chance(200_000) ? [count + 1] : [],
    votersOutgoing: joint ? voters.map((id) => id + 2).filter((id) => id !== count + 1) : [],
    config: {
      electionTick: 4 + random.below(4),
      electionJitter: 6,
      preVote: random.chance(500_000),
      checkQuorum: random.chance(500_000),
      maxInflightMsgs: 1 + random.below(4),
      maxSizePerMsg: random.pick([0, 4, 1000]),
      maxCommittedSizePerReady: random.pick([0, 4, 1000]),
    },
  });
}

/** `hostility` from 0 to 100: how often what could go wrong does. */
function oneEvent(cluster: Cluster, random: Random, hostility: number, proposal: number): void {
  const ids = [...cluster.nodes.keys()];
  const id = random.pick(ids);
  const choice = random.below(1000);
  if (choice < 550) {
    deliverOne(cluster, random, hostility);
  } else if (choice < 780) {
    for (let n = random.below(4); n >= 0; n--) cluster.sync(id);
  } else if (choice < 860) {
    cluster.tick(id, 1 + random.below(3));
  } else if (choice < 910) {
    cluster.propose(id, `p${proposal}`);
  } else if (choice < 935) {
    cluster.read(id);
  } else if (choice < 950) {
    cluster.compact(id, random.below(3));
  } else if (choice < 975) {
    if (!cluster.node(id).up) cluster.restart(id);
  } else if (random.below(100) < hostility) {
    oneFault(cluster, random, id);
  }
}

function deliverOne(cluster: Cluster, random: Random, hostility: number): void {
  const { inFlight } = cluster;
  if (inFlight.length === 0) return;
  // Mostly the oldest ones, sometimes any.
  const reach = random.below(100) < hostility ? inFlight.length : Math.min(3, inFlight.length);
  const [m] = inFlight.splice(random.below(reach), 1);
  const fate = random.below(500);
  if (fate < hostility && inFlight.length < 200) inFlight.push(m!);
  if (fate < 500 - hostility / 2) {
    cluster.deliver(m!);
  } else if (m!.type === 'MsgSnap' && cluster.node(m!.from).up) {
    cluster.raft(m!.from).reportSnapshot(m!.to, false);
    cluster.handle(cluster.node(m!.from));
  }
}

function oneFault(cluster: Cluster, random: Random, id: ProcessId): void {
  const ids = [...cluster.nodes.keys()];
  const node = cluster.node(id);
  const choice = random.below(6);
  if (choice === 0) {
    if (node.up) cluster.crash(id, random.below(node.writes.length + 1));
  } else if (choice === 1) {
    if (node.up) cluster.campaign(id);
  } else if (choice === 2) {
    cluster.transfer(id, random.pick(ids));
  } else if (choice === 3) {
    const shuffled = random.shuffle(ids);
    const cut = random.below(ids.length);
    cluster.partition(shuffled.slice(0, cut), shuffled.slice(cut));
  } else {
    cluster.heal();
  }
}

/** After the faults: a leader, and everyone applies what it commits. */
function recover(cluster: Cluster): void {
  cluster.heal();
  for (const [id, node] of cluster.nodes) if (!node.up) cluster.restart(id);
  for (let round = 0; round < 300; round++) {
    for (const id of cluster.nodes.keys()) {
      cluster.tick(id);
      cluster.syncAll(id);
    }
    const leader = cluster.leader();
    // What a transport reports: the snapshots still on the way were lost.
    for (const pr of leader?.tracker.members ?? []) {
      if (pr.state === 'StateSnapshot' && round % 10 === 0) leader?.reportSnapshot(pr.id, false);
    }
    for (let step = 0; cluster.inFlight.length > 0 && step < 2000; step++) {
      const m = cluster.inFlight.shift()!;
      cluster.deliver(m);
      cluster.syncAll(m.to);
    }
    if (leader !== undefined && round % 5 === 0) cluster.propose(leader.id, 'end');
    const histories = [...cluster.nodes.values()].map((node) => node.history.join());
    const committedNow =
      leader !== undefined && leader.log.term(leader.log.committed) === leader.term;
    if (committedNow && histories.every((text) => text === histories[0])) return;
  }
  expectTrue(false, 'the cluster does not recover once the faults end');
}

describe('Raft', () => {
  it(`keeps its safety properties in ${RUNS} random runs, and recovers from each`, () => {
    const total = {
      elections: 0,
      snapshots: 0,
      overwritten: 0,
      reads: 0,
      restarts: 0,
      committed: 0,
    };
    for (let run = 0; run < RUNS; run++) {
      const random = randomStream(String(run), 'test/raft/safety');
      const cluster = openCluster(random, String(run));
      try {
        const hostility = random.pick([10, 30, 100]);
        for (let n = 0; n < EVENTS; n++) oneEvent(cluster, random, hostility, n);
        recover(cluster);
      } catch (error) {
        throw new Error(`run ${run}: ${String(error)}`, { cause: error });
      }
      for (const [name, count] of Object.entries(cluster.counts)) {
        total[name as keyof typeof total] += count;
      }
      total.committed += cluster.committedIndex();
    }
    // The runs were not idle.
    expect(total.elections).toBeGreaterThan(3 * RUNS);
    expect(total.committed).toBeGreaterThan(10 * RUNS);
    expect(total.restarts).toBeGreaterThan(RUNS);
    expect(total.snapshots).toBeGreaterThan(RUNS / 4);
    expect(total.overwritten).toBeGreaterThan(RUNS / 4);
    expect(total.reads).toBeGreaterThan(RUNS);
  });
});
