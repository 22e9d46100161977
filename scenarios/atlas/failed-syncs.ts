// Rows A4 and A5: a sync fails, at once or at the next one; the member stops and reads the media again.

import { crash, diskStrike, repeatedly, scenario, seconds } from 'simquake';

export const failedSyncs = scenario('atlas-failed-syncs', {
  about:
    'Syncs and background writes fail: the member stops, acknowledges nothing of it, and comes back.',
  members: 3,
  faults: [
    repeatedly(diskStrike('sync-error'), [2, 8]),
    repeatedly(diskStrike('writeback-error'), [2, 8]),
    repeatedly(
      crash({ how: 'power-loss', who: 'some', down: [seconds(0.01), seconds(0.3)] }),
      [2, 8],
    ),
  ],
});
