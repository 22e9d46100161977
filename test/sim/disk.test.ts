// The simulated disk without faults: the port's promises, process deaths, and what the oracle may ask.

import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../src/base/assert.js';
import { DiskError } from '../../src/ports/disk.js';
import { DISK_PROFILES } from '../../src/sim/disk-profile.js';
import { DiskRig, outcomes } from './disk-rig.js';

function rigOf(seed = '1'): DiskRig {
  return new DiskRig(seed, 'xfs');
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('reading and writing', () => {
  it('shows a write to every later read, at once and through every handle', () => {
    const rig = rigOf();
    const a = rig.create('f');
    const b = rig.disk.open('f');
    rig.write(a, 'hello', 0);
    expect(rig.read(b).toString()).toBe('hello');
  });

  it('copies at the call, so the writer may reuse its buffer', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    const buffer = Buffer.from('one');
    rig.disk.pwrite(fd, buffer, 0, 3, 0);
    rig.fdatasync(fd);
    buffer.fill(0);
    rig.fsyncDir();
    rig.run();
    expect(Buffer.from(rig.disk.readMedia('f')!).toString()).toBe('one');
  });

  it('writes the asked part of a buffer', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.disk.pwrite(fd, Buffer.from('abcdef'), 2, 3, 1);
    expect([...rig.read(fd)]).toEqual([0, ...Buffer.from('cde')]);
  });

  it('reads short at the end of file and nothing behind it', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'abc', 0);
    const target = Buffer.alloc(8, 9);
    expect(rig.disk.pread(fd, target, 1, 7, 1)).toBe(2);
    expect([...target.subarray(0, 4)]).toEqual([9, 98, 99, 9]);
    expect(rig.disk.pread(fd, target, 0, 8, 3)).toBe(0);
    expect(rig.disk.pread(fd, target, 0, 8, 99)).toBe(0);
  });

  it('reads holes as zeros', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'x', 10_000);
    expect(rig.disk.size(fd)).toBe(10_001);
    expect(
      rig
        .read(fd)
        .subarray(0, 10_000)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('cuts and extends, and an extension after a cut shows zeros', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'abcdef', 0);
    rig.disk.ftruncate(fd, 2);
    rig.disk.ftruncate(fd, 5);
    expect([...rig.read(fd)]).toEqual([97, 98, 0, 0, 0]);
  });

  it('refuses descriptors that were closed', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.disk.close(fd);
    expect(codeOf(() => rig.write(fd, 'x', 0))).toBe('EBADF');
  });

  it('takes the use of a dead process’s descriptor for a bug', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.kill();
    expect(() => rig.write(fd, 'x', 0)).toThrow(AssertionFailure);
    expect(rig.create('f')).not.toBe(fd);
  });
});

describe('names', () => {
  it('creates only when asked, and exclusively when asked', () => {
    const rig = rigOf();
    expect(codeOf(() => rig.disk.open('f'))).toBe('ENOENT');
    expect(codeOf(() => rig.disk.open('d/f', { create: true }))).toBe('ENOENT');
    rig.disk.close(rig.create('f'));
    expect(codeOf(() => rig.disk.open('f', { create: true, exclusive: true }))).toBe('EEXIST');
    expect(codeOf(() => rig.disk.open('f', { create: true }))).toBe('ok');
  });

  it('makes a directory once and again without an error', () => {
    const rig = rigOf();
    rig.disk.mkdir('d');
    rig.disk.mkdir('d');
    expect(codeOf(() => rig.disk.mkdir('x/y'))).toBe('ENOENT');
    rig.create('f');
    expect(codeOf(() => rig.disk.mkdir('f'))).toBe('EEXIST');
  });

  it('lists names sorted by code unit', () => {
    const rig = rigOf();
    rig.disk.mkdir('d');
    for (const name of ['b', 'a10', 'B', 'a9']) rig.create(`d/${name}`);
    expect(rig.disk.readdir('d')).toEqual(['B', 'a10', 'a9', 'b']);
    expect(rig.disk.readdir('')).toEqual(['d']);
    expect(codeOf(() => rig.disk.readdir('nowhere'))).toBe('ENOENT');
  });

  it('renames over an existing file, which lives on while it is open', () => {
    const rig = rigOf();
    const old = rig.create('f');
    rig.write(old, 'old', 0);
    rig.write(rig.create('t'), 'new', 0);
    rig.disk.rename('t', 'f');
    expect(rig.content('f')!.toString()).toBe('new');
    expect(rig.read(old).toString()).toBe('old');
    expect(rig.disk.readdir('')).toEqual(['f']);
    expect(codeOf(() => rig.disk.rename('t', 'f'))).toBe('ENOENT');
  });

  it('renames a directory with all it holds', () => {
    const rig = rigOf();
    rig.disk.mkdir('d');
    rig.durable('d/f', 'x');
    rig.disk.rename('d', 'e');
    expect(rig.content('e/f')!.toString()).toBe('x');
    expect(rig.disk.promisedThrough('e/f', 0, 1)).toBe(false);
    rig.fsyncDir();
    rig.run();
    expect(rig.disk.promisedThrough('e/f', 0, 1)).toBe(true);
  });

  it('keeps an unlinked file while it is open', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'x', 0);
    rig.disk.unlink('f');
    expect(codeOf(() => rig.disk.open('f'))).toBe('ENOENT');
    expect(codeOf(() => rig.disk.unlink('f'))).toBe('ENOENT');
    expect(rig.read(fd).toString()).toBe('x');
  });
});

describe('syncs', () => {
  it('complete later and never inside the call', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'x', 0);
    const result = rig.fsync(fd);
    expect(result.error).toBeUndefined();
    rig.run();
    expect(result.error).toBeNull();
    expect(rig.timeUs).toBeGreaterThanOrEqual(1100);
  });

  it('of one file complete in the order of the calls, however long each takes', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    const order: number[] = [];
    for (let i = 0; i < 50; i++) rig.disk.fdatasync(fd, () => order.push(i));
    rig.run();
    expect(order).toEqual([...Array(50).keys()]);
  });

  it('do not cover what was written after the call', () => {
    const rig = rigOf();
    const fd = rig.durable('f', '');
    rig.write(fd, 'aa', 0);
    rig.fdatasync(fd);
    rig.write(fd, 'b', 1);
    rig.write(fd, 'c', 2);
    rig.run();
    expect(Buffer.from(rig.disk.readMedia('f')!).toString()).toBe('aa');
    rig.fdatasync(fd);
    rig.run();
    expect(Buffer.from(rig.disk.readMedia('f')!).toString()).toBe('abc');
  });

  it('cover rewrites of synced bytes, in any order of positions', () => {
    const rig = rigOf();
    const fd = rig.durable('f', Buffer.alloc(20_000));
    for (const [text, at] of [
      ['third', 9000],
      ['first', 10],
      ['second', 4094],
      ['FI', 10],
    ] as const) {
      rig.write(fd, text, at);
      rig.fdatasync(fd);
    }
    rig.run();
    const media = Buffer.from(rig.disk.readMedia('f')!);
    expect(media.equals(rig.read(fd))).toBe(true);
    expect(media.subarray(10, 15).toString()).toBe('FIrst');
  });

  it('of a file do not make its name durable, and of a directory do not make its files durable', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'x', 0);
    rig.fsync(fd);
    rig.run();
    expect(rig.disk.readMedia('f')).toBeNull();
    rig.write(fd, 'y', 1);
    rig.fsyncDir();
    rig.run();
    expect(Buffer.from(rig.disk.readMedia('f')!).toString()).toBe('x');
    expect(rig.disk.listMedia('')).toEqual(['f']);
  });

  it('fdatasync leaves a cut to the next fsync: the old tail may come back', () => {
    const seen = outcomes('xfs', (rig) => {
      const fd = rig.durable('f', 'abcdef');
      rig.disk.ftruncate(fd, 3);
      rig.write(fd, 'X', 0);
      rig.fdatasync(fd);
      rig.run();
      rig.powerLoss();
      return rig.content('f')!.toString('latin1');
    });
    expect(seen).toContain('Xbc');
    expect([...seen].filter((content) => content.length === 6)).not.toEqual([]);
    expect([...seen].every((content) => content.startsWith('Xbc'))).toBe(true);
  });

  it('fsync persists a cut', () => {
    const seen = outcomes('alice', (rig) => {
      const fd = rig.durable('f', 'abcdef');
      rig.disk.ftruncate(fd, 3);
      rig.synced(fd);
      rig.powerLoss();
      return rig.content('f')!.toString();
    });
    expect([...seen]).toEqual(['abc']);
  });
});

describe('the death of a process', () => {
  it('leaves the page cache alone', () => {
    const rig = rigOf();
    const fd = rig.create('f');
    rig.write(fd, 'unsynced', 0);
    rig.kill();
    expect(rig.content('f')!.toString()).toBe('unsynced');
  });

  it('takes its completions along; a sync in flight took effect or not', () => {
    const seen = outcomes('ext4-ordered', (rig) => {
      const fd = rig.durable('f', 'a');
      rig.write(fd, 'b', 0);
      const result = rig.fsync(fd);
      rig.kill();
      rig.run();
      expect(result.error).toBeUndefined();
      expect(rig.disk.promisedThrough('f', 0, 1)).toBe(false);
      return Buffer.from(rig.disk.readMedia('f')!).toString();
    });
    expect([...seen].sort()).toEqual(['a', 'b']);
  });

  it('lets the next process sync what the last one wrote', () => {
    for (const seed of ['1', '2', '3', '4']) {
      const rig = new DiskRig(seed, 'ext4-ordered');
      const old = rig.durable('f', 'a');
      rig.write(old, 'b', 0);
      rig.fsync(old);
      rig.kill();
      const fd = rig.disk.open('f');
      expect(rig.synced(fd)).toBeNull();
      expect(rig.disk.promisedThrough('f', 0, 1)).toBe(true);
      rig.powerLoss();
      expect(rig.content('f')!.toString()).toBe('b');
    }
  });
});

describe('the durability oracle’s questions', () => {
  it('a byte is promised once a sync that followed its write has returned', () => {
    const rig = rigOf();
    const fd = rig.durable('f', 'abc');
    expect(rig.disk.promisedThrough('f', 0, 3)).toBe(true);
    expect(rig.disk.promisedThrough('f', 0, 4)).toBe(false);
    rig.write(fd, 'd', 3);
    expect(rig.disk.promisedThrough('f', 0, 3)).toBe(true);
    rig.fdatasync(fd);
    expect(rig.disk.promisedThrough('f', 3, 4)).toBe(false);
    rig.write(fd, 'B', 1);
    rig.run();
    expect(rig.disk.promisedThrough('f', 3, 4)).toBe(true);
    expect(rig.disk.promisedThrough('f', 0, 1)).toBe(true);
    expect(rig.disk.promisedThrough('f', 0, 2)).toBe(false);
    expect(rig.disk.promisedThrough('f', 1, 4)).toBe(false);
  });

  it('a byte is not promised under a name that may vanish', () => {
    const rig = rigOf();
    rig.disk.mkdir('d');
    const fd = rig.create('d/f');
    rig.write(fd, 'x', 0);
    rig.synced(fd);
    expect(rig.disk.promisedThrough('d/f', 0, 1)).toBe(false);
    rig.fsyncDir('d');
    rig.fsyncDir('');
    rig.run();
    expect(rig.disk.promisedThrough('d/f', 0, 1)).toBe(true);
    rig.disk.rename('d/f', 'd/g');
    expect(rig.disk.promisedThrough('d/g', 0, 1)).toBe(false);
    rig.fsyncDir('d');
    rig.run();
    expect(rig.disk.promisedThrough('d/g', 0, 1)).toBe(true);
    expect(rig.disk.promisedThrough('d/f', 0, 1)).toBe(false);
  });

  it('a durable file in a directory without a durable name is not promised on a subset file system', () => {
    const rig = new DiskRig('1', 'btrfs');
    rig.disk.mkdir('d');
    rig.durable('d/f', 'x');
    expect(rig.disk.promisedThrough('d/f', 0, 1)).toBe(false);
    rig.fsyncDir('');
    rig.run();
    expect(rig.disk.promisedThrough('d/f', 0, 1)).toBe(true);
  });

  it('sees every write, as it was', () => {
    const rig = rigOf();
    const seen: string[] = [];
    rig.disk.onWrite = (path, position, bytes) =>
      seen.push(`${path}@${position}:${Buffer.from(bytes).toString()}`);
    const fd = rig.create('f');
    rig.disk.pwrite(fd, Buffer.from('xaby'), 1, 2, 7);
    rig.disk.rename('f', 'g');
    rig.write(fd, 'c', 9);
    expect(seen).toEqual(['f@7:ab', 'g@9:c']);
  });
});

describe('the run’s hash', () => {
  function hashOf(text: string, position: number): string {
    const rig = rigOf();
    rig.write(rig.create('f'), Buffer.alloc(3000, 1), 0);
    rig.write(rig.disk.open('f'), text, position);
    return rig.hash.hex();
  }

  it('witnesses content and position of every write', () => {
    const hashes = [hashOf('abc', 0), hashOf('abd', 0), hashOf('abc', 1), hashOf('abcd', 0)];
    expect(new Set(hashes).size).toBe(4);
    expect(hashOf('abc', 0)).toBe(hashes[0]);
  });

  it('witnesses a change of any one byte of a long write', () => {
    const hashes = new Set<string>();
    for (let at = 0; at < 300; at++) {
      const bytes = Buffer.alloc(300, 7);
      bytes[at] = 8;
      const rig = rigOf();
      rig.write(rig.create('f'), bytes, 5);
      hashes.add(rig.hash.hex());
    }
    expect(hashes.size).toBe(300);
  });
});

describe('determinism', () => {
  function story(seed: string, profile: (typeof DISK_PROFILES)[number]): string {
    const rig = new DiskRig(seed, profile, { tearPpm: 500_000 });
    rig.disk.mkdir('d');
    for (let round = 0; round < 6; round++) {
      const fd = rig.create(`d/f${round % 3}`);
      for (let i = 0; i < 20; i++) {
        rig.write(fd, Buffer.alloc(100 + i * 50, 1 + round), (i * 997) % 9000);
        if (i % 4 === 0) rig.fdatasync(fd);
        if (i === 10) rig.fsyncDir('d');
        if (i % 5 === 0) rig.step();
      }
      if (round === 1) rig.disk.armSyncError();
      if (round % 2 === 0) rig.powerLoss();
      else rig.kill();
      for (const name of rig.disk.listMedia('d')) {
        rig.hash.bytes(rig.disk.readMedia(`d/${name}`)!);
        const content = rig.content(`d/${name}`);
        if (content !== null) rig.hash.bytes(content);
      }
      if (rig.disk.listMedia('').length === 0) rig.disk.mkdir('d');
    }
    return `${rig.hash.hex()} ${rig.effects.length}`;
  }

  it('the same seed gives the same bytes, another seed gives others', () => {
    for (const profile of DISK_PROFILES) {
      expect(story('7', profile)).toBe(story('7', profile));
      expect(story('7', profile)).not.toBe(story('8', profile));
    }
  });
});
