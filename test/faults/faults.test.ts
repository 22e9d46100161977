// The table of what faults meet: it counts what a trace shows, says of every empty cell why it is empty and is caught if
// that is not so; and docs/FAULTS.md is such a table of a thousand runs.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TraceEntry, TraceEvent } from '../../src/base/trace.js';
import type { Fault, FaultKind } from '../../src/scenario/plan.js';
import { COMPONENTS, type Component } from './components.js';
import { DOCUMENT_FILE, document, explanationOf, wrongCells } from './document.js';
import { cells, countRuns, KINDS, loadAllScenarios, type Matrix, matrixOf } from './matrix.js';
import { Struck } from './struck.js';

/** What met what in a made-up run with one fault. */
function struckBy(fault: Fault, entries: readonly TraceEntry[]): string[] {
  const struck = new Struck([fault]);
  for (const [n, entry] of entries.entries()) struck.sink({ n, t: n, ...entry } as TraceEvent);
  return [...struck.pairs()].sort();
}

const at = { atUs: 0, target: [1] };
const boot: TraceEntry = { kind: 'boot', p: 1, incarnation: 1 };
const runs: TraceEntry = { kind: 'state', p: 1, state: { role: 'follower', term: 1, last: 1 } };
const send = (m: number, from: number, to: number, label: string): TraceEntry => ({
  ...{ kind: 'send', m, from, to, label },
});
const begin = (...processes: number[]): TraceEntry => ({
  ...{ kind: 'fault', fault: 0, phase: 'begin', label: '', processes },
});
const end: TraceEntry = { kind: 'fault', fault: 0, phase: 'end', label: '', processes: [] };
const disk = (operation: string, path: string, outcome: string): TraceEntry => ({
  ...{ kind: 'disk', p: 1, operation, path, outcome },
});

describe('a fault meets', () => {
  const kill: Fault = { kind: 'kill', ...at, downUs: 1 };

  it('what its member is doing', () => {
    expect(struckBy(kill, [boot, begin(1)])).toEqual(['kill restart']);
    const synced = [boot, runs, disk('fdatasync', 'wal/1-1.wal', 'ok')];
    expect(struckBy(kill, [...synced, begin(1)])).toEqual([]);
    expect(struckBy(kill, [boot, runs, begin(1)])).toEqual(['kill log']);
    const spare = disk('fsync', 'wal/1.tmp', 'ok');
    expect(struckBy(kill, [...synced, spare, begin(1)])).toEqual(['kill segment change']);
    const asked = send(1, 2, 1, 'MsgVote term=2');
    expect(struckBy(kill, [...synced, asked, begin(1)])).toEqual(['kill election']);
    const elsewhere = send(1, 2, 3, 'MsgVote term=2');
    expect(struckBy(kill, [...synced, elsewhere, begin(1)])).toEqual([]);
    const arrived: TraceEntry = { kind: 'deliver', m: 1, from: 2, to: 1 };
    expect(struckBy(kill, [...synced, asked, arrived, begin(1)])).toEqual([]);
  });

  it('the messages that it drops, or makes worse, while it lasts', () => {
    const lasts = { atUs: 0, forUs: 9 };
    const cut: Fault = {
      ...{ kind: 'isolate', ...lasts, target: [1], direction: 'both', clients: 'both' },
    };
    const lost: TraceEntry = { kind: 'drop', m: 1, from: 1, to: 2, reason: 'partition' };
    const entries = send(1, 1, 2, 'MsgApp term=1');
    expect(struckBy(cut, [begin(1), entries, lost])).toEqual(['isolate replication']);
    expect(struckBy(cut, [begin(1), entries])).toEqual([]);
    expect(struckBy(cut, [begin(1), end, entries, lost])).toEqual([]);
    const worse: Fault = { kind: 'clog', ...lasts, from: [1], to: [] };
    expect(struckBy(worse, [begin(1), entries])).toEqual(['clog replication']);
    expect(struckBy(worse, [begin(2, 3), send(1, 1, 4, 'MsgApp term=1')])).toEqual([]);
  });

  it('the file that a disk works on when it strikes', () => {
    const rot: Fault = { kind: 'bit-rot', ...at, path: '' };
    const strike = disk('bit-rot', 'snap/1-1.snap', 'byte 7');
    expect(struckBy(rot, [begin(1)])).toEqual([]);
    expect(struckBy(rot, [begin(1), strike])).toEqual(['bit-rot snapshot file']);
    expect(struckBy(rot, [boot, begin(1), strike])).toEqual([
      'bit-rot restart',
      'bit-rot snapshot file',
    ]);
  });
});

describe('a table', () => {
  const full: Matrix = {
    ...{ runs: 1000, scenarios: 1, planned: () => 1000 },
    met: (kind, component) => (explanationOf(kind, component) === null ? 1 : 0),
  };
  const but = (kind: FaultKind, component: Component, count: number): Matrix => ({
    ...full,
    met: (k, c) => (k === kind && c === component ? count : full.met(k, c)),
  });

  it('is wrong if a cell is empty and nothing says why, or if what is said is not so', () => {
    expect(wrongCells(full)).toEqual([]);
    expect(wrongCells(but('kill', 'election', 0))).toEqual([
      'kill never met election, and nothing says why',
    ]);
    expect(wrongCells(but('wipe', 'election', 2))).toEqual([
      expect.stringMatching(/^wipe met election in 2 runs, which ".*" denies$/s),
    ]);
  });

  it('of a few runs denies no explanation', async () => {
    const all = await loadAllScenarios();
    const mixed = all.filter(({ name }) => name === 'mixed-faults');
    expect(mixed).toHaveLength(1);
    const matrix = matrixOf(12, 1, [countRuns(mixed, 12)]);
    const denied = wrongCells(matrix).filter((line) => line.includes('denies'));
    // What is rare may happen.
    expect(denied.filter((line) => !line.includes('is rare'))).toEqual([]);
    const met = [...cells()].filter(([kind, component]) => matrix.met(kind, component) > 0);
    expect(met.length).toBeGreaterThan(150);
  }, 60_000);
});

describe('docs/FAULTS.md', () => {
  const text = readFileSync(DOCUMENT_FILE, 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );

  it('has a row for every kind of fault, and a column for every component', () => {
    expect(rows[0]).toEqual(['fault', 'in plans', ...COMPONENTS]);
    expect(rows.slice(2).map(([kind]) => kind)).toEqual(KINDS.map((kind) => `\`${kind}\``));
  });

  it('is of a thousand runs, and was generated by this code', () => {
    const count = (kind: FaultKind, column: number): number => {
      const cell = rows.find(([name]) => name === `\`${kind}\``)![column]!;
      return /^\d+$/.test(cell) ? Number(cell) : 0;
    };
    const [, runs, scenarios] = /(\d+) runs, the (\d+) scenarios/.exec(text)!;
    expect(Number(runs)).toBeGreaterThanOrEqual(1000);
    const matrix: Matrix = {
      runs: Number(runs),
      scenarios: Number(scenarios),
      planned: (kind) => count(kind, 1),
      met: (kind, component) => count(kind, 2 + COMPONENTS.indexOf(component)),
    };
    expect(wrongCells(matrix)).toEqual([]);
    expect(document(matrix)).toBe(text);
  });
});
