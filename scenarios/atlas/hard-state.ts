// Rows A12 and A13: term and vote. Damage is aimed at the records of the log that hold them.

import fc from 'fast-check';
import { decay, repeatedly, scenario, seconds, thenCrash, zeroed } from 'simquake';

const ONE = [2] as const;
const brief = [seconds(0.01), seconds(0.3)] as const;
const state = 'newest-hard-state' as const;

const atOnce = { how: 'either', down: brief, after: [0, 500] } as const;

/** Segments that are full soon: a new one holds the hard state once, until something is written behind it. */
const small = { segmentBytes: fc.constant(8192), valueBytes: fc.constant(1_000) };

/** One copy gone: the other counts. Both gone: the member refuses to start until they are back. */
export const damagedHardState = scenario('atlas-damaged-hard-state', {
  about:
    'What tells the newest term and vote of a member rots, or reads as zeros, and it restarts.',
  members: 3,
  knobs: small,
  faults: [
    repeatedly(thenCrash(decay('bit-rot', { who: ONE, record: state }), atOnce), [6, 12]),
    repeatedly(thenCrash(zeroed({ who: ONE, record: state }), atOnce), [6, 12]),
  ],
});
