// Small histories against the definition: some order of the transactions that took effect executes.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import { decideIsolation } from '../../../src/check/isolation/decision/decide.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import { checkListAppend, checkRegisters } from '../../../src/check/isolation/isolation.js';
import type {
  ListTransaction,
  RegisterTransaction,
  Transaction,
  Value,
} from '../../../src/check/isolation/transaction.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
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

type AnyTransaction = ListTransaction | RegisterTransaction;

/** Tries every order; what has no answer is in it or not. */
function hasOrder(
  transactions: readonly AnyTransaction[],
  level: string,
  sessions = false,
): boolean {
  const live = transactions.filter(({ outcome }) => outcome !== 'fail');
  const place = (
    left: readonly AnyTransaction[],
    lists: ReadonlyMap<unknown, Value[]>,
  ): boolean => {
    if (left.every(({ outcome }) => outcome !== 'ok')) return true;
    return left.some((one) => {
      if (!mayBeNext(one, left, level, sessions)) return false;
      const after = execute(one, lists);
      return (
        after !== null &&
        place(
          left.filter((other) => other !== one),
          after,
        )
      );
    });
  };
  return place(live, new Map());
}

function mayBeNext(
  one: Transaction<unknown>,
  left: readonly Transaction<unknown>[],
  level: string,
  sessions: boolean,
): boolean {
  return left.every((other) => {
    if (other === one || other.outcome !== 'ok') return true;
    const before = other.process === one.process && other.calledAt < one.calledAt;
    if (sessions && before) return false;
    if (level === 'strict-serializable') return other.returnedAt >= one.calledAt;
    return true;
  });
}

function execute(
  one: AnyTransaction,
  lists: ReadonlyMap<unknown, Value[]>,
): ReadonlyMap<unknown, Value[]> | null {
  const after = new Map(lists);
  for (const [f, key, value] of one.operations) {
    const list = after.get(key) ?? [];
    if (f === 'append') after.set(key, [...list, value]);
    else if (f === 'w') after.set(key, [value]);
    else if (one.outcome === 'ok') {
      const read = value === null ? [] : Array.isArray(value) ? value : [value];
      if (read.join() !== list.join()) return null;
    }
  }
  return after;
}
