// Rows A9 to A11: damage to the newest batches of a log, and a crash in the same moment. What a torn write leaves and
// what damage leaves lie side by side, and must be told apart.

import fc from 'fast-check';
import { decay, repeatedly, scenario, seconds, thenCrash, zeroed } from 'simquake';

const ONE = [2] as const;
const record = 'newest-batch' as const;

const atOnce = {
  how: 'either',
  down: [seconds(0.01), seconds(0.3)],
  after: [0, 20_000],
} as const;

export const damagedTail = scenario('atlas-damaged-tail', {
  about:
    'The newest batches of the log of a minority rot, and it loses power with others behind them.',
  members: 3,
  damage: 'nodes',
  knobs: {
    segmentBytes: fc.constantFrom(8192, 65536),
    snapshotEntries: fc.constantFrom(50, 1000),
    catchUpEntries: fc.constantFrom(0, 100),
  },
  disks: { syncMeanUs: [100, 5_000] },
  faults: [
    repeatedly(thenCrash(decay('bit-rot', { who: ONE, record }), atOnce), [4, 10]),
    repeatedly(thenCrash(zeroed({ who: ONE, record }), atOnce), [4, 10]),
    repeatedly(decay('bit-rot', { who: ONE, record }), [4, 10]),
    repeatedly(decay('latent-error', { who: ONE, record }), [0, 3]),
  ],
});
