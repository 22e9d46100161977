// Nothing is lost, but much is late: messages of seconds ago, from terms and leaders that are gone.

import fc from 'fast-check';
import {
  badLinks,
  clog,
  milliseconds,
  mixed,
  pause,
  repeatedly,
  scenario,
  seconds,
  unheardLeader,
} from 'simquake';

export const lateMessages = scenario('late-messages', {
  about:
    'Messages and answers arrive up to seconds late, while leaders sleep, fall silent and change.',
  // Short timeouts: others elect a leader while answers to the old one are still on their way.
  knobs: { tickUs: fc.constant(20_000), electionTicks: fc.integer({ min: 5, max: 10 }) },
  workload: mixed({ thinkUs: milliseconds(20), weights: { 'move-leader': 2 } }),
  faults: [
    repeatedly(
      badLinks({
        for: [seconds(0.5), seconds(3)],
        extra: [seconds(0.05), seconds(1)],
        lossPpm: [0, 0],
      }),
      [3, 10],
    ),
    repeatedly(
      unheardLeader({
        steps: [2, 6],
        later: [seconds(0.02), seconds(0.15)],
        for: [seconds(0.5), seconds(2)],
      }),
      [3, 8],
    ),
    repeatedly(clog({ for: [seconds(0.1), seconds(2)] }), [0, 3]),
    repeatedly(pause({ for: [seconds(0.2), seconds(2)], who: 'leader' }), [0, 4]),
  ],
});
