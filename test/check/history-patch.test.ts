// What a log settles about outcomes that clients do not know, which logs are taken for the cluster's, and
// what a recording must fulfil.

import { describe, expect, it } from 'vitest';
import { judgeRecords } from '../../src/check/etcd-records.js';
import { brokenAssumptions } from '../../src/check/history-assumptions.js';
import { patchHistory } from '../../src/check/history-patch.js';
import { judgeKeptWrites, verifyKeptWrites } from '../../src/check/kept-writes.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { EMPTY_STORE, evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdRequest } from '../../src/check/linearizability/objects/etcd.js';
import type { MemberEntry, MemberLog } from '../../src/check/member-logs.js';
import { mergeMemberLogs } from '../../src/check/member-logs.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { etcdHistory } from './etcd-histories.js';

function silent(id: number, input: EtcdRequest, callUs: number): EtcdOperation {
  return { id, client: id, input, output: null, callUs, returnUs: Infinity, outcome: 'unknown' };
}

function answeredPut(id: number, value: string, callUs: number, revision: number): EtcdOperation {
  const output = { ok: true, response: { kind: 'put', revision, prevKv: null } } as const;
  const input = putOf('a', value);
  return { id, client: id, input, output, callUs, returnUs: callUs + 50, outcome: 'ok' };
}

function readEmpty(): EtcdOperation {
  const input = rangeOf('a');
  const output = evaluate(EMPTY_STORE, input).result;
  return { id: 0, client: 0, input, output, callUs: 0, returnUs: 10, outcome: 'ok' };
}

describe('patching', () => {
  it('keeps every right history right, and settles what it can', () => {
    let unknown = 0;
    let left = 0;
    for (let seed = 0; seed < 60; seed++) {
      const options = { operations: 120, clients: 5, keys: 3, unknownPpm: 100_000 };
      const { operations, applied } = etcdHistory({ seed: `patch ${seed}`, ...options });
      const order = orderOf(operations, applied);
      if (order === null) continue;
      const log = order.map((id) => operations[id]!.input);
      const patched = patchHistory(operations, log).operations;
      const model = etcdModel(patched);
      expect(judgeLinearizable(patched, etcdModel(), { pruned: model }).verdict).toBe('ok');
      const isUnknown = ({ outcome }: EtcdOperation): boolean => outcome === 'unknown';
      unknown += operations.filter(isUnknown).length;
      left += patched.filter(isUnknown).length;
    }
    expect(unknown).toBeGreaterThan(200);
    expect(left).toBeLessThan(unknown / 2);
  });

  it('drops what the log lacks even if it was sent twice', () => {
    const history = [silent(0, putOf('a', '1'), 0), silent(1, putOf('a', '1'), 5)];
    expect(patchHistory(history, []).operations).toEqual([]);
    expect(patchHistory(history, [putOf('a', '1')]).operations).toEqual(history);
  });

  it('tells by the deadline a write that took effect after an answer that needs it before', () => {
    const history = [silent(0, putOf('a', '1'), 0), answeredPut(1, '2', 100, 3)];
    const [first] = patchHistory(history, [putOf('a', '1'), putOf('a', '2')]).operations;
    expect(first).toMatchObject({ outcome: 'ok', output: null, returnUs: 150 });
  });
});

/** The order in which writes took effect, as the answers' revisions tell; null if they do not tell all. */
function orderOf(
  operations: readonly EtcdOperation[],
  applied: ReadonlySet<number>,
): number[] | null {
  const judgement = judgeLinearizable(
    operations.flatMap((operation): EtcdOperation[] => {
      if (operation.outcome !== 'unknown') return [operation];
      return applied.has(operation.id) ? [{ ...operation, outcome: 'ok' }] : [];
    }),
    etcdModel(),
  );
  if (judgement.certificate?.kind !== 'order') return null;
  const ids = judgement.certificate.orders.flatMap((order) => order.ids);
  return ids.filter((id) => operations[id]!.input.kind !== 'range');
}

describe('acknowledged writes', () => {
  it('are found lost or changed in the log even if nobody read them again', () => {
    let judged = 0;
    for (let seed = 0; seed < 40; seed++) {
      const options = { operations: 60, clients: 4, keys: 3, unknownPpm: 0 };
      const { operations, applied } = etcdHistory({ seed: `kept ${seed}`, ...options });
      const order = orderOf(operations, applied);
      if (order === null) continue;
      const log = order.map((id) => operations[id]!.input);
      const right = judgeKeptWrites(operations, log);
      expect(right.reason).toBe('');
      expect(verifyKeptWrites(operations, log, right.certificate!)).toBeNull();
      const last = order.findLastIndex((id) => operations[id]!.input.kind === 'put');
      const put = log[last] as EtcdRequest & { kind: 'put' };
      const wrongLogs = [log.toSpliced(last, 1), log.with(last, { ...put, value: 'other' })];
      for (const wrong of wrongLogs) {
        const judgement = judgeKeptWrites(operations, wrong);
        expect(judgement.verdict, `seed ${seed}`).toBe('violation');
        expect(judgement.core).toContain(order[last]);
        expect(verifyKeptWrites(operations, wrong, judgement.certificate!)).toBeNull();
        expect(verifyKeptWrites(operations, wrong, { kind: 'conforms' })).not.toBeNull();
        expect(verifyKeptWrites(operations, log, judgement.certificate!)).not.toBeNull();
        judged++;
      }
    }
    expect(judged).toBeGreaterThan(60);
  });

  it('make a whole recording a violation that its history alone does not show', () => {
    const operations = [readEmpty(), answeredPut(1, '1', 20, 2)];
    const judgement = judgeRecords({ operations, watches: [], log: [] });
    expect(judgement.linearizability.verdict).toBe('ok');
    expect(judgement.verdict).toBe('violation');
    expect(judgement.reason).toBe(
      'write 1 (put "a" "1") was acknowledged at revision 2, but the log ends at revision 1',
    );
  });
});

describe('merging', () => {
  const entry = (index: number, term: number, value: string | null): MemberEntry => ({
    index,
    term,
    request: value === null ? null : putOf('a', value),
  });
  const log = (member: number, commitIndex: number, ...entries: MemberEntry[]): MemberLog => ({
    member,
    commitIndex,
    entries,
  });
  const values = (merged: ReturnType<typeof mergeMemberLogs>): string[] | string =>
    merged.ok ? merged.requests.map((r) => (r.kind === 'put' ? r.value : r.kind)) : merged.reason;

  it('takes what is committed from whoever has it, and a majority above', () => {
    const [e1, e2, e3, e4] = [
      entry(1, 1, null),
      entry(2, 1, 'x'),
      entry(3, 1, 'y'),
      entry(4, 2, 'z'),
    ];
    expect(
      values(mergeMemberLogs([log(1, 3, e1, e2, e3, e4), log(2, 2, e1, e2), log(3, 1, e1)])),
    ).toEqual(['x', 'y']);
    expect(
      values(mergeMemberLogs([log(1, 2, e1, e2, e3), log(2, 2, e1, e2, e3), log(3, 1, e1)])),
    ).toEqual(['x', 'y']);
    // The beginning of a log may be in a snapshot.
    expect(values(mergeMemberLogs([log(1, 3, e3), log(2, 3, e1, e2, e3)]))).toEqual(['x', 'y']);
  });

  it('prefers the committed entry to one that more members hold', () => {
    const first = entry(1, 1, null);
    const [right, stale] = [entry(2, 3, 'right'), entry(2, 2, 'stale')];
    const logs = [log(1, 2, first, right), log(2, 1, first, stale), log(3, 1, first, stale)];
    expect(values(mergeMemberLogs(logs))).toEqual(['right']);
  });

  it('refuses logs that contradict each other or lack what was committed', () => {
    const first = entry(1, 1, null);
    const logs = [log(1, 2, first, entry(2, 1, 'x')), log(2, 2, first, entry(2, 1, 'y'))];
    expect(values(mergeMemberLogs(logs))).toBe('members 1 and 2 differ at committed index 2');
    const three = [...logs, log(3, 1, first)];
    expect(values(mergeMemberLogs(three))).toBe(
      '2 different entries are taken as committed at index 2',
    );
    expect(values(mergeMemberLogs([log(1, 2, first)]))).toBe('no member holds committed index 2');
    expect(mergeMemberLogs([]).ok).toBe(false);
    expect(values(mergeMemberLogs([log(1, 1, first, entry(3, 1, 'y'))]))).toBe(
      'the log of member 1 has index 3 after index 1',
    );
  });
});

describe('assumptions', () => {
  const empty = readEmpty();

  it('ask for a look at the empty store and for clients that wait', () => {
    expect(brokenAssumptions([empty])).toEqual([]);
    expect(brokenAssumptions([])).toHaveLength(1);
    const overlapping = [empty, { ...empty, id: 1, callUs: 9, returnUs: 20 }];
    expect(brokenAssumptions(overlapping)).toEqual([
      'client 0 overlaps itself: operation 1 was called at 9 µs, operation 0 of the same client returned at 10 µs',
    ]);
  });

  it('make a recording undecided when broken, never ok, and hide no violation', () => {
    const right = answeredPut(1, '1', 20, 2);
    const log = [putOf('a', '1')];
    const judge = (...operations: EtcdOperation[]): string =>
      judgeRecords({ operations, watches: [], log }).verdict;
    expect(judge(empty, right)).toBe('ok');
    expect(judge(right)).toBe('undecided');
    expect(judge(answeredPut(1, '1', 20, 3))).toBe('violation');
  });
});
