// Leaders that do not know yet that they are none, and are asked by clients while answers from before their fall still
// come in. Like late-messages, but without anything that would have them hear of it sooner.

import fc from 'fast-check';
import { milliseconds, mixed, repeatedly, scenario, seconds, unheardLeader } from 'simquake';

export const staleLeaders = scenario('stale-leaders', {
  about: 'Reads meet leaders that have fallen, and whose followers confirm them from the past.',
  // Answers come later by less than an election timeout each time, or the leader would step down; and much later
  // than one in the end, so that another leader has written something before the last of them arrives.
  knobs: { tickUs: fc.constant(20_000), electionTicks: fc.integer({ min: 5, max: 7 }) },
  network: { minUs: [100, 1_000], tailUs: [100, 2_000] },
  workload: mixed({ thinkUs: milliseconds(20), weights: { get: 40, 'move-leader': 1 } }),
  faults: [
    repeatedly(
      unheardLeader({
        steps: [4, 8],
        later: [milliseconds(40), milliseconds(90)],
        for: [seconds(0.5), seconds(1)],
      }),
      [6, 9],
    ),
  ],
});
