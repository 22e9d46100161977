// Faults aimed at a kind of record: found in the real bytes, struck there and nowhere else, and plain data of the plan.

import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import { simplerFaults } from '../../src/fuzz/shrink/simpler.js';
import { type Plan, planSchema, RECORD_KINDS, type RecordKind } from '../../src/scenario/plan.js';
import { recordAim } from '../../src/scenario/record-aim.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, scenario } from '../../src/scenario/scenario.js';
import { decay, leaderInMinority, repeatedly } from '../../src/scenario/shapes.js';
import { seconds } from '../../src/scenario/units.js';
import { BatchEncoder, put32, SECTOR_BYTES } from '../../src/storage/wal/record.js';
import { encodeSegmentHeader, segmentPath } from '../../src/storage/wal/segment.js';

const PATH = segmentPath({ sequence: 0, firstIndex: 1 });
const STATE = { term: 1, vote: 2, commit: 3 };
const BEFORE = { lastIndex: 0, lastTerm: 0, hardState: STATE };

/** Two batches: metadata, an entry and a hard state; another entry in its place, a snapshot marker and a confirmation. */
function segment(): Buffer {
  const bytes = Buffer.alloc(8192);
  encodeSegmentHeader(bytes, {
    sequence: 0,
    firstIndex: 1,
    format: 2,
    firstBatch: 1,
    memberId: 1,
    clusterId: 7,
    segmentBytes: bytes.length,
    previousChain: 0,
  });
  const batch = new BatchEncoder();
  batch.metadata(1, 7);
  batch.entry({ index: 1, term: 1, type: 0, data: Buffer.alloc(10) } as never);
  batch.hardState(STATE);
  const chain = batch.seal(0, 1, 0, 0, BEFORE);
  batch.buffer.copy(bytes, SECTOR_BYTES, 0, batch.length);
  batch.reset();
  const confState = { voters: [], learners: [], votersOutgoing: [], learnersNext: [] };
  batch.entry({ index: 1, term: 2, type: 0, data: Buffer.alloc(10) } as never);
  batch.snapshot({ index: 1, term: 1, confState: { ...confState, autoLeave: false } }, false);
  batch.confirm();
  batch.seal(0, 2, 1, chain, BEFORE);
  batch.buffer.copy(bytes, 2 * SECTOR_BYTES, 0, batch.length);
  return bytes;
}

describe('an aim at a kind of record', () => {
  const first = SECTOR_BYTES + 88;
  const second = 2 * SECTOR_BYTES + 88;
  const headers = [SECTOR_BYTES, 2 * SECTOR_BYTES].map((lo) => ({ lo, hi: lo + 88 }));
  const replacing = { lo: second, hi: second + 40 };
  const marker = { lo: second + 40, hi: second + 80 };
  const state = { lo: first + 24 + 40, hi: first + 24 + 40 + 32 };
  const expected: Record<RecordKind, readonly { lo: number; hi: number }[]> = {
    'segment-header': [{ lo: 0, hi: 64 }],
    'batch-header': headers,
    metadata: [{ lo: first, hi: first + 24 }],
    entry: [{ lo: first + 24, hi: first + 24 + 40 }, replacing],
    'hard-state': [state],
    'newest-hard-state': [state, headers[1]!],
    'snapshot-marker': [marker],
    confirm: [{ lo: second + 80, hi: second + 88 }],
    'replacing-entry': [replacing],
    // Nothing is torn.
    'proven-batch': [],
    'newest-batch': [
      { lo: SECTOR_BYTES, hi: first + 24 + 40 + 32 },
      { lo: 2 * SECTOR_BYTES, hi: second + 88 },
    ],
  };

  it.each(RECORD_KINDS)('finds all of that kind: %s', (kind) => {
    expect(recordAim(kind)(PATH, segment())).toEqual(expected[kind]);
  });

  it('finds batches that the header of a torn one proves durable', () => {
    const torn = segment();
    torn[second] = torn[second]! ^ 1;
    expect(recordAim('proven-batch')(PATH, torn)).toEqual([
      { lo: SECTOR_BYTES, hi: first + 24 + 40 + 32, isProven: true },
    ]);
    torn[first] = torn[first]! ^ 1;
    expect(recordAim('proven-batch')(PATH, torn)).toEqual([]);
  });

  it('finds nothing in other files, in other bytes, and behind damage', () => {
    expect(recordAim('entry')('snap/0000000000000001.snap', segment())).toEqual([]);
    expect(recordAim('entry')(PATH, Buffer.alloc(8192))).toEqual([]);
    const damaged = segment();
    put32(damaged, SECTOR_BYTES, 0);
    expect(recordAim('snapshot-marker')(PATH, damaged)).toEqual([]);
  });
});

describe('a fault aimed at a kind of record', () => {
  function planOf(record: RecordKind, seed = 1): Plan {
    const rot = scenario('aimed', {
      about: 'Records of one kind rot.',
      members: 3,
      duration: seconds(6),
      // Entries of a leader that is alone are replaced later.
      faults: [
        repeatedly(leaderInMinority({ for: [seconds(0.5), seconds(1)] }), [3, 3]),
        repeatedly(decay('bit-rot', { record }), [12, 12]),
      ],
    });
    const plan = compilePlan(rot, String(seed));
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const knobs = { tickUs: 10_000, electionTicks: 5, snapshotEntries: 20, segmentBytes: 65_536 };
    return { ...plan, knobs: { ...plan.knobs, ...knobs } };
  }

  // Torn batches take power losses, of which there are none here: see atlas-torn-tail.
  const everywhere = RECORD_KINDS.filter((kind) => kind !== 'proven-batch');

  it.each(everywhere)('strikes in the log and nowhere else: %s', (record) => {
    const struck: string[] = [];
    const sink = (event: TraceEvent): void => {
      if (event.kind === 'disk' && event.operation === 'bit-rot') struck.push(event.path);
    };
    for (let seed = 1; seed <= 20 && struck.length === 0; seed++) {
      expect(runPlan(planOf(record, seed), { trace: sink }).verdict).toBe('pass');
    }
    expect(struck.length).toBeGreaterThan(0);
    expect(struck.every((path) => path.startsWith('wal/'))).toBe(true);
  });

  it('may become one at any record, and then at any file, when it is shrunk', () => {
    const plan = planOf('hard-state');
    const candidates = simplerFaults.candidates(
      {
        ...plan,
        faults: plan.faults.filter(({ kind }) => kind === 'bit-rot').slice(0, 1),
      },
      1,
    );
    const aims: string[] = [];
    for (let next = candidates.next(); !next.done; next = candidates.next(next.value[0]!)) {
      const { path, record } = next.value[0]!.faults[0] as { path: string; record?: string };
      aims.push(`${path} ${record ?? 'any'}`);
    }
    expect(aims.slice(0, 2)).toEqual(['wal/ any', ' any']);
  });
});
