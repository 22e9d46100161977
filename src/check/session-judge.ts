// Judging transactions in sessions (DBCop, PolySI), completely, by the decision of a level. A file may hold
// several histories, and a history may be for several levels.
// Such files have no clock, so real time, and with it strict serializability, cannot be asked for.

import type { Json } from './format/json.js';
import { FormatError } from './format/line-scanner.js';
import { type PlaceIn, parsed } from './format/parsed.js';
import { sessionCaseSchema } from './format/schema/session-schema.js';
import type { HistoryJudge, JudgeOptions } from './history-judge.js';
import { canonicalModel } from './isolation/consistency-model.js';
import { type DecidedLevel, decideIsolation } from './isolation/decision/decide.js';
import { verifyDecision } from './isolation/decision/verify-decision.js';
import { readSessions } from './isolation/session-records.js';
import type { RegisterTransaction } from './isolation/transaction.js';
import type { CheckedCase, Judged } from './judged.js';
import { judgedCases } from './judged-cases.js';
import { rowOf } from './transaction-judge.js';

/** Levels by the names that DBCop gives them. */
const DBCOP_LEVELS: Readonly<Record<string, DecidedLevel>> = {
  CommittedRead: 'read-committed',
  RepeatableRead: 'repeatable-read',
  AtomicRead: 'read-atomic',
  Causal: 'causal',
  Prefix: 'prefix',
  SnapshotIsolation: 'snapshot-isolation',
  Serializable: 'serializable',
};

/** Levels by Adya's names, or where he has none by those of Cerone and others. */
const LEVELS: Readonly<Record<string, DecidedLevel>> = {
  'PL-2': 'read-committed',
  'PL-2.99': 'repeatable-read',
  'read-atomic': 'read-atomic',
  'causal-cerone': 'causal',
  causal: 'causal',
  prefix: 'prefix',
  'PL-SI': 'snapshot-isolation',
  'PL-3': 'serializable',
};

interface SessionCase {
  readonly name: string | null;
  readonly transactions: readonly RegisterTransaction[];
  readonly expected: readonly DecidedLevel[];
}

export class SessionHistoryJudge implements HistoryJudge {
  private readonly defaultLevel: DecidedLevel;
  private readonly histories: SessionCase[] = [];

  /** `defaultLevel` is for histories that name none. */
  constructor(defaultLevel: DecidedLevel) {
    this.defaultLevel = defaultLevel;
  }

  line(json: Json, placeIn: PlaceIn): void {
    const { test, sessions, expected = {} } = parsed(sessionCaseSchema, json, placeIn);
    const levels = Object.keys(expected).map((name) => {
      const level = DBCOP_LEVELS[name];
      if (level !== undefined) return level;
      const names = Object.keys(DBCOP_LEVELS).join(', ');
      throw new FormatError(
        `expected a level (${names}), but found ${name}`,
        placeIn(['expected', name]),
      );
    });
    const name = test ?? null;
    this.histories.push({ name, transactions: readSessions(sessions), expected: levels });
  }

  finish({ level, stepsMax }: JudgeOptions): Judged {
    const options = stepsMax === undefined ? {} : { stepsMax };
    const asked = level === undefined ? null : decidedLevel(level);
    const cases = this.histories.flatMap(({ name, transactions, expected }, at) => {
      const named = expected.length > 0 ? expected : [this.defaultLevel];
      const levels = asked === null ? named : [asked];
      return levels.map((one): CheckedCase => {
        const judgement = decideIsolation(transactions, one, options);
        const { certificate, core } = judgement;
        const ids = new Set(core);
        return {
          name: name ?? `history ${at + 1}`,
          judgement,
          count: transactions.length,
          refuted: certificate && verifyDecision(transactions, one, certificate),
          core: transactions.filter(({ id }) => ids.has(id)).map(rowOf),
        };
      });
    });
    const [only] = this.histories;
    if (this.histories.length === 1 && cases.length === 1 && only!.name === null) return cases[0]!;
    const count = this.histories.reduce((sum, { transactions }) => sum + transactions.length, 0);
    return judgedCases(cases, count);
  }
}

function decidedLevel(name: string): DecidedLevel {
  const level = LEVELS[canonicalModel(name)];
  if (level !== undefined) return level;
  const names = [...new Set(Object.values(LEVELS))].join(', ');
  throw new FormatError(
    `histories in sessions have no times, and are judged for one of ${names}, not for ${name}`,
    { line: 1, column: 1 },
  );
}
