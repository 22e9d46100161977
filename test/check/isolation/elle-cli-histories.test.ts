// The histories of elle-cli's tests and their verdicts. Its registers and mutex are linearizability's
// business, and are judged with the histories of Knossos.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ClientEvent, parseClientEvents } from '../../../src/check/format/client-events.js';
import { checkListAppend, checkRegisters } from '../../../src/check/isolation/isolation.js';
import { readTransactions } from '../../../src/check/isolation/transaction-events.js';
import { verifyIsolation } from '../../../src/check/isolation/verify.js';
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
    const judgement = checkWorkload(model as WorkloadName, events);
    expect(judgement.verdict === 'violation').toBe(judgement.core.length > 0);
    return judgement.verdict;
  }
  const read = readTransactions(events);
  const judgement =
    read.over === 'lists' ? checkListAppend(read.transactions) : checkRegisters(read.transactions);
  expect(model).toBe(read.over === 'lists' ? 'list-append' : 'rw-register');
  expect(verifyIsolation(read, judgement.certificate!)).toBeNull();
  return judgement.verdict;
}
