// Liveness as it is in life: at the end only a quorum is repaired, and all that is wrong with the others stays wrong.
// Half of the faults last beyond the end: members stay down, asleep, deaf, mute, slow, behind bad links.

import {
  badLinks,
  clockDrift,
  clog,
  crash,
  diskFull,
  diskStall,
  diskStrike,
  diskThrottle,
  isolateAnyone,
  isolateLeader,
  leaderInMinority,
  majorityRing,
  mixed,
  pause,
  scenario,
  seconds,
  split,
  storms,
  swarm,
  towardsTheEnd,
} from 'simquake';

const brief = [seconds(0.01), seconds(0.5)] as const;
const lasting = [seconds(0.2), seconds(2)] as const;
const forGood = [seconds(60), seconds(90)] as const;

export const quorumCore = scenario('quorum-core', {
  about:
    'At the end only a drawn quorum is healed and must go on; the others stay broken for good.',
  liveness: 'core',
  duration: seconds(14),
  workload: mixed({ weights: { 'move-leader': 2 } }),
  faults: [
    storms(
      { every: seconds(4), calm: [seconds(2), seconds(3)] },
      swarm(
        [
          isolateLeader({ for: lasting }),
          isolateAnyone({ for: lasting }),
          split({ for: lasting }),
          badLinks({ for: lasting }),
          crash({ how: 'either', who: 'some', down: brief }),
          pause({ for: lasting }),
          diskStrike('sync-error'),
          diskStrike('latent-error'),
          diskStrike('bit-rot'),
          diskStall({ for: lasting }),
        ],
        3,
      ),
    ),
    towardsTheEnd(
      seconds(3),
      swarm(
        [
          isolateLeader({ for: forGood }),
          isolateAnyone({ for: forGood }),
          leaderInMinority({ for: forGood }),
          split({ for: forGood }),
          majorityRing({ for: forGood }),
          badLinks({ for: forGood, extra: [0, seconds(1)] }),
          clog({ for: forGood }),
          crash({ how: 'either', who: 'some', down: forGood }),
          pause({ for: forGood }),
          pause({ for: forGood, who: 'leader' }),
          clockDrift({ for: forGood, ppm: [-500_000, 1_000_000] }),
          diskFull({ for: forGood }),
          diskStall({ for: forGood }),
          diskThrottle({ for: forGood }),
        ],
        2,
      ),
    ),
  ],
});
