// Elle's own cases: 39 of its test calls with what it asserts of each.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseClientEvents } from '../../../src/check/format/client-events.js';
import {
  checkListAppend,
  checkRegisters,
  type IsolationJudgement,
} from '../../../src/check/isolation/isolation.js';
import type { TransactionHistory } from '../../../src/check/isolation/transaction-events.js';
import type { VersionAssumptions } from '../../../src/check/isolation/version-order.js';

const FOLDER = join(import.meta.dirname, '../../data/histories/elle');

export interface Case {
  readonly id: number;
  readonly checker: 'list-append' | 'rw-register';
  readonly test: string;
  readonly opts: Readonly<Record<string, unknown>>;
  readonly history: readonly object[];
  readonly asserts: readonly {
    readonly 'full-result'?: boolean;
    readonly expected: unknown;
  }[];
}

export interface Expected {
  readonly 'valid?': boolean | 'unknown';
  readonly 'anomaly-types'?: readonly string[];
  readonly not?: readonly string[];
}

export const CASES = readFileSync(join(FOLDER, 'elle_cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

/** Asserted as a Clojure form, or about Elle's own time limit. */
const FORMS: ReadonlyMap<number, Expected> = new Map([
  [
    60,
    {
      'valid?': false,
      'anomaly-types': ['G1b', 'empty-transaction-graph'],
      not: ['read-committed'],
    },
  ],
  // Elle gives up after a second and reports G2-item-realtime with cycle-search-timeout; looked for to
  // the end, there is the worse anomaly, which it was looking for, and the same model is ruled out.
  [
    41,
    {
      'valid?': false,
      'anomaly-types': ['G-single-item-realtime'],
      not: ['strong-snapshot-isolation'],
    },
  ],
]);

export const VERDICTS = { ok: true, violation: false, undecided: 'unknown' } as const;

export function judge(one: Case, read: TransactionHistory): IsolationJudgement {
  const { checker, opts } = one;
  const models = opts['consistency-models'] as string[] | null | undefined;
  const options = {
    ...(models === undefined ? {} : { models: models ?? [] }),
    ...(opts.anomalies === undefined ? {} : { anomalies: opts.anomalies as string[] }),
  };
  if (checker === 'list-append') {
    if (read.over === 'lists') return checkListAppend(read.transactions, options);
    throw new Error('not over lists');
  }
  if (read.over !== 'registers') throw new Error('not over registers');
  return checkRegisters(read.transactions, { ...options, ...assumptions(one) });
}

export function assumptions({ opts }: Case): VersionAssumptions {
  const order = opts['transaction-order'] as Record<string, number> | undefined;
  return {
    wfrKeys: opts['wfr-keys?'] === true,
    sequentialKeys: opts['sequential-keys?'] === true,
    linearizableKeys: opts['linearizable-keys?'] === true,
    ...(order === undefined
      ? {}
      : {
          transactionOrder: new Map(
            Object.entries(order).map(([id, rank]) => [Number(id), rank] as const),
          ),
        }),
  };
}

export function events(history: readonly object[]): ReturnType<typeof parseClientEvents> {
  const first = history[0] as { file?: string };
  if (first.file !== undefined) {
    const text = gunzipSync(readFileSync(join(FOLDER, `${first.file}.gz`))).toString('utf8');
    return parseClientEvents(text, 'edn');
  }
  return parseClientEvents(history.map((event) => JSON.stringify(event)).join('\n'), 'json');
}

/** What Elle asserts of a case. */
export function expectedOf(one: Case): Expected {
  const form = FORMS.get(one.id);
  if (form !== undefined) return form;
  const found = one.asserts.find((assert) => assert['full-result'] === true);
  if (found === undefined) throw new Error(`case ${one.id} asserts no full result`);
  return found.expected as Expected;
}
