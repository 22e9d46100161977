// Rows A2 and A10 in one moment: a power loss tears the batch that is being written, and takes sectors of those before
// it, which were durable. Nothing but the header of the torn one still says so.

import fc from 'fast-check';
import { afterPowerLoss, decay, repeatedly, scenario, seconds, together, zeroed } from 'simquake';

const proven = { who: [2], record: 'proven-batch' } as const;
const rot = decay('bit-rot', proven);
const zeros = zeroed({ ...proven, unit: 'sector' });

const atOnce = { down: [seconds(0.01), seconds(0.3)], after: [100, 2_000] } as const;

export const tornTail = scenario('atlas-torn-tail', {
  about: 'A member loses power over a batch that it writes, and with it what it wrote before.',
  members: 3,
  duration: seconds(12),
  damage: 'nodes',
  knobs: {
    // Batches of several sectors: a torn one may keep its header.
    valueBytes: fc.constantFrom(1_000, 3_000),
    segmentBytes: fc.constantFrom(16384, 65536),
    snapshotEntries: fc.constantFrom(50, 1000),
    catchUpEntries: fc.constantFrom(0, 100),
    restartUs: fc.integer({ min: 20_000, max: 60_000 }),
  },
  disks: { syncMeanUs: [2_000, 8_000] },
  faults: [
    repeatedly(afterPowerLoss(rot, atOnce), [5, 10]),
    repeatedly(afterPowerLoss(together(rot, rot, zeros, rot), atOnce), [15, 25]),
  ],
});
