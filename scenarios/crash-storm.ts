// Kills and power losses, of one, of several, of all at once.

import { crash, repeatedly, scenario, seconds } from 'simquake';

export const crashStorm = scenario('crash-storm', {
  about: 'Members are killed or lose power alone, together, and all at once, and come back soon.',
  disks: { syncMeanUs: [500, 20_000] },
  faults: [
    repeatedly(
      crash({ how: 'either', who: 'some', down: [seconds(0.01), seconds(0.5)] }),
      [10, 30],
    ),
    repeatedly(
      crash({ how: 'power-loss', who: 'leader', down: [seconds(0.01), seconds(0.5)] }),
      [4, 12],
    ),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 6],
    ),
  ],
});
