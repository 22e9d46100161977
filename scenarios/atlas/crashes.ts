// Rows A1 to A3: processes die and power goes, everywhere at once too; what was acknowledged is there again.

import { crash, repeatedly, rollingRestart, scenario, seconds } from 'simquake';

export const crashes = scenario('atlas-crashes', {
  about: 'Members are killed and lose power, one, some or all at once, and keep every promise.',
  members: 3,
  faults: [
    repeatedly(crash({ how: 'kill', who: 'some', down: [seconds(0.01), seconds(0.3)] }), [2, 6]),
    repeatedly(
      crash({ how: 'power-loss', who: 'some', down: [seconds(0.01), seconds(0.3)] }),
      [2, 6],
    ),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
    repeatedly(
      rollingRestart({ down: [seconds(0.01), seconds(0.3)], pause: [0, seconds(0.3)] }),
      [0, 2],
    ),
  ],
});
