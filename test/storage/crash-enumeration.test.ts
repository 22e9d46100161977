// Every legal state of the disk after a power loss at any point of a short life that creates, cuts,
// snapshots, installs and releases: each must recover to what was acknowledged, none may be refused.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { CRASH_PROFILES, CrashDisk, Enumerator } from './crash-disk.js';
import { Driver } from './storage-driver.js';

const STATES_MAX_A_PROFILE = 100;

const SCRIPT: readonly ((driver: Driver) => void)[] = [
  (d) => d.appendOne(40),
  (d) => d.appendOne(700),
  (d) => d.storage!.confirm(),
  (d) => d.appendOne(1800), // the segment of 4 KiB is nearly full
  (d) => d.saveAt(2),
  (d) => d.appendOne(900), // cut
  (d) => d.storage!.release(2),
  (d) => d.appendOne(2000),
  (d) => d.saveAt(4),
  (d) => d.appendOne(1500), // cut
  (d) => d.storage!.release(4),
  (d) => d.install(3),
  (d) => d.appendOne(1200), // cut
  (d) => d.appendOne(2500),
  (d) => d.storage!.release(8),
  (d) => d.appendOne(100),
];

/** Tries every crash now; returns how many states were tried. */
function crashEveryWay(disk: CrashDisk, driver: Driver, seen: Set<string>): number {
  let total = 0;
  for (const profile of CRASH_PROFILES) {
    let count = 0;
    const enumerator = new Enumerator();
    do {
      const crashed = disk.afterPowerLoss(profile, enumerator.choose);
      count++;
      const survivor = driver.fork();
      survivor.open(crashed);
      crashed.settle();
      expect(survivor.storage).not.toBeNull();
      const { entries, snapshot, hardState } = survivor.recovered!;
      seen.add(`${entries.length} ${snapshot?.metadata.index} ${hardState.commit}`);
    } while (enumerator.next() && count < STATES_MAX_A_PROFILE);
    total += count;
  }
  return total;
}

describe('a power loss', () => {
  it('leaves no state that is refused, nor one that lacks what was acknowledged', () => {
    const disk = new CrashDisk();
    const driver = new Driver(randomStream('1', 'enumeration'));
    const seen = new Set<string>();
    let points = 0;
    let states = 0;
    const crash = (): void => {
      points++;
      states += crashEveryWay(disk, driver, seen);
    };
    driver.open(disk);
    crash();
    while (disk.step()) crash();
    for (const act of SCRIPT) {
      act(driver);
      crash();
      while (disk.step()) crash();
    }
    // The script did what it is for.
    expect(disk.log.filter((line) => /rename .*wal$/.test(line)).length).toBeGreaterThan(4);
    expect(disk.log.filter((line) => /unlink .*wal$/.test(line)).length).toBeGreaterThan(2);
    expect(points).toBeGreaterThan(50);
    expect(states).toBeGreaterThan(2000);
    expect(seen.size).toBeGreaterThan(12);
  });
});
