// Rows A10 and A14 with every member damaged, each on its own share of the log and of the snapshots.

import fc from 'fast-check';
import { crash, decay, repeatedly, scenario, seconds, zeroed } from 'simquake';

export const damagedEverywhere = scenario('atlas-damaged-everywhere', {
  about: 'Every member is damaged for good, but no entry on more than a minority: nothing is lost.',
  members: 3,
  damage: 'helix',
  knobs: {
    segmentBytes: fc.constantFrom(8192, 65536, 262144),
    snapshotEntries: fc.constantFrom(10, 50, 1000),
    catchUpEntries: fc.constantFrom(0, 5, 100),
  },
  faults: [
    repeatedly(decay('bit-rot', { path: '' }), [4, 12]),
    repeatedly(decay('latent-error'), [1, 4]),
    repeatedly(zeroed({ path: '' }), [2, 8]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [4, 10]),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
  ],
});
