// Votes as a candidate counts them, against those that were given.

import { describe, expect, it } from 'vitest';
import { VoteCountJudge } from '../../src/check/invariant/votes-given.js';
import type { DurabilityView, MemberView } from '../../src/check/view.js';

const MEMBERS = [1, 2, 3, 4, 5];

interface Situation {
  /** Whose votes n1, a candidate of term 7, counts. */
  readonly counts?: readonly number[];
  /** Whom members have told in term 7 that they vote for it, by member. */
  readonly given: Readonly<Record<number, number>>;
  /** What the disk of n1 has promised. */
  readonly own?: { readonly term: number; readonly vote: number };
}

function judged(what: 'counted' | 'elected', situation: Situation): string {
  const { counts = [], given, own = { term: 7, vote: 1 } } = situation;
  const durability = {
    durableTerm: () => own.term,
    durableVote: () => own.vote,
  } as unknown as DurabilityView;
  const judge = new VoteCountJudge(durability, MEMBERS, (member, term) =>
    term === 7 ? given[member] : 1,
  );
  const view = { id: 1, term: 7, countsVoteOf: (id: number) => counts.includes(id) } as MemberView;
  return judge[what](view)?.message ?? 'ok';
}

describe('a candidate', () => {
  it('counts votes that were given to it, and its own once that is durable', () => {
    expect(judged('counted', { counts: [1, 2], given: { 2: 1, 3: 1 } })).toBe('ok');
    const elsewhere = { term: 6, vote: 1 };
    expect(judged('counted', { counts: [1], given: {}, own: elsewhere })).toBe(
      'n1 counts a vote of n1 in term 7, in which its disk has not promised to keep that vote',
    );
  });

  it('counts no vote of another term, nor one for somebody else', () => {
    expect(judged('counted', { counts: [1, 2], given: {} })).toBe(
      'n1 counts a vote of n2 in term 7, in which that has voted for nobody',
    );
    expect(judged('counted', { counts: [1, 2], given: { 2: 4 } })).toBe(
      'n1 counts a vote of n2 in term 7, in which that has voted for n4',
    );
  });

  it('leads when a majority has voted for it', () => {
    expect(judged('elected', { given: { 2: 1, 3: 1 } })).toBe('ok');
    expect(judged('elected', { given: { 2: 1, 3: 4 } })).toBe(
      'n1 leads term 7, but only 2 of 5 members have voted for it (n1, n2; 3 are needed)',
    );
    const forgotten = { term: 7, vote: 0 };
    expect(judged('elected', { given: { 2: 1, 3: 1 }, own: forgotten })).not.toBe('ok');
  });
});
