// What was said is heard again: copies of messages arrive seconds later, when leaders have changed several
// times, members have come back, and logs have been cut and written anew. Whoever believes them is lost.

import fc from 'fast-check';
import {
  badLinks,
  echoes as echoing,
  leaderFalls,
  milliseconds,
  mixed,
  repeatedly,
  scenario,
  seconds,
  storms,
  successiveLeaders,
} from 'simquake';

const soon = [milliseconds(10), seconds(1)] as const;

export const echoes = scenario('echoes', {
  about: 'Copies of messages arrive seconds late, from terms, leaders and processes that are gone.',
  knobs: {
    tickUs: fc.constantFrom(10_000, 20_000),
    // Few timeouts to draw from: several members campaign at once, and votes are split.
    electionTicks: fc.integer({ min: 3, max: 8 }),
    preVote: fc.constantFrom(true, false),
    maxMessageBytes: fc.constantFrom(0, 0, 10_000),
    snapshotEntries: fc.constantFrom(20, 50, 1_000),
  },
  network: { minUs: [200, 10_000], tailUs: [200, 8_000] },
  workload: mixed({ thinkUs: milliseconds(20), weights: { 'move-leader': 2 } }),
  faults: [
    repeatedly(
      echoing({
        for: [seconds(2), seconds(15)],
        later: [milliseconds(20), seconds(1)],
        duplicatePpm: [50_000, 500_000],
      }),
      [2, 5],
    ),
    repeatedly(badLinks({ for: [seconds(0.2), seconds(1)] }), [0, 3]),
    storms(
      { every: seconds(4), calm: [seconds(0.5), seconds(2)] },
      repeatedly(
        successiveLeaders({
          count: [3, 6],
          after: [0, milliseconds(200)],
          faults: leaderFalls(soon),
        }),
        [6, 12],
      ),
    ),
  ],
});
