// Small histories against the definition: some order of the transactions that took effect executes.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import { decideIsolation } from '../../../src/check/isolation/decision/decide.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import { checkListAppend, checkRegisters } from '../../../src/check/isolation/isolation.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import { hasOrder } from './any-order.js';
import {
  FLAWS,
  type Flaw,
  listHistory,
  registerHistory,
  type Shape,
} from './transaction-stores.js';

const HISTORIES = 3_000;
const LEVELS = ['serializable', 'strict-serializable'] as const;
const ALL: readonly Flaw[] = ['none', ...FLAWS];

const small = (seed: number): Shape => ({
  transactions: 3 + (seed % 4),
  clients: 3,
  keys: 2,
  flaw: ALL[seed % ALL.length]!,
  unknownOneIn: 6,
});

describe('small histories', () => {
  it('over lists get the verdict of the definition, both ways', () => {
    const seen = { ok: 0, violation: 0, undecided: 0 };
    for (let seed = 0; seed < HISTORIES; seed++) {
      const transactions = listHistory(randomStream(String(seed), 'small lists'), small(seed));
      for (const level of LEVELS) {
        const judgement = checkListAppend(transactions, { models: [level], closed: true });
        const { verdict, certificate } = judgement;
        seen[verdict]++;
        const holds = hasOrder(transactions, level);
        // Undecided: nothing depends on anything, so any order does.
        expect([seed, level, holds]).toEqual([seed, level, verdict !== 'violation']);
        if (certificate === null) continue;
        expect(verifyIsolation({ over: 'lists', transactions }, certificate)).toBeNull();
      }
    }
    expect(seen.violation).toBeGreaterThan(HISTORIES / 10);
    expect(seen.ok).toBeGreaterThan(HISTORIES / 2);
  });

  it('over registers are decided as the definition does, and never accused wrongly by inference', () => {
    const seen = { ok: 0, violation: 0, undecided: 0 };
    let inferred = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const stream = randomStream(String(seed), 'small registers');
      const transactions = registerHistory(stream, small(seed));
      for (const level of LEVELS) {
        const holds = hasOrder(transactions, level);
        // A decision is about sessions, whose order counts at every level.
        const inSessions = hasOrder(transactions, level, true);
        const { verdict, certificate } = decideIsolation(transactions, level);
        seen[verdict]++;
        expect([seed, level, verdict]).toEqual([seed, level, inSessions ? 'ok' : 'violation']);
        expect(verifyDecision(transactions, level, certificate!)).toBeNull();
        const judgement = checkRegisters(transactions, { models: [level], closed: true });
        if (judgement.verdict === 'violation') {
          inferred++;
          expect([seed, level, holds]).toEqual([seed, level, false]);
        }
        const proof = judgement.certificate;
        if (proof?.kind === 'claims' && proof.claims.every(({ serial }) => serial)) {
          expect([seed, level, holds]).toEqual([seed, level, true]);
        }
        if (proof === null) continue;
        expect(verifyIsolation({ over: 'registers', transactions }, proof)).toBeNull();
      }
    }
    expect(seen.undecided).toBe(0);
    expect(seen.violation).toBeGreaterThan(HISTORIES / 10);
    expect(inferred).toBeGreaterThan(seen.violation / 4);
  });
});
