// Clocks that disagree, drift, jump; and members that sleep.

import {
  clockDrift,
  clockJump,
  isolateLeader,
  pause,
  repeatedly,
  scenario,
  seconds,
} from 'simquake';

export const clockSkew = scenario('clock-skew', {
  about:
    'Clocks run at half or double speed and jump by minutes, while members sleep and links break.',
  clocks: { offsetUs: [-seconds(3600), seconds(3600)], driftPpm: [-50_000, 50_000] },
  faults: [
    repeatedly(clockDrift({ for: [seconds(0.5), seconds(6)], ppm: [-500_000, 1_000_000] }), [2, 6]),
    repeatedly(clockJump({ by: [-seconds(60), seconds(60)] }), [2, 8]),
    repeatedly(pause({ for: [seconds(0.1), seconds(3)] }), [2, 6]),
    repeatedly(isolateLeader({ for: [seconds(0.5), seconds(2)] }), [0, 3]),
  ],
});
