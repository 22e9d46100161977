// Client storms while the cluster is not well: crowds ask at once, of one key, and do not take no for an answer.

import {
  badLinks,
  clientStorm,
  crash,
  isolateLeader,
  milliseconds,
  pause,
  repeatedly,
  scenario,
  seconds,
} from 'simquake';

const brief = [seconds(0.05), seconds(1)] as const;

export const clientStorms = scenario('client-storms', {
  about: 'Crowds of clients ask at once for one key, and ask again and again, while leaders fall.',
  clients: 3,
  duration: seconds(12),
  clientStorms: [
    clientStorm({ clients: [8, 24], times: [2, 5], operations: [1, 4] }),
    clientStorm({ clients: [2, 8], times: [1, 3], operations: [3, 10], within: milliseconds(50) }),
  ],
  faults: [
    repeatedly(isolateLeader({ for: brief }), [1, 4]),
    repeatedly(crash({ how: 'either', who: 'leader', down: brief }), [1, 4]),
    repeatedly(pause({ for: brief, who: 'leader' }), [0, 2]),
    repeatedly(badLinks({ for: brief }), [0, 3]),
  ],
});
