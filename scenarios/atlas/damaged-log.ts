// Rows A9, A10 and A12: the log of a minority is damaged for good; it is got back from the others.

import fc from 'fast-check';
import { crash, decay, repeatedly, scenario, seconds, zeroed } from 'simquake';

export const damagedLog = scenario('atlas-damaged-log', {
  about: 'Durable parts of the log of a minority rot, read as zeros or not at all, for good.',
  members: 3,
  damage: 'nodes',
  knobs: {
    segmentBytes: fc.constantFrom(8192, 65536, 262144),
    snapshotEntries: fc.constantFrom(50, 200, 1000),
    catchUpEntries: fc.constantFrom(0, 5, 100),
  },
  faults: [
    repeatedly(decay('bit-rot', { who: [2] }), [2, 8]),
    repeatedly(decay('latent-error', { who: [2] }), [1, 4]),
    repeatedly(zeroed({ who: [2] }), [1, 4]),
    repeatedly(crash({ how: 'either', who: 'one', down: [seconds(0.01), seconds(0.3)] }), [4, 10]),
    repeatedly(
      crash({ how: 'power-loss', who: 'all', down: [seconds(0.01), seconds(0.3)] }),
      [1, 4],
    ),
  ],
});
