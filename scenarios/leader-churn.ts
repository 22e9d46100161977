// Figure 3.7 of Raft's thesis, over and over: leaders fall soon after their election, one after the other,
// while their entries are with a minority, and come back in another order. Messages hold one entry, so
// that an entry of an old term may reach a majority long before one of the new term does.

import fc from 'fast-check';
import {
  leaderFalls,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
  storms,
  successiveLeaders,
} from 'simquake';

const soon = [milliseconds(10), seconds(1)] as const;

export const leaderChurn = scenario('leader-churn', {
  about: 'New leaders fall one after the other, with entries of theirs that only a minority has.',
  knobs: {
    tickUs: fc.constantFrom(10_000, 20_000),
    electionTicks: fc.integer({ min: 4, max: 10 }),
    preVote: fc.constantFrom(true, false),
    maxMessageBytes: fc.constant(0),
    maxInflightMessages: fc.constantFrom(1, 1, 2),
  },
  network: { minUs: [1_000, 15_000], tailUs: [1_000, 10_000] },
  disks: { syncMeanUs: [100, 5_000] },
  faults: [
    storms(
      { every: seconds(5), calm: [seconds(1.5), seconds(3)] },
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
