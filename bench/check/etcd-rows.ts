// Rows of the etcd model, on made histories with a known verdict: clients issue back to back on ten keys,
// every request takes effect at one moment inside its interval, half of those without answer do.

import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import type { EtcdState } from '../../src/check/linearizability/models/etcd-store.js';
import { etcdStream } from '../../src/check/linearizability/models/etcd-stream.js';
import type {
  EtcdOperation,
  EtcdRequest,
  EtcdResult,
} from '../../src/check/linearizability/objects/etcd.js';
import { StreamedHistory } from '../../src/check/linearizability/online/streamed-history.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';
import { type KeyValue, type KvResult, putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { etcdHistory } from '../../test/check/etcd-histories.js';
import { judging, type Row } from './row.js';

const KEYS = 10;
const CORE_MAX = 10;
/** Of a streamed history: the windows of lines and of revisions, and those without an answer that had no effect. */
const HELD_MAX = 10_000;

export const ETCD_ROWS: readonly Row[] = [
  historyRow(50, 1000, 0, 'porcupine > 60 s, out of memory', 30),
  historyRow(100, 100_000, 0, 'porcupine fails at 50 x 1,000', 100),
  historyRow(100, 100_000, 1, '', 200),
  historyRow(100, 100_000, 5, '', 500),
  historyRow(20, 100_000, 5, '', 500),
  illegalRow(50, 1000, 0, 30),
  illegalRow(100, 100_000, 0, 100),
  illegalRow(100, 100_000, 1, 200),
  illegalRow(100, 100_000, 5, 500),
  streamRow(1_000_000, 0, 2000),
  streamRow(1_000_000, 1, 2000),
  {
    work: '10,000 failed puts and a read after each',
    peer: "etcd's suite: 14 within 1 s",
    targetMs: 100,
    prepare: () => judging(failedPuts(10_000), () => etcdModel(), 'ok'),
  },
];

function historyRow(
  clients: number,
  operations: number,
  unknownPercent: number,
  peer: string,
  targetMs: number,
): Row {
  return {
    work: `etcd ${clients} x ${operations}, ${unknownPercent} % unknown`,
    peer,
    targetMs,
    prepare() {
      const history = made(clients, operations, unknownPercent);
      return judging(history, () => etcdModel(history), 'ok');
    },
  };
}

/** The same with one late read that is stale by more than four writes of every client. */
function illegalRow(
  clients: number,
  operations: number,
  unknownPercent: number,
  targetMs: number,
): Row {
  return {
    work: `etcd ${clients} x ${operations}, ${unknownPercent} % unknown, illegal`,
    peer: '',
    targetMs,
    prepare() {
      const history = withStaleRead(made(clients, operations, unknownPercent), 4 * clients);
      return () => {
        const result = checkLinearizable(history, etcdModel(history));
        const { verdict, steps } = result;
        const core = result.verdict === 'violation' ? result.core.length : 0;
        const small = core > 0 && core <= CORE_MAX ? verdict : `core of ${core}`;
        return { verdict: small, expected: 'violation', steps };
      };
    },
  };
}

/**
 * Made while it is judged, so that nothing holds the whole: the order that explains it is found and replayed.
 * Making it counts.
 */
function streamRow(operations: number, unknownPercent: number, targetMs: number): Row {
  return {
    work: `etcd 50 x ${operations} streamed, ${unknownPercent} % unknown`,
    peer: '',
    targetMs,
    prepare: () => () => {
      const streamed = new StreamedHistory(etcdStream());
      const heldMax = stream(streamed, operations, unknownPercent);
      const ending = streamed.finish();
      const steps = ending.kind === 'ok' ? ending.steps : 0;
      const verdict = heldMax > HELD_MAX ? `${heldMax} held` : ending.kind;
      return { verdict, expected: 'ok', steps };
    },
  };
}

function made(clients: number, operations: number, unknownPercent: number): EtcdOperation[] {
  const unknownPpm = unknownPercent * 10_000;
  return etcdHistory({ seed: '1', operations, clients, keys: KEYS, unknownPpm }).operations;
}

function withStaleRead(history: EtcdOperation[], byWrites: number): EtcdOperation[] {
  const from = Math.floor(0.9 * history.length);
  for (let late = from; late < history.length; late++) {
    const operation = history[late]!;
    const key = keyRead(operation);
    if (key === null) continue;
    for (let early = late - 4 * byWrites; early >= 0; early--) {
      if (keyRead(history[early]!) !== key) continue;
      const stale = { ...operation, output: history[early]!.output };
      return [...history.slice(0, late), stale, ...history.slice(late + 1)];
    }
  }
  return history;
}

function keyRead({ input, output }: EtcdOperation): string | null {
  if (input.kind !== 'range' || input.rangeEnd !== '' || output?.ok !== true) return null;
  return input.key;
}

/** Every put is given up; one in three takes effect all the same. */
function failedPuts(count: number): EtcdOperation[] {
  const history: EtcdOperation[] = [];
  let revision = 1;
  let kv: KeyValue | null = null;
  for (let i = 0; i < count; i++) {
    const call = { client: i, callUs: 4 * i };
    const value = `v${i}`;
    if (i % 3 === 0) {
      revision++;
      kv = written('k', value, revision, kv);
    }
    history.push({
      ...call,
      id: 2 * i,
      input: putOf('k', value),
      output: null,
      returnUs: Infinity,
      outcome: 'unknown',
    });
    history.push({
      id: 2 * i + 1,
      client: -1,
      input: rangeOf('k'),
      output: read(kv, revision),
      callUs: 4 * i + 2,
      returnUs: 4 * i + 3,
      outcome: 'ok',
    });
  }
  return history;
}

function written(key: string, value: string, revision: number, old: KeyValue | null): KeyValue {
  return {
    key,
    value,
    createRevision: old?.createRevision ?? revision,
    modRevision: revision,
    version: (old?.version ?? 0) + 1,
    lease: 0,
  };
}

function read(kv: KeyValue | null, revision: number): KvResult {
  const kvs = kv === null ? [] : [kv];
  return { ok: true, response: { kind: 'range', revision, kvs, more: false, count: kvs.length } };
}

/** Fifty clients in turn, each request taking effect halfway to its answer; returns how many were held at most. */
function stream(
  streamed: StreamedHistory<EtcdState, EtcdRequest, EtcdResult>,
  operations: number,
  unknownPercent: number,
): number {
  const clients = 50;
  const store = new Map<string, KeyValue>();
  const pending: { id: number; key: string; value: string | null; output: KvResult | null }[] = [];
  let revision = 1;
  let heldMax = 0;
  for (let i = 0; i < operations + clients; i++) {
    const midway = pending[(i + clients / 2) % clients];
    if (midway !== undefined && midway.output === null) {
      const { key, value } = midway;
      if (value === null) midway.output = read(store.get(key) ?? null, revision);
      else {
        revision++;
        store.set(key, written(key, value, revision, store.get(key) ?? null));
        midway.output = { ok: true, response: { kind: 'put', revision, prevKv: null } };
      }
    }
    const client = i % clients;
    const ending = pending[client];
    if (ending !== undefined) {
      const { id, key, value, output } = ending;
      const lost = (id * 7919) % 100 < unknownPercent;
      const input = value === null ? rangeOf(key) : putOf(key, value);
      const seen = lost
        ? ({ output: null, returnUs: Infinity, outcome: 'unknown' } as const)
        : ({ output, returnUs: i, outcome: 'ok' } as const);
      streamed.add({ id, client, input, callUs: id, ...seen });
    }
    const key = `k${(i * 31) % KEYS}`;
    const value = (i * 17) % 5 < 2 ? `v${i}` : null;
    pending[client] = { id: i, key, value, output: null };
    if (streamed.held > heldMax) heldMax = streamed.held;
  }
  return heldMax;
}
