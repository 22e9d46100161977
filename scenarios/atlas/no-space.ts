// Rows A6 and A8: the disk is full, writes fail or come up short; nothing half written is acknowledged.

import { crash, diskFull, diskStrike, repeatedly, scenario, seconds } from 'simquake';

export const noSpace = scenario('atlas-no-space', {
  about: 'Disks fill up and are freed again, writes fail or are cut short, and power goes.',
  members: 3,
  faults: [
    repeatedly(diskFull({ for: [seconds(0.1), seconds(2)] }), [1, 4]),
    repeatedly(diskStrike('short-write'), [2, 8]),
    repeatedly(diskStrike('write-error'), [1, 4]),
    repeatedly(
      crash({ how: 'power-loss', who: 'some', down: [seconds(0.01), seconds(0.3)] }),
      [2, 6],
    ),
  ],
});
