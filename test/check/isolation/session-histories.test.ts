// The known verdicts of DBCop's and PolySI's test histories, each with evidence that is checked again.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolySi } from '../../../src/check/format/polysi.js';
import {
  type DecidedLevel,
  decideIsolation,
} from '../../../src/check/isolation/decision/decide.js';
import { verifyDecision } from '../../../src/check/isolation/decision/verify-decision.js';
import { readSessions, type SessionRecord } from '../../../src/check/isolation/session-records.js';
import type { RegisterTransaction } from '../../../src/check/isolation/transaction.js';

const FOLDER = join(import.meta.dirname, '../../data/histories');

interface Case {
  readonly test: string;
  readonly sessions: readonly (readonly SessionRecord[])[];
  readonly expected: Readonly<Record<string, boolean>>;
}

const LEVELS: Readonly<Record<string, DecidedLevel>> = {
  CommittedRead: 'read-committed',
  RepeatableRead: 'repeatable-read',
  AtomicRead: 'read-atomic',
  Causal: 'causal',
  Prefix: 'prefix',
  SnapshotIsolation: 'snapshot-isolation',
  Serializable: 'serializable',
};

const dbcop = JSON.parse(readFileSync(join(FOLDER, 'dbcop/cases.json'), 'utf8')) as Case[];
const polysi = JSON.parse(readFileSync(join(FOLDER, 'polysi/test_cases.json'), 'utf8')) as Case[];

describe("DBCop's and PolySI's histories", () => {
  const cases = [...dbcop, ...polysi];
  const verdicts = cases.flatMap(({ expected }) => Object.keys(expected));

  it('are all here', () => {
    expect([dbcop.length, polysi.length]).toEqual([33, 8]);
    expect(verdicts).toHaveLength(VERDICTS);
    for (const name of verdicts) expect(LEVELS).toHaveProperty(name);
  });

  it.each(cases.map((one) => [one.test, one] as const))('%s', (_, { sessions, expected }) => {
    const history = readSessions(sessions);
    for (const [name, holds] of Object.entries(expected)) {
      expect([name, judged(history, LEVELS[name]!)]).toEqual([name, holds ? 'ok' : 'violation']);
    }
  });

  it('hold operations that failed: a read tells nothing, a write counts if it was read', () => {
    const history = readSessions([
      [
        {
          committed: true,
          ops: [
            ['w', 'x', 1, true],
            ['w', 'y', 1, false],
            ['w', 'z', 1, false],
          ],
        },
      ],
      [
        {
          committed: true,
          ops: [
            ['r', 'x', 7, false],
            ['r', 'y', 1, true],
            ['r', 'z', null, true],
          ],
        },
      ],
    ]);
    expect(history.map(({ operations }) => operations)).toEqual([
      [
        ['w', 'x', 1],
        ['w', 'y', 1],
      ],
      [
        ['r', 'y', 1],
        ['r', 'z', null],
      ],
    ]);
    expect(judged(history, 'serializable')).toBe('ok');
  });

  it('agree with the hierarchy of levels', () => {
    const order = Object.values(LEVELS);
    for (const { test, sessions } of cases) {
      const history = readSessions(sessions);
      const ok = order.map((level) => judged(history, level) === 'ok');
      const first = ok.indexOf(false);
      expect([test, ok.slice(first === -1 ? order.length : first)].flat()).not.toContain(true);
    }
  });

  it.each(['galera', 'yugabyte'])('%s violates snapshot isolation', (name) => {
    const text = readFileSync(join(FOLDER, `polysi/violations/${name}/${name}.txt`), 'utf8');
    expect(judged(parsePolySi(text), 'snapshot-isolation')).toBe('violation');
  });
});

/** Verdicts in both files; a level that a case does not name is not asserted. */
const VERDICTS = 53;

function judged(history: readonly RegisterTransaction[], level: DecidedLevel): string {
  const { verdict, certificate } = decideIsolation(history, level);
  if (certificate !== null) expect(verifyDecision(history, level, certificate)).toBeNull();
  return verdict;
}
