// The histories of elle-cli's tests and their verdicts. Its registers and mutex are linearizability's
// business, and are judged with the histories of Knossos.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ClientEvent, parseClientEvents } from '../../../src/check/format/client-events.js';
import { checkListAppend, checkRegisters } from '../../../src/check/isolation/isolation.js';
import { readTransactions } from '../../../src/check/isolation/transaction-events.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
import { pairCalls } from '../../../src/check/workload/calls.js';
import { verifyWorkload } from '../../../src/check/workload/verify-workload.js';
import {
  checkWorkload,
  WORKLOADS,
  type WorkloadName,
} from '../../../src/check/workload/workload.js';

const FOLDER = join(import.meta.dirname, '../../data/histories/elle-cli');

interface Expected {
  readonly file: string;
  readonly model: string;
  readonly expected: boolean;
}

const CASES = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Expected[];
const ELSEWHERE = ['cas-register', 'mutex'];

describe("elle-cli's histories", () => {
  const here = CASES.filter(({ model }) => !ELSEWHERE.includes(model));

  it('are all here', () => {
    expect(CASES).toHaveLength(15);
    expect(here).toHaveLength(10);
  });

  it.each(here.map((one) => [`${one.model} ${one.file}`, one] as const))('%s', (_, one) => {
    const text = readFileSync(join(FOLDER, one.file), 'utf8');
    const events = one.file.endsWith('.edn')
      ? parseClientEvents(text, 'edn')
      : (JSON.parse(text) as object[]).flatMap((event) =>
          parseClientEvents(JSON.stringify(event), 'json'),
        );
    expect(verdict(one.model, events)).toBe(one.expected ? 'ok' : 'violation');
  });
});

function verdict(model: string, events: readonly ClientEvent[]): string {
  if (WORKLOADS.includes(model as WorkloadName)) {
    const name = model as WorkloadName;
    const judgement = checkWorkload(name, events);
    expect(judgement.verdict === 'violation').toBe(judgement.core.length > 0);
    expect(verifyWorkload(name, pairCalls(events), judgement.certificate!)).toBeNull();
    return judgement.verdict;
  }
  const read = readTransactions(events);
  const judgement =
    read.over === 'lists' ? checkListAppend(read.transactions) : checkRegisters(read.transactions);
  expect(model).toBe(read.over === 'lists' ? 'list-append' : 'rw-register');
  expect(verifyIsolation(read, judgement.certificate!)).toBeNull();
  return judgement.verdict;
}

describe('the judges of workloads', () => {
  const history = (...lines: readonly [type: string, f: string, value: unknown][]): ClientEvent[] =>
    lines.flatMap(([type, f, value], i) =>
      parseClientEvents(
        JSON.stringify({ type, f, value, process: Math.floor(i / 2), index: i }),
        'json',
      ),
    );
  const call = (f: string, asked: unknown, answered: unknown) =>
    [
      ['invoke', f, asked],
      ['ok', f, answered],
    ] as [string, string, unknown][];

  const wrong: readonly [WorkloadName, string, ClientEvent[]][] = [
    [
      'bank',
      'two totals',
      history(...call('read', null, { a: 5, b: 5 }), ...call('read', null, { a: 4, b: 5 })),
    ],
    ['bank', 'a balance below zero', history(...call('read', null, { a: -1, b: 11 }))],
    [
      'counter',
      'less than was added',
      history(...call('add', 2, 2), ...call('add', 3, 3), ...call('read', null, 4)),
    ],
    ['counter', 'more than was added', history(...call('add', 2, 2), ...call('read', null, 3))],
    ['set', 'a lost element', history(...call('add', 1, 1), ...call('read', null, []))],
    ['set', 'an element of nobody', history(...call('add', 1, 1), ...call('read', null, [1, 2]))],
    [
      'set-full',
      'an element lost after it was seen',
      history(
        ['invoke', 'add', 1],
        ['info', 'add', 1],
        ...call('read', null, [1]),
        ...call('read', null, []),
      ),
    ],
    ['set-full', 'an element twice', history(...call('add', 1, 1), ...call('read', null, [1, 1]))],
    [
      'comments',
      'a comment without the one before it',
      history(...call('write', 1, 1), ...call('write', 2, 2), ...call('read', null, [2])),
    ],
    [
      'long-fork',
      'two forks',
      history(
        ...call(
          'read',
          [['r', 0, null]],
          [
            ['r', 0, 1],
            ['r', 1, null],
          ],
        ),
        ...call(
          'read',
          [['r', 0, null]],
          [
            ['r', 0, null],
            ['r', 1, 1],
          ],
        ),
      ),
    ],
  ];

  it.each(wrong)('%s finds %s', (name, _, events) => {
    const judgement = checkWorkload(name, events);
    expect(judgement.verdict).toBe('violation');
    expect(judgement.reason).not.toBe('');
    expect(verifyWorkload(name, pairCalls(events), judgement.certificate!)).toBeNull();
    // The evidence for the contrary does not pass.
    const ok = { reads: 1, evidence: [] };
    expect(verifyWorkload(name, pairCalls(events), ok)).not.toBeNull();
  });

  it('leave in peace what was only under way', () => {
    const events = history(
      ['invoke', 'add', 5],
      ['info', 'add', 5],
      ...call('add', 2, 2),
      ...call('read', null, 7),
      ...call('read', null, 2),
    );
    const judgement = checkWorkload('counter', events);
    expect(judgement.verdict).toBe('ok');
    expect(verifyWorkload('counter', pairCalls(events), judgement.certificate!)).toBeNull();
  });
});
