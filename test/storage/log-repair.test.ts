// Logs with holes that fill each other. Exhaustive over the cases of FAST'18 (PAR, section 5.1): four
// entries on three members, every one of the 4096 ways to damage them. All three get every entry back
// exactly when each entry is intact somewhere, and otherwise none is taken for something it is not.

import { describe, expect, it } from 'vitest';
import { answerFromHoles } from '../../src/node/log-recovery.js';
import { Entry, EntryNormal } from '../../src/raft/raftpb.js';
import { LogRepair } from '../../src/storage/log-repair.js';

const TERMS = [1, 1, 2, 3];
const ENTRIES = TERMS.map(
  (term, i) => new Entry(term, i + 1, EntryNormal, Uint8Array.of(term, i + 1)),
);
const HARD_STATE = { term: 3, vote: 1, commit: 0 };
const CONF_STATE = {
  voters: [1, 2, 3],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** Bit i of `damage`: entry i + 1 is lost. */
function damaged(damage: number): LogRepair {
  const slots = ENTRIES.map((entry, i) => ((damage >> i) & 1 ? null : entry));
  return new LogRepair(HARD_STATE, null, slots, 3);
}

/** Everybody asks everybody until nobody gets anything new. */
function exchange(logs: readonly LogRepair[]): void {
  for (let progress = true; progress; ) {
    progress = false;
    for (const log of logs) {
      for (const peer of logs) {
        const gap = log.gap();
        if (gap === null || peer === log) continue;
        const { entries } = answerFromHoles(peer, { kind: 'log-request', ...gap });
        if (entries.length > 0 && log.fill(gap, entries)) progress = true;
      }
    }
  }
}

describe('three damaged logs', () => {
  it('become whole in exactly the 2401 of 4096 cases in which every entry is intact somewhere', () => {
    let recovered = 0;
    for (let combination = 0; combination < 4096; combination++) {
      const damage = [combination & 15, (combination >> 4) & 15, combination >> 8];
      const logs = damage.map(damaged);
      exchange(logs);
      const everywhereLost = damage[0]! & damage[1]! & damage[2]!;
      for (const log of logs) {
        expect(log.gap() === null).toBe(everywhereLost === 0);
        if (log.gap() === null) expect(log.wholeLog()).toEqual(ENTRIES);
      }
      if (everywhereLost === 0) recovered++;
    }
    expect(recovered).toBe(2401);
  });
});

describe('a log with holes', () => {
  it('gets an entry between two of one term from who has nothing behind it', () => {
    const terms = [1, 1, 1];
    const entries = terms.map((term, i) => new Entry(term, i + 1, EntryNormal, Uint8Array.of(i)));
    const log = new LogRepair(HARD_STATE, null, [entries[0]!, null, entries[2]!], 1);
    const peer = new LogRepair(HARD_STATE, null, entries.slice(0, 2), 1);
    exchange([log, peer]);
    expect(log.wholeLog()).toEqual(entries);
  });

  it('does not guess what is missing between two terms', () => {
    const entry = (term: number, index: number): Entry =>
      new Entry(term, index, EntryNormal, Uint8Array.of(term));
    const log = new LogRepair(HARD_STATE, null, [entry(1, 1), null, entry(2, 3)], 2);
    for (const term of [1, 2]) {
      exchange([log, new LogRepair(HARD_STATE, null, [entry(1, 1), entry(term, 2)], term)]);
    }
    expect(log.gap()).not.toBeNull();
  });

  it('takes nothing from who has another log', () => {
    const log = damaged(0b0010);
    const other = new LogRepair(
      HARD_STATE,
      null,
      [1, 1, 1, 1].map((term, i) => new Entry(term, i + 1, EntryNormal, new Uint8Array(0))),
      1,
    );
    const answer = answerFromHoles(other, { kind: 'log-request', ...log.gap()! });
    expect(answer.entries).toEqual([]);
  });

  it('takes a snapshot for what it covers and keeps what follows, unless that was never committed', () => {
    const log = damaged(0b0011);
    log.adopt({ index: 2, term: 1, confState: CONF_STATE }, new Uint8Array(1));
    expect(log.gap()).toBeNull();
    expect(log.rewritten()).toEqual(ENTRIES.slice(2));

    const stale = damaged(0b0011);
    stale.adopt({ index: 3, term: 3, confState: CONF_STATE }, new Uint8Array(1));
    expect(stale.lastIndex).toBe(3);
    // An entry of its own term is gone.
    expect(stale.continued()).toEqual({ term: 4, vote: 0, commit: 3 });
  });

  it('enters the term of what it was given, without a vote', () => {
    const log = damaged(0b1100);
    log.adopt({ index: 9, term: 5, confState: CONF_STATE }, new Uint8Array(1));
    expect(log.continued()).toEqual({ term: 5, vote: 0, commit: 9 });
  });

  it('follows a leader behind what is committed, and records where it now ends', () => {
    const log = new LogRepair(
      { ...HARD_STATE, commit: 1 },
      null,
      [ENTRIES[0]!, ENTRIES[1]!, null],
      2,
    );
    expect(log.follow(2, 3)).toBe(true);
    expect(log.gap()).toMatchObject({ from: 2, to: 2, anchorIndex: 2, anchorTerm: 3 });
    const leaders = new Entry(3, 2, EntryNormal, new Uint8Array(0));
    expect(log.fill(log.gap()!, [leaders])).toBe(true);
    expect(log.rewritten()).toEqual([leaders]);

    const shorter = new LogRepair({ ...HARD_STATE, commit: 1 }, null, [ENTRIES[0]!, null], 2);
    expect(shorter.follow(1, 1)).toBe(true);
    expect(shorter.gap()).toBeNull();
    expect(shorter.rewritten()).toEqual([ENTRIES[0]]);
  });
});
