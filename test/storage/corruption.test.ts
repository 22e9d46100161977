// Damage to bytes that a sync has covered is known for what it is, whatever it hits: what it took is named
// and can be put back exactly, or the start is refused. Damage to the one batch that nothing proves
// durable is a torn write. Never is a log silently shortened.

import { beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { FailStop } from '../../src/ports/process.js';
import type { Entry, HardState } from '../../src/raft/raftpb.js';
import { type Recovered, Storage } from '../../src/storage/storage.js';
import { decodeBatches, SECTOR_BYTES } from '../../src/storage/wal/record.js';
import { CrashDisk } from './crash-disk.js';
import { CONFIG, Driver } from './storage-driver.js';

interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Segments 0 and 1 with ten batches; the last entry's batch is confirmed or not. */
function twoSegments(confirmed: boolean): CrashDisk {
  const disk = new CrashDisk();
  const driver = new Driver(randomStream('1', 'corruption'));
  driver.open(disk);
  disk.settle();
  for (const length of [30, 600, 1000, 10, 50]) {
    driver.appendOne(length);
    disk.settle();
    if (length !== 600) continue;
    // The first segment ends with a batch that holds no entry.
    driver.append([], { term: 2, vote: 3, commit: 2 }, null);
    disk.settle();
  }
  if (confirmed) driver.storage!.confirm();
  disk.settle();
  return disk;
}

function reopen(disk: CrashDisk): Recovered | FailStop {
  let result: Recovered | null = null;
  try {
    Storage.open(disk, CONFIG, (recovered) => {
      result = recovered;
    });
    disk.settle();
  } catch (error) {
    if (error instanceof FailStop) return error;
    throw error;
  }
  return result!;
}

/** Reopens a copy whose file was changed. */
function reopenDamaged(
  disk: CrashDisk,
  path: string,
  damage: (bytes: Buffer) => void,
): Recovered | FailStop {
  const copy = disk.copy();
  damage(copy.bytes(path));
  return reopen(copy);
}

function lastIndexOf(result: Recovered | FailStop): number {
  if (result instanceof FailStop) throw result;
  return result.entries.at(-1)!.index;
}

/** Header sector and batches of a segment: everything that means something. */
function extents(bytes: Buffer): Extent[] {
  const { batches } = decodeBatches(bytes, 0, bytes.length);
  return [{ start: 0, end: 64 }, ...batches.map(({ start, end }) => ({ start, end }))];
}

/** Entries 1 to 5 of the undamaged log, and its hard state, which every damaged copy must come back to. */
interface Pristine {
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
}

/** How a damaged log came back: at once, from the entries of a peer, or not at all. */
type Fate = 'whole' | 'repaired' | 'refused';

function fateOf(
  result: Recovered | FailStop,
  disk: CrashDisk,
  pristine: Pristine,
  what: string,
): Fate {
  if (result instanceof FailStop) {
    expect(result.reason, what).toBe('corruption');
    return 'refused';
  }
  const { repair } = result;
  if (repair === null) {
    expectSame(result, pristine, what);
    return 'whole';
  }
  for (let gap = repair.gap(); gap !== null; gap = repair.gap()) {
    expect(gap.anchorTerm, what).toBe(pristine.entries[gap.anchorIndex - 1]?.term);
    expect(repair.fill(gap, pristine.entries.slice(gap.from - 1, gap.to)), what).toBe(true);
  }
  let whole: Recovered | null = null;
  result.storage.finishRepair(repair, (recovered) => {
    whole = recovered;
  });
  disk.settle();
  expectSame(whole!, pristine, what);
  expectSame(reopen(disk.copy()) as Recovered, pristine, `${what}, opened again`);
  return 'repaired';
}

function expectSame(result: Recovered, pristine: Pristine, what: string): void {
  expect(result.repair, what).toBeNull();
  expect(result.entries, what).toEqual(pristine.entries);
  expect(result.hardState, what).toEqual(pristine.hardState);
}

describe('damage below the watermark', () => {
  let disk: CrashDisk;
  let segments: string[];
  let pristine: Pristine;

  /** Damages a copy, reopens it, and counts how it fared. */
  function fates(
    damages: Iterable<readonly [what: string, path: string, damage: (bytes: Buffer) => void]>,
  ): Record<Fate, number> {
    const counts = { whole: 0, repaired: 0, refused: 0 };
    for (const [what, path, damage] of damages) {
      const copy = disk.copy();
      damage(copy.bytes(path));
      counts[fateOf(reopen(copy), copy, pristine, what)]++;
    }
    return counts;
  }

  /** The confirm batch at the end proves the others; nothing proves it. */
  function durableExtents(path: string): Extent[] {
    const parts = extents(disk.bytes(path));
    return path === segments.at(-1) ? parts.slice(0, -1) : parts;
  }

  beforeAll(() => {
    disk = twoSegments(true);
    segments = disk.paths().filter((path) => path.endsWith('.wal'));
    expect(segments).toHaveLength(2);
    const { entries, hardState } = reopen(disk.copy()) as Recovered;
    expect(entries).toHaveLength(5);
    pristine = { entries, hardState };
  });

  it('is put right when it is one bit', () => {
    function* flips(): Generator<readonly [string, string, (bytes: Buffer) => void]> {
      for (const path of segments) {
        for (const { start, end } of durableExtents(path)) {
          for (let at = start; at < end; at++) {
            const flip = (bytes: Buffer): void => {
              bytes[at] = bytes[at]! ^ (1 << (at % 8));
            };
            yield [`bit flip at ${at} of ${path}`, path, flip];
          }
        }
      }
    }
    const { whole, repaired, refused } = fates(flips());
    expect(refused).toBe(0);
    expect(whole).toBeGreaterThan(200);
    expect(repaired).toBeGreaterThan(1500);
  });

  it('is put right when it is a zeroed sector', () => {
    function* zeros(): Generator<readonly [string, string, (bytes: Buffer) => void]> {
      for (const path of segments) {
        const end = durableExtents(path).at(-1)!.end;
        for (let at = 0; at < end; at += SECTOR_BYTES) {
          const zero = (bytes: Buffer): void => {
            bytes.fill(0, at, at + SECTOR_BYTES);
          };
          yield [`zeroed sector at ${at} of ${path}`, path, zero];
        }
      }
    }
    const { repaired, refused } = fates(zeros());
    expect(refused).toBe(0);
    expect(repaired).toBeGreaterThan(5);
  });

  it('is put right when it is a run of zeroed sectors that leaves the last proof', () => {
    const path = segments.at(-1)!;
    const confirm = extents(disk.bytes(path)).at(-1)!;
    for (let at = SECTOR_BYTES; at < confirm.start; at += SECTOR_BYTES) {
      const counts = fates([
        [`zeros from ${at}`, path, (bytes) => bytes.fill(0, at, confirm.start)],
      ]);
      expect(counts.refused).toBe(0);
    }
  });

  it('is put right when the header of a torn batch is all that tells, also after a crash in the repair', () => {
    const path = segments.at(-1)!;
    const copy = disk.copy();
    const bytes = copy.bytes(path);
    const [last, torn] = extents(bytes).slice(-2) as [Extent, Extent];
    for (const { end } of [last, torn]) bytes[end - 1] = bytes[end - 1]! ^ 1;
    const found = reopen(copy) as Recovered;
    expect(found.repair?.gap()).toMatchObject({ from: 5, to: 5 });
    // It dies before anybody has given it the entry.
    const again = reopen(copy) as Recovered;
    expect(again.repair?.gap()).toMatchObject({ from: 5, to: 5 });
    expect(fateOf(again, copy, pristine, 'twice opened')).toBe('repaired');
  });

  it('is put right when two batches were exchanged', () => {
    const path = segments.at(-1)!;
    const [, , second, third] = extents(disk.bytes(path));
    const exchange = (bytes: Buffer): void => {
      const a = Buffer.from(bytes.subarray(second!.start, second!.start + SECTOR_BYTES));
      bytes.copyWithin(second!.start, third!.start, third!.start + SECTOR_BYTES);
      a.copy(bytes, third!.start);
    };
    expect(fates([['exchanged batches', path, exchange]])).toEqual({
      whole: 0,
      repaired: 1,
      refused: 0,
    });
  });

  it('is put right when the oldest file is gone, and refused when the newest is, or is cut', () => {
    const [first, second] = segments;
    const older = disk.copy();
    older.remove(first!);
    expect(fateOf(reopen(older), older, pristine, 'the oldest is gone')).toBe('repaired');
    const newer = disk.copy();
    newer.remove(second!);
    expect(fateOf(reopen(newer), newer, pristine, 'the newest is gone')).toBe('refused');

    // A disk whose segments are twice as long, and a file that lost the second, empty half.
    const longer = new CrashDisk();
    const config = { ...CONFIG, segmentBytes: 2 * CONFIG.segmentBytes };
    Storage.open(longer, config, () => {});
    longer.settle();
    const copy = disk.copy();
    copy.remove(second!);
    longer.bytes(first!).copy(copy.bytes(first!), 0, 0, CONFIG.segmentBytes);
    expect(fateOf(reopen(copy), copy, pristine, 'a file shorter than it says')).toBe('refused');
  });

  it('is refused when both copies of the newest hard state are gone, and then changes nothing', () => {
    const copy = disk.copy();
    const path = segments.at(-1)!;
    const last = extents(copy.bytes(path)).at(-2)!;
    copy.unreadable = [path, last.start];
    const before = copy.paths();
    const result = reopen(copy);
    expect(result).toBeInstanceOf(FailStop);
    expect((result as FailStop).reason).toBe('corruption');
    expect(copy.log).toEqual([]);
    expect(copy.paths()).toEqual(before);
  });
});

describe('damage to the batch that nothing proves durable', () => {
  it('is a torn write: the batch goes, all before it stays', () => {
    const disk = twoSegments(false);
    const path = disk.paths().findLast((name) => name.endsWith('.wal'))!;
    const last = extents(disk.bytes(path)).at(-1)!;
    for (let at = last.start; at < last.end; at++) {
      const result = reopenDamaged(disk, path, (bytes) => {
        bytes[at] = bytes[at]! ^ (1 << (at % 8));
      });
      expect(lastIndexOf(result)).toBe(4);
    }
    for (let at = last.start; at < last.end; at += SECTOR_BYTES) {
      const result = reopenDamaged(disk, path, (bytes) => bytes.fill(0, at, at + SECTOR_BYTES));
      expect(lastIndexOf(result)).toBe(4);
    }
  });

  it('is not hidden by what follows: the member continues and the next reopening finds all', () => {
    const disk = twoSegments(false);
    const path = disk.paths().findLast((name) => name.endsWith('.wal'))!;
    const last = extents(disk.bytes(path)).at(-1)!;
    const copy = disk.copy();
    copy.bytes(path)[last.start + 60]! ^= 4;
    const result = reopen(copy);
    expect(lastIndexOf(result)).toBe(4);
    const again = reopen(copy.copy());
    expect(lastIndexOf(again)).toBe(4);
  });
});

describe('an intact log of the wrong owner', () => {
  it('is refused by name', () => {
    const disk = twoSegments(true);
    for (const config of [
      { ...CONFIG, memberId: 2 },
      { ...CONFIG, clusterId: 78 },
    ]) {
      try {
        Storage.open(disk.copy(), config, () => {});
        expect.fail('was accepted');
      } catch (error) {
        expect(error).toBeInstanceOf(FailStop);
        expect((error as FailStop).reason).toBe('wrong-data');
      }
    }
  });
});
