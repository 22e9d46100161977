// Random histories of an etcd store that is correct, or wrong in one subtle way. Deterministic.

import type { Random } from '../../src/base/random.js';
import type { EtcdState } from '../../src/check/linearizability/models/etcd-store.js';
import { EMPTY_STORE, evaluate } from '../../src/check/linearizability/models/etcd-store.js';
import type {
  EtcdOperation,
  EtcdRequest,
  EtcdResult,
} from '../../src/check/linearizability/objects/etcd.js';
import type { RequestOp, TxnRequest } from '../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../src/etcdpb/kv.js';

/**
 * `stale`: some answers come from an older state; `lost`: some acknowledged effects never happen;
 * `double`: some happen twice; `torn`: of some transactions only the first write happens; `early`: some
 * effects come before their calls.
 */
export const FLAWS = ['none', 'none', 'stale', 'lost', 'double', 'torn', 'early'] as const;
export type Flaw = (typeof FLAWS)[number];

export interface FlawedOptions {
  readonly operations: number;
  readonly flaw: Flaw;
  readonly keys: number;
  /** Longest interval and time between the first and the last call, both in microseconds. */
  readonly lastsUs: number;
  readonly spanUs: number;
  readonly leases: boolean;
  /** How many of 100 answers are lost. */
  readonly unknownPercent: number;
  /** How often, in 100, a flaw strikes. */
  readonly flawPercent: number;
}

interface Planned {
  readonly id: number;
  readonly input: EtcdRequest;
  readonly callUs: number;
  readonly returnUs: number;
  readonly effectUs: number;
  readonly unknown: boolean;
  readonly happens: boolean;
  readonly flawed: boolean;
}

export function flawedEtcdHistory(options: FlawedOptions, random: Random): EtcdOperation[] {
  const { operations: count, flaw, lastsUs, spanUs } = options;
  const plan = Array.from({ length: count }, (_, id): Planned => {
    const callUs = 20 + random.below(spanUs);
    const returnUs = callUs + random.below(lastsUs);
    const input = etcdRequest(id, options, random);
    const unknown = input.kind !== 'lease-expire' && random.below(100) < options.unknownPercent;
    const flawed = random.below(100) < options.flawPercent;
    const late = unknown ? random.below(2 * lastsUs) : 0;
    const early = flaw === 'early' && flawed ? 1 + random.below(lastsUs) + returnUs - callUs : 0;
    const effectUs = callUs + random.below(returnUs - callUs + 1) + late - early;
    return {
      id,
      input,
      callUs,
      returnUs,
      effectUs,
      unknown,
      happens: !unknown || random.below(2) === 0,
      flawed,
    };
  });
  const results = perform(plan, flaw, random);
  return plan.map(({ id, input, callUs, returnUs, unknown }): EtcdOperation => {
    const output = results.get(id) ?? null;
    const common = { id, client: id, input, callUs };
    if (unknown) return { ...common, output: null, returnUs: Infinity, outcome: 'unknown' };
    if (input.kind === 'lease-expire') return { ...common, output: null, returnUs, outcome: 'ok' };
    // Most clients take an error for a failure, and say no more about it.
    const failed = output?.ok === false && random.below(8) > 0;
    return { ...common, output, returnUs, outcome: failed ? 'fail' : 'ok' };
  });
}

function perform(plan: readonly Planned[], flaw: Flaw, random: Random): Map<number, EtcdResult> {
  const order = plan.map(({ id, effectUs }) => ({ id, effectUs }));
  for (const { id, effectUs, flawed } of plan) {
    if (flaw === 'double' && flawed) order.push({ id, effectUs: effectUs + 1 + random.below(12) });
  }
  order.sort((a, b) => a.effectUs - b.effectUs || a.id - b.id);
  const results = new Map<number, EtcdResult>();
  let state: EtcdState = EMPTY_STORE;
  let older: EtcdState = EMPTY_STORE;
  for (const { id } of order) {
    const { input, happens, flawed } = plan[id]!;
    if (!happens) continue;
    const { state: after, result } = evaluate(state, input);
    const stale = flaw === 'stale' && flawed;
    if (!results.has(id)) results.set(id, stale ? evaluate(older, input).result : result);
    if (random.below(3) === 0) older = state;
    if (flaw === 'lost' && flawed) continue;
    if (flaw === 'torn' && flawed && input.kind === 'txn') {
      const torn: TxnRequest = { ...input, success: input.success.slice(0, 1) };
      state = evaluate(state, torn).state;
    } else state = after;
  }
  return results;
}

function etcdRequest(
  id: number,
  { keys, leases, operations }: FlawedOptions,
  random: Random,
): EtcdRequest {
  const key = String.fromCharCode(97 + random.below(keys));
  const other = String.fromCharCode(97 + random.below(keys));
  // Some values are written more than once.
  const value = random.below(3) === 0 ? 'v' : `v${id}`;
  const past = 1 + random.below(Math.max(3, operations >>> 1));
  const lease = 1 + random.below(2);
  if (leases && random.below(4) === 0) {
    const kind = random.below(8);
    if (kind < 3) return { kind: 'lease-grant', lease };
    if (kind < 5) return putOf(key, value, { lease });
    return { kind: kind < 7 ? 'lease-revoke' : 'lease-expire', lease };
  }
  switch (random.below(16)) {
    case 0:
    case 1:
    case 2:
      return rangeOf(key);
    case 3:
      return rangeOf('a', { rangeEnd: random.below(2) === 0 ? 'c' : '\0' });
    case 4:
      return rangeOf(key, { serializable: true, keysOnly: random.below(4) === 0 });
    case 5:
      return random.below(2) === 0
        ? rangeOf(key, { revision: past })
        : rangeOf('a', { rangeEnd: 'z', limit: random.below(2), countOnly: random.below(3) === 0 });
    case 6:
      return deleteOf(key, { prevKv: random.below(2) === 0 });
    case 7:
      return deleteOf('a', { rangeEnd: 'c', prevKv: random.below(2) === 0 });
    case 8:
      return { kind: 'compaction', revision: past >>> 1, physical: false };
    case 9:
      return putOf(key, '', { ignoreValue: true });
    case 10:
    case 11:
      return etcdTxn(key, other, value, random);
    default:
      return putOf(key, value, { prevKv: random.below(4) === 0 });
  }
}

function etcdTxn(key: string, other: string, value: string, random: Random): TxnRequest {
  const byValue = random.below(6) === 0;
  const success: RequestOp[] = [putOf(key, value)];
  if (other !== key) success.push(random.below(4) === 0 ? deleteOf(other) : putOf(other, value));
  if (random.below(2) === 0) success.push(rangeOf(other));
  const failure: RequestOp[] = random.below(2) === 0 ? [rangeOf(key)] : [deleteOf(other)];
  const txn: TxnRequest = {
    kind: 'txn',
    compare: [
      {
        key,
        rangeEnd: '',
        target: byValue ? 'VALUE' : 'MOD',
        result: random.below(6) === 0 ? 'GREATER' : 'EQUAL',
        number: random.below(4),
        value: 'v',
      },
    ],
    success,
    failure,
  };
  return random.below(4) === 0 ? { kind: 'txn', compare: [], success: [txn], failure: [] } : txn;
}
