// Row A14: snapshots are damaged for good; an older one and the log stand in, or the peers do.

import fc from 'fast-check';
import { crash, decay, interruptedCatchUp, repeatedly, scenario, seconds, zeroed } from 'simquake';

export const damagedSnapshots = scenario('atlas-damaged-snapshots', {
  about: 'Snapshots of a minority rot, read as zeros or not at all, for good, and members restart.',
  members: 3,
  damage: 'nodes',
  knobs: {
    segmentBytes: fc.constant(8192),
    snapshotEntries: fc.constantFrom(5, 10, 20),
    catchUpEntries: fc.constantFrom(0, 5),
  },
  faults: [
    repeatedly(decay('bit-rot', { path: 'snap/' }), [3, 8]),
    repeatedly(decay('latent-error', { path: 'snap/' }), [1, 4]),
    repeatedly(zeroed({ path: 'snap/' }), [1, 4]),
    repeatedly(
      interruptedCatchUp({ cutOff: [seconds(0.5), seconds(2)], back: [0, seconds(0.3)] }),
      [0, 2],
    ),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [4, 10]),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
  ],
});
