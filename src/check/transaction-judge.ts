// Judging the isolation of a history of transactions over lists or registers (isolation/).
// Not here: which of the two a history is for (model-guess.ts).

import type { ClientEvent } from './format/client-events.js';
import { FormatError } from './format/line-scanner.js';
import type { HistoryJudge, JudgeOptions } from './history-judge.js';
import {
  checkListAppend,
  checkRegisters,
  type IsolationJudgement,
  type IsolationOptions,
} from './isolation/isolation.js';
import { type Key, showList, type Transaction, type Value } from './isolation/transaction.js';
import { readTransactions, type TransactionHistory } from './isolation/transaction-events.js';
import { verifyIsolation } from './isolation/verify.js';
import type { Judged, OperationRow } from './judged.js';

type AnyTransaction = Transaction<
  readonly [f: 'append' | 'w' | 'r', Key, Value | readonly Value[] | null]
>;

export class TransactionHistoryJudge implements HistoryJudge {
  private readonly over: TransactionHistory['over'];
  private readonly events: ClientEvent[] = [];

  constructor(over: TransactionHistory['over']) {
    this.over = over;
  }

  event(event: ClientEvent): void {
    this.events.push(event);
  }

  finish({ level }: JudgeOptions): Judged {
    const history = readTransactions(this.events);
    if (history.over !== this.over && history.transactions.some(writes)) {
      const found = `transactions over ${history.over}`;
      throw new FormatError(`expected transactions over ${this.over}, but found ${found}`, {
        line: this.events[0]?.line ?? 1,
        column: this.events[0]?.column ?? 1,
      });
    }
    const judgement = judge(history, level === undefined ? {} : { models: [level] });
    const { certificate, verdict } = judgement;
    const missing = verdict === 'undecided' ? null : 'there is no certificate';
    const ids = new Set(judgement.core);
    const transactions: readonly AnyTransaction[] = history.transactions;
    return {
      judgement,
      count: transactions.length,
      refuted: certificate === null ? missing : verifyIsolation(history, certificate),
      core: transactions.filter(({ id }) => ids.has(id)).map(rowOf),
    };
  }
}

function judge(history: TransactionHistory, options: IsolationOptions): IsolationJudgement {
  if (history.over === 'lists') return checkListAppend(history.transactions, options);
  return checkRegisters(history.transactions, options);
}

function writes({ operations }: AnyTransaction): boolean {
  return operations.some(([f]) => f !== 'r');
}

/** A transaction as a table shows it. */
export function rowOf(transaction: AnyTransaction): OperationRow {
  const { id, process, operations, calledAt, returnedAt, outcome } = transaction;
  const text = operations
    .map(([f, key, value]) => {
      const shown = Array.isArray(value) ? showList(value) : String(value ?? 'nil');
      return `${f} ${key} ${shown}`;
    })
    .join(', ');
  return { id, client: process, text, callUs: calledAt, returnUs: returnedAt, outcome };
}
