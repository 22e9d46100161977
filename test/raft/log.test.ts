// The log's watermarks and bounds, and a follower's progress, by themselves.

import { describe, expect, it } from 'vitest';
import { APPEND_REJECTED, RaftLog, TERM_COMPACTED, TERM_UNAVAILABLE } from '../../src/raft/log.js';
import { Inflights, Progress } from '../../src/raft/progress.js';
import { Entry, EntryNormal, type SnapshotMetadata } from '../../src/raft/raftpb.js';

const DATA = Buffer.from('abcde');

function entry(index: number, term: number): Entry {
  return new Entry(term, index, EntryNormal, DATA);
}

function snapshotAt(index: number, term: number): SnapshotMetadata {
  const none = { learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  return { index, term, confState: { voters: [1], ...none } };
}

/** Entries 4 to 8 of terms 2, 2, 3, 3, 3 after a snapshot at 3 of term 1. */
function open(): RaftLog {
  const entries = [2, 2, 3, 3, 3].map((term, i) => entry(i + 4, term));
  return new RaftLog({ snapshot: snapshotAt(3, 1), entries, committed: 6, applied: 5 });
}

describe('a log', () => {
  it('tells a compacted term from an unknown one, and neither matches any term', () => {
    const log = open();
    expect([1, 2, 3, 4, 8, 9].map((index) => log.term(index))).toEqual([
      TERM_COMPACTED,
      TERM_COMPACTED,
      1,
      2,
      3,
      TERM_UNAVAILABLE,
    ]);
    for (const index of [2, 9])
      for (const term of [0, 1, 3]) {
        expect(log.matchTerm(index, term)).toBe(false);
      }
    expect([log.firstIndex(), log.lastIndex(), log.lastTerm()]).toEqual([4, 8, 3]);
    expect([log.snapshotIndex, log.snapshotTerm]).toEqual([3, 1]);
    expect([log.entry(3), log.entry(9)]).toEqual([undefined, undefined]);
    expect(log.entry(4)).toBe(log.entry(4));
  });

  it('starts at term 0 before the first entry', () => {
    const log = new RaftLog({ snapshot: null, entries: [], committed: 0, applied: 0 });
    expect([log.term(0), log.lastTerm(), log.firstIndex()]).toEqual([0, 0, 1]);
    expect(log.maybeAppend(0, 0, [entry(1, 1)], 0)).toBe(1);
  });

  it('cuts ranges by size, but never to nothing', () => {
    const log = open();
    const count = (bytesMax: number) => log.entries(4, 9, bytesMax).length;
    expect([0, 9, 10, 14, 1000].map(count)).toEqual([1, 1, 2, 2, 5]);
    expect(log.entries(5, 5, 100)).toEqual([]);
    expect(() => log.entries(3, 5, 100)).toThrow('compacted');
  });

  it('rejects an append whose predecessor it does not have', () => {
    const log = open();
    expect(log.maybeAppend(9, 3, [], 0)).toBe(APPEND_REJECTED);
    expect(log.maybeAppend(8, 4, [], 0)).toBe(APPEND_REJECTED);
    expect(log.maybeAppend(7, 3, [entry(8, 4)], 0)).toBe(8);
    expect(log.stable).toBe(7);
  });

  it('finds where logs may still meet', () => {
    const log = open();
    expect(log.findConflictByTerm(8, 9)).toBe(8);
    expect(log.findConflictByTerm(8, 2)).toBe(5);
    expect(log.findConflictByTerm(8, 1)).toBe(3);
    expect(log.findConflictByTerm(8, 0)).toBe(3);
  });

  it('keeps what compaction leaves, with its identity', () => {
    const log = open();
    const kept = log.entry(5);
    log.compact(snapshotAt(5, 2), 5);
    expect([log.offset, log.offsetTerm, log.snapshotIndex, log.firstIndex()]).toEqual([4, 2, 5, 5]);
    expect(log.entry(5)).toBe(kept);
    log.compact(snapshotAt(5, 2), 1);
    expect(log.firstIndex()).toBe(5);
    expect(() => log.compact(snapshotAt(6, 3), 7)).toThrow('only what is applied');
    expect(() => log.compact(snapshotAt(5, 9), 5)).toThrow('another history');
    expect(() => log.compact(snapshotAt(5, 2), 7)).toThrow('gap');
  });

  it('refuses gaps and decreasing terms', () => {
    const log = open();
    expect(() => log.appendAsLeader(entry(10, 3))).toThrow('a gap in the log (index=10, next=9)');
    expect(() => log.appendAsLeader(entry(9, 2))).toThrow('terms decrease');
  });

  it('takes one report for several hand-outs, in order', () => {
    const log = open();
    for (const index of [9, 10, 11]) {
      log.appendAsLeader(entry(index, 3));
      log.takeNextEntries();
    }
    log.stableTo(3, 10);
    expect([log.stable, log.inProgress]).toEqual([10, 11]);
    expect(() => log.stableTo(3, 9)).toThrow('in order');
    log.stableTo(3, 11);
    expect(log.stable).toBe(11);
  });
});

describe('a window of messages in flight', () => {
  it('wraps around, grows on demand and frees what is acknowledged', () => {
    const window = new Inflights(20);
    let next = 1;
    for (let round = 0; round < 10; round++) {
      while (!window.full()) window.add(next++);
      expect(window.count).toBe(20);
      window.freeUpTo(next - 7);
      expect(window.count).toBe(6);
    }
    expect(() => {
      for (;;) window.add(next++);
    }).toThrow('the window is full');
  });
});

describe('the progress of a follower', () => {
  it('ignores rejections that are out of date', () => {
    const pr = new Progress(2, false, 10, 4);
    expect(pr.maybeDecrement(5, 3)).toBe(false);
    expect(pr.maybeDecrement(9, 3)).toBe(true);
    expect(pr.next).toBe(4);
    pr.maybeUpdate(6);
    pr.becomeReplicate();
    expect(pr.maybeDecrement(6, 2)).toBe(false);
    expect(pr.maybeDecrement(8, 2)).toBe(true);
    expect([pr.match, pr.next]).toEqual([6, 7]);
  });

  it('goes on after the snapshot if it arrived, before it if not', () => {
    const pr = new Progress(2, false, 10, 4);
    pr.becomeSnapshot(20);
    expect(pr.isPaused()).toBe(true);
    pr.becomeProbe();
    expect(pr.next).toBe(21);
    pr.becomeSnapshot(20);
    pr.pendingSnapshot = 0;
    pr.becomeProbe();
    expect(pr.next).toBe(1);
  });
});
