// The transactions scenario: passes on the node with evidence that is re-checked, finds answers that are
// falsified, and finds a bug planted in the node when linearizability looks away.

import { describe, expect, it } from 'vitest';
import { listTransactions } from '../../scenarios/transactions.js';
import { checkListAppend, type IsolationJudgement } from '../../src/check/isolation/isolation.js';
import type { ListTransaction } from '../../src/check/isolation/transaction.js';
import { verifyIsolation } from '../../src/check/isolation/verify.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { hunt } from '../mutants/hunting.js';

interface Judged {
  readonly transactions: readonly ListTransaction[];
  readonly judgement: IsolationJudgement;
}

const runs = ['1', '2', '3', '4', '5', '6'].map((seed): Judged => {
  let judged: Judged | null = null;
  const { verdict } = runPlan(compilePlan(listTransactions, seed), {
    onTransactions: (transactions, judgement) => {
      judged = { transactions, judgement };
    },
  });
  expect([seed, verdict]).toEqual([seed, 'pass']);
  expect(judged).not.toBeNull();
  return judged!;
});

describe('transactions over lists', () => {
  it('are strictly serializable, and the order executes', () => {
    for (const { transactions, judgement } of runs) {
      const answered = transactions.filter(({ outcome }) => outcome === 'ok');
      const appends = answered.filter(({ operations }) => operations.some(([f]) => f === 'append'));
      expect(appends.length).toBeGreaterThan(50);
      expect(answered.length - appends.length).toBeGreaterThan(50);
      const { certificate } = judgement;
      expect(certificate?.kind === 'claims' && certificate.claims[0]!.serial).toBe(true);
      expect(verifyIsolation({ over: 'lists', transactions }, certificate!)).toBeNull();
    }
  });

  it('are not, if one read is told an older state', () => {
    for (const { transactions } of runs) {
      const { falsified, id } = withStaleRead(transactions);
      const judgement = checkListAppend(falsified, { closed: true });
      expect(judgement.verdict).toBe('violation');
      expect(judgement.reason).toContain(`T${id}`);
      expect(
        verifyIsolation({ over: 'lists', transactions: falsified }, judgement.certificate!),
      ).toBeNull();
    }
  });

  it('show a store that ignores what transactions compare', async () => {
    const caught = await hunt({
      id: 'txn-compares-nothing',
      scenario: 'transactions',
      changes: [
        {
          file: 'storage/mvcc/txn.ts',
          find: 'const succeeded = allHold(this.state, request.compare);',
          replace: 'const succeeded = true;',
        },
        {
          file: 'scenario/run.ts',
          find: 'watches: () => this.options.checks?.linearizability !== false',
          replace: 'watches: () => false',
        },
        {
          file: 'scenario/run.ts',
          find: 'this.judgeHistory() ?? this.judgeIsolation()',
          replace: 'this.judgeIsolation()',
        },
      ],
      caughtBy: ['ISOLATION-STRICT-SERIALIZABLE'],
      seedFrom: 1,
      seedTo: 3,
    });
    expect(caught.invariant).toBe('ISOLATION-STRICT-SERIALIZABLE');
    expect(caught.others).toEqual({});
  }, 60_000);
});

/** A late transaction that only reads is told its lists as they were six appends before. */
function withStaleRead(transactions: readonly ListTransaction[]): {
  falsified: ListTransaction[];
  id: number;
} {
  const at = transactions.findLastIndex(
    ({ outcome, operations }) =>
      outcome === 'ok' && operations.every(([f, , value]) => f === 'r' && (value?.length ?? 0) > 8),
  );
  const stale = transactions[at]!;
  const falsified = [...transactions];
  falsified[at] = {
    ...stale,
    operations: stale.operations.map(([f, key, value]) => {
      if (f !== 'r' || value === null) throw new Error('not a read');
      return [f, key, value.slice(0, -6)];
    }),
  };
  return { falsified, id: stale.id };
}
