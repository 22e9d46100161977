// Reads that nobody has shown to be of the present.

import { describe, expect, it } from 'vitest';
import { FollowerJudge, QuestionJudge } from '../../src/check/invariant/confirmed-reads.js';

describe('a read', () => {
  it('is confirmed by a majority that has followed one leader since it was asked', () => {
    const judge = new FollowerJudge(5);
    judge.followed(2, 3, 10);
    judge.began(7, 11);
    judge.followed(3, 3, 12);
    expect(judge.isConfirmed(7)).toBe(false);
    judge.followed(2, 3, 13);
    expect(judge.isConfirmed(7)).toBe(true);
  });

  it('is not confirmed by followers of different leaders', () => {
    const judge = new FollowerJudge(5);
    judge.began(7, 1);
    judge.followed(2, 3, 2);
    judge.followed(3, 4, 3);
    judge.followed(2, 4, 4);
    expect(judge.isConfirmed(7)).toBe(true);
    judge.began(8, 4);
    judge.followed(2, 3, 5);
    judge.followed(3, 4, 6);
    expect(judge.isConfirmed(8)).toBe(false);
  });

  it('needs no confirmation where one member is all there is, nor when its client has given up', () => {
    const alone = new FollowerJudge(1);
    alone.began(7, 1);
    expect(alone.isConfirmed(7)).toBe(true);
    const judge = new FollowerJudge(3);
    judge.began(7, 1);
    expect(judge.isConfirmed(7)).toBe(false);
    judge.ended(7);
    expect(judge.isConfirmed(7)).toBe(true);
  });
});

describe("a read's index", () => {
  it('is told in the term in which the leader was asked', () => {
    const judge = new QuestionJudge();
    judge.asked(1, 3, 77);
    expect(judge.answered(1, 3, 77)).toBeNull();
    expect(judge.answered(1, 5, 77)).toBe(3);
  });

  it('may be told later if a copy of the question came later, or went to another leader', () => {
    const judge = new QuestionJudge();
    judge.asked(1, 3, 77);
    judge.asked(1, 5, 77);
    expect(judge.answered(1, 5, 77)).toBeNull();
    expect(judge.answered(2, 6, 77)).toBeNull();
  });
});
