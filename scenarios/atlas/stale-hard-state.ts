// Rows A17 and A18: reads of term and vote that give what was there before, or what stands elsewhere.

import fc from 'fast-check';
import { crash, misdirected, repeatedly, scenario, seconds, staleRead } from 'simquake';

const brief = [seconds(0.01), seconds(0.3)] as const;
const state = 'newest-hard-state' as const;

export const staleHardState = scenario('atlas-stale-hard-state', {
  about: 'Sectors with term and vote read as they were, or as others are, on members that restart.',
  members: 3,
  damage: 'nodes',
  knobs: { segmentBytes: fc.constant(8192), valueBytes: fc.constant(1_000) },
  faults: [
    repeatedly(staleRead({ record: [state, 'hard-state'] }), [4, 8]),
    repeatedly(staleRead({ record: [state, 'batch-header'], sticky: true }), [1, 4]),
    repeatedly(misdirected('misdirected-read', { record: [state, 'segment-header'] }), [4, 8]),
    repeatedly(crash({ how: 'either', who: 'one', down: brief }), [10, 16]),
    repeatedly(crash({ how: 'power-loss', who: 'all', down: brief }), [1, 4]),
  ],
});
