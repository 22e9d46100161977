// Rows of transactions over lists. The peer's figure is Elle's own statement (its README): 100,000 to
// 160,000 transactions a second on a large machine with many cores.

import { randomStream } from '../../src/base/random.js';
import { checkListAppend } from '../../src/check/isolation/isolation.js';
import type { ListOperation, ListTransaction } from '../../src/check/isolation/transaction.js';
import type { Row } from './row.js';

const TRANSACTIONS = 100_000;
const CLIENTS = 20;
/** Lists in use at a time; a full one is replaced by a new one. */
const LISTS = 10;
const LENGTH_MAX = 32;

const peer = 'Elle 100-160 k txn/s (stated)';
/** 50,000 transactions a second. */
const targetMs = TRANSACTIONS / 50;

export const ISOLATION_ROWS: readonly Row[] = [
  {
    work: `list-append, ${CLIENTS} x ${TRANSACTIONS / CLIENTS} txns, strict`,
    peer,
    targetMs,
    prepare() {
      const history = serialHistory();
      return () => {
        const { verdict, steps } = checkListAppend(history, { closed: true });
        return { verdict, expected: 'ok', steps };
      };
    },
  },
  {
    work: 'the same with one stale read',
    peer,
    targetMs,
    prepare() {
      const history = withStaleRead(serialHistory());
      return () => {
        const { verdict, steps } = checkListAppend(history, { closed: true });
        return { verdict, expected: 'violation', steps };
      };
    },
  },
];

/** Transactions of a serial store, each with its effect at a moment between call and return. */
function serialHistory(): ListTransaction[] {
  const random = randomStream('1', 'bench/isolation');
  const free = Array.from({ length: CLIENTS }, () => 0);
  const moments = Array.from({ length: TRANSACTIONS }, (_, id) => {
    const process = id % CLIENTS;
    const calledAt = free[process]! + 1 + random.below(10);
    const at = calledAt + random.below(100);
    const returnedAt = at + random.below(100);
    free[process] = returnedAt;
    return { id, process, calledAt, at, returnedAt };
  });
  moments.sort((a, b) => a.at - b.at);
  const lists = Array.from({ length: LISTS }, (_, key) => ({ key, elements: [] as number[] }));
  let keys = LISTS;
  return moments.map(({ id, process, calledAt, returnedAt }): ListTransaction => {
    const operations = Array.from({ length: 1 + random.below(4) }, (): ListOperation => {
      const list = random.pick(lists);
      if (random.below(2) === 0) return ['r', list.key, [...list.elements]];
      const value = list.elements.length + 1;
      list.elements.push(value);
      return ['append', list.key, value];
    });
    for (const list of lists) {
      if (list.elements.length < LENGTH_MAX) continue;
      list.key = keys++;
      list.elements = [];
    }
    return { id, process, operations, calledAt, returnedAt, outcome: 'ok' };
  });
}

/** Somebody near the end is told a list without what had been appended long before. */
function withStaleRead(history: readonly ListTransaction[]): ListTransaction[] {
  const at = history.findLastIndex(
    ({ operations }) =>
      operations.length === 1 && operations[0]![0] === 'r' && operations[0]![2]!.length > 30,
  );
  const stale = history[at]!;
  const [, key] = stale.operations[0]!;
  return history.with(at, { ...stale, operations: [['r', key, [1]]] });
}
