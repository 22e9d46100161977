// PolySI's lines, an operation each: `r(key,value,session,transaction)` or `w(...)`, in the order of each
// transaction. A transaction belongs to one session, and a session's come in the order of its lines.
// Not here: judging them.

import { readSessions } from '../isolation/session-records.js';
import type { RegisterTransaction } from '../isolation/transaction.js';
import { ChunkedText, INCOMPLETE } from './chunked-text.js';
import { LineScanner } from './line-scanner.js';

/** A transaction as DBCop's JSON has it; all are taken as committed. An alias, since that is Json. */
export type PolySiTransaction = {
  readonly committed: true;
  readonly ops: readonly (readonly [f: 'r' | 'w', key: number, value: number])[];
};

type Operations = PolySiTransaction['ops'][number][];

/** Sessions, from text that is pushed in chunks. Throws FormatError. */
export class PolySiReader extends ChunkedText {
  /** Operations read so far. */
  count = 0;
  private readonly sessions = new Map<number, Map<number, Operations>>();

  /** Reads all lines that have come. */
  read(): void {
    while (this.attempt(this.line) === true);
  }

  /** What was read. */
  records(): readonly (readonly PolySiTransaction[])[] {
    return [...this.sessions.values()].map((transactions) =>
      [...transactions.values()].map((ops) => ({ committed: true as const, ops })),
    );
  }

  private readonly line = (): boolean => {
    if (this.at === this.text.length) return false;
    const found = this.text.indexOf('\n', this.at);
    if (found < 0 && !this.ended) throw INCOMPLETE;
    const end = found < 0 ? this.text.length : found;
    const text = this.text.slice(this.at, end).trimEnd();
    const { line } = this.positionOf(this.at);
    this.at = found < 0 ? end : end + 1;
    if (text !== '') this.add(new LineScanner(text, line));
    return true;
  };

  private add(scan: LineScanner): void {
    const f = scan.word(['r', 'w']);
    const [key, value, session, transaction] = ['(', ',', ',', ','].map((before) => {
      scan.expect(before);
      return scan.integer();
    }) as [number, number, number, number];
    scan.expect(')');
    scan.expectEnd();
    const transactions = this.sessions.get(session) ?? new Map<number, Operations>();
    this.sessions.set(session, transactions);
    const ops = transactions.get(transaction) ?? [];
    transactions.set(transaction, ops);
    ops.push([f, key, value]);
    this.count++;
  }
}

/** The transactions of a whole text. Throws FormatError. */
export function parsePolySi(text: string): RegisterTransaction[] {
  const reader = new PolySiReader();
  reader.push(text);
  reader.end();
  reader.read();
  return readSessions(reader.records());
}
