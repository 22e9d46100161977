// Random programs under random faults: what the disk calls promised is on the media, a power loss does
// not take it, and writing everything again after the faults makes the file whole.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import type { DiskProfile } from '../../src/sim/disk.js';
import { DISK_PROFILES } from '../../src/sim/disk-profile.js';
import { DiskRig } from './disk-rig.js';

const UNIT = 256;
const MAX_BYTES = 20_000;

/** The units of the file that are promised, with their content. */
function promisedUnits(rig: DiskRig, content: Buffer): Map<number, Buffer> {
  const units = new Map<number, Buffer>();
  for (let at = 0; at + UNIT <= content.length; at += UNIT) {
    if (!rig.disk.promisedThrough('f', at, at + UNIT)) continue;
    units.set(at, Buffer.from(content.subarray(at, at + UNIT)));
  }
  return units;
}

/** Returns how many promised units were checked. */
function program(seed: string, profile: DiskProfile): number {
  const random = randomStream(seed, 'promises');
  const rig = new DiskRig(seed, profile, { tearPpm: 400_000 });
  let fd = rig.durable('f', '');
  let checked = 0;
  for (let i = 0; i < 120; i++) {
    const choice = random.below(20);
    if (choice < 9) {
      const bytes = Buffer.alloc(1 + random.below(3000), 1 + random.below(255));
      const position = random.below(rig.disk.size(fd) + 300);
      if (position + bytes.length <= MAX_BYTES) rig.write(fd, bytes, position);
    } else if (choice === 9) rig.disk.ftruncate(fd, random.below(MAX_BYTES));
    else if (choice < 13) rig.fsync(fd);
    else if (choice === 13) rig.fdatasync(fd);
    else if (choice < 16) rig.step();
    else if (choice === 16) rig.disk.armSyncError();
    else if (choice === 17) rig.disk.armWritebackError();
    else {
      const lost = choice === 18 && !rig.disk.lieOutstanding();
      const before = promisedUnits(rig, rig.read(fd));
      if (lost) rig.powerLoss();
      else rig.kill();
      fd = rig.disk.open('f');
      const after = rig.read(fd);
      for (const [at, unit] of before) {
        expect(after.subarray(at, at + UNIT).equals(unit), `seed ${seed} byte ${at}`).toBe(true);
      }
    }
    if (rig.disk.lieOutstanding()) continue;
    const media = Buffer.from(rig.disk.readMedia('f')!);
    for (const [at, unit] of promisedUnits(rig, rig.read(fd))) {
      expect(media.subarray(at, at + UNIT).equals(unit), `seed ${seed} byte ${at}`).toBe(true);
      checked++;
    }
  }

  rig.disk.clearFaults();
  const content = rig.read(fd);
  // An error still owed is told once, and what it covers is written again; then nothing is in the way.
  rig.write(fd, content, 0);
  while (rig.synced(fd) !== null) rig.write(fd, content, 0);
  expect(rig.disk.lieOutstanding()).toBe(false);
  expect(rig.disk.promisedThrough('f', 0, content.length)).toBe(true);
  rig.powerLoss();
  expect(rig.content('f')!.equals(content)).toBe(true);
  return checked;
}

describe('under random faults', () => {
  for (const profile of DISK_PROFILES) {
    it(`a promise of ${profile} is kept`, () => {
      let checked = 0;
      for (let seed = 1; seed <= 15; seed++) checked += program(String(seed), profile);
      expect(checked).toBeGreaterThan(1000);
    });
  }
});
