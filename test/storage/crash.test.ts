// Crashes the storage at random moments, in every way a file system may, and checks what comes back.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { FailStop } from '../../src/ports/process.js';
import { CRASH_PROFILES, CrashDisk, type CrashProfile } from './crash-disk.js';
import { CONFIG, Driver } from './storage-driver.js';

const SEEDS = 50;

interface Outcome {
  powerLosses: number;
  kills: number;
  syncFailures: number;
  segmentsCut: number;
  released: number;
}

/** One member through several lives. */
function live(seed: string, profile: CrashProfile, outcome: Outcome): void {
  const random = randomStream(seed, 'storage');
  const choose = (bound: number): number => random.below(bound);
  const driver = new Driver(random, { ...CONFIG, segmentBytes: random.pick([4096, 8192]) });
  let disk = new CrashDisk();
  // A sync lied: until a recovery has written the bytes again, nothing can save them from a power loss.
  let inDoubt = false;
  let injected = false;
  for (let life = 0; life < 6; life++) {
    disk.faultChoose = choose;
    if (random.chance(300_000)) disk.writeBytesMax = 1 + random.below(700);
    const actions = random.below(80);
    const failing = random.chance(300_000);
    let lied = false;
    try {
      driver.open(disk);
      for (let i = 0; i < actions; i++) {
        if (driver.storage !== null && random.chance(600_000)) driver.act();
        else disk.step();
        if (failing && i === actions >> 1) {
          disk.syncFault = random.chance(500_000) ? 'fail' : 'lie-then-fail';
          injected = true;
          if (disk.syncFault === 'lie-then-fail') lied = true;
        }
      }
      if (random.chance(300_000)) disk.settle();
    } catch (error) {
      if (!(error instanceof FailStop) || error.reason !== 'disk-sync' || !injected) throw error;
      outcome.syncFailures++;
    }
    outcome.segmentsCut += disk.log.filter((line) => line.endsWith('.wal')).length;
    outcome.released += disk.log.filter((line) => /^unlink .*wal$/.test(line)).length;
    disk.log.length = 0;
    if (driver.storage !== null) inDoubt = false;
    if (lied) inDoubt = true;
    if (inDoubt || random.chance(300_000)) {
      disk.kill();
      outcome.kills++;
    } else {
      disk = disk.afterPowerLoss(profile, choose);
      outcome.powerLosses++;
    }
  }
  driver.storage = null;
  for (let attempt = 0; attempt < 2 && driver.storage === null; attempt++) {
    try {
      driver.open(disk);
      disk.settle();
    } catch (error) {
      // A lie of an earlier life may come out only now.
      if (!(error instanceof FailStop) || !inDoubt) throw error;
      disk.kill();
    }
  }
  expect(driver.storage).not.toBeNull();
}

describe('a member that crashes', () => {
  for (const [number, profile] of CRASH_PROFILES.entries()) {
    it(`recovers all it acknowledged (${profile.namespace}, ${profile.grown})`, () => {
      const outcome = { powerLosses: 0, kills: 0, syncFailures: 0, segmentsCut: 0, released: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        try {
          live(`${number}${seed}`, profile, outcome);
        } catch (error) {
          throw new Error(`seed ${number}${seed}`, { cause: error });
        }
      }
      for (const count of Object.values(outcome)) expect(count).toBeGreaterThan(15);
    });
  }
});
