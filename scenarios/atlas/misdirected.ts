// Rows A16 to A18: writes and reads that go to the wrong place, reads of what was there before.

import fc from 'fast-check';
import { crash, misdirected, repeatedly, scenario, seconds, staleRead } from 'simquake';

export const misdirectedSectors = scenario('atlas-misdirected', {
  about:
    'Sectors are written to or read from the wrong place, or read as they were, on members that restart.',
  members: 3,
  damage: 'nodes',
  knobs: {
    segmentBytes: fc.constantFrom(8192, 65536, 262144),
    snapshotEntries: fc.constantFrom(10, 50, 1000),
    catchUpEntries: fc.constantFrom(0, 5, 100),
  },
  faults: [
    repeatedly(misdirected('misdirected-write'), [1, 4]),
    repeatedly(misdirected('misdirected-read', { path: '' }), [2, 6]),
    repeatedly(staleRead({ path: '' }), [2, 6]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [4, 10]),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
  ],
});
