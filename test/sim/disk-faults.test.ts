// The faults of the simulated disk: what each does to a process, what it leaves on the media, which
// excuse it leaves, and that the end of all faults heals what can be healed.

import { describe, expect, it } from 'vitest';
import { DiskError } from '../../src/ports/disk.js';
import type { DiskProfile } from '../../src/sim/disk.js';
import { DiskRig, outcomes } from './disk-rig.js';

const PAGE = 4096;
const GENERIC: readonly DiskProfile[] = ['ext4-ordered', 'xfs', 'alice'];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return 'ok';
}

/** Four synced pages of `.`, a confirming write behind them, then unsynced letters in three of the pages. */
function threeDirtyPages(rig: DiskRig): number {
  const fd = rig.durable('f', Buffer.alloc(4 * PAGE, '.'));
  rig.write(fd, 'a', 0);
  rig.write(fd, 'b', PAGE);
  rig.write(fd, 'c', 2 * PAGE);
  return fd;
}

function letters(bytes: Uint8Array | null): string {
  if (bytes === null) return 'none';
  return String.fromCharCode(bytes[0]!, bytes[PAGE]!, bytes[2 * PAGE]!);
}

describe('writes', () => {
  it('can be short: some bytes arrive, the next write is whole again', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.create('f');
    rig.disk.armShortWrite();
    const count = rig.write(fd, 'abcdefgh', 0);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(8);
    expect(rig.read(fd).toString()).toBe('abcdefgh'.slice(0, count));
    expect(rig.write(fd, 'abcdefgh', 0)).toBe(8);
    expect(rig.disk.takeExcuse('disk-write')).toMatch(/^short-write f /);
    expect(rig.disk.takeExcuse('disk-write')).toBeNull();
  });

  it('can fail with EIO, once, and then change nothing', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.create('f');
    rig.disk.armWriteError('EIO');
    expect(codeOf(() => rig.write(fd, 'abc', 0))).toBe('EIO');
    expect(rig.disk.size(fd)).toBe(0);
    expect(codeOf(() => rig.write(fd, 'abc', 0))).toBe('ok');
    expect(rig.disk.takeExcuse('disk-sync')).toBeNull();
    expect(rig.disk.takeExcuse('disk-write')).toMatch(/^write-error f /);
  });

  it('can fail on names as well', () => {
    const attempts: ((rig: DiskRig) => void)[] = [
      (rig) => rig.create('g'),
      (rig) => rig.disk.rename('f', 'g'),
      (rig) => rig.disk.unlink('f'),
      (rig) => rig.disk.mkdir('d'),
    ];
    for (const attempt of attempts) {
      const rig = new DiskRig('1', 'xfs');
      rig.create('f');
      rig.disk.armWriteError('EIO');
      expect(codeOf(() => attempt(rig))).toBe('EIO');
      expect(rig.disk.readdir('')).toEqual(['f']);
      expect(rig.disk.takeExcuse('disk-write')).not.toBeNull();
      expect(codeOf(() => attempt(rig))).toBe('ok');
    }
  });

  it('run out of space only where they need some', () => {
    const rig = new DiskRig('1', 'ext4-ordered');
    const fd = rig.durable('f', 'abc');
    rig.disk.armWriteError('ENOSPC');
    expect(codeOf(() => rig.write(fd, 'ABC', 0))).toBe('ok');
    expect(codeOf(() => rig.write(fd, 'ABCD', 0))).toBe('ENOSPC');
    expect(codeOf(() => rig.write(fd, 'ABCD', 0))).toBe('ok');
  });

  it('run out of space in place too where every write is a copy', () => {
    const rig = new DiskRig('1', 'btrfs');
    const fd = rig.durable('f', 'abc');
    rig.disk.armWriteError('ENOSPC');
    expect(codeOf(() => rig.write(fd, 'ABC', 0))).toBe('ENOSPC');
  });

  it('fail while the disk is full, and only then', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', 'abc');
    rig.disk.setFull(true);
    expect(codeOf(() => rig.write(fd, 'x', 3))).toBe('ENOSPC');
    expect(codeOf(() => rig.disk.ftruncate(fd, 9))).toBe('ENOSPC');
    expect(codeOf(() => rig.create('g'))).toBe('ENOSPC');
    expect(codeOf(() => rig.disk.mkdir('d'))).toBe('ENOSPC');
    expect(codeOf(() => rig.disk.rename('f', 'h'))).toBe('ENOSPC');
    expect(codeOf(() => rig.write(fd, 'x', 0))).toBe('ok');
    rig.disk.setFull(false);
    expect(codeOf(() => rig.write(fd, 'x', 3))).toBe('ok');
    expect(rig.disk.takeExcuse('disk-write')).toMatch(/^disk-full /);
  });

  it('fail beyond the capacity, until something is deleted', () => {
    const rig = new DiskRig('1', 'xfs', { capacityBytes: 1000 });
    const fd = rig.create('f');
    rig.write(rig.create('g'), Buffer.alloc(600), 0);
    expect(codeOf(() => rig.write(fd, Buffer.alloc(500), 0))).toBe('ENOSPC');
    rig.kill();
    rig.disk.unlink('g');
    expect(codeOf(() => rig.write(rig.disk.open('f'), Buffer.alloc(500), 0))).toBe('ok');
  });

  it('block the process while the disk stalls, reads do not', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.create('f');
    rig.write(fd, 'abc', 0);
    rig.disk.stall(50_000);
    rig.read(fd);
    expect(rig.blockedUntilUs).toBe(0);
    rig.write(fd, 'abc', 0);
    expect(rig.blockedUntilUs).toBe(50_000);
    rig.blockedUntilUs = 0;
    rig.run(50_000);
    rig.write(fd, 'abc', 0);
    expect(rig.blockedUntilUs).toBe(0);
  });
});

describe('time', () => {
  it('stands still for syncs while the disk stalls, and their order stays', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.create('f');
    const order: string[] = [];
    const sync = (name: string): void =>
      rig.disk.fdatasync(fd, () => order.push(`${name}@${rig.timeUs >= 100_000}`));
    sync('before');
    sync('also before');
    rig.disk.stall(100_000);
    sync('during');
    rig.run(99_999);
    expect(order).toEqual([]);
    rig.run();
    expect(order).toEqual(['before@true', 'also before@true', 'during@true']);
  });

  it('goes on at once when faults are cleared during a stall', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.create('f');
    const order: number[] = [];
    rig.disk.fdatasync(fd, () => order.push(1));
    rig.disk.stall(1_000_000);
    rig.run(20_000);
    expect(order).toEqual([]);
    rig.disk.clearFaults();
    rig.disk.fdatasync(fd, () => order.push(2));
    rig.run(40_000);
    expect(order).toEqual([1, 2]);
    rig.run();
    expect(order).toEqual([1, 2]);
  });

  it('goes slower while the disk is throttled', () => {
    function duration(throttled: boolean): number {
      const rig = new DiskRig('3', 'xfs');
      if (throttled) rig.disk.throttle(1_000_000, 10);
      rig.fsync(rig.create('f'));
      rig.run();
      return rig.timeUs - 1000;
    }
    expect(duration(true)).toBe(10 * duration(false));
  });
});

describe('a failed sync', () => {
  it('with generic rules leaves new pages in the cache, each on the media or not', () => {
    for (const profile of GENERIC) {
      const seen = outcomes(profile, (rig) => {
        const fd = threeDirtyPages(rig);
        rig.disk.armSyncError();
        expect(rig.synced(fd)).toBe('EIO');
        expect(letters(rig.read(fd))).toBe('abc');
        expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
        expect(rig.disk.promisedThrough('f', 1, 10)).toBe(true);
        // The pages count as clean now: the next sync reports success and writes nothing.
        expect(rig.synced(fd)).toBeNull();
        expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
        rig.powerLoss();
        return letters(rig.content('f'));
      });
      expect(seen.size).toBe(8);
    }
  });

  it('with generic rules persists the new size', () => {
    const seen = outcomes('ext4-ordered', (rig) => {
      const fd = rig.durable('f', 'abc');
      rig.write(fd, 'defg', 3);
      rig.disk.armSyncError();
      rig.synced(fd);
      rig.powerLoss();
      return rig.content('f')!.toString('latin1');
    });
    expect([...seen].sort()).toEqual(['abc\0\0\0\0', 'abcdefg']);
  });

  it('on btrfs takes the writes back, in the cache as well', () => {
    const rig = new DiskRig('1', 'btrfs');
    const fd = threeDirtyPages(rig);
    rig.write(fd, 'tail', 4 * PAGE);
    rig.fsync(fd);
    rig.write(fd, 'C', 3 * PAGE);
    rig.disk.armSyncError();
    rig.run();
    expect(letters(rig.read(fd))).toBe('...');
    expect(rig.disk.size(fd)).toBe(4 * PAGE);
    expect(rig.read(fd)[3 * PAGE]).toBe('C'.charCodeAt(0));
    expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
    expect(rig.disk.takeExcuse('disk-sync')).toMatch(/^sync-error f /);
  });

  it('on ext4 data=journal is reported by the next sync, which writes nothing', () => {
    const seen = outcomes('ext4-journal', (rig) => {
      const fd = threeDirtyPages(rig);
      rig.disk.armSyncError();
      expect(rig.synced(fd)).toBeNull();
      expect(rig.disk.promisedThrough('f', 0, 1)).toBe(true);
      const media = letters(rig.disk.readMedia('f'));
      expect(rig.disk.lieOutstanding()).toBe(media !== 'abc');
      rig.write(fd, 'd', 3 * PAGE);
      expect(rig.synced(fd)).toBe('EIO');
      expect(rig.disk.readMedia('f')![3 * PAGE]).toBe('.'.charCodeAt(0));
      expect(rig.disk.takeExcuse('disk-sync')).not.toBeNull();
      expect(rig.synced(fd)).toBeNull();
      expect(rig.disk.readMedia('f')![3 * PAGE]).toBe('d'.charCodeAt(0));
      return media;
    });
    expect(seen.size).toBe(8);
  });

  it('lies no longer once the lost pages are written and synced again', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rig = new DiskRig(String(seed), 'ext4-journal');
      const fd = threeDirtyPages(rig);
      rig.disk.armSyncError();
      rig.synced(fd);
      rig.synced(fd);
      const lied = rig.disk.lieOutstanding();
      rig.write(fd, 'ABC', 0);
      rig.write(fd, 'B', PAGE);
      rig.write(fd, 'C', 2 * PAGE);
      expect(rig.disk.lieOutstanding()).toBe(lied);
      rig.synced(fd);
      expect(rig.disk.lieOutstanding()).toBe(false);
      rig.powerLoss();
      expect(letters(rig.content('f'))).toBe('ABC');
    }
  });

  it('is made good by writing a part of each lost page again: pages go out whole', () => {
    const seen = outcomes('xfs', (rig) => {
      const fd = threeDirtyPages(rig);
      rig.disk.armSyncError();
      rig.synced(fd);
      for (let page = 0; page < 3; page++) rig.write(fd, 'x', page * PAGE + 700);
      expect(rig.synced(fd)).toBeNull();
      rig.powerLoss();
      return letters(rig.content('f'));
    });
    expect([...seen]).toEqual(['abc']);
  });

  it('vouches for rewritten bytes only, whatever reached the media', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = threeDirtyPages(rig);
    rig.disk.armSyncError();
    rig.synced(fd);
    rig.kill();
    const again = rig.disk.open('f');
    expect(letters(rig.read(again))).toBe('abc');
    rig.synced(again);
    expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
    rig.write(again, 'a', 0);
    rig.synced(again);
    expect(rig.disk.promisedThrough('f', 0, 1)).toBe(true);
    expect(rig.disk.promisedThrough('f', PAGE, PAGE + 1)).toBe(false);
  });

  it('strikes only a sync with something to write, of a path with the prefix', () => {
    const rig = new DiskRig('1', 'xfs');
    rig.disk.mkdir('d');
    const inside = rig.create('d/f');
    const outside = rig.durable('g', 'x');
    rig.disk.armSyncError('d/');
    rig.write(outside, 'y', 0);
    expect(rig.synced(outside)).toBeNull();
    expect(rig.synced(inside)).toBeNull();
    rig.write(inside, 'y', 0);
    expect(rig.synced(inside)).toBe('EIO');
    rig.write(inside, 'z', 0);
    expect(rig.synced(inside)).toBeNull();
  });

  it('of a directory makes nothing durable', () => {
    const rig = new DiskRig('1', 'xfs');
    rig.create('f');
    rig.disk.armSyncError();
    const result = rig.fsyncDir();
    rig.run();
    expect(result.error?.code).toBe('EIO');
    expect(rig.disk.listMedia('')).toEqual([]);
    expect(rig.disk.takeExcuse('disk-sync')).toMatch(/^sync-error/);
    const second = rig.fsyncDir();
    rig.run();
    expect(second.error).toBeNull();
    expect(rig.disk.listMedia('')).toEqual(['f']);
  });

  it('tells every open handle once, and nobody who opens later', () => {
    const rig = new DiskRig('1', 'xfs');
    const a = rig.durable('f', 'x');
    const b = rig.disk.open('f');
    rig.write(a, 'y', 0);
    rig.disk.armSyncError();
    expect(rig.synced(a)).toBe('EIO');
    const c = rig.disk.open('f');
    expect(rig.synced(a)).toBeNull();
    expect(rig.synced(b)).toBe('EIO');
    expect(rig.synced(b)).toBeNull();
    expect(rig.synced(c)).toBeNull();
  });

  it('can come from a full disk, where the file grew', () => {
    const seen = outcomes('xfs', (rig) => {
      const fd = rig.durable('f', 'x');
      rig.write(fd, 'grown', 1);
      rig.disk.setFull(true);
      const code = rig.synced(fd);
      if (code !== null) expect(rig.disk.takeExcuse('disk-sync')).toMatch(/^disk-full f /);
      rig.write(fd, 'y', 0);
      return String(code);
    });
    expect([...seen].sort()).toEqual(['ENOSPC', 'null']);
  });
});

describe('failed writeback', () => {
  it('loses a page in silence; every handle learns of it at its next sync', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', Buffer.alloc(3 * PAGE, '.'));
    const other = rig.disk.open('f');
    rig.disk.armWritebackError();
    rig.write(fd, 'a', 0);
    rig.write(fd, 'b', PAGE);
    expect(letters(rig.read(fd))).toBe('ab.');
    expect(rig.synced(fd)).toBe('EIO');
    expect(rig.synced(other)).toBe('EIO');
    expect(rig.synced(fd)).toBeNull();
    expect(letters(rig.disk.readMedia('f'))).toBe('.b.');
    expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
    expect(rig.disk.promisedThrough('f', PAGE, PAGE + 1)).toBe(false);
    expect(rig.disk.takeExcuse('disk-sync')).toMatch(/^writeback-error f /);
  });

  it('waits for the next process if nobody synced', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', 'x');
    rig.disk.armWritebackError();
    rig.write(fd, 'y', 0);
    rig.kill();
    const next = rig.disk.open('f');
    expect(rig.read(next).toString()).toBe('y');
    expect(rig.synced(next)).toBe('EIO');
    expect(rig.disk.takeExcuse('disk-sync')).not.toBeNull();
    expect(rig.synced(next)).toBeNull();
  });

  it('fails a sync that was in flight and covered the page', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', 'x');
    rig.write(fd, 'y', 0);
    const result = rig.fsync(fd);
    rig.disk.armWritebackError();
    rig.write(fd, 'z', 1);
    rig.run();
    expect(result.error?.code).toBe('EIO');
    expect(Buffer.from(rig.disk.readMedia('f')!).toString('latin1')).toBe('x');
  });

  it('on btrfs reverts the page in the cache', () => {
    const rig = new DiskRig('1', 'btrfs');
    const fd = rig.durable('f', 'old');
    rig.disk.armWritebackError();
    rig.write(fd, 'new and longer', 0);
    expect(rig.read(fd).toString()).toBe('old');
    expect(rig.synced(fd)).toBe('EIO');
  });

  it('marks what is lost for good when the power goes: reading it is an excuse', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', Buffer.alloc(3 * PAGE, '.'));
    rig.disk.armWritebackError();
    rig.write(fd, 'a', 0);
    rig.synced(fd);
    rig.powerLoss();
    expect(rig.disk.takeExcuse('corruption')).toBeNull();
    expect(letters(rig.content('f'))).toBe('...');
    expect(rig.disk.takeExcuse('corruption')).toMatch(/^lost-write f /);
    const again = rig.disk.open('f');
    rig.write(again, 'a', 0);
    rig.kill();
    rig.content('f');
    expect(rig.disk.takeExcuse('corruption')).toBeNull();
  });
});

describe('media damage', () => {
  /** A log of synced records, all but the last confirmed by a later one. */
  function log(rig: DiskRig, records = 6, recordBytes = 1024): number {
    const fd = rig.durable('wal', '');
    for (let i = 0; i < records; i++) {
      rig.write(fd, Buffer.alloc(recordBytes, 65 + i), i * recordBytes);
      rig.fdatasync(fd);
      rig.run();
    }
    return fd;
  }

  it('rots one byte, which stays rotten until it is overwritten', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = log(rig);
    const before = rig.read(fd);
    expect(rig.disk.rot('wal')).toBe(true);
    const after = rig.read(fd);
    const changed = [...before.keys()].filter((at) => before[at] !== after[at]);
    expect(changed.length).toBe(1);
    const at = changed[0]!;
    rig.powerLoss();
    const again = rig.disk.open('wal');
    expect(rig.read(again).equals(after)).toBe(true);
    expect(Buffer.from(rig.disk.readMedia('wal')!).equals(before)).toBe(true);
    expect(rig.disk.takeExcuse('corruption')).toMatch(/^bit-rot wal /);
    rig.write(again, Buffer.from([before[at]!]), at);
    expect(rig.read(again).equals(before)).toBe(true);
  });

  it('never touches bytes that no later synced write has confirmed', () => {
    const hit = new Set<number>();
    for (let seed = 1; seed <= 100; seed++) {
      const rig = new DiskRig(String(seed), 'xfs');
      const fd = log(rig);
      rig.write(fd, 'unsynced', 6 * 1024);
      const before = rig.read(fd);
      expect(rig.disk.rot('wal')).toBe(true);
      const after = rig.read(fd);
      for (let at = 0; at < before.length; at++) {
        if (before[at] !== after[at]) hit.add(Math.floor(at / 1024));
      }
    }
    expect([...hit].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('finds nothing to damage in a file that was synced once', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', Buffer.alloc(5000, 1));
    expect(rig.disk.rot('f')).toBe(false);
    expect(rig.disk.latentError('f')).toBe(false);
    rig.synced(fd);
    expect(rig.disk.rot('f')).toBe(false);
    rig.write(fd, 'x', 5000);
    rig.synced(fd);
    expect(rig.disk.rot('f')).toBe(true);
  });

  it('a write that was in flight together with the bytes does not confirm them', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', '');
    rig.write(fd, 'first', 0);
    rig.fdatasync(fd);
    rig.write(fd, 'second', 600);
    rig.fdatasync(fd);
    rig.run();
    expect(rig.disk.rot('f')).toBe(false);
    rig.write(fd, 'third', 1200);
    rig.synced(fd);
    expect(rig.disk.rot('f')).toBe(true);
  });

  it('finds a file that was renamed durably, as it was complete before', () => {
    const rig = new DiskRig('1', 'xfs');
    rig.durable('t', Buffer.alloc(5000, 1));
    rig.disk.rename('t', 'f');
    expect(rig.disk.rot('f')).toBe(false);
    rig.fsyncDir();
    rig.run();
    expect(rig.disk.rot('f')).toBe(true);
    expect(rig.disk.rot('nowhere')).toBe(false);
  });

  it('hides latent sector errors until they are read: EIO, again and again', () => {
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 60; seed++) {
      const rig = new DiskRig(String(seed), 'xfs');
      const fd = log(rig);
      expect(rig.disk.latentError('wal')).toBe(true);
      expect(codeOf(() => rig.read(fd))).toBe('EIO');
      expect(codeOf(() => rig.read(fd))).toBe('EIO');
      expect(rig.disk.takeExcuse('disk-read')).toMatch(/^latent-error wal /);
      const bad: number[] = [];
      const target = Buffer.alloc(512);
      for (let at = 0; at < 6 * 1024; at += 512) {
        if (codeOf(() => rig.disk.pread(fd, target, 0, 512, at)) === 'EIO') bad.push(at);
      }
      lengths.add(bad.length);
      expect(bad.length).toBe((bad[bad.length - 1]! - bad[0]!) / 512 + 1);
      for (const at of bad) rig.write(fd, 'x', at);
      expect(codeOf(() => rig.read(fd))).toBe('ok');
    }
    expect(lengths.size).toBeGreaterThan(2);
  });

  it('excuses a process only once it has read the damage', () => {
    const rig = new DiskRig('1', 'xfs');
    log(rig);
    rig.disk.rot('wal');
    expect(rig.disk.takeExcuse('corruption')).toBeNull();
    rig.content('wal');
    expect(rig.disk.takeExcuse('disk-write')).toBeNull();
    expect(rig.disk.takeExcuse('corruption')).not.toBeNull();
    rig.kill();
    expect(rig.disk.takeExcuse('corruption')).toBeNull();
    rig.content('wal');
    expect(rig.disk.takeExcuse('corruption')).not.toBeNull();
    expect(rig.disk.excuses().map(({ fault }) => fault)).toEqual(['bit-rot', 'bit-rot']);
  });
});

describe('the end of all faults', () => {
  it('heals damage and disarms what has not struck', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', Buffer.alloc(9000, 1));
    rig.write(fd, 'x', 9000);
    rig.synced(fd);
    const before = rig.read(fd);
    rig.disk.rot('f');
    rig.disk.latentError('f');
    rig.disk.setFull(true);
    rig.disk.armShortWrite();
    rig.disk.armWriteError('EIO');
    rig.disk.armSyncError();
    rig.disk.armWritebackError();
    rig.disk.stall(10_000_000);
    rig.disk.throttle(10_000_000, 50);
    rig.disk.clearFaults();
    expect(rig.read(fd).equals(before)).toBe(true);
    expect(rig.write(fd, 'grown', 9001)).toBe(5);
    const startUs = rig.timeUs;
    expect(rig.synced(fd)).toBeNull();
    expect(rig.timeUs - startUs).toBeLessThan(2000);
    expect(rig.blockedUntilUs).toBe(0);
    expect(rig.disk.excuses()).toEqual([]);
  });
});

describe('what the profiles leave of a file that grew', () => {
  function grow(rig: DiskRig): string {
    const fd = rig.durable('f', 'durable');
    rig.write(fd, Buffer.alloc(600, 'n'), 7);
    rig.powerLoss();
    const content = rig.content('f')!;
    expect(content.subarray(0, 7).toString()).toBe('durable');
    const tail = content.subarray(7);
    if (tail.length === 0) return 'short';
    if (tail.every((byte) => byte === 110)) return 'data';
    if (tail.every((byte) => byte === 0)) return 'zeros';
    return 'garbage';
  }

  it('ext4 and btrfs: the data or nothing', () => {
    for (const profile of ['ext4-ordered', 'ext4-journal', 'btrfs'] as const) {
      expect([...outcomes(profile, grow)].sort()).toEqual(['data', 'short']);
    }
  });

  it('xfs: or zeros', () => {
    expect([...outcomes('xfs', grow)].sort()).toEqual(['data', 'short', 'zeros']);
  });

  it('alice: or anything', () => {
    expect([...outcomes('alice', grow)].sort()).toEqual(['data', 'garbage', 'short', 'zeros']);
  });

  it('tearing: a page of two versions, split between sectors, never inside one', () => {
    const seen = outcomes(
      'ext4-ordered',
      (rig) => {
        const fd = rig.durable('f', Buffer.alloc(1536, 'o'));
        rig.write(fd, Buffer.alloc(1536, 'n'), 0);
        rig.powerLoss();
        const content = rig.content('f')!.toString();
        const sectors = [0, 512, 1024].map((at) => content.slice(at, at + 512));
        expect(sectors.every((sector) => sector === sector[0]!.repeat(512))).toBe(true);
        return sectors.map((sector) => sector[0]).join('');
      },
      { tearPpm: 1_000_000 },
    );
    expect(seen.size).toBe(8);
    const whole = outcomes('ext4-ordered', (rig) => {
      const fd = rig.durable('f', Buffer.alloc(1536, 'o'));
      rig.write(fd, Buffer.alloc(1536, 'n'), 0);
      rig.powerLoss();
      return rig.content('f')!.toString()[0]! + rig.content('f')!.toString()[1535];
    });
    expect([...whole].sort()).toEqual(['nn', 'oo']);
  });

  it('pages and files are reordered: a later write may survive without an earlier one', () => {
    const seen = outcomes('ext4-ordered', (rig) => {
      const a = rig.durable('a', Buffer.alloc(2 * PAGE, '.'));
      const b = rig.durable('b', '.');
      rig.write(a, '1', 0);
      rig.write(a, '2', PAGE);
      rig.write(b, '3', 0);
      rig.powerLoss();
      const content = rig.content('a')!;
      return String.fromCharCode(content[0]!, content[PAGE]!) + rig.content('b')!.toString();
    });
    expect(seen.size).toBe(8);
  });
});

describe('identity of choices', () => {
  it('the fate of one file does not depend on another file, nor on faults that struck before', () => {
    function fate(extra: boolean): string {
      const rig = new DiskRig('5', 'alice', { tearPpm: 500_000 });
      const fd = rig.durable('f', Buffer.alloc(4 * PAGE, 'o'));
      if (extra) {
        rig.write(rig.durable('other', 'x'), 'unsynced', 0);
        rig.disk.armShortWrite();
        rig.write(rig.create('third'), 'yyyy', 0);
      }
      rig.fsyncDir();
      rig.run();
      rig.write(fd, Buffer.alloc(4 * PAGE, 'n'), 0);
      rig.powerLoss();
      return rig.content('f')!.toString();
    }
    expect(fate(true)).toBe(fate(false));
  });
});
