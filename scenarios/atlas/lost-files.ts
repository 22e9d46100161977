// Row A22: files lose their end or their name, the file system turns read-only. The member stops and says why.

import fc from 'fast-check';
import { crash, fileFault, readOnly, repeatedly, scenario, seconds } from 'simquake';

export const lostFiles = scenario('atlas-lost-files', {
  about: 'Files of a minority are cut or vanish, file systems turn read-only, and members restart.',
  members: 3,
  knobs: {
    segmentBytes: fc.constantFrom(8192, 16384, 65536),
    snapshotEntries: fc.constantFrom(10, 50, 1000),
  },
  faults: [
    repeatedly(fileFault({ who: [1], path: 'wal/' }), [1, 3]),
    repeatedly(fileFault({ who: [1], path: 'snap/' }), [0, 2]),
    repeatedly(readOnly({ for: [seconds(0.1), seconds(2)] }), [1, 4]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [3, 8]),
  ],
});
