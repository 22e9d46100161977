// Transfers between accounts: every read of all balances shows the same total, and none below zero.

import { type Datum, DatumMap, formatDatum } from '../format/datum.js';
import { type Call, type WorkloadJudgement, workloadJudgement } from './calls.js';

export interface BankOptions {
  /** Default: what the first read shows. */
  readonly total?: number;
  readonly negativeBalances?: boolean;
}

/** Judges reads, whose value maps accounts to balances. O(balances read). */
export function checkBank(calls: readonly Call[], options: BankOptions = {}): WorkloadJudgement {
  let total = options.total ?? null;
  let first: Call | null = null;
  let reads = 0;
  let steps = 0;
  for (const call of calls) {
    if (call.f !== 'read' || call.outcome !== 'ok') continue;
    const balances = balancesOf(call.answered);
    reads++;
    steps += balances.length;
    const sum = balances.reduce((a, [, balance]) => a + balance, 0);
    if (total === null) {
      total = sum;
      first = call;
    }
    if (sum !== total) {
      const other = first === null ? `${total}` : `${total}, which read ${first.id} showed`;
      const reason = `read ${call.id} shows a total of ${sum} instead of ${other}: ${formatDatum(call.answered)}`;
      const core = first === null ? [call.id] : [first.id, call.id];
      return workloadJudgement('bank', reads, steps, { reason, core });
    }
    const below = balances.find(([, balance]) => balance < 0);
    if (below !== undefined && options.negativeBalances !== true) {
      const reason = `read ${call.id} shows a balance of ${below[1]} on account ${below[0]}`;
      return workloadJudgement('bank', reads, steps, { reason, core: [call.id] });
    }
  }
  return workloadJudgement('bank', reads, steps, null);
}

function balancesOf(value: Datum): [account: string, balance: number][] {
  if (!(value instanceof DatumMap)) return [];
  return value.keys.map((key, i) => [formatDatum(key), Number(value.values[i])]);
}
