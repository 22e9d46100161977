// What a leader counts a member to hold, against what that member's disk has promised.

import { describe, expect, it } from 'vitest';
import { MatchJudge } from '../../src/check/invariant/match-kept.js';
import type { DurabilityView, MemberView } from '../../src/check/view.js';

/** What the disk of n2 has promised. */
interface Disk {
  /** Terms of its entries from index 1 on; -1 where a snapshot took their place. */
  readonly log: readonly number[];
  readonly term: number;
  /** How far it had promised in the leader's term. */
  readonly through: number;
}

/** A leader of term 3 whose log is of terms 1, 1, 3, 3, and what it counts n2 to hold. */
function judged(match: number, disk: Disk, known: number[] = []): string {
  const terms = [1, 1, 3, 3];
  const leader = {
    id: 1,
    term: 3,
    matchIndex: (member: number) => (member === 2 ? match : 0),
  } as MemberView;
  const durability = {
    durableEntryTerm: (_: number, index: number) => disk.log[index - 1] ?? -1,
    durableThrough: () => disk.through,
    durableTerm: () => disk.term,
  } as unknown as DurabilityView;
  try {
    new MatchJudge(durability, [1, 2]).counted(leader, known, (index) => terms[index - 1] ?? 0);
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('what a leader counts', () => {
  it('is what the disk has promised', () => {
    expect(judged(4, { log: [1, 1, 3, 3], term: 3, through: 4 })).toBe('ok');
    expect(judged(0, { log: [], term: 0, through: 0 })).toBe('ok');
  });

  it('is not more than the disk has promised', () => {
    expect(judged(4, { log: [1, 1, 3], term: 3, through: 3 })).toBe(
      'n1, leader of term 3, counts n2 to hold entry 4 (term 3), but its disk has promised none there',
    );
  });

  it('is not an entry of another leader', () => {
    expect(judged(3, { log: [1, 1, 2], term: 3, through: 3 })).toBe(
      'n1, leader of term 3, counts n2 to hold entry 3 (term 3), but its disk has promised one of term 2 there',
    );
  });

  it('may be what a later leader has made it give up', () => {
    expect(judged(4, { log: [1, 1, 4], term: 4, through: 4 })).toBe('ok');
    expect(judged(4, { log: [1, 1, 4], term: 4, through: 2 })).not.toBe('ok');
  });

  it('may lie below a snapshot', () => {
    expect(judged(3, { log: [-1, -1, -1, 3], term: 3, through: 4 })).toBe('ok');
  });

  it('is judged when it grows', () => {
    const disk = { log: [1], term: 3, through: 1 };
    expect(judged(3, disk, [0, 0, 3])).toBe('ok');
    expect(judged(2, disk, [0, 0, 3])).toBe('ok');
    const known = [0, 0, 1];
    expect(judged(1, disk, known)).toBe('ok');
    expect(judged(2, disk, known)).not.toBe('ok');
  });
});
