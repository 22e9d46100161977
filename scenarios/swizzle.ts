// Members leave one after the other and come back in another order, links flap, and single members are slow.

import {
  flapping,
  isolateAnyone,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
  slowMember,
  split,
  swizzle as swizzled,
} from 'simquake';

const short = [milliseconds(50), milliseconds(500)] as const;

export const swizzle = scenario('swizzle', {
  about:
    'Members leave one by one and come back in another order; links flap; single members are slow.',
  faults: [
    repeatedly(swizzled({ how: 'isolate', step: [milliseconds(50), milliseconds(700)] }), [1, 3]),
    repeatedly(swizzled({ how: 'kill', step: [milliseconds(50), milliseconds(700)] }), [0, 2]),
    repeatedly(flapping(isolateAnyone({ for: short }), { times: [3, 8], pause: short }), [0, 3]),
    repeatedly(flapping(split({ for: short }), { times: [3, 8], pause: short }), [0, 2]),
    repeatedly(
      slowMember({ for: [seconds(1), seconds(4)], extra: [milliseconds(5), milliseconds(300)] }),
      [0, 3],
    ),
  ],
});
