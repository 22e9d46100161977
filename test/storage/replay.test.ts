// What is left of a log of which batches were lost, told by the header of the next one.

import { describe, expect, it } from 'vitest';
import { LogReplay } from '../../src/storage/wal/replay.js';

function resumed(...headers: readonly [lastIndex: number, lastTerm: number, commit: number][]) {
  const replay = new LogReplay(139, 1, 7);
  for (const [lastIndex, lastTerm, commit] of headers) {
    replay.resume({ lastIndex, lastTerm, hardState: { term: 14, vote: 1, commit } });
  }
  const { firstIndex, entries, lastIndex, lastTerm } = replay;
  return { firstIndex, entries, lastIndex, lastTerm };
}

describe('a log that goes on behind lost batches', () => {
  it('misses what came after its oldest segment began', () => {
    const entries = [null, null, null];
    expect(resumed([141, 14, 139])).toEqual({
      firstIndex: 139,
      entries,
      lastIndex: 141,
      lastTerm: 14,
    });
  });

  it('may have been cut below where its oldest segment begins', () => {
    const cut = { firstIndex: 138, entries: [], lastIndex: 137, lastTerm: 14 };
    expect(resumed([139, 12, 135], [137, 14, 136])).toEqual(cut);
    const grown = { firstIndex: 138, entries: [null, null], lastIndex: 139, lastTerm: 14 };
    expect(resumed([139, 12, 135], [137, 14, 136], [139, 14, 137])).toEqual(grown);
  });

  it('was never cut below what is committed, nor in the term of its last entry', () => {
    expect(() => resumed([139, 12, 138], [137, 13, 138])).toThrow('had been certain through 138');
    expect(() => resumed([141, 14, 138], [140, 14, 138])).toThrow('had been certain through 141');
  });
});
