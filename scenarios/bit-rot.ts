// Sectors rot and become unreadable, on a minority; and members restart, which is when they read them.

import fc from 'fast-check';
import { crash, diskStrike, interruptedCatchUp, repeatedly, scenario, seconds } from 'simquake';

export const bitRot = scenario('bit-rot', {
  about: 'Logs and snapshots of a minority are damaged, while members lose power and come back.',
  knobs: {
    segmentBytes: fc.constantFrom(8192, 65536, 262144),
    snapshotEntries: fc.constantFrom(10, 50, 1000),
    catchUpEntries: fc.constantFrom(0, 5),
  },
  faults: [
    repeatedly(diskStrike('bit-rot'), [2, 8]),
    repeatedly(diskStrike('latent-error'), [0, 2]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [4, 12]),
    repeatedly(
      crash({ how: 'power-loss', who: 'some', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
    repeatedly(
      interruptedCatchUp({ cutOff: [seconds(0.5), seconds(2)], back: [0, seconds(0.3)] }),
      [0, 3],
    ),
  ],
});
