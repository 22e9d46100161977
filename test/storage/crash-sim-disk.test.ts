// The storage on the simulator's disk: all five file systems, kills, power losses, failing and lying
// syncs, lost writebacks and short writes. Complements crash.test.ts, whose disk knows less.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { FailStop } from '../../src/ports/process.js';
import { DISK_PROFILES, type DiskProfile } from '../../src/sim/disk-profile.js';
import { DiskRig } from '../sim/disk-rig.js';
import { CONFIG, Driver } from './storage-driver.js';

const SEEDS = 40;
const LIVES = 6;

interface Outcome {
  powerLosses: number;
  kills: number;
  failStops: number;
  opened: number;
}

function live(seed: string, profile: DiskProfile, outcome: Outcome): void {
  const random = randomStream(seed, 'storage');
  const rig = new DiskRig(seed, profile, { tearPpm: 500_000 });
  const driver = new Driver(random, { ...CONFIG, segmentBytes: random.pick([4096, 8192]) });
  for (let life = 0; life < LIVES; life++) {
    const actions = random.below(80);
    const faultAt = random.chance(400_000) ? random.below(actions + 1) : -1;
    try {
      driver.open(rig.disk);
      for (let i = 0; i < actions; i++) {
        if (i === faultAt) injectFault(rig, random.below(4));
        if (driver.storage !== null && random.chance(600_000)) driver.act();
        else rig.step();
      }
    } catch (error) {
      // The member may stop itself only for a fault that it met.
      if (!(error instanceof FailStop) || rig.disk.takeExcuse(error.reason) === null) throw error;
      outcome.failStops++;
    }
    if (driver.storage !== null) outcome.opened++;
    if (rig.disk.lieOutstanding() || random.chance(300_000)) {
      rig.kill();
      outcome.kills++;
    } else {
      rig.powerLoss();
      outcome.powerLosses++;
    }
  }
  rig.disk.clearFaults();
  const start = (): void => {
    driver.open(rig.disk);
    rig.run();
  };
  try {
    start();
  } catch (error) {
    // A kernel still tells of an error it owes: that may stop the first start, and no further one.
    if (!(error instanceof FailStop) || rig.disk.takeExcuse(error.reason) === null) throw error;
    rig.kill();
    start();
  }
  expect(driver.storage).not.toBeNull();
}

function injectFault(rig: DiskRig, kind: number): void {
  if (kind === 0) rig.disk.armShortWrite();
  else if (kind === 1) rig.disk.armWritebackError();
  else rig.disk.armSyncError(kind === 2 ? 'wal' : '');
}

describe('a member on the simulated disk', () => {
  for (const profile of DISK_PROFILES) {
    it(`recovers all it acknowledged on ${profile}`, () => {
      const outcome = { powerLosses: 0, kills: 0, failStops: 0, opened: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        try {
          live(String(seed), profile, outcome);
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }
      expect(outcome.powerLosses).toBeGreaterThan(SEEDS);
      expect(outcome.kills).toBeGreaterThan(SEEDS);
      expect(outcome.failStops).toBeGreaterThan(SEEDS / 4);
      expect(outcome.opened).toBeGreaterThan(SEEDS * 4);
    });
  }
});
