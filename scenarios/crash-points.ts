// Members crash where it hurts: with entries appended and not synced, just after an acknowledgement, while they
// send, apply, install a snapshot, or come back.

import {
  badLinks,
  crashAtPoint,
  crashWhileSending,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
  storms,
  swarm,
} from 'simquake';

const brief = [milliseconds(20), seconds(0.5)] as const;

export const crashPoints = scenario('crash-points', {
  about:
    'Members crash between appending and syncing, acknowledging, sending, applying, installing, and coming back.',
  faults: [
    storms(
      { every: seconds(4), calm: [seconds(1), seconds(2)] },
      swarm(
        [
          crashAtPoint({ points: ['append'], how: 'power-loss', down: brief, after: [0, 2000] }),
          crashAtPoint({ points: ['promise'], how: 'power-loss', down: brief }),
          crashAtPoint({ points: ['apply'], how: 'either', down: brief }),
          crashAtPoint({ points: ['snapshot'], how: 'either', down: brief, after: [0, 20_000] }),
          crashAtPoint({ points: ['restart'], how: 'either', down: brief, after: [0, 20_000] }),
          crashWhileSending({ messages: [1, 6], down: brief }),
        ],
        10,
      ),
    ),
    // Points that are never reached set off nothing; this one always is.
    repeatedly(crashAtPoint({ points: ['append'], how: 'kill', down: brief }), [1, 3]),
    repeatedly(badLinks({ for: [seconds(0.2), seconds(1)] }), [0, 3]),
  ],
});
