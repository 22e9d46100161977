// A member whose log is damaged gets it back from its peers: what if something else goes wrong just then, again and
// again? Damage strikes a minority, wherever that is.

import fc from 'fast-check';
import {
  badLinks,
  bridge,
  clockDrift,
  clockJump,
  clog,
  crash,
  crashWhileSending,
  decay,
  diskFull,
  diskStall,
  diskStrike,
  diskThrottle,
  isolateAnyone,
  majorityRing,
  milliseconds,
  misdirected,
  mixed,
  pause,
  readOnly,
  repeatedly,
  scenario,
  seconds,
  split,
  staleRead,
  swarm,
  thenCrash,
  when,
  zeroed,
} from 'simquake';

const instant = [0, milliseconds(2)] as const;
const brief = [milliseconds(5), seconds(0.3)] as const;
const MINORITY = [1, 2] as const;

/** What strikes a member that has just asked its peers for what it lost. */
const MEANWHILE = [
  isolateAnyone({ for: brief }),
  split({ for: brief }),
  majorityRing({ for: brief }),
  bridge({ for: brief }),
  badLinks({ for: brief }),
  clog({ for: brief }),
  crash({ how: 'kill', who: 'one', down: instant }),
  crash({ how: 'power-loss', who: 'one', down: instant }),
  crashWhileSending({ messages: [1, 2], down: instant }),
  pause({ for: brief }),
  clockJump({ by: [-seconds(10), seconds(10)] }),
  clockDrift({ for: brief, ppm: [-300_000, 500_000] }),
  diskStrike('short-write'),
  diskStrike('write-error'),
  diskStrike('sync-error'),
  diskStrike('writeback-error'),
  decay('bit-rot'),
  decay('latent-error'),
  zeroed(),
  misdirected('misdirected-write'),
  misdirected('misdirected-read'),
  staleRead(),
  readOnly({ for: brief }),
  diskFull({ for: brief }),
  diskStall({ for: brief }),
  diskThrottle({ for: brief }),
];

export const interruptedRepair = scenario('interrupted-repair', {
  about: 'Damaged logs are got back from peers, and something else goes wrong just then.',
  duration: seconds(14),
  damage: 'nodes',
  workload: mixed({ weights: { 'move-leader': 4 } }),
  knobs: {
    segmentBytes: fc.constantFrom(8192, 16_384),
    snapshotEntries: fc.constantFrom(5, 50, 1000),
    catchUpEntries: fc.constantFrom(0, 100),
    valueBytes: fc.constantFrom(0, 1_000),
  },
  faults: [
    repeatedly(
      thenCrash(decay('bit-rot', { who: MINORITY }), {
        ...{ how: 'kill', down: brief, after: [0, 500] },
      }),
      [10, 20],
    ),
    swarm(
      MEANWHILE.map((fault) => when('repair', fault, instant)),
      4,
    ),
    swarm(
      MEANWHILE.map((fault) => when('boot', fault, instant)),
      1,
    ),
    swarm(
      MEANWHILE.map((fault) => when('election', fault, instant)),
      1,
    ),
    repeatedly(crash({ how: 'kill', who: MINORITY, down: [seconds(1), seconds(2)] }), [1, 3]),
  ],
});
