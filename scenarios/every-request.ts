// All that etcd's KV service can be asked, while members start from snapshots and leaders change.

import fc from 'fast-check';
import {
  crash,
  everyRequest,
  isolateLeader,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
} from 'simquake';

export const everyKindOfRequest = scenario('every-request', {
  about: 'Clients read old revisions, filter and sort, ask for previous values, nest transactions.',
  duration: seconds(6),
  // Small snapshots: what a member answers has often come out of one. Small values: what it answers can be read.
  knobs: { snapshotEntries: fc.integer({ min: 10, max: 100 }), valueBytes: fc.constant(0) },
  workload: everyRequest({ keys: 6, thinkUs: milliseconds(50) }),
  faults: [
    repeatedly(isolateLeader({ for: [seconds(0.3), seconds(2)] }), [1, 4]),
    repeatedly(crash({ how: 'either', who: 'some', down: [seconds(0.01), seconds(1)] }), [2, 8]),
  ],
});
