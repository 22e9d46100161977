// Syncs that fail, writes that fail or come up short, disks that fill; and power losses that reveal what
// was only believed to be durable.

import { crash, diskFull, diskStrike, repeatedly, scenario, seconds } from 'simquake';

export const fsyncFault = scenario('fsync-fault', {
  about: 'Syncs and writes fail, disks fill up, and power is lost soon after.',
  faults: [
    repeatedly(diskStrike('sync-error'), [4, 12]),
    repeatedly(diskStrike('write-error'), [1, 6]),
    repeatedly(diskStrike('short-write'), [1, 6]),
    repeatedly(diskStrike('writeback-error'), [0, 4]),
    repeatedly(diskFull({ for: [seconds(0.1), seconds(2)] }), [0, 3]),
    repeatedly(
      crash({ how: 'power-loss', who: 'some', down: [seconds(0.01), seconds(0.3)] }),
      [4, 12],
    ),
  ],
});
