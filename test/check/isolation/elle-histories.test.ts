// Elle's own cases: 39 of its test calls with the anomalies it asserts.

import { describe, expect, it } from 'vitest';
import { readTransactions } from '../../../src/check/isolation/transaction-events.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import { assumptions, CASES, events, expectedOf, judge, VERDICTS } from './elle-cases.js';

/** What the converted data no longer holds. */
const NOT_JUDGED: ReadonlyMap<number, string> = new Map([
  [
    79,
    'expects Java to mind that a short 1 and a long 1 differ; JSON and JavaScript have one kind of number',
  ],
]);

describe("Elle's cases", () => {
  const judged = CASES.filter(({ id }) => !NOT_JUDGED.has(id));

  it('are all here, and all but one are judged', () => {
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
});
