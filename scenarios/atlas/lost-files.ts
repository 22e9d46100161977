// Row A22: files lose their end or their name, the file system turns read-only. The member stops and says why.

import fc from 'fast-check';
import {
  crash,
  fileFault,
  readOnly,
  repeatedly,
  scenario,
  seconds,
  thenCrash,
  towardsTheEnd,
} from 'simquake';

/** A restart meets the loss before another segment follows the one that is gone, and its promises still bind it. */
const atOnce = {
  how: 'kill',
  down: [seconds(0.01), seconds(0.3)],
  after: [0, seconds(0.02)],
} as const;

export const lostFiles = scenario('atlas-lost-files', {
  about: 'Files of a minority are cut or vanish, file systems turn read-only, and members restart.',
  members: 3,
  knobs: {
    segmentBytes: fc.constantFrom(8192, 16384, 65536),
    // Most logs are short: then one file in two or three is the newest segment, which no other one points out.
    snapshotEntries: fc.constantFrom(10, 10, 50, 1000),
    catchUpEntries: fc.constantFrom(0, 5, 100),
  },
  faults: [
    repeatedly(fileFault({ who: [1], path: 'wal/' }), [0, 1]),
    // Not before the log has more than one segment.
    towardsTheEnd(
      seconds(15),
      repeatedly(thenCrash(fileFault({ who: [1], path: 'wal/', how: 'lost' }), atOnce), [1, 3]),
    ),
    repeatedly(fileFault({ who: [1], path: 'snap/' }), [0, 2]),
    repeatedly(readOnly({ for: [seconds(0.1), seconds(2)] }), [1, 4]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [3, 8]),
  ],
});
