// The corpus: what is written stays, through kills and beside other writers, and damage is told.

import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Corpus } from '../../src/fuzz/corpus.js';
import { coveringKeys } from '../../src/fuzz/corpus-cover.js';
import {
  type CorpusRecord,
  canonicalJson,
  decodeRecord,
  planKey,
  sealBytes,
} from '../../src/fuzz/corpus-record.js';

const DIST = join(import.meta.dirname, '../../dist/fuzz/corpus.js');
const WRITER = join(import.meta.dirname, 'corpus-writer.mjs');

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simquake-corpus-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'corpus');
}

/** Plans are told apart by their padding alone. */
function record(name: string | null, reached: readonly string[], padding = ''): CorpusRecord {
  const exercised = { faults: 1, operations: 1 };
  const finding =
    name === null
      ? null
      : { verdict: 'violation' as const, name, signature: '#', exercised, state: 'fails' as const };
  const envelope = { format: 1, simquake: '1.2.3', commit: null, dirty: false } as const;
  return { ...envelope, finding, reached: [...reached], plan: { padding } };
}

async function filled(folder: string, count: number): Promise<void> {
  const corpus = await Corpus.open(folder, 'corpus');
  corpus.addAll(
    Array.from({ length: count }, (_, n) => record('A', [], `${'x'.repeat(500)}-secret-${n}`)),
  );
  await corpus.close();
}

describe('records', () => {
  test('have the key of their plan, whatever the order of its fields', () => {
    expect(planKey({ a: 1, b: { c: 2, d: [3, 1] } })).toBe(
      planKey({ b: { d: [3, 1], c: 2 }, a: 1 }),
    );
    expect(planKey({ a: [1, 3] })).not.toBe(planKey({ a: [3, 1] }));
    expect(canonicalJson({ b: 1, a: null })).toBe('{"a":null,"b":1}');
  });

  test('are damaged if any bit of them, or of their key, is another', () => {
    const key = planKey(record('A', []).plan);
    const bytes = sealBytes(key, record('A', ['m']));
    expect(decodeRecord(key, bytes)).toEqual(record('A', ['m']));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeRecord(key, flipped)).toBeNull();
    }
    expect(decodeRecord(key.replace(/^./, 'g'), bytes)).toBeNull();
    expect(decodeRecord(key, bytes.subarray(0, 3))).toBeNull();
  });
});

describe('a corpus', () => {
  test('keeps what is added, and merges records of one plan', async () => {
    const folder = folderOfTest();
    const corpus = await Corpus.open(folder, 'corpus');
    corpus.add(record(null, ['m']));
    corpus.add(record('A', ['n']));
    corpus.add(record(null, ['n']));
    const mended = record('A', []);
    corpus.addAll([{ ...mended, finding: { ...mended.finding!, state: 'mended' } }]);
    corpus.add(record('B', [], 'other'));
    await corpus.close();
    const again = await Corpus.open(folder, 'corpus');
    const { records, damaged, loss } = again.read();
    expect({ damaged, loss }).toEqual({ damaged: [], loss: null });
    expect([...records.values()]).toHaveLength(2);
    expect(records.get(planKey(record('A', []).plan))).toEqual(record('A', ['m', 'n']));
    again.remove(() => [planKey(record('A', []).plan)]);
    expect([...again.read().records.values()]).toEqual([record('B', [], 'other')]);
    expect(again.read().loss).toBeNull();
    await again.close();
  });

  test('writes all or nothing', async () => {
    const corpus = await Corpus.open(folderOfTest(), 'corpus');
    function* broken() {
      yield record('A', []);
      throw new Error('cut short');
    }
    expect(() => corpus.addAll(broken())).toThrow('cut short');
    expect(corpus.read()).toEqual({ records: new Map(), damaged: [], loss: null });
    await corpus.close();
  });

  test('has every record that was acknowledged, whole, after 20 kills of two writers at a time', async () => {
    if (!existsSync(DIST)) throw new Error(`${DIST} is missing: run 'npm run build' first`);
    const folder = folderOfTest();
    const acknowledged = new Set<string>();
    for (let kill = 0; kill < 20; kill += 2) {
      const writers = await Promise.all([kill, kill + 1].map((n) => killedWriter(folder, n)));
      for (const keys of writers) {
        expect(keys.length).toBeGreaterThan(0);
        for (const key of keys) acknowledged.add(key);
      }
      const corpus = await Corpus.open(folder, 'corpus');
      const { records, damaged, loss } = corpus.read();
      await corpus.close();
      expect({ damaged, loss }).toEqual({ damaged: [], loss: null });
      expect([...acknowledged].filter((key) => !records.has(key))).toEqual([]);
    }
  });
});

/** Runs a writer, kills it some writes later, and returns the keys it said were on disk. */
function killedWriter(folder: string, n: number): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, folder, `writer-${n}`]);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  child.stdout.on('data', (text: Buffer) => {
    // Every kill falls somewhere else between two writes.
    if (stdout === '') setTimeout(() => child.kill('SIGKILL'), 5 + 3.7 * n);
    stdout += text;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${stderr}`));
      // A line that is cut off was not said.
      resolve(stdout.split('\n').slice(0, -1));
    });
  });
}

describe('damage', () => {
  test('to a record is told, and the others are read', async () => {
    const folder = folderOfTest();
    await filled(folder, 5);
    flipAll(folder, 'secret-3');
    const corpus = await Corpus.open(folder, 'corpus');
    const { records, damaged, loss } = corpus.read();
    expect(records.size).toBe(4);
    expect(damaged).toHaveLength(1);
    expect(loss).toBeNull();
    corpus.remove((content) => content.damaged);
    corpus.acceptLoss();
    expect(corpus.read()).toMatchObject({ damaged: [], loss: null });
    await corpus.close();
  });

  test.each([
    ['cut to half', (file: string) => truncateSync(file, statSync(file).size / 2)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['gone', (file: string) => rmSync(file)],
    ['something else', (file: string) => writeFileSync(file, 'x'.repeat(50_000))],
    ['zeroed in front', (file: string) => overwrite(file, 0, Buffer.alloc(8192))],
    [
      'zeroed in its first half',
      (file: string) => overwrite(file, 0, Buffer.alloc(statSync(file).size / 2)),
    ],
    [
      'zeroed behind its head',
      (file: string) => overwrite(file, 8192, Buffer.alloc(statSync(file).size - 8192)),
    ],
  ])('of a file that is %s is told', async (_, spoil) => {
    const folder = folderOfTest();
    await filled(folder, 200);
    spoil(join(folder, 'data.mdb'));
    const told = await Corpus.open(folder, 'corpus').then(
      async (corpus) => {
        const { damaged, loss } = corpus.read();
        await corpus.close();
        return [...damaged, loss].filter((what) => what !== null).join('\n');
      },
      (error: Error) => error.message,
    );
    expect(told).toMatch(/damaged|holds \d+ records where 200 were written/);
  });
});

/** Flips a bit wherever the text is: pages that are no longer in use may hold it too. */
function flipAll(folder: string, text: string): void {
  const file = join(folder, 'data.mdb');
  const bytes = readFileSync(file);
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) places.push(at);
  expect(places).not.toEqual([]);
  for (const at of places) overwrite(file, at, Buffer.from([bytes[at]! ^ 1]));
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

describe('records that are enough', () => {
  test('show every finding by its smallest plan, and reach everything', () => {
    const all = {
      large: record('A', ['m'], 'xxxxxxxx'),
      small: record('A', [], 'x'),
      other: record('B', ['n'], 'xx'),
      both: record(null, ['m', 'o'], 'xxxx'),
      one: record(null, ['m'], 'xxx'),
      again: record(null, ['n'], ''),
    };
    expect([...coveringKeys(new Map(Object.entries(all)))].sort()).toEqual([
      'both',
      'other',
      'small',
    ]);
    expect(coveringKeys(new Map())).toEqual(new Set());
  });
});
