// Row A20 again, at work: the disk of one member is emptied, or is that of an earlier time, just when it is written to.
// Nothing else goes wrong: what a member has forgotten is noticed only while one leader leads on.

import fc from 'fast-check';
import { repeatedly, rollback, scenario, seconds, when, wipe } from 'simquake';

const down = [seconds(0.05), seconds(0.3)] as const;
const soon = [0, 400] as const;

/** One leader all along, and files that change all the time. */
const knobs = {
  preVote: fc.constant(true),
  electionTicks: fc.constant(10),
  heartbeatTicks: fc.constant(1),
  segmentBytes: fc.constant(8192),
  snapshotEntries: fc.constant(5),
  valueBytes: fc.constant(1_000),
};

export const rolledBackAtWork = scenario('atlas-rolled-back-at-work', {
  about: 'The disk of a member is copied while it writes, and is that copy after a power loss.',
  members: 3,
  duration: seconds(10),
  knobs,
  faults: [
    repeatedly(when('append', rollback({ by: [seconds(1), seconds(3)], down }), soon), [1, 1]),
  ],
});

export const wipedAtWork = scenario('atlas-wiped-at-work', {
  about: 'A member loses power while it writes, and comes back with an empty disk.',
  members: 3,
  duration: seconds(10),
  knobs,
  faults: [
    // Early enough that something is appended after it has begun to wait.
    (setting) =>
      repeatedly(when('append', wipe({ down }), soon), [1, 1])({ ...setting, untilUs: seconds(7) }),
  ],
});
