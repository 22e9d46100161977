// Row A20: a disk is what it was a while ago, or empty. Its member must not take part under its old id.

import fc from 'fast-check';
import { repeatedly, rollback, scenario, seconds, wipe } from 'simquake';

export const rolledBackDisk = scenario('atlas-rolled-back-disk', {
  about:
    'A member comes back with the disk of some seconds ago: the leader tells it that it has lost entries.',
  members: 3,
  duration: seconds(10),
  knobs: {
    preVote: fc.constant(true),
    electionTicks: fc.constant(10),
    heartbeatTicks: fc.constant(1),
  },
  faults: [
    repeatedly(
      rollback({ who: [3], by: [seconds(0.5), seconds(3)], down: [seconds(0.05), seconds(0.3)] }),
      [1, 1],
    ),
  ],
});

export const wipedDisk = scenario('atlas-wiped-disk', {
  about: 'A member comes back with an empty disk and refuses to start as the one it was.',
  members: 3,
  duration: seconds(10),
  knobs: {
    preVote: fc.constant(true),
    electionTicks: fc.constant(10),
    heartbeatTicks: fc.constant(1),
  },
  faults: [repeatedly(wipe({ who: [3], down: [seconds(0.05), seconds(0.3)] }), [1, 1])],
});
