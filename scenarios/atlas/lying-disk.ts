// Row A19: one disk says it has synced and has not; losing power shows it. Nobody can mask that: it is noticed.

import fc from 'fast-check';
import { crash, lyingSync, repeatedly, scenario, seconds } from 'simquake';

export const lyingDisk = scenario('atlas-lying-disk', {
  about:
    'The disk of one member lies about its syncs, and that member loses power: it must not go on as if.',
  members: 3,
  duration: seconds(10),
  knobs: {
    preVote: fc.constant(true),
    electionTicks: fc.constant(10),
    heartbeatTicks: fc.constant(1),
  },
  faults: [
    repeatedly(lyingSync({ who: [3], for: [seconds(1), seconds(3)] }), [1, 2]),
    repeatedly(crash({ how: 'power-loss', who: [3], down: [seconds(0.05), seconds(0.3)] }), [1, 3]),
  ],
});
