// All kinds of faults, swarm style: each seed first draws which kinds happen at all, then how often.

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
  isolateAnyone,
  isolateLeader,
  leaderInMinority,
  majorityRing,
  pause,
  scenario,
  seconds,
  split,
  swarm,
  twoTwoOne,
} from 'simquake';

const brief = [seconds(0.01), seconds(0.5)] as const;
const lasting = [seconds(0.2), seconds(3)] as const;

export const everything = scenario('everything', {
  about: 'A drawn subset of all faults, each at its own drawn rate.',
  disks: { syncMeanUs: [100, 20_000] },
  faults: [
    swarm(
      [
        isolateLeader({ for: lasting }),
        isolateAnyone({ for: lasting }),
        leaderInMinority({ for: lasting }),
        twoTwoOne({ for: lasting }),
        split({ for: lasting }),
        majorityRing({ for: lasting }),
        bridge({ for: lasting }),
        badLinks({ for: lasting }),
        clog({ for: lasting }),
        crash({ how: 'either', who: 'one', down: brief }),
        crash({ how: 'power-loss', who: 'leader', down: brief }),
        crash({ how: 'either', who: 'some', down: brief }),
        crash({ how: 'power-loss', who: 'all', down: brief }),
        pause({ for: lasting }),
        clockJump({ by: [-seconds(60), seconds(60)] }),
        clockDrift({ for: lasting, ppm: [-500_000, 1_000_000] }),
        diskStrike('short-write'),
        diskStrike('write-error'),
        diskStrike('sync-error'),
        diskStrike('writeback-error'),
        diskStrike('latent-error'),
        diskStrike('bit-rot'),
        diskFull({ for: lasting }),
        diskStall({ for: lasting }),
        diskThrottle({ for: lasting }),
      ],
      12,
    ),
  ],
});
