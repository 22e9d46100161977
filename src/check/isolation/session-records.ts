// Transaction histories in sessions, as DBCop's JSON and PolySI's lines hold them, as register transactions
// without times. A value nobody wrote but that stands for the start (0, or none) is the initial state.
// Not here: reading the text (format/).

import type { RegisterOperation, RegisterTransaction } from './transaction.js';

/**
 * One transaction of DBCop's JSON: `["w" | "r", variable, version]`, no version for the initial state. An
 * operation may say that it failed: then a read tells nothing, and a write counts once somebody read it.
 */
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
  const read = new Set<string>();
  for (const { ops } of sessions.flat()) {
    for (const [f, variable, version, ok] of ops) {
      if (f === 'w') written.add(`${variable} ${String(version)}`);
      else if (ok !== false) read.add(`${variable} ${String(version)}`);
    }
  }
  let id = 0;
  return sessions.flatMap((session, process) =>
    session.map(({ committed, ops }, at): RegisterTransaction => {
      id++;
      const counted = ops.filter(
        ([f, variable, version, ok]) =>
          ok !== false || (f === 'w' && read.has(`${variable} ${String(version)}`)),
      );
      const operations = counted.map(([f, variable, version]): RegisterOperation => {
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
