// The leader is cut off, again and again.

import { isolateLeader, repeatedly, scenario, seconds } from 'simquake';

export const partitionLeader = scenario('partition-leader', {
  about: 'The leader is cut off from the others, both ways or one way, while clients write.',
  faults: [repeatedly(isolateLeader({ for: [seconds(0.2), seconds(4)] }), [4, 10])],
});
