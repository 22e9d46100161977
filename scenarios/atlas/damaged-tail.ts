// Rows A9 to A11: damage to the newest batches of a log, and a crash in the same moment. What a torn write leaves and
// what damage leaves lie side by side, and must be told apart.

import fc from 'fast-check';
import { decay, repeatedly, scenario, seconds, thenCrash, together, zeroed } from 'simquake';

const ONE = [2] as const;
const record = 'newest-batch' as const;

const rot = decay('bit-rot', { who: ONE, record });
const zeros = zeroed({ who: ONE, record });

const soon = { how: 'either', down: [seconds(0.01), seconds(0.3)], after: [0, 2_000] } as const;

export const damagedTail = scenario('atlas-damaged-tail', {
  about:
    'The newest batches of the log of a minority rot, and it loses power with others behind them.',
  members: 3,
  damage: 'nodes',
  knobs: {
    // Batches of several sectors: a torn one may keep its header.
    valueBytes: fc.constantFrom(0, 1_000, 3_000),
    segmentBytes: fc.constantFrom(16384, 65536),
    snapshotEntries: fc.constantFrom(50, 1000),
    catchUpEntries: fc.constantFrom(0, 100),
  },
  disks: { syncMeanUs: [100, 5_000] },
  faults: [
    repeatedly(thenCrash(rot, soon), [2, 6]),
    repeatedly(thenCrash(together(rot, rot), soon), [4, 10]),
    repeatedly(thenCrash(together(zeros, rot, rot, rot), soon), [4, 10]),
    repeatedly(rot, [2, 6]),
    repeatedly(decay('latent-error', { who: ONE, record }), [0, 3]),
  ],
});
