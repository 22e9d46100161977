// Rows A9 and A10, where it matters which entry was lost: one that had taken the place of another. What it replaced is
// still in the log, whole, and must not come back.

import fc from 'fast-check';
import {
  decay,
  leaderFalls,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
  storms,
  successiveLeaders,
  thenCrash,
  zeroed,
} from 'simquake';

const MINORITY = [1, 2] as const;
const rewritten = { who: MINORITY, record: 'replacing-entry' } as const;
const newest = { who: MINORITY, record: 'newest-batch' } as const;

const soon = [milliseconds(10), seconds(1)] as const;
const atOnce = { how: 'either', down: [seconds(0.01), seconds(0.3)], after: [0, 1_000] } as const;

export const damagedRewrites = scenario('atlas-damaged-rewrites', {
  about: 'Leaders change and logs are cut and written anew; what was written anew is damaged.',
  damage: 'nodes',
  knobs: {
    tickUs: fc.constantFrom(10_000, 20_000),
    electionTicks: fc.integer({ min: 4, max: 10 }),
    maxMessageBytes: fc.constantFrom(0, 0, 10_000),
    segmentBytes: fc.constantFrom(65536, 262144),
    snapshotEntries: fc.constantFrom(200, 1000),
    catchUpEntries: fc.constantFrom(0, 100),
  },
  faults: [
    storms(
      { every: seconds(3), calm: [seconds(0.5), seconds(1.5)] },
      repeatedly(
        successiveLeaders({
          count: [2, 5],
          after: [0, milliseconds(200)],
          faults: leaderFalls(soon),
        }),
        [6, 12],
      ),
    ),
    repeatedly(thenCrash(decay('bit-rot', rewritten), atOnce), [6, 15]),
    repeatedly(thenCrash(zeroed(rewritten), atOnce), [4, 10]),
    // Entries that a leader in a minority will have to give up.
    repeatedly(thenCrash(decay('bit-rot', newest), atOnce), [6, 15]),
  ],
});
