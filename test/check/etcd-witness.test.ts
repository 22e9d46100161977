// The revision witness against the definition on small histories, and against the general search on
// larger ones; the online witness against both.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import type { EtcdOperation, EtcdRequest } from '../../src/check/linearizability/objects/etcd.js';
import { replay } from '../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { OnlineWitness } from '../../src/check/linearizability/witness/online-witness.js';
import { checkByRevision } from '../../src/check/linearizability/witness/revision-witness.js';
import { ErrFutureRev } from '../../src/etcdpb/errors.js';
import type { KvResponse } from '../../src/etcdpb/kv.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { isLinearizable } from './brute-force.js';
import { FLAWS, type FlawedOptions, flawedEtcdHistory } from './flawed-etcd.js';

const SMALL = 100_000;
const LARGE = 100_000;
const ONLINE = 10_000;

const small: Omit<FlawedOptions, 'flaw' | 'leases'> = {
  operations: 6,
  keys: 2,
  lastsUs: 12,
  spanUs: 24,
  unknownPercent: 12,
  flawPercent: 50,
};
const large: Omit<FlawedOptions, 'flaw' | 'leases'> = {
  operations: 12,
  keys: 3,
  lastsUs: 12,
  spanUs: 60,
  unknownPercent: 8,
  flawPercent: 25,
};

function show(history: readonly EtcdOperation[]): string {
  return history.map((operation) => JSON.stringify(operation)).join('\n');
}

function isSilentOrLease({ input, output, outcome }: EtcdOperation): boolean {
  return (outcome === 'ok' && output === null) || input.kind.startsWith('lease-');
}

interface Tally {
  legal: number;
  illegal: number;
  decidedLegal: number;
  decidedIllegal: number;
}

/** Holds the witness to the truth about one history. */
function judge(history: readonly EtcdOperation[], legal: boolean, tally: Tally): void {
  const witness = checkByRevision(history);
  if (legal) tally.legal++;
  else tally.illegal++;
  if (witness.verdict === 'violation') {
    tally.decidedIllegal++;
    if (legal) expect.fail(`false alarm: ${witness.reason}\n${show(history)}`);
    expect(witness.core.length).toBeGreaterThan(0);
    expect(witness.core.length).toBeLessThanOrEqual(10);
  }
  if (witness.verdict === 'ok') {
    const orders = [{ partition: null, ids: witness.order }];
    const wrong = replay(history, etcdModel(), orders);
    // With operations that took effect unseen, or leases, an order may come out that the replayer refuses.
    if (wrong === null) {
      tally.decidedLegal++;
      if (!legal) expect.fail(`accepted what is illegal\n${show(history)}`);
    } else if (!history.some(isSilentOrLease)) {
      expect.fail(`${wrong}\n${show(history)}`);
    }
  }
}

function tallies(): Tally {
  return { legal: 0, illegal: 0, decidedLegal: 0, decidedIllegal: 0 };
}

describe('the revision witness', () => {
  it(`agrees with brute force on ${SMALL} small histories`, () => {
    const random = randomStream('11', 'witness/small');
    const tally = tallies();
    for (let i = 0; i < SMALL; i++) {
      const flaw = FLAWS[i % FLAWS.length]!;
      const history = flawedEtcdHistory({ ...small, flaw, leases: i % 4 === 0 }, random);
      judge(history, isLinearizable(history, etcdModel()), tally);
    }
    expect(tally.legal).toBeGreaterThan(SMALL / 5);
    expect(tally.illegal).toBeGreaterThan(SMALL / 5);
    expect(tally.decidedLegal).toBeGreaterThan(0.75 * tally.legal);
    expect(tally.decidedIllegal).toBeGreaterThan(0.75 * tally.illegal);
  });

  it(`agrees with the general search on ${LARGE} larger histories`, () => {
    const random = randomStream('12', 'witness/large');
    const tally = tallies();
    let undecided = 0;
    for (let i = 0; i < LARGE; i++) {
      const flaw = FLAWS[i % FLAWS.length]!;
      const history = flawedEtcdHistory({ ...large, flaw, leases: i % 8 === 0 }, random);
      const { verdict } = checkLinearizable(history, etcdModel(history), {
        stepsMax: 20_000,
        shortcuts: false,
      });
      if (verdict === 'undecided') undecided++;
      else judge(history, verdict === 'ok', tally);
    }
    expect(undecided).toBeLessThan(LARGE / 1000);
    expect(tally.legal).toBeGreaterThan(LARGE / 5);
    expect(tally.illegal).toBeGreaterThan(LARGE / 5);
    expect(tally.decidedLegal).toBeGreaterThan(0.75 * tally.legal);
    expect(tally.decidedIllegal).toBeGreaterThan(0.75 * tally.illegal);
  });
});

describe('what the witness says', () => {
  const at = (id: number, input: EtcdRequest, output: KvResponse, us: [number, number]) => ({
    id,
    client: id,
    input,
    output: { ok: true as const, response: output },
    callUs: us[0],
    returnUs: us[1],
    outcome: 'ok' as const,
  });
  const put = (id: number, value: string, revision: number, us: [number, number]): EtcdOperation =>
    at(id, putOf('x', value), { kind: 'put', revision, prevKv: null }, us);
  const get = (
    id: number,
    revision: number,
    kv: readonly [string, number, number] | null,
    us: [number, number],
  ): EtcdOperation => {
    const kvs =
      kv === null
        ? []
        : [
            {
              key: 'x',
              value: kv[0],
              createRevision: 2,
              modRevision: kv[1],
              version: kv[2],
              lease: 0,
            },
          ];
    const output = { kind: 'range' as const, revision, kvs, more: false, count: kvs.length };
    return at(id, rangeOf('x'), output, us);
  };
  const unanswered = (id: number, value: string, callUs: number): EtcdOperation => ({
    ...put(id, value, 0, [callUs, Infinity]),
    output: null,
    outcome: 'unknown',
  });
  const said = (history: EtcdOperation[]): string => {
    const result = checkByRevision(history);
    return result.verdict === 'ok' ? `ok ${result.order.join(' ')}` : result.reason;
  };

  it('names the answer that is too old, and the write that had completed', () => {
    const history = [put(1, '1', 2, [0, 5]), put(2, '2', 3, [6, 7])];
    expect(said([...history, get(3, 2, ['1', 2, 1], [8, 9])])).toBe(
      'get x by c3 returned "1" (mod 2, version 1) at revision 2, but put x="2" by c2 had completed at revision 3 before it was invoked',
    );
    expect(said([...history, get(3, 2, ['1', 2, 1], [7, 9])])).toBe('ok 1 3 2');
  });

  it('names the value that is wrong at its revision, and who wrote the right one', () => {
    expect(said([put(1, '1', 2, [0, 5]), get(3, 2, ['9', 2, 1], [8, 9])])).toBe(
      'get x by c3 returned "9" (mod 2, version 1) at revision 2, but the store there answers revision 2: range of 1 ["x"="1" (create 2, mod 2, version 1)] (put x="1" by c1 wrote revision 2)',
    );
  });

  it('lets a write without answer make a revision only if it was called in time', () => {
    const seen = get(3, 2, ['1', 2, 1], [8, 9]);
    expect(said([unanswered(1, '1', 9), seen])).toBe('ok 1 3');
    expect(said([unanswered(1, '1', 10), seen])).toBe(
      'get x by c3 returned "1" (mod 2, version 1) at revision 2, but revision 2 has no possible writer: no request without an answer that writes x="1" and was called by 9 us fits there',
    );
  });

  it('hands on what asks for more revisions than there is room for', () => {
    const high = get(1, 2 ** 24 + 1, null, [0, 1]);
    const reason = 'revision 16777217, of operation 1, is too high to follow';
    expect(said([high])).toBe(reason);
    const online = new OnlineWitness();
    online.invoke(high);
    expect(online.complete(1, 'ok', high.output, 1)).toBe('blind');
    expect(online.reason).toBe(reason);
    expect(said([get(1, 1000, null, [0, 1])])).toContain('revision 2 has no possible writer');
  });

  it('fills revisions nobody claims by how often a key was written', () => {
    // Between versions 1 and 4 of x lie two writes nobody answered; y can have made none of them.
    const other: EtcdOperation = { ...unanswered(9, '', 0), input: putOf('y', 'y') };
    const history = [put(1, '1', 2, [0, 1]), other, unanswered(2, '2', 2), unanswered(4, '4', 3)];
    expect(said([...history, put(5, '5', 5, [4, 5]), get(6, 5, ['5', 5, 4], [6, 7])])).toBe(
      'ok 1 2 4 5 6',
    );
    expect(said([...history, put(5, '5', 5, [4, 5]), get(6, 5, ['5', 5, 3], [6, 7])])).toMatch(
      /^ok 1 (9 2|2 9) 5 6$/,
    );
  });

  it('hands on what revisions do not decide', () => {
    const future: EtcdOperation = {
      ...get(1, 2, null, [0, 1]),
      output: { ok: false, error: ErrFutureRev },
    };
    expect(checkByRevision([future]).verdict).toBe('handed-on');
  });
});

/** Feeds a history to the online witness in the order of time; returns where it stopped. */
function stream(history: readonly EtcdOperation[], witness: OnlineWitness): number {
  const events = history.flatMap((operation, index) => [
    { atUs: operation.callUs, ends: false, operation, index },
    {
      atUs: Number.isFinite(operation.returnUs) ? operation.returnUs : operation.callUs + 30,
      ends: true,
      operation,
      index,
    },
  ]);
  // A call and a return at one time are concurrent.
  events.sort((a, b) => a.atUs - b.atUs || Number(a.ends) - Number(b.ends));
  for (const { atUs, ends, operation } of events) {
    if (!ends) witness.invoke(operation);
    else witness.complete(operation.id, operation.outcome, operation.output, atUs);
    if (witness.verdict === 'violation') return atUs;
  }
  witness.finish();
  return Infinity;
}

/** What was known of a history at a moment. */
function prefix(history: readonly EtcdOperation[], untilUs: number): EtcdOperation[] {
  return history
    .filter(({ callUs }) => callUs <= untilUs)
    .map((operation) =>
      operation.outcome !== 'ok' || operation.returnUs <= untilUs
        ? operation
        : { ...operation, outcome: 'unknown' as const, output: null, returnUs: Infinity },
    );
}

describe('the online witness', () => {
  it(`says of ${ONLINE} histories what the whole history says, and not before it is so`, () => {
    const random = randomStream('13', 'witness/online');
    const counts = { watching: 0, violation: 0, blind: 0 };
    let early = 0;
    for (let i = 0; i < ONLINE; i++) {
      const flaw = FLAWS[i % FLAWS.length]!;
      const history = flawedEtcdHistory(
        { ...large, operations: 24, spanUs: 160, flaw, leases: false },
        random,
      );
      const witness = new OnlineWitness();
      const stoppedUs = stream(history, witness);
      counts[witness.verdict]++;
      if (witness.verdict === 'blind') continue;
      const known = prefix(history, stoppedUs);
      const { verdict } = checkLinearizable(known, etcdModel(known));
      if (verdict === 'undecided') continue;
      if (verdict !== (witness.verdict === 'watching' ? 'ok' : 'violation')) {
        expect.fail(`${witness.verdict}: ${witness.violation?.reason}\n${show(history)}`);
      }
      if (stoppedUs < Math.max(...history.map(({ callUs }) => callUs))) early++;
    }
    expect(counts.watching).toBeGreaterThan(ONLINE / 5);
    expect(counts.violation).toBeGreaterThan(ONLINE / 5);
    expect(counts.blind).toBeLessThan(ONLINE / 3);
    expect(early).toBeGreaterThan(counts.violation / 2);
  });
});

it('holds no more of a long history than its window', () => {
  const witness = new OnlineWitness({ pastRevisionsMax: 1000 });
  let largest = 0;
  for (let i = 0; i < 30_000; i++) {
    const revision = i + 2;
    witness.invoke({ id: i, client: 0, input: putOf('x', `v${i}`), callUs: 2 * i });
    const response = { kind: 'put', revision, prevKv: null } as const;
    witness.complete(i, 'ok', { ok: true, response }, 2 * i + 1);
    largest = Math.max(largest, witness.windowSize);
  }
  expect(witness.finish()).toBe('watching');
  expect(largest).toBeLessThan(2000);
});
