// The search's contract in small, readable histories; its soundness is tested against brute force.

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/check/history.js';
import { resolveUnknown } from '../../src/check/history.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import type { EtcdOperation } from '../../src/check/linearizability/objects/etcd.js';
import type { QueueInput, QueueOutput } from '../../src/check/linearizability/objects/queue.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import type { KeyValue, KvRequest, KvResult } from '../../src/etcdpb/kv.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { etcdHistory } from './etcd-histories.js';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

const write = (id: number, value: number, callUs: number, returnUs: number): RegisterOperation => ({
  id,
  client: id,
  input: { kind: 'write', value },
  output: returnUs === Infinity ? null : { kind: 'write' },
  callUs,
  returnUs,
  outcome: returnUs === Infinity ? 'unknown' : 'ok',
});

const read = (id: number, value: number, callUs: number, returnUs: number): RegisterOperation => ({
  id,
  client: id,
  input: { kind: 'read' },
  output: { kind: 'read', value },
  callUs,
  returnUs,
  outcome: 'ok',
});

const verdict = (history: readonly RegisterOperation[]): string =>
  checkLinearizable(history, registerModel()).verdict;

describe('real time', () => {
  it('orders what returned before the next call', () => {
    expect(verdict([write(1, 1, 0, 1), write(2, 2, 2, 3), read(3, 1, 4, 5)])).toBe('violation');
  });

  it('leaves a return and a call at the same microsecond concurrent', () => {
    expect(verdict([write(1, 1, 0, 2), write(2, 2, 2, 3), read(3, 1, 4, 5)])).toBe('ok');
  });

  it('does not need the operations in call order', () => {
    expect(verdict([read(3, 2, 4, 5), write(2, 2, 2, 3), write(1, 1, 0, 1)])).toBe('ok');
    expect(verdict([read(3, 1, 4, 5), write(2, 2, 2, 3), write(1, 1, 0, 1)])).toBe('violation');
  });
});

describe('an operation of unknown outcome', () => {
  const lost = write(1, 1, 0, Infinity);

  it('may have happened, at any later time, or not', () => {
    expect(verdict([write(0, 0, 0, 1), lost, read(2, 0, 5, 6)])).toBe('ok');
    expect(verdict([write(0, 0, 0, 1), lost, read(2, 0, 5, 6), read(3, 1, 7, 8)])).toBe('ok');
  });

  it('happens once and never before its call', () => {
    const twice = [lost, read(2, 1, 1, 2), write(3, 0, 3, 4), read(4, 1, 5, 6)];
    expect(verdict(twice)).toBe('violation');
    expect(verdict([read(2, 1, 1, 2), write(3, 1, 3, Infinity)])).toBe('violation');
  });

  it('is mandatory once its fate is known to be applied, and gone if never', () => {
    const seen = [write(0, 0, 0, 1), write(1, 1, 0, Infinity), read(2, 1, 5, 6)];
    const unseen = [write(0, 0, 0, 1), write(1, 1, 0, Infinity), read(2, 0, 5, 6)];
    expect(verdict(resolveUnknown(seen, () => 'never'))).toBe('violation');
    expect(verdict(resolveUnknown(unseen, () => 'never'))).toBe('ok');
    for (const history of [seen, unseen]) {
      const applied = resolveUnknown(history, () => 'applied');
      const result = checkLinearizable(applied, registerModel());
      if (result.verdict !== 'ok') expect.fail(result.reason);
      expect(result.orders[0]?.ids).toHaveLength(3);
      expect(replay(applied, registerModel(), result.orders)).toBeNull();
    }
  });
});

describe('a failed operation', () => {
  it('has no effect and no place', () => {
    const failed: RegisterOperation = { ...write(1, 1, 0, 1), outcome: 'fail', output: null };
    expect(verdict([write(0, 0, 0, 1), failed, read(2, 0, 2, 3)])).toBe('ok');
    expect(verdict([write(0, 0, 0, 1), failed, read(2, 1, 2, 3)])).toBe('violation');
  });
});

describe('a violation', () => {
  it('names the operation, the values and the longest legal order', () => {
    const history = [
      write(0, 7, 0, 10),
      read(1, 7, 20, 30),
      write(2, 8, 25, 40),
      read(3, 7, 50, 60),
    ];
    const stuck = {
      partition: null,
      operation: 3,
      prefix: [0, 1, 2],
      state: '8',
      candidates: [{ id: 3, why: 'the register holds 8' }],
    };
    expect(checkLinearizable(history, registerModel(), { shortcuts: false })).toEqual({
      verdict: 'violation',
      steps: expect.any(Number),
      reason:
        'operation 3 of client 3 (read -> 7, 50 to 60 us) cannot be placed: the register holds 8; ' +
        'the longest legal order explains 3 of 4 answers and ends in state 8',
      core: [],
      stuck,
    });
    expect(checkLinearizable(history, registerModel())).toEqual({
      verdict: 'violation',
      steps: history.length,
      reason:
        'the register must hold 7 before and after it holds 8: operation 0 of client 0 (write 7 -> ' +
        'done, 0 to 10 us) had returned before operation 2 of client 2 (write 8 -> done, 25 to 40 us) ' +
        'was called, and operation 2 of client 2 (write 8 -> done, 25 to 40 us) had returned before ' +
        'operation 3 of client 3 (read -> 7, 50 to 60 us) was called',
      core: [3, 2, 0],
      stuck,
    });
  });
});

describe('the budget', () => {
  const append = (id: number, value: string, key = 'a') => ({
    id,
    client: id,
    input: { kind: 'append' as const, key, value },
    output: { value: null },
    callUs: 0,
    returnUs: 100,
    outcome: 'ok' as const,
  });
  const get = (id: number, key: string) => ({
    id,
    client: id,
    input: { kind: 'get' as const, key },
    output: { value: 'nothing of the kind' },
    callUs: 200,
    returnUs: 201,
    outcome: 'ok' as const,
  });
  /**
   * Concurrent appends, then a read of what none of their orders gives: all have to be refuted, for two of them
   * append the same, and no layer decides that.
   */
  const hard = [...'abcdefgg'].map((value, id) => append(id, value));
  const refuted = [...hard, get(99, 'a')];

  it('makes the verdict undecided, never ok, after exactly the same steps each time', () => {
    const first = checkLinearizable(refuted, kvModel(), { stepsMax: 5000 });
    expect(first.verdict).toBe('undecided');
    expect(first.steps).toBeGreaterThanOrEqual(5000);
    expect(first.steps).toBeLessThan(5100);
    expect(checkLinearizable(refuted, kvModel(), { stepsMax: 5000 })).toEqual(first);
  });

  it('is enough for the same history when it is larger', () => {
    expect(checkLinearizable(refuted, kvModel()).verdict).toBe('violation');
  });

  it('of memory makes the verdict undecided as well', () => {
    const result = checkLinearizable(refuted, kvModel(), { memoryBytesMax: 50_000 });
    if (result.verdict !== 'undecided') expect.fail(result.verdict);
    expect(result.reason).toBe(
      'the budget of 50000 bytes ran out with 1 of 1 partitions undecided',
    );
  });

  it('of nothing decides nothing', () => {
    const result = checkLinearizable([write(0, 1, 0, 1)], registerModel(), { stepsMax: 0 });
    expect(result.verdict).toBe('undecided');
  });

  it('is shared by partitions in turns, so that an easy violation is found beside a hard one', () => {
    const many = Array.from({ length: 24 }, (_, i) => append(i, String(i % 20)));
    const few = [append(80, 'x', 'easy'), append(81, 'x', 'easy')];
    const history = [...many, ...few, get(90, 'a'), get(91, 'easy')];
    const result = checkLinearizable(history, kvModel());
    if (result.verdict !== 'violation') expect.fail(result.verdict);
    expect(result.stuck.operation).toBe(91);
    expect(result.steps).toBeLessThan(10_000);
  });
});

describe('a partition', () => {
  const enqueue = { kind: 'enqueue', value: 'a' } as const;
  const dequeue = { kind: 'dequeue' } as const;
  const one = { client: 0, outcome: 'ok' } as const;
  const history: Operation<QueueInput, QueueOutput>[] = [
    { ...one, id: 0, input: enqueue, output: { value: null }, callUs: 0, returnUs: 1 },
    { ...one, id: 1, input: dequeue, output: { value: 'a' }, callUs: 2, returnUs: 3 },
  ];

  it('is not believed where its operations are seen to depend on those of another', () => {
    const byKind = { ...queueModel(), partition: ({ kind }: QueueInput) => kind };
    const touching = { ...queueModel(), touches: ({ kind }: QueueInput) => [kind] };
    for (const model of [byKind, touching]) {
      const result = checkLinearizable(history, model);
      if (result.verdict !== 'ok') expect.fail(result.reason);
      expect(result.orders).toEqual([{ partition: null, ids: [0, 1] }]);
    }
  });

  it('is derived from what operations touch, and its orders are merged into one of all', () => {
    const read = (id: number, key: string, value: string, callUs: number) => ({
      ...one,
      id,
      input: { kind: 'get' as const, key },
      output: { value },
      callUs,
      returnUs: callUs + 4,
    });
    const gets = [read(0, 'a', '', 0), read(1, 'b', '', 3), read(2, 'a', '', 8)];
    const result = checkLinearizable(gets, kvModel({ byKey: false }));
    if (result.verdict !== 'ok') expect.fail(result.reason);
    expect(result.orders).toEqual([{ partition: null, ids: [0, 1, 2] }]);
  });
});

describe('the replay', () => {
  const history = [write(0, 7, 0, 10), read(1, 7, 20, 30), write(2, 8, 40, Infinity)];
  const judge = (ids: number[]): string | null =>
    replay(history, registerModel(), [{ partition: null, ids }]);

  it('accepts what is legal, with or without unknown operations', () => {
    expect(judge([0, 1])).toBeNull();
    expect(judge([0, 1, 2])).toBeNull();
  });

  it.each([
    [[1, 0], 'operation 1 is not legal at its place'],
    [[0, 2, 1], 'operation 1 returned before one that precedes it was called'],
    [[0], 'operation 1 took effect, but is in no order'],
    [[0, 0, 1], 'operation 0 is in the order twice'],
    [[0, 1, 5], 'operation 5 is not in the history'],
  ])('refuses %j', (ids, message) => {
    expect(judge(ids)).toBe(message);
  });

  it('refuses an order of the wrong partition, and two of one', () => {
    const input = { kind: 'get', key: 'a' } as const;
    const get = [
      {
        id: 1,
        client: 1,
        input,
        output: { value: '' },
        callUs: 0,
        returnUs: 1,
        outcome: 'ok' as const,
      },
    ];
    const order = (partition: string) => ({ partition, ids: [1] });
    expect(replay(get, kvModel(), [order('a')])).toBeNull();
    expect(replay(get, kvModel(), [order('b')])).toBe('operation 1 is not in partition b');
    expect(replay(get, kvModel(), [order('a'), order('a')])).toBe('partition a has two orders');
  });
});

describe('the etcd model', () => {
  const kv = (key: string, value: string, modRevision: number, version: number): KeyValue => ({
    key,
    value,
    createRevision: modRevision - version + 1,
    modRevision,
    version,
    lease: 0,
  });
  const ok = (
    id: number,
    input: KvRequest,
    output: (KvResult & { ok: true })['response'],
    at: [number, number],
  ): EtcdOperation => ({
    id,
    client: id,
    input,
    output: { ok: true, response: output },
    callUs: at[0],
    returnUs: at[1],
    outcome: 'ok',
  });
  const put = (id: number, value: string, revision: number, at: [number, number]): EtcdOperation =>
    ok(id, putOf('k', value), { kind: 'put', revision, prevKv: null }, at);
  const range = (
    id: number,
    revision: number,
    kvs: KeyValue[],
    at: [number, number],
    serializable = false,
  ): EtcdOperation =>
    ok(
      id,
      rangeOf('k', { serializable }),
      { kind: 'range', revision, kvs, more: false, count: kvs.length },
      at,
    );
  const judge = (history: EtcdOperation[]): string => {
    const result = checkLinearizable(history, etcdModel(history), { shortcuts: false });
    return result.verdict === 'ok' ? 'ok' : result.reason;
  };

  it('refuses a stale read with the answer the store gives', () => {
    const history = [put(1, 'a', 2, [0, 1]), put(2, 'b', 3, [2, 3])];
    expect(judge([...history, range(3, 3, [kv('k', 'b', 3, 2)], [4, 5])])).toBe('ok');
    expect(judge([...history, range(3, 2, [kv('k', 'a', 2, 1)], [4, 5])])).toBe(
      'operation 3 of client 3 (range "k" -> revision 2: range of 1 ["k"="a" (create 2, mod 2, version 1)], ' +
        '4 to 5 us) cannot be placed: it answered at revision 2, but the store has passed to revision 3; ' +
        'the longest legal order explains 2 of 3 answers and ends in state revision 3 ["k"="b"@3]',
    );
    expect(judge([...history, range(3, 3, [kv('k', 'b', 3, 1)], [4, 5])])).toContain(
      'at revision 3 the store answers revision 3: range of 1 ["k"="b" (create 2, mod 3, version 2)]',
    );
  });

  it('lets a serializable read show the past, whole, and never the future', () => {
    const history = [put(1, 'a', 2, [0, 1]), put(2, 'b', 3, [10, 12])];
    const past = [kv('k', 'a', 2, 1)];
    const now = [kv('k', 'b', 3, 2)];
    expect(judge([...history, range(3, 2, past, [20, 21], true)])).toBe('ok');
    expect(judge([...history, range(3, 1, [], [20, 21], true)])).toBe('ok');
    expect(judge([...history, range(3, 3, past, [20, 21], true)])).toContain('cannot be placed');
    expect(judge([...history, range(3, 3, now, [4, 5], true)])).toContain(
      'it answered at revision 3, which the store at revision 2 has not reached',
    );
  });

  it('refuses two writes that claim one revision, and a revision nobody wrote', () => {
    expect(judge([put(1, 'a', 2, [0, 5]), put(2, 'b', 2, [0, 5])])).toContain('cannot be placed');
    expect(judge([put(1, 'a', 2, [0, 1]), put(2, 'b', 4, [2, 3])])).toContain(
      'it answered at revision 4, which the store at revision 2 has not reached',
    );
  });

  it('takes a definite refusal for a request without effect', () => {
    const refused: EtcdOperation = {
      ...put(2, 'b', 0, [2, 3]),
      output: { ok: false, error: { code: 8, message: 'etcdserver: too many requests' } },
    };
    const later = range(3, 2, [kv('k', 'a', 2, 1)], [4, 5]);
    expect(judge([put(1, 'a', 2, [0, 1]), refused, later])).toBe('ok');
    const wrong: EtcdOperation = {
      ...refused,
      output: { ok: false, error: { code: 3, message: 'etcdserver: key is not provided' } },
    };
    expect(judge([put(1, 'a', 2, [0, 1]), wrong, later])).toContain('cannot be placed');
  });

  it('tells states of equal content apart by their past when the past is read', () => {
    const unknown = (id: number, key: string): EtcdOperation => ({
      id,
      client: id,
      input: putOf(key, 'x'),
      output: null,
      callUs: 0,
      returnUs: Infinity,
      outcome: 'unknown',
    });
    const cleared = ok(
      3,
      { kind: 'delete-range', key: 'a', rangeEnd: 'c', prevKv: false },
      { kind: 'delete-range', revision: 4, deleted: 2, prevKvs: [] },
      [10, 11],
    );
    for (const key of ['a', 'b']) {
      const count = ok(
        4,
        rangeOf(key, { revision: 2, countOnly: true }),
        { kind: 'range', revision: 4, kvs: [], more: false, count: 1 },
        [20, 21],
      );
      expect(judge([unknown(1, 'a'), unknown(2, 'b'), cleared, count])).toBe('ok');
    }
  });

  it('takes linear time when no outcome is unknown, or fates are known', () => {
    for (const unknownPpm of [0, 50_000]) {
      const history = etcdHistory({
        seed: '3',
        operations: 3000,
        clients: 5,
        keys: 10,
        unknownPpm,
      });
      const operations = resolveUnknown(history.operations, ({ id }) =>
        history.applied.has(id) ? 'applied' : 'never',
      );
      const result = checkLinearizable(operations, etcdModel(operations));
      if (result.verdict !== 'ok') expect.fail(result.reason);
      expect(result.steps).toBeLessThan(3 * operations.length);
      expect(replay(operations, etcdModel(), result.orders)).toBeNull();
    }
  });

  it('explains long histories in which 5 % of the outcomes stay unknown', () => {
    for (const seed of ['1', '2', '3']) {
      const { operations } = etcdHistory({
        seed,
        operations: 3000,
        clients: 5,
        keys: 10,
        unknownPpm: 50_000,
      });
      const result = checkLinearizable(operations, etcdModel(operations));
      if (result.verdict !== 'ok') expect.fail(result.reason);
      expect(replay(operations, etcdModel(), result.orders)).toBeNull();
    }
  });
});
