// Transactions from the events of Jepsen and Elle histories: the value of an event is a list of
// micro-operations, `[:append k v]` or `[:w k v]` or `[:r k v]`. The order of events is that of time.

import type { ClientEvent } from '../format/client-events.js';
import { type Datum, formatDatum, nameOf } from '../format/datum.js';
import { FormatError } from '../format/line-scanner.js';
import type {
  Key,
  ListTransaction,
  RegisterTransaction,
  Transaction,
  Value,
} from './transaction.js';

/** A history over lists or over registers, told by its operations. Only reads of scalars are of registers. */
export type TransactionHistory =
  | { readonly over: 'lists'; readonly transactions: readonly ListTransaction[] }
  | { readonly over: 'registers'; readonly transactions: readonly RegisterTransaction[] };

type AnyOperation = readonly [f: 'append' | 'w' | 'r', Key, Value | readonly Value[] | null];

/**
 * Pairs calls with returns. An id is the `:index` of the event that ended the transaction, or where
 * events have none, its position. Throws FormatError.
 */
export function readTransactions(events: readonly ClientEvent[]): TransactionHistory {
  const indexed = events.every(({ index }) => index !== null);
  const open = new Map<number, { event: ClientEvent; at: number }>();
  const out: Transaction<AnyOperation>[] = [];
  const idOf = (event: ClientEvent, at: number): number => (indexed ? event.index! : at);
  const unknown = (event: ClientEvent, at: number): void => {
    const operations = operationsOf(event);
    const process = event.process ?? NOBODY;
    out.push({
      id: idOf(event, at),
      process,
      operations,
      calledAt: at,
      returnedAt: Number.POSITIVE_INFINITY,
      outcome: 'unknown',
    });
  };
  for (const [at, event] of events.entries()) {
    const process = event.process ?? NOBODY;
    const call = open.get(process);
    if (event.type === 'invoke') {
      // Its answer never came, or cannot be told apart from another's.
      if (call !== undefined) unknown(call.event, call.at);
      open.set(process, { event, at });
      continue;
    }
    open.delete(process);
    const operations = operationsOf(event.type === 'ok' || call === undefined ? event : call.event);
    out.push({
      id: idOf(event, at),
      process,
      operations,
      calledAt: call?.at ?? Number.NEGATIVE_INFINITY,
      returnedAt: event.type === 'info' ? Number.POSITIVE_INFINITY : at,
      outcome: event.type === 'info' ? 'unknown' : event.type,
    });
  }
  for (const { event, at } of open.values()) unknown(event, at);
  const operations = out.flatMap((transaction) => transaction.operations);
  const lists = operations.some(([f, , value]) => f === 'append' || Array.isArray(value));
  const strange = operations.find(([f]) => f === (lists ? 'w' : 'append'));
  if (strange !== undefined) {
    throw new FormatError('expected appends to lists or writes to registers, but found both', {
      line: 1,
      column: 1,
    });
  }
  return lists
    ? { over: 'lists', transactions: out as unknown as ListTransaction[] }
    : { over: 'registers', transactions: out as unknown as RegisterTransaction[] };
}

/** Events without a process are all of one. */
const NOBODY = -1;

function operationsOf(event: ClientEvent): AnyOperation[] {
  const { value, line, column } = event;
  const fail = (found: Datum): never => {
    throw new FormatError(
      `expected a list of [:append k v], [:w k v] or [:r k v], but found ${formatDatum(found)}`,
      { line, column },
    );
  };
  if (value === null) return [];
  if (!Array.isArray(value)) return fail(value);
  return value.map((one: Datum): AnyOperation => {
    if (!Array.isArray(one)) return fail(one);
    const f = nameOf(one[0]);
    const key = keyOf(one[1] ?? null);
    const argument: Datum = one[2] ?? null;
    if (f === 'r') {
      if (argument === null) return [f, key, null];
      return [f, key, Array.isArray(argument) ? argument.map(scalarOf) : scalarOf(argument)];
    }
    if ((f !== 'append' && f !== 'w') || argument === null) return fail(one);
    return [f, key, scalarOf(argument)];
  });
}

function keyOf(datum: Datum): Key {
  return typeof datum === 'number' ? datum : (nameOf(datum) ?? formatDatum(datum));
}

function scalarOf(datum: Datum): Value {
  if (datum === null || typeof datum === 'object') return formatDatum(datum);
  return datum;
}
