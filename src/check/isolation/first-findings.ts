// What an inference finds wrong before it has an order: of each anomaly the first, which is enough for a verdict.

import type { Finding } from './finding.js';
import type { Key, Value } from './transaction.js';

export class FirstFindings {
  readonly all: Finding[] = [];
  private readonly transactions: readonly { readonly id: number }[];
  private readonly anomalies = new Set<string>();

  constructor(transactions: readonly { readonly id: number }[]) {
    this.transactions = transactions;
  }

  add(finding: Finding): void {
    if (this.anomalies.has(finding.anomaly)) return;
    this.anomalies.add(finding.anomaly);
    this.all.push(finding);
  }

  /** What some transactions, by their places, show by themselves. `text` is asked for the first alone. */
  direct(
    anomaly: string,
    transactions: readonly number[],
    key: Key,
    value: Value | null,
    text: () => string,
  ): void {
    if (this.anomalies.has(anomaly)) return;
    const ids = transactions.map((t) => this.transactions[t]!.id);
    this.add({ kind: 'direct', anomaly, transactions: ids, key, value, text: text() });
  }
}
