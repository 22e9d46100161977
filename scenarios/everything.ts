// All kinds of faults, swarm style: each seed first draws which kinds happen at all, then how often. They
// come in storms; in the calm between two storms the cluster may work, so that there is something to lose.

import {
  badLinks,
  bridge,
  clockDrift,
  clockJump,
  clog,
  crash,
  diskFull,
  diskStall,
  diskStrike,
  diskThrottle,
  interruptedCatchUp,
  isolateAnyone,
  isolateLeader,
  justElected,
  leaderFalls,
  leaderInMinority,
  majorityRing,
  milliseconds,
  mixed,
  pause,
  rollingRestart,
  scenario,
  seconds,
  split,
  storms,
  successiveLeaders,
  swarm,
  twoTwoOne,
  unheardLeader,
} from 'simquake';

const brief = [seconds(0.01), seconds(0.5)] as const;
const lasting = [seconds(0.2), seconds(2)] as const;
const atOnce = [0, milliseconds(80)] as const;

export const everything = scenario('everything', {
  about: 'A drawn subset of all faults, each at its own drawn rate, in storms.',
  workload: mixed({ weights: { 'move-leader': 2 } }),
  disks: { syncMeanUs: [100, 20_000] },
  faults: [
    storms(
      { every: seconds(4), calm: [seconds(2), seconds(3)] },
      swarm(
        [
          isolateLeader({ for: lasting }),
          isolateAnyone({ for: lasting }),
          leaderInMinority({ for: lasting }),
          split({ for: lasting }),
          badLinks({ for: lasting }),
          badLinks({ for: lasting, extra: [seconds(0.2), seconds(3)], lossPpm: [0, 0] }),
          clog({ for: lasting }),
          crash({ how: 'either', who: 'one', down: brief }),
          crash({ how: 'power-loss', who: 'leader', down: brief }),
          justElected(crash({ how: 'either', who: 'leader', down: lasting }), atOnce),
          justElected(isolateLeader({ for: lasting }), atOnce),
          pause({ for: lasting }),
          pause({ for: lasting, who: 'leader' }),
          clockJump({ by: [-seconds(60), seconds(60)] }),
          clockDrift({ for: lasting, ppm: [-500_000, 1_000_000] }),
          diskStrike('short-write'),
          diskStrike('write-error'),
          diskStrike('sync-error'),
          diskStrike('writeback-error'),
          diskStall({ for: lasting }),
          diskThrottle({ for: lasting }),
        ],
        10,
      ),
      // These stop most of the cluster, or several members one after the other.
      swarm(
        [
          twoTwoOne({ for: lasting }),
          majorityRing({ for: lasting }),
          bridge({ for: lasting }),
          crash({ how: 'either', who: 'some', down: brief }),
          crash({ how: 'power-loss', who: 'all', down: brief }),
          rollingRestart({ down: brief, pause: [0, seconds(0.3)] }),
          interruptedCatchUp({ cutOff: [seconds(1), seconds(3)], back: [0, seconds(0.3)] }),
          successiveLeaders({
            count: [2, 5],
            after: atOnce,
            faults: leaderFalls(lasting),
          }),
          unheardLeader({ steps: [1, 4], later: [seconds(0.02), seconds(0.2)], for: lasting }),
          diskFull({ for: brief }),
        ],
        4,
      ),
      // Damage stays until the end: who has it may not come back before.
      swarm([diskStrike('latent-error'), diskStrike('bit-rot')], 2),
    ),
  ],
});
