// A serial store is never accused, and each subtly wrong one is found, with evidence that is re-checked.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import { decideIsolation } from '../../../src/check/isolation/decision/decide.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import {
  checkListAppend,
  checkRegisters,
  type IsolationJudgement,
} from '../../../src/check/isolation/isolation.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import {
  FLAWS,
  type Flaw,
  listHistory,
  registerHistory,
  type Shape,
} from './transaction-stores.js';

const HISTORIES = 150;
const MODELS = [
  'read-uncommitted',
  'read-committed',
  'consistent-view',
  'snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strong-snapshot-isolation',
  'strict-serializable',
];
const ASSUMPTIONS = { wfrKeys: true, sequentialKeys: true, linearizableKeys: true };

const shape = (flaw: Flaw, more: Partial<Shape> = {}): Shape => ({
  transactions: 40,
  clients: 4,
  keys: 3,
  flaw,
  unknownOneIn: 8,
  ...more,
});

describe('a serial store', () => {
  it('is never accused over lists, at any level', () => {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const transactions = listHistory(randomStream(String(seed), 'lists'), shape('none'));
      const models = [MODELS[seed % MODELS.length]!];
      const judgement = checkListAppend(transactions, { models, closed: true });
      expect([seed, judgement.verdict, judgement.reason]).toEqual([seed, 'ok', '']);
      const { certificate } = judgement;
      if (certificate?.kind !== 'claims') throw new Error('no claims');
      for (const { acyclic, serial } of certificate.claims) {
        expect(serial).toBe(acyclic === 'all');
      }
      expect(verifyIsolation({ over: 'lists', transactions }, certificate)).toBeNull();
    }
  });

  it('is never accused over registers, whatever may rightly be assumed', () => {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const transactions = registerHistory(randomStream(String(seed), 'registers'), shape('none'));
      const models = [MODELS[seed % MODELS.length]!];
      for (const assume of [{}, ASSUMPTIONS]) {
        const judgement = checkRegisters(transactions, { models, closed: true, ...assume });
        expect([seed, judgement.verdict, judgement.reason]).toEqual([seed, 'ok', '']);
        const history = { over: 'registers', transactions } as const;
        expect(verifyIsolation(history, judgement.certificate!, assume)).toBeNull();
      }
    }
  });

  it('is never accused by a complete decision', () => {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const stream = randomStream(String(seed), 'decided');
      const transactions = registerHistory(stream, shape('none', { transactions: 14 }));
      for (const level of ['snapshot-isolation', 'serializable', 'strict-serializable'] as const) {
        const { verdict, certificate } = decideIsolation(transactions, level);
        expect([seed, level, verdict]).toEqual([seed, level, 'ok']);
        expect(verifyDecision(transactions, level, certificate!)).toBeNull();
      }
    }
  });
});

/** What each flaw must show as at least once, over lists. */
const SHOWS: Readonly<Record<string, readonly string[]>> = {
  'lost-update': ['lost-update'],
  'write-skew': ['G2-item'],
  'dirty-read': ['G1a'],
  'intermediate-read': ['G1b'],
  'torn-read': ['G-single-item'],
  'stale-read': ['G-single-item-realtime'],
};

describe.each(FLAWS)('a store with a %s', (flaw) => {
  it('is found over lists, as what it is', () => {
    const shown = new Set<string>();
    let found = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const stream = randomStream(String(seed), flaw);
      const transactions = listHistory(stream, shape(flaw, { unknownOneIn: 0 }));
      const judgement = checkListAppend(transactions, { closed: true });
      if (isFound(judgement)) found++;
      for (const anomaly of judgement.anomalies) shown.add(anomaly);
      const { certificate } = judgement;
      expect(verifyIsolation({ over: 'lists', transactions }, certificate!)).toBeNull();
    }
    expect(found).toBeGreaterThan(HISTORIES / 5);
    for (const anomaly of SHOWS[flaw]!) expect(shown).toContain(anomaly);
  });

  it('is found over registers', () => {
    let found = 0;
    let decided = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const stream = randomStream(String(seed), flaw);
      const transactions = registerHistory(stream, shape(flaw, { unknownOneIn: 0 }));
      const history = { over: 'registers', transactions } as const;
      const judgement = checkRegisters(transactions, { closed: true, ...ASSUMPTIONS });
      if (isFound(judgement)) found++;
      expect(verifyIsolation(history, judgement.certificate!, ASSUMPTIONS)).toBeNull();
      const strict = decideIsolation(transactions, 'strict-serializable');
      if (strict.verdict === 'violation') decided++;
    }
    expect(found).toBeGreaterThan(HISTORIES / 5);
    // Without assumptions about versions every order is tried: nothing less is found.
    expect(decided).toBeGreaterThanOrEqual(found);
  });
});

function isFound({ verdict, reason, core }: IsolationJudgement): boolean {
  expect(verdict).not.toBe('undecided');
  expect(verdict === 'violation').toBe(reason !== '' && core.length > 0);
  return verdict === 'violation';
}
