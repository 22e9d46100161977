// Levels from prefix consistency on: small histories against a plain search for an order, large ones from
// stores whose verdict is known, and choices that go together only in some ways. Every verdict has evidence.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import {
  type DecidedLevel,
  decideIsolation,
} from '../../../src/check/isolation/decision/decide.js';
import { traceReads } from '../../../src/check/isolation/decision/sessions.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import type { RegisterTransaction } from '../../../src/check/isolation/transaction.js';
import { entangledHistory } from './entangled-histories.js';
import { searchPlacement } from './placement-search.js';
import { SESSION_FLAWS, type SessionShape, sessionHistory } from './session-stores.js';

const HISTORIES = 2_000;
const LEVELS = ['prefix', 'snapshot-isolation', 'serializable'] as const;

function judged(history: readonly RegisterTransaction[], level: DecidedLevel): string {
  const { verdict, certificate, core, reason } = decideIsolation(history, level);
  if (certificate !== null) expect(verifyDecision(history, level, certificate)).toBeNull();
  expect(verdict === 'violation').toBe(core.length > 0 && reason !== '');
  return verdict;
}

function flawedHistory(seed: number, shape: Partial<SessionShape> = {}): RegisterTransaction[] {
  return sessionHistory(randomStream(String(seed), 'flawed sessions'), {
    transactions: 4 + (seed % 6),
    sessions: 2 + (seed % 5),
    keys: 1 + (seed % 4),
    operations: 1 + ((seed >> 3) % 4),
    readPercent: 30 + 20 * (seed % 3),
    readsFirst: seed % 5 === 0,
    engine: seed % 2 === 0 ? 'serial' : 'snapshot',
    flaw: (['none', ...SESSION_FLAWS] as const)[(seed >> 1) % 4]!,
    flawedOneIn: 3,
    ...shape,
  });
}

describe('levels that are searched', () => {
  it('get the verdict of a search that places one transaction after another', () => {
    const seen = { ok: 0, violation: 0 };
    for (let seed = 0; seed < HISTORIES; seed++) {
      const history = flawedHistory(seed);
      const result = traceReads(history);
      if (!('traced' in result)) throw new Error('a store of sessions reads what was written');
      for (const level of LEVELS) {
        const { kind } = searchPlacement(result.traced, level, 1_000_000);
        const torn = decideIsolation(history, level).certificate?.kind === 'unrepeatable';
        const expected = kind === 'none' || torn ? 'violation' : 'ok';
        expect([seed, level, kind]).not.toEqual([seed, level, 'undecided']);
        expect([seed, level, judged(history, level)]).toEqual([seed, level, expected]);
        seen[expected]++;
      }
    }
    expect(seen.ok).toBeGreaterThan(HISTORIES / 2);
    expect(seen.violation).toBeGreaterThan(HISTORIES / 5);
  });

  it('are decided where choices go together only in some ways, by a proof of several steps', () => {
    const seen = { ok: 0, violation: 0 };
    let learned = 0;
    for (let seed = 0; seed < 45; seed++) {
      const random = randomStream(String(seed), 'entangled');
      const shape = [
        { pairs: 2, cycles: 5, length: 2 },
        { pairs: 3, cycles: 14, length: 3 },
        { pairs: 10, cycles: 42, length: 3 },
      ][seed % 3]!;
      const history = entangledHistory(random, shape);
      for (const level of LEVELS) {
        const { verdict, certificate } = decideIsolation(history, level);
        if (certificate === null || verdict === 'undecided') throw new Error(`${seed} is open`);
        expect(verifyDecision(history, level, certificate)).toBeNull();
        seen[verdict]++;
        if (certificate.kind === 'refuted' && certificate.steps.some((step) => 'either' in step)) {
          learned++;
        }
      }
    }
    expect(seen.ok).toBeGreaterThan(20);
    expect(seen.violation).toBeGreaterThan(20);
    expect(learned).toBeGreaterThan(20);
  });

  it.each([
    { transactions: 400, sessions: 20, keys: 10_000, operations: 15, readPercent: 50 },
    { transactions: 400, sessions: 20, keys: 20, operations: 6, readPercent: 20 },
    { transactions: 1_000, sessions: 4, keys: 30, operations: 8, readPercent: 30 },
    { transactions: 1_000, sessions: 100, keys: 100, operations: 6, readPercent: 50 },
    { transactions: 2_000, sessions: 20, keys: 50, operations: 4, readPercent: 50 },
  ])('are decided of $transactions transactions over $keys keys', (shape) => {
    for (const engine of ['serial', 'snapshot'] as const) {
      const history = sessionHistory(randomStream('1', 'large'), { ...shape, engine });
      expect(judged(history, 'snapshot-isolation')).toBe('ok');
      for (const level of ['prefix', 'causal', 'read-atomic'] as const) {
        expect([level, judged(history, level)]).toEqual([level, 'ok']);
      }
      const serial = judged(history, 'serializable');
      if (engine === 'serial') expect(serial).toBe('ok');
      expect(serial).not.toBe('undecided');
    }
  });

  it('are undecided, and say why, beyond the budget and beyond what memory holds', () => {
    const history = flawedHistory(1, { transactions: 200, engine: 'serial', flaw: 'none' });
    const short = decideIsolation(history, 'serializable', { stepsMax: 100 });
    expect([short.verdict, short.reason]).toEqual(['undecided', 'the budget of 100 steps ran out']);
    const many = Array.from({ length: 23_000 }, (_, at): RegisterTransaction => {
      const operations = [['w', 'x', at] as const];
      const frame = { id: at + 1, process: at % 10, calledAt: 2 * at, returnedAt: 2 * at + 1 };
      return { ...frame, operations, outcome: 'ok' };
    });
    const { verdict, reason } = decideIsolation(many, 'snapshot-isolation');
    expect([verdict, reason]).toEqual([
      'undecided',
      'more than 45000 starts and commits take too much memory',
    ]);
  });

  it('are found violated by stores that lose updates or fork, in a few transactions of a thousand', () => {
    for (const flaw of SESSION_FLAWS) {
      let found = 0;
      for (let seed = 0; seed < 6; seed++) {
        const history = flawedHistory(seed, {
          transactions: 1_000,
          ...{ sessions: 20, keys: 30, operations: 6, readPercent: 50, flaw, flawedOneIn: 100 },
          ...{ engine: 'snapshot', readsFirst: false },
        });
        const { verdict, core } = decideIsolation(history, 'snapshot-isolation');
        expect(verdict).not.toBe('undecided');
        if (verdict !== 'violation') continue;
        found++;
        expect(core.length).toBeLessThan(20);
      }
      expect([flaw, found]).not.toEqual([flaw, 0]);
    }
  });
});
