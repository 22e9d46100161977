// What excuses a core that makes no progress, and what does not.

import { describe, expect, it } from 'vitest';
import { type CoreFacts, excuseOf } from '../../src/scenario/core-excuse.js';

const MEMBERS = [1, 2, 3, 4, 5];

/** Nothing is wrong, and nobody leads. */
const SOUND: CoreFacts = {
  members: MEMBERS,
  core: [1, 2, 3],
  nameOf: (id) => `n${id}`,
  isRefusing: () => false,
  committedThrough: () => 0,
  isActive: () => true,
  leader: null,
  passes: () => true,
  isLinkDegraded: () => false,
  isDiskImpaired: () => false,
  damagedEntries: new Map(),
  durableEntryTerm: () => -1,
};

describe('a core without progress', () => {
  it('has no excuse if nothing is wrong with it', () => {
    expect(excuseOf(SOUND)).toBeNull();
    expect(excuseOf({ ...SOUND, leader: 2 })).toBeNull();
    expect(excuseOf({ ...SOUND, leader: 5 })).toBeNull();
  });

  it('is excused by disks that broke promises only if less than a quorum is left', () => {
    const isRefusing = (id: number): boolean => id === 3;
    expect(excuseOf({ ...SOUND, isRefusing })).toContain('the disk of n3 broke its promises');
    expect(excuseOf({ ...SOUND, isRefusing, core: [1, 2, 3, 4] })).toBeNull();
  });

  it('is excused by a damaged entry only if nobody in the core has it intact', () => {
    const only2 = (id: number): number => (id === 2 || id === 5 ? 4 : -1);
    const facts: CoreFacts = {
      ...SOUND,
      damagedEntries: new Map([[7, new Set([2])]]),
      durableEntryTerm: only2,
      committedThrough: (id) => (id === 2 ? null : 6),
    };
    expect(excuseOf(facts)).toContain('entry 7 of term 4 is damaged on n2');
    const otherTerm = (id: number): number => (id === 2 ? 4 : 3);
    expect(excuseOf({ ...facts, durableEntryTerm: otherTerm })).toContain('damaged on n2');
    // Somebody has it, or a snapshot in its place.
    expect(excuseOf({ ...facts, durableEntryTerm: () => 4 })).toBeNull();
    const committedThrough = (id: number): number | null => (id === 2 ? null : id === 1 ? 7 : 0);
    expect(excuseOf({ ...facts, committedThrough })).toBeNull();
    // It was never promised, the damage is elsewhere, its member runs all the same, or enough others are left.
    expect(excuseOf({ ...facts, durableEntryTerm: () => -1 })).toBeNull();
    expect(excuseOf({ ...facts, damagedEntries: new Map([[7, new Set([5])]]) })).toBeNull();
    expect(excuseOf({ ...facts, committedThrough: () => 6 })).toBeNull();
    expect(excuseOf({ ...facts, core: [1, 2, 3, 4] })).toBeNull();
  });

  it('is excused by a leader outside that a quorum answers, if it is hindered', () => {
    const cut = (from: number, to: number): boolean => !(from === 5 && to === 1);
    expect(excuseOf({ ...SOUND, leader: 5, passes: cut })).toContain('is cut off from n1');
    const isLinkDegraded = (from: number): boolean => from === 5;
    expect(excuseOf({ ...SOUND, leader: 5, isLinkDegraded })).toContain('bad links');
    const isDiskImpaired = (id: number): boolean => id === 5;
    expect(excuseOf({ ...SOUND, leader: 5, isDiskImpaired })).toContain('bad disk');
  });

  it('is not excused by a leader outside that no quorum can answer, or that does not act', () => {
    const deaf = (_: number, to: number): boolean => to !== 5;
    expect(excuseOf({ ...SOUND, leader: 5, passes: deaf })).toBeNull();
    const isLinkDegraded = (): boolean => true;
    const asleep = (id: number): boolean => id !== 5;
    expect(excuseOf({ ...SOUND, leader: 5, isLinkDegraded, isActive: asleep })).toBeNull();
    const alone = (id: number): boolean => id === 5 || id === 1;
    expect(excuseOf({ ...SOUND, leader: 5, isLinkDegraded, isActive: alone })).toBeNull();
    expect(excuseOf({ ...SOUND, leader: 1, isLinkDegraded })).toBeNull();
  });
});
