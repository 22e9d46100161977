// Damage to bytes that a sync has covered is refused, whatever it hits; damage to the one batch that
// nothing proves durable is a torn write. Never is a log silently shortened.

import { beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { FailStop } from '../../src/ports/process.js';
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

function expectRefused(result: Recovered | FailStop, what: string): void {
  if (!(result instanceof FailStop)) expect.fail(`${what} was accepted`);
  expect(result.reason, what).toBe('corruption');
}

describe('damage below the watermark', () => {
  let disk: CrashDisk;
  let segments: string[];

  beforeAll(() => {
    disk = twoSegments(true);
    segments = disk.paths().filter((path) => path.endsWith('.wal'));
    expect(segments).toHaveLength(2);
    expect(lastIndexOf(reopen(disk.copy()))).toBe(5);
  });

  it('is refused when it is one bit', () => {
    let count = 0;
    for (const path of segments) {
      const parts = extents(disk.bytes(path));
      expect(parts.length).toBeGreaterThan(4);
      // The confirm batch at the end proves the others; nothing proves it.
      const durable = path === segments.at(-1) ? parts.slice(0, -1) : parts;
      for (const { start, end } of durable) {
        for (let at = start; at < end; at++) {
          const result = reopenDamaged(disk, path, (bytes) => {
            bytes[at] = bytes[at]! ^ (1 << (at % 8));
          });
          expectRefused(result, `bit flip at ${at} of ${path}`);
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(2000);
  });

  it('is refused when it is a zeroed sector', () => {
    for (const path of segments) {
      const parts = extents(disk.bytes(path));
      const durable = path === segments.at(-1) ? parts.slice(0, -1) : parts;
      const end = durable.at(-1)!.end;
      for (let at = 0; at < end; at += SECTOR_BYTES) {
        const result = reopenDamaged(disk, path, (bytes) => bytes.fill(0, at, at + SECTOR_BYTES));
        expectRefused(result, `zeroed sector at ${at} of ${path}`);
      }
    }
  });

  it('is refused when it is a run of zeroed sectors that leaves the last proof', () => {
    const path = segments.at(-1)!;
    const confirm = extents(disk.bytes(path)).at(-1)!;
    for (let at = SECTOR_BYTES; at < confirm.start; at += SECTOR_BYTES) {
      const result = reopenDamaged(disk, path, (bytes) => bytes.fill(0, at, confirm.start));
      expectRefused(result, `zeros from ${at}`);
    }
  });

  it('is refused when a file got shorter or vanished', () => {
    const [first, second] = segments;
    const vanished = disk.copy();
    vanished.remove(first!);
    expectRefused(reopen(vanished), 'the first segment vanished');

    // A disk whose segments are twice as long, and a file that lost the second, empty half.
    const longer = new CrashDisk();
    const config = { ...CONFIG, segmentBytes: 2 * CONFIG.segmentBytes };
    Storage.open(longer, config, () => {});
    longer.settle();
    const copy = disk.copy();
    copy.remove(second!);
    longer.bytes(first!).copy(copy.bytes(first!), 0, 0, CONFIG.segmentBytes);
    expectRefused(reopen(copy), 'a segment shorter than its header says');
  });

  it('is refused when two batches were exchanged', () => {
    const path = segments.at(-1)!;
    const [, , second, third] = extents(disk.bytes(path));
    const result = reopenDamaged(disk, path, (bytes) => {
      const a = Buffer.from(bytes.subarray(second!.start, second!.start + SECTOR_BYTES));
      bytes.copyWithin(second!.start, third!.start, third!.start + SECTOR_BYTES);
      a.copy(bytes, third!.start);
    });
    expectRefused(result, 'exchanged batches');
  });

  it('changes nothing on disk when it is refused', () => {
    const copy = disk.copy();
    const path = segments[0]!;
    copy.bytes(path)[600] = 0xff;
    const before = copy.paths();
    expectRefused(reopen(copy), 'bit flips');
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
