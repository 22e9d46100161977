// Row A13, where one damaged place is not enough: the log holds a member's newest term and vote more than once, at the
// end of one segment and at the beginning of the next. A medium that fails takes several places in one moment.

import fc from 'fast-check';
import { decay, mixed, repeatedly, scenario, seconds, thenCrash, together, zeroed } from 'simquake';

const newest = { who: [2], record: 'newest-hard-state' } as const;
const rot = decay('bit-rot', newest);

/** Before anything is written behind the damage that a power loss would leave. */
const atOnce = {
  how: 'power-loss',
  down: [seconds(0.01), seconds(0.3)],
  after: [0, 500],
} as const;

export const lostHardState = scenario('atlas-lost-hard-state', {
  about: 'All that tells the newest term and vote of a member is damaged at once; it loses power.',
  members: 3,
  knobs: {
    // Segments of few batches, so that one has often just begun.
    segmentBytes: fc.constantFrom(4096, 8192),
    valueBytes: fc.constantFrom(300, 1_000, 2_000),
    snapshotEntries: fc.constantFrom(5, 10, 50),
  },
  workload: mixed({ weights: { 'move-leader': 4 } }),
  faults: [repeatedly(thenCrash(together(rot, zeroed(newest), rot), atOnce), [20, 30])],
});
