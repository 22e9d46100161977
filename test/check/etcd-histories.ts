// Valid histories of an etcd cluster as clients would see it: clients issue back to back, every request
// takes effect at one moment inside its interval. Deterministic in the seed.

import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type { EtcdState } from '../../src/check/linearizability/models/etcd-store.js';
import {
  EMPTY_STORE,
  evaluate,
  lookUp,
} from '../../src/check/linearizability/models/etcd-store.js';
import type { KvRequest, KvResult } from '../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

export interface EtcdHistoryOptions {
  readonly seed: string;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** Requests without answer, in a million; half of them take effect, some long after. */
  readonly unknownPpm: number;
}

export interface EtcdHistory {
  readonly operations: Operation<KvRequest, KvResult>[];
  /** Unknown operations that took effect. */
  readonly applied: ReadonlySet<number>;
}

interface Pending {
  readonly id: number;
  readonly client: number;
  readonly input: KvRequest;
  readonly callUs: number;
  readonly effectUs: number;
  readonly returnUs: number;
  readonly unknown: boolean;
  readonly happens: boolean;
}

export function etcdHistory(options: EtcdHistoryOptions): EtcdHistory {
  const { seed, operations: count, clients, keys, unknownPpm } = options;
  const random = randomStream(seed, 'etcd-history');
  const freeUs = Array.from({ length: clients }, () => random.below(100));
  const modRevisions = new Map<string, number>();
  let state: EtcdState = EMPTY_STORE;
  const open: Pending[] = [];
  const outputs = new Map<number, KvResult>();
  const plan: Pending[] = [];

  const settle = (untilUs: number): void => {
    open.sort((a, b) => a.effectUs - b.effectUs || a.id - b.id);
    while (open.length > 0 && open[0]!.effectUs <= untilUs) {
      const { id, input, happens } = open.shift()!;
      if (!happens) continue;
      const { state: after, result } = evaluate(state, input);
      outputs.set(id, result);
      state = after;
    }
  };

  for (let id = 0; id < count; id++) {
    let client = 0;
    for (let c = 1; c < clients; c++) if (freeUs[c]! < freeUs[client]!) client = c;
    const callUs = freeUs[client]!;
    settle(callUs);
    const returnUs = callUs + 10 + random.below(90);
    freeUs[client] = returnUs + random.below(10);
    const unknown = random.chance(unknownPpm);
    const lateUs = unknown ? random.below(600) : 0;
    const pending: Pending = {
      id,
      client,
      input: request(id, client),
      callUs,
      effectUs: callUs + random.below(returnUs - callUs + 1) + lateUs,
      returnUs: unknown ? Infinity : returnUs,
      unknown,
      happens: !unknown || random.chance(500_000),
    };
    plan.push(pending);
    open.push(pending);
  }
  settle(Infinity);

  function request(id: number, client: number): KvRequest {
    const key = `k${random.below(keys)}`;
    const value = `c${client}:${id}`;
    const known = lookUp(state, key);
    if (known !== null) modRevisions.set(key, known.modRevision);
    const kind = random.below(100);
    if (kind < 40) return putOf(key, value);
    if (kind < 80) return rangeOf(key);
    if (kind < 85) return deleteOf(key);
    if (kind < 90) return rangeOf('k', { rangeEnd: 'l' });
    const number = modRevisions.get(key) ?? 0;
    return {
      kind: 'txn',
      compare: [{ key, rangeEnd: '', target: 'MOD', result: 'EQUAL', number, value: '' }],
      success: [putOf(key, value)],
      failure: [rangeOf(key)],
    };
  }

  const applied = new Set<number>();
  const operations = plan.map(
    ({ id, client, input, callUs, returnUs, unknown, happens }): Operation<KvRequest, KvResult> => {
      if (unknown && happens) applied.add(id);
      return {
        id,
        client,
        input,
        output: unknown ? null : outputs.get(id)!,
        callUs,
        returnUs,
        outcome: unknown ? 'unknown' : 'ok',
      };
    },
  );
  return { operations, applied };
}
