// Random programs on the simulated disk against a plain model that keeps a full copy of the file after
// every effect. A power loss must leave something the model can explain, whatever the profile; what a
// completed sync covered must be there.

import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../src/base/random.js';
import type { Fd } from '../../src/ports/disk.js';
import type { DiskProfile } from '../../src/sim/disk.js';
import { DISK_PROFILES, PROFILE_RULES } from '../../src/sim/disk-profile.js';
import { DiskRig } from './disk-rig.js';

const PAGE = 4096;
const SECTOR = 512;
const MAX_BYTES = 5 * PAGE;

interface ModelSync {
  readonly version: number;
  readonly result: { error: unknown };
}

/** One file: its content after every effect. Versions before `durable` are history. */
class ModelFile {
  versions: Buffer[] = [Buffer.alloc(0)];
  durable = 0;
  syncs: ModelSync[] = [];
  /** Versions that syncs of killed processes may have persisted. */
  maybe: number[] = [];

  current(): Buffer {
    return this.versions[this.versions.length - 1]!;
  }

  write(bytes: Buffer, position: number): void {
    const old = this.current();
    const next = Buffer.alloc(Math.max(old.length, position + bytes.length));
    old.copy(next);
    bytes.copy(next, position);
    this.versions.push(next);
  }

  truncate(size: number): void {
    const next = Buffer.alloc(size);
    this.current().copy(next);
    this.versions.push(next);
  }

  /** Notes which syncs have completed meanwhile. */
  learn(): void {
    for (const sync of this.syncs) {
      if (sync.result.error === null) this.durable = Math.max(this.durable, sync.version);
    }
  }

  restart(content: Buffer): void {
    this.versions = [Buffer.from(content)];
    this.durable = 0;
    this.syncs = [];
    this.maybe = [];
  }
}

function sectorOf(content: Buffer, start: number, end: number): Buffer {
  const sector = Buffer.alloc(end - start);
  sector.set(content.subarray(start, end));
  return sector;
}

/** Why `found` cannot be what a power loss leaves; null if it can. */
function complaint(model: ModelFile, found: Buffer, profile: DiskProfile): string | null {
  let first: string | null = null;
  for (const base of [model.durable, ...model.maybe]) {
    if (base < model.durable) continue;
    const problem = complaintFrom(model.versions.slice(base), found, profile);
    if (problem === null) return null;
    first ??= problem;
  }
  return first;
}

/** The same, if the media held the first of `versions`. */
function complaintFrom(
  versions: readonly Buffer[],
  found: Buffer,
  profile: DiskProfile,
): string | null {
  const durable = versions[0]!;
  const rules = PROFILE_RULES[profile];
  const ends: number[] = [];
  for (let v = 0; v < versions.length; v++) {
    if (versions[v]!.length === found.length) ends.push(v);
  }
  if (ends.length === 0) return `no version has ${found.length} bytes`;

  // Some version with this size must explain all pages.
  let first = '';
  for (const end of ends) {
    const problem = pagesComplaint(versions, found, durable.length, end, rules.grownRange);
    if (problem === null) return null;
    first ||= problem;
  }
  return first;
}

function pagesComplaint(
  versions: readonly Buffer[],
  found: Buffer,
  durableSize: number,
  end: number,
  grownRange: 'never' | 'zeros' | 'garbage',
): string | null {
  // The shortest the file was on the way: data beyond it had to come first, if sizes follow data.
  let floor = durableSize;
  for (let v = 1; v <= end; v++) floor = Math.min(floor, versions[v]!.length);
  for (let page = 0; page * PAGE < found.length; page++) {
    const start = page * PAGE;
    const stop = Math.min(start + PAGE, found.length);
    const least =
      grownRange === 'never' && stop > floor ? leastVersion(versions, page, floor, end) : 0;
    if (
      !pageExplained(
        versions,
        found,
        start,
        stop,
        least,
        grownRange === 'garbage' ? durableSize : -1,
      )
    ) {
      return `page ${page} is no mix of two versions from ${least} on (size version ${end})`;
    }
  }
  return null;
}

/** The last version up to `end` in which bytes of the page at or beyond `floor` changed. */
function leastVersion(
  versions: readonly Buffer[],
  page: number,
  floor: number,
  end: number,
): number {
  const lo = Math.max(floor, page * PAGE);
  const hi = (page + 1) * PAGE;
  for (let v = end; v > 0; v--) {
    if (!sectorOf(versions[v]!, lo, hi).equals(sectorOf(versions[v - 1]!, lo, hi))) return v;
  }
  return 0;
}

/** Whether there are two versions so that each sector equals one of them; `garbageFrom`: -1 for none. */
function pageExplained(
  versions: readonly Buffer[],
  found: Buffer,
  start: number,
  stop: number,
  least: number,
  garbageFrom: number,
): boolean {
  const masks: bigint[] = [];
  for (let v = least; v < versions.length; v++) {
    let mask = 0n;
    let bit = 1n;
    for (let lo = start; lo < stop; lo += SECTOR) {
      const hi = Math.min(lo + SECTOR, stop);
      // Only a sector of the durable version, which was not written, can hold garbage, and only
      // beyond the durable end.
      const until = v === 0 && garbageFrom >= 0 ? Math.min(Math.max(garbageFrom, lo), hi) : hi;
      const wanted = sectorOf(versions[v]!, lo, until);
      if (wanted.equals(found.subarray(lo, until))) mask |= bit;
      bit <<= 1n;
    }
    masks.push(mask);
  }
  const all = (1n << BigInt(Math.ceil((stop - start) / SECTOR))) - 1n;
  return masks.some((a) => masks.some((b) => (a | b) === all));
}

function randomBytes(random: Random): Buffer {
  const length = 1 + random.below(random.chance(300_000) ? 6000 : 400);
  return Buffer.alloc(length, 1 + random.below(255));
}

/** Runs one random program; returns how many power losses changed something. */
function program(seed: string, profile: DiskProfile): number {
  const random = randomStream(seed, 'program');
  const rig = new DiskRig(seed, profile, { tearPpm: 400_000 });
  const model = new ModelFile();
  let fd: Fd = rig.durable('f', '');
  let losses = 0;
  for (let round = 0; round < 6; round++) {
    const steps = 1 + random.below(14);
    for (let i = 0; i < steps; i++) {
      const choice = random.below(10);
      if (choice < 6) {
        const bytes = randomBytes(random);
        const append = random.chance(500_000);
        const position = append
          ? model.current().length
          : random.below(model.current().length + 700);
        if (position + bytes.length > MAX_BYTES) continue;
        rig.write(fd, bytes, position);
        model.write(bytes, position);
      } else if (choice === 6) {
        const size = random.below(MAX_BYTES);
        if (size === model.current().length) continue;
        rig.disk.ftruncate(fd, size);
        model.truncate(size);
      } else if (choice < 9) {
        model.syncs.push({ version: model.versions.length - 1, result: rig.fsync(fd) });
      } else {
        rig.step();
        model.learn();
      }
    }
    expect(rig.read(fd).equals(model.current())).toBe(true);
    if (random.chance(300_000)) {
      // A kill changes nothing a process can see, but a sync in flight may have done its work.
      model.learn();
      rig.kill();
      for (const sync of model.syncs) model.maybe.push(sync.version);
      model.syncs = [];
      fd = rig.disk.open('f');
      expect(rig.read(fd).equals(model.current())).toBe(true);
      const media = Buffer.from(rig.disk.readMedia('f')!);
      const reached = [model.durable, ...model.maybe];
      expect(reached.some((version) => model.versions[version]!.equals(media))).toBe(true);
      continue;
    }
    model.learn();
    rig.powerLoss();
    fd = rig.disk.open('f');
    const found = rig.read(fd);
    const problem = complaint(model, found, profile);
    expect(problem, `seed ${seed} profile ${profile} round ${round}`).toBeNull();
    expect(found.equals(Buffer.from(rig.disk.readMedia('f')!))).toBe(true);
    if (!found.equals(model.versions[model.durable]!)) losses++;
    model.restart(found);
  }
  return losses;
}

describe('a power loss', () => {
  for (const profile of DISK_PROFILES) {
    it(`on ${profile} leaves a mix of versions that the rules allow`, () => {
      let losses = 0;
      for (let seed = 1; seed <= 120; seed++) losses += program(String(seed), profile);
      expect(losses).toBeGreaterThan(100);
    });
  }

  it('is judged by a model that can say no', () => {
    const model = new ModelFile();
    model.restart(Buffer.alloc(1000, 1));
    model.write(Buffer.alloc(600, 2), 0);
    model.write(Buffer.alloc(600, 3), 1000);
    const fine = Buffer.concat([Buffer.alloc(600, 2), Buffer.alloc(400, 1)]);
    expect(complaint(model, fine, 'xfs')).toBeNull();
    const insideSector = Buffer.concat([Buffer.alloc(300, 2), Buffer.alloc(700, 1)]);
    expect(complaint(model, insideSector, 'xfs')).not.toBeNull();
    expect(complaint(model, Buffer.alloc(999, 1), 'xfs')).not.toBeNull();
    const grownZeros = Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(600)]);
    expect(complaint(model, grownZeros, 'xfs')).toBeNull();
    expect(complaint(model, grownZeros, 'ext4-ordered')).not.toBeNull();
    const garbage = Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(600, 77)]);
    expect(complaint(model, garbage, 'alice')).toBeNull();
    expect(complaint(model, garbage, 'xfs')).not.toBeNull();
    const garbageOverDurable = Buffer.concat([Buffer.alloc(999, 1), Buffer.alloc(601, 77)]);
    expect(complaint(model, garbageOverDurable, 'alice')).not.toBeNull();
  });
});
