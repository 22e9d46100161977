// Row A21: disks that stall or crawl. Nothing is acknowledged early, and others take over.

import { crash, diskStall, diskThrottle, repeatedly, scenario, seconds } from 'simquake';

export const slowDisks = scenario('atlas-slow-disks', {
  about: "Disks stall or take many times as long, the leader's too, while power goes now and then.",
  members: 3,
  faults: [
    repeatedly(diskStall({ for: [seconds(0.2), seconds(4)] }), [2, 6]),
    repeatedly(diskThrottle({ for: [seconds(1), seconds(4)] }), [1, 4]),
    repeatedly(
      crash({ how: 'power-loss', who: 'one', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
  ],
});
