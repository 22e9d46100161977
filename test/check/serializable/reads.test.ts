// The judge of reads of the past against random logs: every answer that a member at some revision gives is
// right, and each subtly different one is wrong. Every certificate is verified.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import { judgeLinearizable } from '../../../src/check/linearizability/judge.js';
import { etcdModel } from '../../../src/check/linearizability/models/etcd-model.js';
import { sameResult } from '../../../src/check/linearizability/models/etcd-response.js';
import { evaluate } from '../../../src/check/linearizability/models/etcd-store.js';
import type { EtcdOperation, EtcdResult } from '../../../src/check/linearizability/objects/etcd.js';
import { stateAtRevision } from '../../../src/check/replayed-log.js';
import { judgeReads } from '../../../src/check/serializable/reads.js';
import { verifyReads } from '../../../src/check/serializable/verify.js';
import { ErrCompacted, ErrFutureRev, ErrNoLeader } from '../../../src/etcdpb/errors.js';
import type { RangeRequest, RangeResponse, TxnRequest } from '../../../src/etcdpb/kv.js';
import { putOf, rangeOf } from '../../../src/etcdpb/kv.js';
import { watchHistory } from '../watch/watch-histories.js';

type Read = RangeRequest | TxnRequest;

function operation(input: Read, output: EtcdResult, id = 0): EtcdOperation {
  return { id, client: 0, input, output, callUs: id, returnUs: id, outcome: 'ok' };
}

/** A read with the answer of a member that is at some revision. */
function randomRead(seed: string): {
  readonly log: ReturnType<typeof watchHistory>['log'];
  readonly newest: number;
  readonly read: EtcdOperation;
} {
  const { log, replayed } = watchHistory(seed);
  const random = randomStream(seed, 'read');
  const newest = replayed.last.revision;
  const at = 1 + random.below(newest);
  const range = rangeOf(['a', 'aa', 'b', 'c'][random.below(4)]!, {
    rangeEnd: ['', '\0', 'b', 'c'][random.below(4)]!,
    serializable: true,
    limit: random.below(3),
    keysOnly: random.chance(100_000),
    countOnly: random.chance(100_000),
    sortOrder: random.chance(200_000) ? 'DESCEND' : 'NONE',
    revision: random.chance(500_000) ? 1 + random.below(at) : 0,
  });
  const input: Read = random.chance(200_000)
    ? { kind: 'txn', compare: [], success: [range], failure: [] }
    : range;
  const state = { ...stateAtRevision(replayed, at)!, compacted: -1 };
  return { log, newest, read: operation(input, evaluate(state, input).result) };
}

describe('reads of the past', () => {
  it('are right as any member gives them, and wrong when anything in them is changed', () => {
    let right = 0;
    let wrong = 0;
    for (let seed = 0; seed < 1500; seed++) {
      const { log, newest, read } = randomRead(`${seed}`);
      const judgement = judgeReads([read], log);
      expect(judgement.reason, `seed ${seed}`).toBe('');
      expect(verifyReads([read], log, judgement.certificate!), `seed ${seed}`).toBeNull();
      right++;
      const { output } = read;
      if (output?.ok !== true || output.response.kind !== 'range') continue;
      for (const response of changes(output.response, newest)) {
        const changed = { ...read, output: { ok: true, response } as const };
        expect(sameResult(changed.output, output)).toBe(false);
        const verdict = judgeReads([changed], log);
        expect(verdict.verdict, `seed ${seed}: ${JSON.stringify(response)}`).toBe('violation');
        expect(verdict.core).toEqual([0]);
        expect(verifyReads([changed], log, verdict.certificate!), `seed ${seed}`).toBeNull();
        expect(verifyReads([changed], log, { kind: 'conforms' })).not.toBeNull();
        expect(verifyReads([read], log, verdict.certificate!)).not.toBeNull();
        wrong++;
      }
    }
    expect(right).toBe(1500);
    expect(wrong).toBeGreaterThan(3000);
  });

  it('may fail for want of a leader, but not as future or compacted without cause', () => {
    const log = [putOf('a', '1'), putOf('a', '2')];
    const verdict = (input: Read, error: typeof ErrNoLeader | typeof ErrCompacted): string =>
      judgeReads([operation(input, { ok: false, error })], log).verdict;
    const past = rangeOf('a', { revision: 2 });
    expect(verdict(past, ErrNoLeader)).toBe('ok');
    expect(verdict(past, ErrFutureRev)).toBe('ok');
    expect(verdict(past, ErrCompacted)).toBe('violation');
    expect(verdict(rangeOf('a', { serializable: true }), ErrFutureRev)).toBe('violation');
    expect(verdict(rangeOf('a', { serializable: true }), ErrCompacted)).toBe('violation');
  });

  it('are refused by the etcd model too if told of a future that they did not ask for', () => {
    const verdict = (revision: number): string => {
      const input = rangeOf('a', { serializable: true, revision });
      const history = [operation(input, { ok: false, error: ErrFutureRev })];
      return judgeLinearizable(history, etcdModel(), { pruned: etcdModel(history) }).verdict;
    };
    expect(verdict(2)).toBe('ok');
    expect(verdict(1)).toBe('violation');
    expect(verdict(0)).toBe('violation');
  });

  it('of a revision that never was must be an error', () => {
    const response = { kind: 'range', revision: 9, kvs: [], count: 0, more: false } as const;
    const read = operation(rangeOf('a', { revision: 9 }), { ok: true, response }, 4);
    const judgement = judgeReads([read], [putOf('a', '1')]);
    expect(judgement.reason).toBe(
      'read 4 was answered at revision 9, but the log ends at revision 2',
    );
    expect(verifyReads([read], [putOf('a', '1')], judgement.certificate!)).toBeNull();
  });

  it('are not asked for where an operation is linearizable or has no answer', () => {
    const silent = {
      ...operation(rangeOf('a', { revision: 9 }), { ok: false, error: ErrNoLeader }),
    };
    expect(judgeReads([{ ...silent, output: null, outcome: 'unknown' }], []).verdict).toBe('ok');
  });
});

/** Answers that differ from a right one, none of which any revision can give. */
function changes(response: RangeResponse, newest: number): RangeResponse[] {
  const { kvs } = response;
  const first = kvs[0];
  const out: RangeResponse[] = [
    { ...response, count: response.count + 1 },
    { ...response, more: !response.more },
    { ...response, revision: newest + 1 },
  ];
  if (first === undefined) return out;
  out.push({ ...response, kvs: kvs.slice(1) });
  out.push({ ...response, kvs: [...kvs, first] });
  out.push({ ...response, kvs: [{ ...first, value: 'never' }, ...kvs.slice(1)] });
  out.push({ ...response, kvs: [{ ...first, version: first.version + 1 }, ...kvs.slice(1)] });
  out.push({ ...response, kvs: [{ ...first, lease: first.lease + 1 }, ...kvs.slice(1)] });
  if (kvs.length > 1) out.push({ ...response, kvs: [...kvs].reverse() });
  return out;
}
