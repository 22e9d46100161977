// Elle's own cases: 39 of its test calls with the anomalies it asserts.

import { describe, expect, it } from 'vitest';
import { decideIsolation } from '../../../src/check/isolation/decision/decide.js';
import { checkListAppend } from '../../../src/check/isolation/isolation.js';
import { readTransactions } from '../../../src/check/isolation/transaction-events.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import { assumptions, CASES, events, expectedOf, judge, VERDICTS } from './elle-cases.js';

/**
 * Asserts of a call, not of a history, that Elle throws where a short 1 meets a long 1. No text of a history
 * has types of integers, EDN and JSON alike, so what can be judged of it is the call, with JavaScript's two.
 */
const OF_TYPES = 79;

describe("Elle's cases", () => {
  const judged = CASES.filter(({ id }) => id !== OF_TYPES);

  it('are all here, and all but one are histories', () => {
    expect(CASES).toHaveLength(39);
    expect(judged).toHaveLength(38);
  });

  it.each(judged.map((one) => [`${one.id} ${one.checker} ${one.test}`, one] as const))(
    '%s',
    (_, one) => {
      const read = readTransactions(events(one.history));
      const judgement = judge(one, read);
      if (judgement.certificate !== null) {
        expect(verifyIsolation(read, judgement.certificate, assumptions(one))).toBeNull();
      } else expect(judgement.verdict).toBe('undecided');
      const expected = expectedOf(one);
      expect({
        valid: VERDICTS[judgement.verdict],
        types: judgement.anomalies,
      }).toEqual({ valid: expected['valid?'], types: expected['anomaly-types'] ?? [] });
      if (expected.not !== undefined) expect(judgement.not).toEqual(expected.not);
    },
  );

  it('of a mix of integer types is refused, where types can be told', () => {
    const one = CASES.find(({ id }) => id === OF_TYPES)!;
    const read = readTransactions(events(one.history));
    if (read.over !== 'registers') expect.fail('not over registers');
    // As it is written, both are 1, nothing depends on anything, and nothing is said.
    expect(judge(one, read).reason).toBe(
      'no transaction depends on another, so nothing was tested',
    );
    const [short, long] = read.transactions;
    const typed = [short!, { ...long!, operations: [['r', 'x', 1n]] as const }];
    for (const judged of [
      judge(one, { over: 'registers', transactions: typed }),
      decideIsolation(typed, 'serializable'),
      checkListAppend([
        { ...short!, operations: [['append', 'x', 1]] },
        { ...long!, operations: [['r', 'x', [1n]]] },
      ]),
    ]) {
      expect(judged.verdict).toBe('undecided');
      expect(judged.reason).toBe(
        'a mix of integer types: 1 is a number and 1 a bigint, and equal ones of both would differ',
      );
    }
    // Integers that no number holds are bigints beside numbers.
    const large = 2n ** 60n;
    const both = [
      { ...short!, operations: [['w', 'x', 1]] as const },
      { ...long!, operations: [['w', 'x', large]] as const },
    ];
    expect(decideIsolation(both, 'serializable').verdict).toBe('ok');
  });
});
