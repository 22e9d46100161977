// Transactions as clients saw them: operations over lists or registers, an interval, an outcome.
// Not here: judging them, or reading them from files. A read's value is null where nobody had written.

import type { Outcome } from '../../base/trace.js';

export type Key = string | number;
/** Compared by identity: 1 and '1' differ. Writes of one key carry distinct values. */
export type Value = string | number | boolean | bigint;

/** Appends a value to a list, or reads the whole list; null and the empty list are the same. */
export type ListOperation =
  | readonly ['append', Key, Value]
  | readonly ['r', Key, readonly Value[] | null];

/** Writes a register, or reads it. */
export type RegisterOperation = readonly ['w', Key, Value] | readonly ['r', Key, Value | null];

/** One transaction of one process. Times are any scale on which a return before a call is less. */
export interface Transaction<Op> {
  /** Unique within the history. */
  readonly id: number;
  /** A process runs one transaction at a time, in the order of the history. */
  readonly process: number;
  /** What it did; where the outcome is not `ok`, reads tell nothing. */
  readonly operations: readonly Op[];
  /** `-Infinity` if nobody knows. */
  readonly calledAt: number;
  /** `Infinity` if no answer came. */
  readonly returnedAt: number;
  /** `fail`: it had no effect and never will. `unknown`: it counts once somebody read what it wrote. */
  readonly outcome: Outcome;
}

export type ListTransaction = Transaction<ListOperation>;
export type RegisterTransaction = Transaction<RegisterOperation>;

/**
 * Why values cannot be compared, or null: JavaScript has two types of integers, and 1 and 1n differ, so a
 * history that has both may well mean one (Elle asks this of Java's types). Integers from 2^53 on are
 * bigints where others are numbers, as in the formats. O(values).
 */
export function mixedIntegers(
  transactions: readonly Transaction<readonly [string, Key, Value | readonly Value[] | null]>[],
): string | null {
  let number: Value | null = null;
  let bigint: Value | null = null;
  const look = (value: Value): void => {
    if (Number.isInteger(value)) number ??= value;
    else if (typeof value === 'bigint' && value === BigInt.asIntN(53, value)) bigint ??= value;
  };
  for (const { operations } of transactions) {
    for (const [, , value] of operations) {
      if (typeof value !== 'object') look(value);
      else if (value !== null) for (const element of value) look(element);
    }
  }
  if (number === null || bigint === null) return null;
  return `a mix of integer types: ${String(number)} is a number and ${String(bigint)} a bigint, and equal ones of both would differ`;
}

/** A list as `[1 2 3]`; long ones lose their middle. */
export function showList(list: readonly Value[] | null): string {
  if (list === null) return '[]';
  if (list.length <= LIST_SHOWN) return `[${list.join(' ')}]`;
  return `[${list.slice(0, 3).join(' ')} … ${list.slice(-5).join(' ')}]`;
}

const LIST_SHOWN = 12;
