// Faults F8 to F12 and F15 to F17 of the fault atlas, each by itself: what a process sees of it, the
// excuse it leaves, that bytes which nothing has confirmed are spared, and what heals.

import { describe, expect, it } from 'vitest';
import { DiskError } from '../../src/ports/disk.js';
import { DiskRig } from './disk-rig.js';

const SECTOR = 512;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return 'ok';
}

/** Eight sectors `a` to `h` that a later synced write has confirmed, behind which one is not. */
function confirmedLetters(rig: DiskRig): number {
  const letters = Buffer.alloc(8 * SECTOR);
  for (let i = 0; i < 8; i++) letters.fill(0x61 + i, i * SECTOR, (i + 1) * SECTOR);
  const fd = rig.durable('f', letters);
  rig.write(fd, Buffer.alloc(SECTOR, 'y'), 8 * SECTOR);
  rig.synced(fd);
  rig.write(fd, Buffer.alloc(SECTOR, 'z'), 9 * SECTOR);
  rig.synced(fd);
  return fd;
}

function sectors(rig: DiskRig, fd: number): string {
  const bytes = rig.read(fd);
  let text = '';
  for (let at = 0; at < bytes.length; at += SECTOR) {
    text += bytes[at] === 0 ? '.' : String.fromCharCode(bytes[at]!);
  }
  return text;
}

const WHOLE = 'abcdefghyz';

describe('decay of the media', () => {
  it('zeroes one confirmed sector, for every process until the end of all faults', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const rig = new DiskRig(String(seed), 'xfs');
      const fd = confirmedLetters(rig);
      expect(rig.disk.zero('f', 'sector')).toBe(true);
      const seen = sectors(rig, fd);
      expect([...seen].filter((letter) => letter === '.')).toHaveLength(1);
      expect(seen.at(-1)).toBe('z');
      expect(rig.disk.takeExcuse('corruption')).toMatch(/^zeroed f /);
      expect(rig.disk.takeExcuse('disk-sync')).toBeNull();
      rig.powerLoss();
      expect(rig.content('f')!.includes(0)).toBe(true);
      expect(rig.disk.takeExcuse('corruption')).toMatch(/^zeroed f /);
      rig.disk.clearFaults();
      expect(rig.content('f')!.includes(0)).toBe(false);
    }
  });

  it('zeroes a whole page only if all of it is confirmed', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    expect(rig.disk.zero('f', 'page')).toBe(true);
    expect(sectors(rig, fd)).toBe('........yz');
    expect(rig.disk.zero('f', 'page')).toBe(false);
  });

  it('ends where the sector is written again', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.zero('f', 'sector');
    const at = sectors(rig, fd).indexOf('.');
    rig.write(fd, Buffer.alloc(SECTOR, '!'), at * SECTOR);
    expect(sectors(rig, fd)).toBe(`${WHOLE.slice(0, at)}!${WHOLE.slice(at + 1)}`);
  });

  it('puts a misdirected sector into the place of another and loses it in its own', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const rig = new DiskRig(String(seed), 'alice');
      const fd = confirmedLetters(rig);
      expect(rig.disk.misdirectWrite('f')).toBe(true);
      const seen = sectors(rig, fd);
      const from = seen.indexOf('.');
      const to = [...seen].findIndex((letter, i) => letter !== '.' && letter !== WHOLE[i]);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(seen[to]).toBe(WHOLE[from]);
      expect(rig.disk.takeExcuse('corruption')).toMatch(/^misdirected-write f /);
    }
  });

  it('survives the end of all faults if that is wanted', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.zero('f', 'sector');
    rig.disk.clearFaults(true);
    expect(sectors(rig, fd)).toContain('.');
  });

  it('takes only what the fault budget lets it', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.survives = (_path, lo) => lo === 3 * SECTOR;
    expect(rig.disk.zero('f', 'sector')).toBe(true);
    expect(sectors(rig, fd)).toBe('abc.efghyz');
    expect(rig.disk.zero('f', 'sector')).toBe(false);
    expect(rig.disk.rot('f')).toBe(false);
    expect(rig.disk.latentError('f')).toBe(false);
  });
});

describe('reads', () => {
  it('can be misdirected once: another sector comes back, and the next read is right', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.armMisdirectedRead('g');
    expect(sectors(rig, fd)).toBe(WHOLE);
    rig.disk.armMisdirectedRead('f');
    const seen = sectors(rig, fd);
    expect([...seen].filter((letter, i) => letter !== WHOLE[i])).toHaveLength(1);
    expect(rig.disk.takeExcuse('corruption')).toMatch(/^misdirected-read f /);
    expect(sectors(rig, fd)).toBe(WHOLE);
  });

  it.each([false, true])('can be stale, for good or once: %s', (sticky) => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.armStaleRead('f', sticky);
    // Nothing is older than it is.
    expect(sectors(rig, fd)).toBe(WHOLE);
    for (let i = 0; i < 3; i++) {
      rig.write(fd, Buffer.alloc(SECTOR, String(i)), i * SECTOR);
      rig.synced(fd);
    }
    const now = `012${WHOLE.slice(3)}`;
    const seen = sectors(rig, fd);
    const at = [...seen].findIndex((letter, i) => letter !== now[i]);
    expect(seen[at]).toBe(WHOLE[at]);
    // The last write is not confirmed, so its sector is spared.
    expect(at).toBeLessThan(2);
    expect(rig.disk.takeExcuse('corruption')).toMatch(/^stale-read f /);
    expect(sectors(rig, fd)).toBe(sticky ? seen : now);
  });

  it('misleads a process once about a file', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.armMisdirectedRead('f');
    rig.disk.armMisdirectedRead('f');
    const wrong = (letters: string): number =>
      [...letters].filter((letter, i) => letter !== WHOLE[i]).length;
    expect([1, 2, 3].map(() => wrong(sectors(rig, fd)))).toEqual([1, 0, 0]);
    rig.disk.processDied();
    rig.disk.processStarted();
    const again = rig.disk.open('f');
    expect([1, 2].map(() => wrong(sectors(rig, again)))).toEqual([1, 0]);
  });

  it('is stale for good only where damage may strike', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    rig.disk.survives = (_, lo) => lo === SECTOR;
    rig.disk.armStaleRead('f', true);
    for (const letters of ['012', '345', '678']) {
      for (let i = 0; i < 3; i++) {
        rig.write(fd, Buffer.alloc(SECTOR, letters[i]!), i * SECTOR);
        rig.synced(fd);
      }
    }
    expect(sectors(rig, fd)).toBe(`6${WHOLE[1]}8${WHOLE.slice(3)}`);
  });
});

describe('a lying disk', () => {
  it('says that it has synced, and loses some of it with the power', () => {
    let lost = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const rig = new DiskRig(String(seed), 'xfs');
      const fd = rig.durable('f', Buffer.alloc(4096, '.'));
      rig.disk.setLie('until-power-loss');
      rig.write(fd, 'new', 0);
      expect(rig.synced(fd)).toBeNull();
      expect(rig.read(fd).subarray(0, 3).toString()).toBe('new');
      expect(rig.disk.promisedThrough('f', 0, 3)).toBe(true);
      const forgets = rig.disk.willForget();
      expect(rig.disk.lieOutstanding()).toBe(false);
      rig.powerLoss();
      const kept = rig.content('f')!.subarray(0, 3).toString() === 'new';
      expect(kept).toBe(!forgets);
      if (!kept) lost++;
      expect(rig.disk.takeExcuse('lost-data')).toMatch(/^(lost-write|lying-sync) /);
    }
    expect(lost).toBeGreaterThan(3);
    expect(lost).toBeLessThan(20);
  });

  it('can drop the data at once', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', 'old');
    rig.disk.setLie('drop-now');
    rig.write(fd, 'new', 0);
    expect(rig.synced(fd)).toBeNull();
    expect(rig.read(fd).toString()).toBe('old');
    rig.disk.setLie(null);
    rig.write(fd, 'new', 0);
    expect(rig.synced(fd)).toBeNull();
    rig.powerLoss();
    expect(rig.content('f')!.toString()).toBe('new');
  });
});

describe('the file system', () => {
  it('can lose the end of a file, which comes back when the fault ends', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = confirmedLetters(rig);
    expect(rig.disk.cutFile('f')).toBe(true);
    expect(rig.disk.size(fd)).toBeLessThan(10 * SECTOR);
    expect(rig.read(fd).length).toBe(rig.disk.size(fd));
    expect(rig.disk.takeExcuse('corruption')).toMatch(/^file-cut f /);
    rig.disk.clearFaults(true);
    expect(sectors(rig, fd)).toBe(WHOLE);
  });

  it('can lose the name of a file, which comes back when the fault ends', () => {
    const rig = new DiskRig('1', 'ext4-ordered');
    confirmedLetters(rig);
    expect(rig.disk.loseFile('g')).toBe(false);
    expect(rig.disk.loseFile('f')).toBe(true);
    expect(rig.content('f')).toBeNull();
    rig.powerLoss();
    expect(rig.content('f')).toBeNull();
    expect(rig.disk.takeExcuse('lost-data')).toMatch(/^file-lost f /);
    rig.disk.clearFaults();
    expect(rig.content('f')).toHaveLength(10 * SECTOR);
  });

  it('can turn read-only: changes and syncs with something to write fail', () => {
    const rig = new DiskRig('1', 'xfs');
    const fd = rig.durable('f', 'old');
    rig.write(fd, 'new', 0);
    rig.disk.setReadOnly(true);
    expect(codeOf(() => rig.write(fd, 'x', 0))).toBe('EROFS');
    expect(codeOf(() => rig.disk.unlink('f'))).toBe('EROFS');
    expect(codeOf(() => rig.create('g'))).toBe('EROFS');
    expect(rig.disk.takeExcuse('disk-write')).toMatch(/^read-only /);
    expect(rig.synced(fd)).toBe('EROFS');
    expect(rig.disk.takeExcuse('disk-sync')).toMatch(/^read-only f /);
    rig.disk.setReadOnly(false);
    expect(rig.synced(fd)).toBeNull();
    rig.powerLoss();
    expect(rig.content('f')!.toString()).toBe('new');
  });
});

describe('another disk', () => {
  it('can be that of an earlier time, with its directories, and says so to every later process', () => {
    const rig = new DiskRig('1', 'xfs');
    rig.disk.mkdir('d');
    rig.durable('d/f', 'old');
    const image = rig.disk.image();
    const fd = rig.disk.open('d/f');
    rig.write(fd, 'new', 0);
    rig.synced(fd);
    rig.durable('g', 'later');
    rig.disk.powerLost();
    rig.disk.replaceBy(image, 'rollback');
    rig.disk.processStarted();
    expect(rig.content('d/f')?.toString()).toBe('old');
    expect(rig.content('g')).toBeNull();
    for (let i = 0; i < 2; i++) {
      expect(rig.disk.takeExcuse('lost-data')).toMatch(/^rollback /);
      rig.kill();
    }
    rig.powerLoss();
    expect(rig.content('d/f')?.toString()).toBe('old');
  });

  it('can be an empty one', () => {
    const rig = new DiskRig('1', 'btrfs');
    rig.durable('f', 'old');
    rig.disk.powerLost();
    rig.disk.replaceBy(new Map(), 'wipe');
    rig.disk.processStarted();
    expect(rig.disk.readdir('')).toEqual([]);
    expect(rig.durable('f', 'new')).toBeGreaterThan(0);
    expect(rig.disk.takeExcuse('lost-data')).toMatch(/^wipe /);
  });
});
