// Names on the simulated disk after a power loss, against a model that enumerates the allowed trees.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import type { DiskProfile } from '../../src/sim/disk.js';
import { DISK_PROFILES, PROFILE_RULES } from '../../src/sim/disk-profile.js';
import { DiskRig, outcomes } from './disk-rig.js';

/** A name operation as a function of the tree: name to content. */
interface ModelOperation {
  readonly names: readonly string[];
  readonly apply: (tree: Map<string, string>) => void;
}

/** The trees that may be left of `durable` after some of `pending`, as texts. */
function allowed(
  durable: ReadonlyMap<string, string>,
  pending: readonly ModelOperation[],
  journaled: boolean,
): Set<string> {
  const trees = new Set<string>();
  for (let chosen = 0; chosen < 1 << pending.length; chosen++) {
    const survives = (i: number): boolean => ((chosen >> i) & 1) === 1;
    const legal = pending.every(
      (op, i) =>
        !survives(i) ||
        pending
          .slice(0, i)
          .every(
            (earlier, j) =>
              survives(j) || (!journaled && !earlier.names.some((name) => op.names.includes(name))),
          ),
    );
    if (!legal) continue;
    const tree = new Map(durable);
    pending.forEach((op, i) => {
      if (survives(i)) op.apply(tree);
    });
    trees.add(textOf(tree));
  }
  return trees;
}

function textOf(tree: ReadonlyMap<string, string>): string {
  return [...tree]
    .map(([name, content]) => `${name}=${content}`)
    .sort()
    .join(' ');
}

const NAMES = ['a', 'b', 'c', 'd'];

function create(name: string, content: string): ModelOperation {
  return { names: [name], apply: (tree) => tree.set(name, content) };
}

function unlink(name: string): ModelOperation {
  return { names: [name], apply: (tree) => tree.delete(name) };
}

function rename(from: string, to: string, content: string): ModelOperation {
  return {
    names: [from, to],
    apply: (tree) => {
      tree.delete(from);
      tree.set(to, content);
    },
  };
}

function program(seed: string, profile: DiskProfile): string {
  const random = randomStream(seed, 'names');
  const rig = new DiskRig(seed, profile);
  const tree = new Map<string, string>();
  let durable = new Map<string, string>();
  let pending: ModelOperation[] = [];
  for (let i = 0; i < 30; i++) {
    const name = random.pick(NAMES);
    const other = random.pick(NAMES);
    const choice = random.below(8);
    let op: ModelOperation | null = null;
    if (choice < 3 && !tree.has(name)) {
      const fd = rig.create(name);
      rig.write(fd, `v${i}`, 0);
      rig.synced(fd);
      rig.disk.close(fd);
      op = create(name, `v${i}`);
    } else if (choice < 5 && tree.has(name)) {
      rig.disk.unlink(name);
      op = unlink(name);
    } else if (choice < 7 && tree.has(name) && name !== other) {
      rig.disk.rename(name, other);
      op = rename(name, other, tree.get(name)!);
    } else if (choice === 7 && random.chance(400_000)) {
      rig.fsyncDir();
      rig.run();
      durable = new Map(tree);
      pending = [];
    }
    if (op !== null) {
      op.apply(tree);
      pending.push(op);
    }
    if (pending.length === 6) break;
  }
  expect(rig.disk.readdir('')).toEqual([...tree.keys()].sort());
  const legal = allowed(durable, pending, PROFILE_RULES[profile].namespace === 'journaled');
  expect(rig.disk.listMedia('')).toEqual([...durable.keys()].sort());
  rig.powerLoss();
  const found = new Map<string, string>();
  for (const name of rig.disk.readdir('')) found.set(name, rig.content(name)!.toString());
  const text = textOf(found);
  expect(legal, `seed ${seed} profile ${profile}: ${text}`).toContain(text);
  return pending.length === 0 ? 'nothing at stake' : text === textOf(tree) ? 'all' : 'some';
}

describe('names after a power loss', () => {
  for (const profile of DISK_PROFILES) {
    it(`on ${profile} are among those the rules allow`, () => {
      const kinds = new Set<string>();
      for (let seed = 1; seed <= 200; seed++) kinds.add(program(String(seed), profile));
      expect([...kinds].sort()).toEqual(['all', 'nothing at stake', 'some']);
    });
  }

  function threeCreates(rig: DiskRig): string {
    for (const name of ['a', 'b', 'c']) rig.create(name);
    rig.powerLoss();
    return rig.disk.readdir('').join('');
  }

  it('survive as a prefix where there is a journal', () => {
    for (const profile of ['ext4-ordered', 'xfs', 'ext4-journal'] as const) {
      expect([...outcomes(profile, threeCreates)].sort()).toEqual(['', 'a', 'ab', 'abc']);
    }
  });

  it('survive as any subset elsewhere', () => {
    for (const profile of ['btrfs', 'alice'] as const) {
      expect(outcomes(profile, threeCreates).size).toBe(8);
    }
  });

  it('a created file may vanish although its data was synced', () => {
    const seen = outcomes('ext4-ordered', (rig) => {
      const fd = rig.create('f');
      rig.write(fd, 'x', 0);
      rig.synced(fd);
      rig.powerLoss();
      return String(rig.content('f'));
    });
    expect([...seen].sort()).toEqual(['null', 'x']);
  });

  it('an unlinked file may come back with its content', () => {
    const seen = outcomes('xfs', (rig) => {
      rig.durable('f', 'old');
      rig.disk.unlink('f');
      rig.powerLoss();
      return String(rig.content('f'));
    });
    expect([...seen].sort()).toEqual(['null', 'old']);
  });

  it('a rename is undone or done, never half done', () => {
    for (const profile of DISK_PROFILES) {
      const seen = outcomes(profile, (rig) => {
        rig.durable('f', 'old');
        rig.durable('t', 'new');
        rig.disk.rename('t', 'f');
        rig.powerLoss();
        return `${rig.content('f')} ${rig.content('t')}`;
      });
      expect([...seen].sort()).toEqual(['new null', 'old new']);
    }
  });

  it('a synced directory keeps everything that was done in it before the call', () => {
    for (const profile of DISK_PROFILES) {
      const seen = outcomes(profile, (rig) => {
        rig.disk.mkdir('d');
        rig.fsyncDir('');
        rig.durable('d/old', 'x');
        rig.create('d/t');
        rig.disk.rename('d/t', 'd/f');
        rig.disk.unlink('d/old');
        rig.fsyncDir('d');
        rig.run();
        rig.powerLoss();
        return rig.disk.readdir('d').join();
      });
      expect([...seen]).toEqual(['f']);
    }
  });

  it('a directory sync covers nothing done after the call', () => {
    const seen = outcomes('alice', (rig) => {
      rig.create('a');
      rig.fsyncDir();
      rig.create('b');
      rig.run();
      rig.powerLoss();
      return rig.disk.readdir('').join('');
    });
    expect([...seen].sort()).toEqual(['a', 'ab']);
  });

  it('a file is lost with the directory that holds it', () => {
    const seen = outcomes('alice', (rig) => {
      rig.disk.mkdir('d');
      rig.durable('d/f', 'x');
      rig.powerLoss();
      return rig.disk.readdir('').join();
    });
    expect([...seen].sort()).toEqual(['', 'd']);
  });

  it('a directory sync in flight when the process dies was done or not', () => {
    const seen = outcomes('xfs', (rig) => {
      rig.create('a');
      rig.fsyncDir();
      rig.kill();
      return rig.disk.listMedia('').join();
    });
    expect([...seen].sort()).toEqual(['', 'a']);
  });
});
