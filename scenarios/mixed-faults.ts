// Faults of all kinds that a cluster survives together, at the worst moments: while a member starts, repairs its log,
// receives a snapshot, or has just been elected. Damage strikes a minority. Members that forget what they have
// acknowledged (rollback, wipe, lying syncs) are survived only by themselves: see atlas/earlier-disk.ts, lying-disk.ts.

import fc from 'fast-check';
import {
  anyTime,
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
  fileFault,
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
  storms,
  swarm,
  zeroed,
} from 'simquake';

const brief = [seconds(0.01), seconds(0.5)] as const;
const lasting = [seconds(0.2), seconds(1.5)] as const;
const MINORITY = [1, 2] as const;
const EVENTS = ['boot', 'repair', 'snapshot', 'election'] as const;
const SOON = [0, milliseconds(5)] as const;

const FAULTS = [
  isolateAnyone({ for: lasting }),
  split({ for: lasting }),
  majorityRing({ for: lasting }),
  bridge({ for: lasting }),
  badLinks({ for: lasting }),
  clog({ for: lasting }),
  crash({ how: 'either', who: 'one', down: brief }),
  crashWhileSending({ messages: [1, 3], down: brief }),
  pause({ for: brief }),
  clockJump({ by: [-seconds(10), seconds(10)] }),
  clockDrift({ for: lasting, ppm: [-300_000, 500_000] }),
  diskStrike('short-write'),
  diskStrike('write-error'),
  diskStrike('sync-error'),
  diskStrike('writeback-error'),
  misdirected('misdirected-read', { path: '' }),
  staleRead({ path: '' }),
  readOnly({ for: brief }),
  diskFull({ for: lasting }),
  diskStall({ for: brief }),
  diskThrottle({ for: lasting }),
];

/** What is damaged stays so: only a minority can be, and only one member loses whole files. */
const DAMAGE = [
  decay('bit-rot', { who: MINORITY, path: '' }),
  decay('latent-error', { who: MINORITY, path: '' }),
  zeroed({ who: MINORITY, path: '' }),
  misdirected('misdirected-write', { who: MINORITY }),
  fileFault({ who: [1], path: 'snap/' }),
];

export const mixedFaults = scenario('mixed-faults', {
  about: 'Any faults that can be survived together, at the moments at which they hurt most.',
  duration: seconds(16),
  workload: mixed({ weights: { 'move-leader': 2 } }),
  knobs: {
    segmentBytes: fc.constantFrom(8192, 16_384, 65_536),
    snapshotEntries: fc.constantFrom(10, 50, 200),
    catchUpEntries: fc.constantFrom(0, 5),
  },
  faults: [
    storms(
      { every: seconds(4), calm: [seconds(1), seconds(2.5)] },
      swarm([...FAULTS.map((fault) => anyTime(fault, EVENTS, SOON)), ...DAMAGE], 4),
    ),
    // So that something starts, repairs and catches up.
    repeatedly(crash({ how: 'either', who: MINORITY, down: brief }), [2, 6]),
    repeatedly(decay('bit-rot', { who: [1], path: 'wal/' }), [2, 4]),
    repeatedly(isolateAnyone({ for: lasting }), [1, 3]),
  ],
});
