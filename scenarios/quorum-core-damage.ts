// As `quorum-core`, with logs and snapshots of a minority damaged for good: the core has to get back what it can,
// and where nobody in the core has a durable entry intact any more, it must rather stand still.

import {
  crash,
  decay,
  isolateAnyone,
  pause,
  repeatedly,
  scenario,
  seconds,
  split,
  swarm,
  towardsTheEnd,
  zeroed,
} from 'simquake';

const brief = [seconds(0.01), seconds(0.5)] as const;
const lasting = [seconds(0.2), seconds(2)] as const;
const forGood = [seconds(60), seconds(90)] as const;

export const quorumCoreDamage = scenario('quorum-core-damage', {
  about: 'Of a cluster with a damaged minority only a drawn quorum is healed, and must go on.',
  liveness: 'core',
  damage: 'nodes',
  duration: seconds(10),
  faults: [
    repeatedly(decay('bit-rot'), [1, 6]),
    repeatedly(decay('latent-error'), [0, 3]),
    repeatedly(zeroed(), [0, 3]),
    repeatedly(crash({ how: 'either', who: 'some', down: brief }), [1, 4]),
    repeatedly(isolateAnyone({ for: lasting }), [0, 2]),
    towardsTheEnd(
      seconds(2),
      swarm(
        [
          isolateAnyone({ for: forGood }),
          split({ for: forGood }),
          crash({ how: 'power-loss', who: 'some', down: forGood }),
          crash({ how: 'power-loss', who: 'all', down: forGood }),
          pause({ for: forGood }),
        ],
        2,
      ),
    ),
  ],
});
