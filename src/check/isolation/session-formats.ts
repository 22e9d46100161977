// Transaction histories in sessions: the JSON of DBCop and the lines of PolySI, as register transactions
// without times. A value nobody wrote but that stands for the start (0, or none) is the initial state.

import { FormatError } from '../format/line-scanner.js';
import type { RegisterOperation, RegisterTransaction } from './transaction.js';

/** One transaction of DBCop's JSON: `["w" | "r", variable, version]`, no version for the initial state. */
export interface SessionRecord {
  readonly committed: boolean;
  readonly ops: readonly (readonly [
    f: string,
    variable: string | number,
    version: number | null,
    ok?: boolean,
  ])[];
}

/** The value that keys hold before the first write, unless it is written as well. */
const START = 0;

/** Ids count from 1 through the sessions; a transaction that did not commit has failed. */
export function readSessions(
  sessions: readonly (readonly SessionRecord[])[],
): RegisterTransaction[] {
  const written = new Set<string>();
  for (const { ops } of sessions.flat()) {
    for (const [f, variable, version] of ops) {
      if (f === 'w') written.add(`${variable} ${String(version)}`);
    }
  }
  let id = 0;
  return sessions.flatMap((session, process) =>
    session.map(({ committed, ops }, at): RegisterTransaction => {
      id++;
      const operations = ops.map(([f, variable, version]): RegisterOperation => {
        if (f === 'w' && version !== null) return ['w', variable, version];
        const start = version === START && !written.has(`${variable} ${START}`);
        return ['r', variable, start ? null : version];
      });
      return {
        id,
        process,
        operations,
        calledAt: 2 * at,
        returnedAt: 2 * at + 1,
        outcome: committed ? 'ok' : 'fail',
      };
    }),
  );
}

/** Reads PolySI's lines, `r(key,value,session,transaction)` and `w(...)`. Throws FormatError. */
export function parsePolySi(text: string): RegisterTransaction[] {
  const sessions = new Map<number, Map<number, SessionRecord['ops'][number][]>>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const match = /^([rw])\((\d+),(\d+),(\d+),(\d+)\)\s*$/.exec(line);
    if (match === null) {
      throw new FormatError('expected r(key,value,session,transaction) or w(...)', {
        line: at + 1,
        column: 1,
      });
    }
    const [key, value, session, transaction] = match.slice(2).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const transactions = sessions.get(session) ?? new Map<number, SessionRecord['ops'][number][]>();
    sessions.set(session, transactions);
    const ops = transactions.get(transaction) ?? [];
    transactions.set(transaction, ops);
    ops.push([match[1]!, key, value]);
  }
  return readSessions(
    [...sessions.values()].map((transactions) =>
      [...transactions.values()].map((ops) => ({ committed: true, ops })),
    ),
  );
}
