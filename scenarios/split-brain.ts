// Every partition that might make two members believe they lead.

import {
  bridge,
  isolateLeader,
  leaderInMinority,
  majorityRing,
  pause,
  repeatedly,
  scenario,
  seconds,
  twoTwoOne,
} from 'simquake';

export const splitBrain = scenario('split-brain', {
  about:
    'Two-two-one splits, one-way links, rings, bridges, and old leaders cut off together with their clients.',
  faults: [
    repeatedly(twoTwoOne({ for: [seconds(0.5), seconds(3)] }), [1, 3]),
    repeatedly(leaderInMinority({ for: [seconds(0.5), seconds(4)], clients: 'inside' }), [1, 4]),
    repeatedly(
      isolateLeader({ for: [seconds(0.5), seconds(3)], direction: 'out', clients: 'both' }),
      [1, 2],
    ),
    repeatedly(isolateLeader({ for: [seconds(0.5), seconds(3)], direction: 'in' }), [1, 2]),
    repeatedly(majorityRing({ for: [seconds(0.5), seconds(3)] }), [0, 2]),
    repeatedly(bridge({ for: [seconds(0.5), seconds(3)] }), [0, 2]),
    repeatedly(pause({ for: [seconds(0.1), seconds(2)] }), [1, 4]),
  ],
});
