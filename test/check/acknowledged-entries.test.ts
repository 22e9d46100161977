// What a member may drop of its log, and to whom a leader may hand over.

import { describe, expect, it } from 'vitest';
import { Acknowledged } from '../../src/check/invariant/acknowledged-entries.js';
import { handsOver } from '../../src/check/invariant/transfers.js';
import type { DurabilityView, MemberView } from '../../src/check/view.js';

describe('what a member has acknowledged', () => {
  it('stays in its log while the term lasts', () => {
    const acknowledged = new Acknowledged();
    acknowledged.sent(3, 10);
    acknowledged.sent(3, 8);
    expect(acknowledged.cut(2, 3, 10)).toBeNull();
    expect(acknowledged.cut(2, 3, 9)?.message).toBe(
      'n2 has acknowledged its log through index 10 in term 3, and in the same term dropped what was above index 9',
    );
  });

  it('may go in a later term, in which less was acknowledged', () => {
    const acknowledged = new Acknowledged();
    acknowledged.sent(3, 10);
    expect(acknowledged.cut(2, 4, 5)).toBeNull();
    acknowledged.sent(4, 6);
    acknowledged.sent(3, 10);
    expect(acknowledged.cut(2, 4, 6)).toBeNull();
    expect(acknowledged.cut(2, 4, 5)).not.toBeNull();
  });
});

/** A leader of term 3 whose log ends at index 4, and what the disk of n2 holds there. */
function transfer(entryTerm: number, diskTerm: number): string {
  const leader = { id: 1, term: 3, lastIndex: 4, entry: () => ({ term: 3 }) };
  const durability = { durableEntryTerm: () => entryTerm, durableTerm: () => diskTerm };
  const broken = handsOver(
    durability as unknown as DurabilityView,
    leader as unknown as MemberView,
    2,
  );
  return broken?.message ?? 'ok';
}

describe('a leader', () => {
  it('hands over to a member that has all its log, or has had it', () => {
    expect(transfer(3, 3)).toBe('ok');
    expect(transfer(4, 4)).toBe('ok');
    expect(transfer(-1, 3)).toBe(
      "n1, leader of term 3, tells n2 to take over, whose disk has not promised to keep the leader's log through index 4",
    );
    expect(transfer(2, 3)).not.toBe('ok');
  });
});
