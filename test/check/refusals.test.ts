// Refusals that no state of an etcd store explains, and those that some state does.

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/check/history.js';
import { wrongRefusal } from '../../src/check/linearizability/refusals.js';
import {
  ErrCompacted,
  ErrDuplicateKey,
  ErrFutureRev,
  ErrKeyNotFound,
  ErrNoLeader,
  type EtcdError,
} from '../../src/etcdpb/errors.js';
import { deleteOf, type KvRequest, type KvResult, putOf, rangeOf } from '../../src/etcdpb/kv.js';

type KvOperation = Operation<KvRequest, KvResult>;

const put = (revision: number): KvResult => ({
  ok: true,
  response: { kind: 'put', revision, prevKv: null },
});
const compaction = (revision: number): KvRequest => ({
  kind: 'compaction',
  revision,
  physical: false,
});

/** Operations follow each other without overlap; the refusal under test is the last one. */
function judged(input: KvRequest, error: EtcdError, before: readonly KvOperation[] = []): string {
  const refusal = operation(before.length, input, { ok: false, error }, 'fail');
  return wrongRefusal([...before, refusal])?.reason ?? '';
}

function operation(
  at: number,
  input: KvRequest,
  output: KvResult | null,
  outcome: KvOperation['outcome'],
): KvOperation {
  const returnUs = outcome === 'unknown' ? Number.POSITIVE_INFINITY : at * 10 + 5;
  return { id: at + 1, client: 1, input, output, callUs: at * 10, returnUs, outcome };
}

describe('a refusal', () => {
  it('because of compaction needs a compaction beyond what was asked for', () => {
    const compacted = [operation(0, compaction(7), null, 'unknown')];
    expect(judged(rangeOf('k', { revision: 6 }), ErrCompacted, compacted)).toBe('');
    expect(judged(compaction(7), ErrCompacted, compacted)).toBe('');
    expect(judged(rangeOf('k', { revision: 7 }), ErrCompacted, compacted)).toMatch(
      /but no compaction had gone beyond revision 7$/,
    );
    expect(judged(compaction(8), ErrCompacted, compacted)).not.toBe('');
    expect(judged(rangeOf('k', { revision: 6 }), ErrCompacted)).toMatch(
      /but nobody had compacted anything$/,
    );
    const refused = [operation(0, compaction(7), { ok: false, error: ErrCompacted }, 'fail')];
    expect(judged(rangeOf('k', { revision: 6 }), ErrCompacted, refused)).not.toBe('');
  });

  it('because a revision is in the future needs that nobody has been shown it', () => {
    const shown = [operation(0, putOf('k', 'v'), put(9), 'ok')];
    expect(judged(rangeOf('k', { revision: 10 }), ErrFutureRev, shown)).toBe('');
    expect(judged(rangeOf('k', { revision: 9 }), ErrFutureRev, shown)).toMatch(
      /but revision 9 had been answered before it was invoked$/,
    );
    const anywhere = rangeOf('k', { revision: 9, serializable: true });
    expect(judged(anywhere, ErrFutureRev, shown)).toBe('');
    expect(judged(compaction(9), ErrFutureRev, shown)).not.toBe('');
  });

  it('because a key is missing needs that nobody has put it, or somebody has deleted something', () => {
    const keeping = putOf('k', '', { ignoreValue: true });
    const there = [operation(0, putOf('k', 'v'), put(2), 'ok')];
    expect(judged(keeping, ErrKeyNotFound)).toBe('');
    expect(judged(keeping, ErrKeyNotFound, there)).toMatch(/but k had been put, and nobody/);
    const gone = [...there, operation(1, deleteOf('k'), null, 'unknown')];
    expect(judged(keeping, ErrKeyNotFound, gone)).toBe('');
  });

  it('because of its form needs a bad form', () => {
    const twice: KvRequest = {
      kind: 'txn',
      compare: [],
      success: [putOf('k', '1'), putOf('k', '2')],
      failure: [],
    };
    expect(judged(twice, ErrDuplicateKey)).toBe('');
    expect(judged(putOf('k', 'v'), ErrDuplicateKey)).toMatch(/but nothing is wrong with its form$/);
  });

  it('that comes from around the store is not judged', () => {
    expect(judged(putOf('k', 'v'), ErrNoLeader)).toBe('');
  });
});
