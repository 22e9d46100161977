// Histories judged while they are read: what comes out is what the whole history says, whatever the order of
// its lines; what is held does not grow with it; the running replay accepts what the definition does.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { randomStream } from '../../src/base/random.js';
import { IdSet } from '../../src/check/format/id-set.js';
import { formatOperations } from '../../src/check/format/operation-lines.js';
import { knownBy, type Operation } from '../../src/check/history.js';
import { type CheckedHistory, HistoryCheck } from '../../src/check/history-check.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { etcdStream } from '../../src/check/linearizability/models/etcd-stream.js';
import type { EtcdOperation } from '../../src/check/linearizability/objects/etcd.js';
import { StreamedHistory } from '../../src/check/linearizability/online/streamed-history.js';
import { TimeOrder } from '../../src/check/linearizability/online/time-order.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { type Again, type Reading, STREAM } from '../../src/check/reading.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { etcdHistory } from './etcd-histories.js';
import { FLAWS, flawedEtcdHistory } from './flawed-etcd.js';

const HISTORIES = 2000;
const TEXTS = 40;

/** Histories of operations on few keys, most of a store with a flaw. */
function history(i: number, random: Random, operations = 24): EtcdOperation[] {
  return flawedEtcdHistory(
    {
      ...{ operations, flaw: FLAWS[i % FLAWS.length]!, keys: 3, lastsUs: 40 },
      spanUs: 6 * operations,
      ...{ leases: i % 10 === 0, unknownPercent: i % 3 === 0 ? 0 : 10, flawPercent: 20 },
    },
    random,
  );
}

function byCalls(history: readonly EtcdOperation[]): EtcdOperation[] {
  return [...history].sort((a, b) => a.callUs - b.callUs);
}

/** What has no answer is given up after a while. */
function byEnds(history: readonly EtcdOperation[]): EtcdOperation[] {
  const endUs = ({ callUs, returnUs }: EtcdOperation) => Math.min(returnUs, callUs + 100);
  return [...history].sort((a, b) => endUs(a) - endUs(b));
}

function shuffled(history: readonly EtcdOperation[], random: Random): EtcdOperation[] {
  return random.shuffle(history);
}

/** As recorders write: by the calls, by the ends, or in no order at all. */
const LINE_ORDERS = { calls: byCalls, ends: byEnds, none: shuffled } as const;

function isLinearizable(history: readonly EtcdOperation[]): boolean {
  const { verdict } = checkLinearizable(history, etcdModel(history));
  expect(verdict).not.toBe('undecided');
  return verdict === 'ok';
}

function prefix(history: readonly EtcdOperation[], untilUs: number): EtcdOperation[] {
  return history
    .filter(({ callUs }) => callUs <= untilUs)
    .map((operation) => knownBy(operation, untilUs));
}

describe('a streamed history', () => {
  it.each(Object.entries(LINE_ORDERS))(
    'in the order of %s says what the whole says, or nothing',
    (name, ordered) => {
      const random = randomStream('1', `streamed/${name}`);
      const counts = { reading: 0, ok: 0, violation: 0, stuck: 0, lost: 0 };
      for (let i = 0; i < HISTORIES; i++) {
        const lines = ordered(history(i, random), random);
        const streamed = new StreamedHistory(etcdStream(), { min: 1 + random.below(24), max: 24 });
        for (const operation of lines) streamed.add(operation);
        const verdict = streamed.finish();
        counts[verdict.kind]++;
        if (verdict.kind === 'ok' && !isLinearizable(lines)) expect.fail('ok, but it is none');
        if (verdict.kind !== 'violation' || name !== 'calls') continue;
        if (isLinearizable(prefix(lines, verdict.untilUs))) {
          expect.fail('a violation in a prefix that is linearizable');
        }
      }
      expect(counts.reading).toBe(0);
      if (name === 'none') expect(counts.lost).toBeGreaterThan(HISTORIES / 5);
      else {
        expect(counts.ok).toBeGreaterThan(HISTORIES / 4);
        expect(counts.violation).toBeGreaterThan(HISTORIES / 4);
        expect(counts.lost).toBeLessThan(HISTORIES / 2);
      }
    },
  );

  it.each([
    ['calls', 0],
    ['calls', 5],
    ['ends', 5],
  ] as const)(
    'in the order of %s and with %i of 100 unknown holds what is under way, and no more',
    (order, unknownPercent) => {
      const made = etcdHistory({
        ...{ seed: '3', operations: 60_000, clients: 50, keys: 10 },
        unknownPpm: unknownPercent * 10_000,
      });
      const lines = (order === 'calls' ? byCalls : byEnds)(made.operations as EtcdOperation[]);
      const streamed = new StreamedHistory(etcdStream());
      let heldMax = 0;
      let unknown = 0;
      for (const operation of lines) {
        streamed.add(operation);
        if (operation.outcome === 'unknown' && !made.applied.has(operation.id)) unknown++;
        heldMax = Math.max(heldMax, streamed.held - unknown);
      }
      expect(streamed.finish().kind).toBe('ok');
      expect(heldMax).toBeLessThan(6000);
    },
  );

  it('refuses to vouch for a read of a past that nobody holds any more', () => {
    const streamed = new StreamedHistory(etcdStream());
    const writes = 20_000;
    for (let i = 0; i < writes; i++) streamed.add(write(i, i + 2));
    // Revision 100 holds a value; the state without its past would answer with none.
    streamed.add({
      ...write(writes, writes + 1),
      input: { ...rangeOf('x'), revision: 100 },
      output: {
        ok: true,
        response: { kind: 'range', revision: writes + 1, kvs: [], more: false, count: 0 },
      },
    });
    expect(streamed.finish().kind).toBe('lost');
  });
});

function write(id: number, revision: number): EtcdOperation {
  return {
    ...{ id, client: 0, input: putOf('x', `v${id}`), callUs: 2 * id, returnUs: 2 * id + 1 },
    output: { ok: true, response: { kind: 'put', revision, prevKv: null } },
    outcome: 'ok',
  };
}

describe('a text that is read as a stream', () => {
  /** What the command does: reads again where it has to. */
  function check(text: string, first: Reading): { checked: CheckedHistory; readings: string } {
    let readings = '';
    let reading = first;
    while (true) {
      readings += reading.kind[0];
      const finished = checkOnce(text, reading);
      if (!('again' in finished)) return { checked: finished, readings };
      reading = finished.again;
    }
  }

  function checkOnce(text: string, reading: Reading): CheckedHistory | Again {
    const check = new HistoryCheck({ reading });
    for (let at = 0; at < text.length && !check.isSettled; at += 1000) {
      check.push(text.slice(at, at + 1000));
    }
    return check.finish();
  }

  it('gets the verdict of the whole, with a certificate, a core and a count', () => {
    const random = randomStream('2', 'streamed/text');
    const counts: Record<string, number> = {};
    for (let i = 0; i < TEXTS; i++) {
      const text = formatOperations('etcd', byEnds(history(i, random, 10)));
      const whole = check(text, { kind: 'whole' }).checked;
      const { checked, readings } = check(text, STREAM);
      counts[readings] = (counts[readings] ?? 0) + 1;
      expect(checked.judgement.verdict).toBe(whole.judgement.verdict);
      expect(checked.refuted).toBeNull();
      expect(checked.judgement.certificate).not.toBeNull();
      expect(checked.count).toBe(10);
      expect(checked.core.length > 0).toBe(whole.core.length > 0);
      expect(checked.judgement.reason === '').toBe(whole.judgement.reason === '');
    }
    // Judged while it was read; the same up to a violation; and all of it, after the stream was lost.
    expect(counts.s).toBeGreaterThan(TEXTS / 4);
    expect(counts.sp).toBeGreaterThan(TEXTS / 16);
    expect(counts.sw).toBeGreaterThan(TEXTS / 16);
    expect(counts.spw).toBeUndefined();
  });

  it('is read to its end although a violation has shown, for it may be no history', () => {
    const stale: EtcdOperation = { ...write(3, 2), callUs: 100, returnUs: 101 };
    const many = Array.from({ length: 20_000 }, (_, i) => write(i + 10, i + 4));
    const lines = formatOperations('etcd', [write(1, 2), write(2, 3), stale, ...many]);
    expect(check(lines, STREAM).checked.judgement.verdict).toBe('violation');
    expect(() => check(`${lines}{"id":1}\n`, STREAM)).toThrow('line 20005, column 1');
    const twice = formatOperations('etcd', [write(1, 2)]).split('\n')[1]!;
    expect(() => check(`${lines}${twice}\n`, STREAM)).toThrow('operation 1 is in the history');
  });

  it('is read again as a whole where its answers do not place its operations', () => {
    const { checked, readings } = check(
      formatOperations('etcd', [
        { ...write(1, 2), input: { kind: 'lease-grant', lease: 7 }, output: null },
      ]),
      STREAM,
    );
    expect(readings).toBe('sw');
    expect(checked.judgement.verdict).toBe('ok');
  });
});

describe('the order of time', () => {
  it('is made of lines that are out of it by no more than the window', () => {
    const random = randomStream('4', 'time-order');
    for (let i = 0; i < 500; i++) {
      const lines = byEnds(history(i, random)).filter(({ outcome }) => outcome !== 'fail');
      const { events, late } = timeOrder(lines, 24);
      expect(late).toBe(0);
      expect(events).toHaveLength(2 * lines.length);
      for (let at = 1; at < events.length; at++) {
        const [before, after] = [events[at - 1]!, events[at]!];
        const inOrder =
          before.atUs < after.atUs ||
          (before.atUs === after.atUs && (before.kind === after.kind || before.kind === 'call'));
        // What has no last moment ends at once.
        if (!inOrder && before.id !== after.id && !before.forever) {
          expect.fail(`${JSON.stringify(before)} before ${JSON.stringify(after)}`);
        }
      }
    }
  });

  it('is not made of others, unless they could have come at any time', () => {
    const [first, second] = [write(1, 2), write(2, 3)];
    const unknown: Operation<unknown, unknown> = {
      ...{ ...first, output: null, outcome: 'unknown', returnUs: Infinity },
    };
    expect(timeOrder([second, write(3, 4), first], 1).late).toBe(1);
    expect(timeOrder([second, write(3, 4), unknown], 1).late).toBe(0);
    expect(timeOrder([second, first], 1).late).toBe(0);
  });

  interface Told {
    readonly kind: 'call' | 'end';
    readonly id: number;
    readonly atUs: number;
    readonly forever: boolean;
  }

  function timeOrder(lines: readonly Operation<unknown, unknown>[], window: number) {
    const events: Told[] = [];
    let late = 0;
    const tell = (kind: Told['kind'], operation: Operation<unknown, unknown>): void => {
      const { id, callUs, returnUs, outcome } = operation;
      const forever = outcome === 'unknown' || returnUs === Infinity;
      const atUs = kind === 'call' || forever ? callUs : returnUs;
      events.push({ kind, id, atUs, forever });
    };
    const order = new TimeOrder<unknown, unknown>(
      { call: (operation) => tell('call', operation), end: (operation) => tell('end', operation) },
      { min: window, max: window },
    );
    for (const operation of lines) if (!order.add(operation)) late++;
    order.finish();
    return { events, late };
  }
});

describe('a set of ids', () => {
  it('says what a set says', () => {
    const random = randomStream('5', 'id-set');
    for (const range of [70, 1000, 2 ** 50]) {
      const ids = new IdSet();
      const known = new Set<number>();
      for (let i = 0; i < 3000; i++) {
        const id =
          random.below(2 ** 25) % range === 0 ? range : random.below(Math.min(range, 2 ** 31));
        const far = range > 2 ** 31 ? id * 2 ** 20 : id;
        expect(ids.add(far)).toBe(!known.has(far));
        known.add(far);
      }
    }
  });

  it('holds next to nothing of ids that count upwards, nearly in order', () => {
    const ids = new IdSet();
    let entriesMax = 0;
    for (let i = 0; i < 100_000; i++) {
      if (!ids.add(i ^ 63)) expect.fail(`${i ^ 63} is new`);
      entriesMax = Math.max(entriesMax, ids.entries);
    }
    expect(entriesMax).toBeLessThan(10);
    for (let i = 0; i < 99_968; i += 97) if (ids.add(i)) expect.fail(`${i} is not new`);
  });
});
