// Disks that stall, and disks that are slow for a long time.

import { diskStall, diskThrottle, repeatedly, scenario, seconds } from 'simquake';

export const slowDisk = scenario('slow-disk', {
  about: 'Disks stall for up to seconds, or answer ten times slower than usual.',
  disks: { syncMeanUs: [1_000, 30_000] },
  faults: [
    repeatedly(diskStall({ for: [seconds(0.05), seconds(3)] }), [3, 10]),
    repeatedly(diskThrottle({ for: [seconds(0.5), seconds(5)] }), [1, 4]),
  ],
});
