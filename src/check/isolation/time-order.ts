// The order of real time and of processes as arcs. Real time by moments: n transactions need at most
// 4n arcs, however many ran at once, because who came before whom is read off a chain.

import { type ArcList, PROCESS, REALTIME } from './graph.js';
import type { Transaction } from './transaction.js';

/**
 * Adds arcs so that b can be reached from a exactly if a returned before b was called, and returns the
 * number of vertices including the moments, which follow the transactions. Those outside `counts` are
 * left out. O(n log n).
 */
export function addRealTime(
  arcs: ArcList,
  transactions: readonly Transaction<unknown>[],
  counts: Uint8Array,
): number {
  const calls: number[] = [];
  const returns: number[] = [];
  for (let i = 0; i < transactions.length; i++) {
    if (counts[i] === 0) continue;
    calls.push(i);
    if (transactions[i]!.outcome === 'ok') returns.push(i);
  }
  calls.sort((a, b) => ascending(transactions[a]!.calledAt, transactions[b]!.calledAt) || a - b);
  returns.sort(
    (a, b) => ascending(transactions[a]!.returnedAt, transactions[b]!.returnedAt) || a - b,
  );
  let vertices = transactions.length;
  let moment = -1;
  let returned = 0;
  for (const call of calls) {
    const { calledAt } = transactions[call]!;
    let opened = false;
    // Times are closed: a return at the moment of a call is not before it.
    while (returned < returns.length && transactions[returns[returned]!]!.returnedAt < calledAt) {
      if (!opened) {
        opened = true;
        const next = vertices++;
        if (moment >= 0) arcs.add(moment, next, REALTIME, -1, -1);
        moment = next;
      }
      arcs.add(returns[returned]!, moment, REALTIME, -1, -1);
      returned++;
    }
    if (moment >= 0) arcs.add(moment, call, REALTIME, -1, -1);
  }
  return vertices;
}

/** Adds an arc from each transaction that returned to the next one of its process. O(n log n). */
export function addProcesses(
  arcs: ArcList,
  transactions: readonly Transaction<unknown>[],
  counts: Uint8Array,
): void {
  const last = new Map<number, number>();
  const order = transactions.map((_, index) => index);
  order.sort((a, b) => ascending(transactions[a]!.calledAt, transactions[b]!.calledAt) || a - b);
  for (const index of order) {
    if (counts[index] === 0) continue;
    const { process, outcome } = transactions[index]!;
    const before = last.get(process);
    if (before !== undefined) arcs.add(before, index, PROCESS, -1, -1);
    // One without an answer may still take effect after the next of its process.
    if (outcome === 'ok') last.set(process, index);
  }
}

function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
