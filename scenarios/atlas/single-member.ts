// Row A23: one member alone. Crashes and write errors are survived; for damage there is nobody to ask.

import { crash, decay, diskFull, diskStrike, repeatedly, scenario, seconds } from 'simquake';

export const singleMember = scenario('atlas-single-member', {
  about:
    'A cluster of one loses power, and its writes fail or come up short: nothing acknowledged is lost.',
  members: 1,
  faults: [
    repeatedly(crash({ how: 'either', who: 'all', down: [seconds(0.01), seconds(0.3)] }), [3, 8]),
    repeatedly(diskStrike('sync-error'), [0, 3]),
    repeatedly(diskStrike('short-write'), [0, 3]),
    repeatedly(diskFull({ for: [seconds(0.1), seconds(1)] }), [0, 2]),
  ],
});

export const singleDamagedMember = scenario('atlas-single-damaged-member', {
  about:
    'A cluster of one whose log and snapshots are damaged refuses to start, and serves nothing wrong.',
  members: 1,
  faults: [
    repeatedly(decay('bit-rot', { path: '' }), [1, 3]),
    repeatedly(crash({ how: 'either', who: 'all', down: [seconds(0.01), seconds(0.3)] }), [1, 4]),
  ],
});
