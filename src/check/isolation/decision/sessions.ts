// Transactions in sessions, with every read traced to the transaction whose write it returned: what the
// decision of an isolation level starts from (Biswas & Enea, OOPSLA 2019).
// Not here: deciding. Values are distinct per key, so a read has one source or is wrong by itself.

import { type Key, mixedIntegers, type RegisterTransaction, type Value } from '../transaction.js';

export interface TracedRead {
  readonly key: Key;
  /** Position in `transactions`; {@link INITIAL} for a key as it was before anybody wrote it. */
  readonly source: number;
}

export interface SessionTransaction {
  readonly id: number;
  readonly session: number;
  readonly calledAt: number;
  readonly returnedAt: number;
  /** In order, without those that return the transaction's own write. */
  readonly reads: readonly TracedRead[];
  readonly writes: ReadonlySet<Key>;
}

export interface Sessions {
  readonly transactions: readonly SessionTransaction[];
  /** Positions of each session's transactions, in order. */
  readonly sessions: readonly (readonly number[])[];
}

/** What no order can explain. */
export interface WrongRead {
  readonly anomaly: 'G1a' | 'G1b' | 'internal' | 'future-read' | 'unwritten-read';
  readonly transactions: readonly number[];
  readonly key: Key;
  readonly value: Value | null;
  readonly text: string;
}

/** The writer of the state before the history. */
export const INITIAL = -1;

/** Traces reads; or says which read is wrong whatever the order, or why reads cannot be traced. */
export function traceReads(
  history: readonly RegisterTransaction[],
): { readonly traced: Sessions } | { readonly wrong: WrongRead } | { readonly unusable: string } {
  const mixed = mixedIntegers(history);
  if (mixed !== null) return { unusable: mixed };
  const writers = new Map<Key, Map<Value, RegisterTransaction>>();
  for (const transaction of history) {
    for (const [f, key, value] of transaction.operations) {
      if (f === 'r') continue;
      const values = writers.get(key) ?? new Map<Value, RegisterTransaction>();
      writers.set(key, values);
      const other = values.get(value);
      if (other !== undefined) {
        return {
          unusable: `${String(value)} was written to ${key} by T${other.id} and by T${transaction.id}: where values repeat, reads do not tell who wrote`,
        };
      }
      values.set(value, transaction);
    }
  }
  const observed = new Set<RegisterTransaction>();
  for (const { operations, outcome } of history) {
    if (outcome !== 'ok') continue;
    for (const [f, key, value] of operations) {
      const writer = f === 'r' && value !== null ? writers.get(key)?.get(value) : undefined;
      if (writer !== undefined) observed.add(writer);
    }
  }
  // One without an answer that nobody read can be left out of any order.
  const live = history
    .filter((one) => one.outcome === 'ok' || (one.outcome === 'unknown' && observed.has(one)))
    .sort((a, b) => (a.calledAt < b.calledAt ? -1 : a.calledAt > b.calledAt ? 1 : 0));
  const position = new Map(live.map((one, at) => [one, at] as const));
  const transactions: SessionTransaction[] = [];
  const sessions = new Map<number, number[]>();
  for (const [at, one] of live.entries()) {
    const reads: TracedRead[] = [];
    const own = new Map<Key, Value>();
    for (const [f, key, value] of one.operations) {
      if (f === 'w') {
        own.set(key, value);
        continue;
      }
      if (one.outcome !== 'ok') continue;
      const source = value === null ? null : (writers.get(key)?.get(value) ?? undefined);
      const wrong = wrongRead(one, key, value, source, own);
      if (wrong !== null) return { wrong };
      if (own.has(key)) continue;
      reads.push({ key, source: source == null ? INITIAL : position.get(source)! });
    }
    const { id, process, calledAt, returnedAt, outcome } = one;
    transactions.push({
      id,
      session: process,
      calledAt,
      returnedAt: outcome === 'ok' ? returnedAt : Number.POSITIVE_INFINITY,
      reads,
      writes: new Set(own.keys()),
    });
    const session = sessions.get(process);
    if (session === undefined) sessions.set(process, [at]);
    else session.push(at);
  }
  return { traced: { transactions, sessions: [...sessions.values()] } };
}

/** `source`: null for the initial state, undefined if nobody wrote the value. */
function wrongRead(
  reader: RegisterTransaction,
  key: Key,
  value: Value | null,
  source: RegisterTransaction | null | undefined,
  own: ReadonlyMap<Key, Value>,
): WrongRead | null {
  const shown = `T${reader.id} read ${key} = ${String(value)}`;
  const wrong = (
    anomaly: WrongRead['anomaly'],
    others: readonly RegisterTransaction[],
    text: string,
  ): WrongRead => ({
    anomaly,
    transactions: [reader, ...others].map(({ id }) => id),
    key,
    value,
    text,
  });
  if (own.has(key)) {
    if (own.get(key) === value) return null;
    return wrong('internal', [], `${shown} after it had written ${String(own.get(key))} itself`);
  }
  if (source === undefined) return wrong('unwritten-read', [], `${shown}, which nobody ever wrote`);
  if (source === null) return null;
  if (source === reader) return wrong('future-read', [], `${shown} before it wrote that itself`);
  if (source.outcome === 'fail') {
    return wrong('G1a', [source], `${shown}, but T${source.id}, which wrote it, had failed`);
  }
  const last = source.operations.findLast(([f, k]) => f === 'w' && k === key);
  if (last?.[2] === value) return null;
  return wrong('G1b', [source], `${shown}, but T${source.id} went on to overwrite it`);
}
