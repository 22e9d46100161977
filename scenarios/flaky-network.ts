// Links that lose, delay, double, reorder, and hold everything back to let it go at once.

import { badLinks, clog, repeatedly, scenario, seconds } from 'simquake';

export const flakyNetwork = scenario('flaky-network', {
  about: 'Messages are lost, late, doubled, out of order, or held back and delivered long after.',
  network: { lossPpm: [0, 50_000], duplicatePpm: [0, 100_000], reorderPpm: [0, 200_000] },
  faults: [
    repeatedly(badLinks({ for: [seconds(0.2), seconds(3)] }), [4, 12]),
    repeatedly(clog({ for: [seconds(0.1), seconds(3)] }), [2, 8]),
  ],
});
