// Requests that wait: who is told that the time is up.

import { describe, expect, it } from 'vitest';
import { PendingReads } from '../../src/node/pending.js';

function read(id: number, deadlineUs: number) {
  return { id, from: 1001, deadlineUs, request: {} as never };
}

describe('reads that wait', () => {
  it('expire wherever they wait, each once', () => {
    const reads = new PendingReads();
    reads.add(read(1, 10));
    reads.indexKnown(reads.nextRound(), 5);
    reads.add(read(2, 20));
    reads.indexKnown(reads.nextRound(), 6);
    reads.add(read(3, 30));
    reads.nextRound();
    reads.add(read(4, 40));
    const gone = [10, 20, 30, 40, 50].map((nowUs) => reads.expired(nowUs).map(({ id }) => id));
    expect(gone).toEqual([[1], [2], [3], [4], []]);
  });

  it('expire behind others whose index nobody waits for any more', () => {
    const reads = new PendingReads();
    reads.add(read(1, 10));
    reads.indexKnown(reads.nextRound(), 5);
    reads.add(read(2, 20));
    reads.indexKnown(reads.nextRound(), 6);
    expect(reads.expired(10).map(({ id }) => id)).toEqual([1]);
    expect(reads.expired(20).map(({ id }) => id)).toEqual([2]);
    expect(reads.takeReady(6)).toBeNull();
  });
});
