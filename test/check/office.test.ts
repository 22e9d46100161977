// How long a leader may stay unheard, and when others may replace it.

import { describe, expect, it } from 'vitest';
import { OfficeJudge } from '../../src/check/invariant/office.js';
import { committedAsLeader } from '../../src/check/invariant/own-term-commits.js';
import type { MemberView, Role } from '../../src/check/view.js';

const ELECTION_TICKS = 4;

function member(id: number, role: Role, term: number): MemberView {
  return { id, role, term } as MemberView;
}

function judge(): OfficeJudge {
  return new OfficeJudge(5, () => ELECTION_TICKS);
}

/** What is said of a leader of term 3 over so many ticks, when n2 and n3 answer it in these. */
function led(ticks: number, answers: Readonly<Record<number, readonly number[]>>): string[] {
  const offices = judge();
  const said: string[] = [];
  const leader = member(1, 'StateLeader', 3);
  offices.observe(leader);
  for (let tick = 1; tick <= ticks; tick++) {
    offices.ticks(1);
    for (const from of [2, 3]) if (answers[from]?.includes(tick)) offices.answered(1, from);
    const broken = offices.observe(leader);
    if (broken !== null) said.push(`${tick}: ${broken.message}`);
  }
  return said;
}

describe('a leader', () => {
  it('may be unheard for two timeouts and no longer', () => {
    expect(led(2 * ELECTION_TICKS, {})).toEqual([]);
    expect(led(2 * ELECTION_TICKS + 1, { 2: [1, 5, 9] })).toEqual([
      '9: n1 leads term 3, but only 1 others have answered it within 8 ticks',
    ]);
  });

  it('stays while a majority answers now and then', () => {
    expect(led(30, { 2: [5, 12, 20, 27], 3: [4, 12, 18, 26] })).toEqual([]);
  });

  it('is given time to hand over, and begins anew in another term', () => {
    const offices = judge();
    const leader = member(1, 'StateLeader', 3);
    offices.observe(leader);
    for (let tick = 1; tick <= 8; tick++) offices.ticks(1);
    offices.transfers(1);
    offices.ticks(1);
    expect(offices.observe(leader)).toBeNull();
    for (let tick = 1; tick <= 8; tick++) offices.ticks(1);
    expect(offices.observe(member(1, 'StateLeader', 5))).toBeNull();
    expect(offices.observe(member(1, 'StateLeader', 5))).toBeNull();
  });

  it('commits by entries of its own term', () => {
    const leader = { ...member(1, 'StateLeader', 3), commitIndex: 9 };
    expect(committedAsLeader(leader, 3)).toBeNull();
    expect(committedAsLeader(leader, 2)?.message).toBe(
      'n1, leader of term 3, commits entry 9 of term 2 by counting who has it',
    );
  });
});

describe('a follower', () => {
  it('has a leader for the shortest timeout after it was heard', () => {
    const offices = judge();
    const follower = member(2, 'StateFollower', 3);
    expect(offices.hasLeader(follower)).toBe(false);
    offices.heardLeader(2, 3);
    for (let tick = 1; tick < ELECTION_TICKS; tick++) {
      offices.ticks(2);
      expect(offices.hasLeader(follower)).toBe(true);
    }
    expect(offices.deposed(2, 4).message).toBe(
      'n2 has heard the leader of term 3 3 ticks ago, and helps n4 to replace it',
    );
    offices.ticks(2);
    expect(offices.hasLeader(follower)).toBe(false);
  });

  it('has none after a restart, in another term, or when it has campaigned', () => {
    const offices = judge();
    expect(offices.hasLeader(member(2, 'StateFollower', 0))).toBe(false);
    offices.heardLeader(2, 3);
    expect(offices.hasLeader(member(2, 'StateFollower', 4))).toBe(false);
    offices.observe(member(2, 'StatePreCandidate', 3));
    expect(offices.hasLeader(member(2, 'StateFollower', 3))).toBe(false);
    offices.heardLeader(2, 3);
    offices.booted(2);
    expect(offices.hasLeader(member(2, 'StateFollower', 3))).toBe(false);
  });
});
