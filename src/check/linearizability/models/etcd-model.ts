// etcd's key-value service as a model for the search: etcd-store.ts judges each answer in full.
// A serializable read may show any state the store has had by the time it returns, in one piece.
// Not here: watches.
//
// An answer carries the store's revision, so the order of writes is nearly given. Given the whole
// history, the model also knows which revisions answers have already explained, and refuses an
// operation of unknown outcome where it contradicts them: legal orders stay the same, dead ends go.

import { mix } from '../../../base/hash.js';
import type { Revision } from '../../../base/ids.js';
import { ErrCompacted, ErrFutureRev } from '../../../etcdpb/errors.js';
import type { KeyValue, RequestOp, ResponseOp } from '../../../etcdpb/kv.js';
import type { LayerAnswer } from '../layer.js';
import type { Model } from '../model.js';
import type { EtcdOperation, EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { ETCD_PROOF } from '../proof/etcd-proof.js';
import { replay } from '../replay.js';
import { checkByRevision, type WitnessOptions } from '../witness/revision-witness.js';
import { answerFrom, isModelled, isSerializable } from './etcd-answers.js';
import {
  describeRequest,
  describeResult,
  reportsWrite,
  sameError,
  sameKeyValue,
  sameResult,
} from './etcd-response.js';
import { answeredStep } from './etcd-step.js';
import type { EtcdState } from './etcd-store.js';
import { EMPTY_STORE, entriesOf, evaluate, lookUp, stateAt } from './etcd-store.js';
import { keysOf } from './ordered-map.js';

export type EtcdModel = Model<EtcdState, EtcdRequest, EtcdResult>;

/** How many keys a description of a state names. */
const KEYS_SHOWN = 4;

/**
 * The model. Pass the history to be judged to prune the search where outcomes are unknown; without
 * it the model suits any history.
 */
export function etcdModel(
  history: readonly EtcdOperation[] = [],
  hints: WitnessOptions = {},
): EtcdModel {
  // The witness does without.
  let gathered: Evidence | null = null;
  const evidence = (): Evidence => {
    gathered ??= gatherEvidence(history);
    return gathered;
  };
  return {
    name: 'etcd',
    init: () => EMPTY_STORE,
    step: (state, input, output) =>
      output === null ? stepUnknown(state, input, evidence()) : stepAnswered(state, input, output),
    hash: hashOf,
    equals: (a, b) => sameState(a, b, evidence().readsPast),
    isPure,
    // All that a compaction does to later answers is to turn them into an error.
    isNeedless: ({ kind }) =>
      kind === 'range' || (kind === 'compaction' && !evidence().seesCompaction),
    expired,
    decide: (operations, initial) =>
      initial === EMPTY_STORE ? decideByRevision(operations, hints) : null,
    proof: ETCD_PROOF,
    describeOperation: (input, output) =>
      output === null
        ? describeRequest(input)
        : `${describeRequest(input)} -> ${describeResult(output)}`,
    describeState,
    explain,
  };
}

/** What the witness says, unless it hands the history on, or the replayer refuses what it did not judge. */
function decideByRevision(
  operations: readonly EtcdOperation[],
  hints: WitnessOptions,
): LayerAnswer | null {
  const witness = checkByRevision(operations, hints);
  const { steps } = witness;
  if (witness.verdict === 'handed-on') return null;
  if (witness.verdict === 'violation') {
    const { reason, core } = witness;
    return { verdict: 'violation', steps, reason, core };
  }
  const { order: ids, judged } = witness;
  if (!judged && replay(operations, etcdModel(), [{ partition: null, ids }]) !== null) return null;
  return { verdict: 'ok', steps, ids };
}

function stepAnswered(
  state: EtcdState,
  input: EtcdRequest,
  output: EtcdResult,
): EtcdState | undefined {
  if (isSerializable(input)) return showsPast(state, input, output) ? state : undefined;
  if (output.ok) {
    // etcd does not read the revision in the header of a grant together with the grant.
    if (input.kind === 'lease-grant') {
      const { state: granted, result } = evaluate(state, input);
      return result.ok ? granted : undefined;
    }
    // Nearly every candidate in the wrong place is refused here.
    const ahead = output.response.revision - state.revision;
    if (ahead !== 0 && ahead !== 1) return undefined;
  } else if (!isModelled(output)) return state;
  return answeredStep(state, input, output);
}

/** True if a member that has applied no more than `state` can answer so. */
function showsPast(state: EtcdState, input: EtcdRequest, output: EtcdResult): boolean {
  if (!output.ok) {
    if (!isModelled(output)) return true;
    // A member behind may lack a revision asked for, but for the first, which every store has.
    if (sameError(output.error, ErrFutureRev)) return asksBeyondFirst(input);
    return sameResult(evaluate(state, input).result, output);
  }
  const then = stateAt(state, output.response.revision);
  return then !== null && sameResult(answerFrom(then, input), output);
}

/** True if the request names a revision that some store does not have. */
function asksBeyondFirst(request: EtcdRequest | RequestOp): boolean {
  if (request.kind === 'range') return request.revision > EMPTY_STORE.revision;
  return request.kind === 'txn' && [...request.success, ...request.failure].some(asksBeyondFirst);
}

function stepUnknown(
  state: EtcdState,
  input: EtcdRequest,
  evidence: Evidence,
): EtcdState | undefined {
  const revision = state.revision + 1;
  if (evidence.pins.size > 0 && input.kind === 'put') {
    const pin = evidence.pins.get(input.key)?.get(input.value);
    if (pin !== undefined && pin !== revision) return undefined;
  }
  const { state: after } = evaluate(state, input);
  if (after.revision === state.revision) return after;
  if (evidence.written.has(revision)) return undefined;
  const seen = evidence.seen.get(revision);
  return seen === undefined || sameKeyValue(lookUp(after, seen.key), seen) ? after : undefined;
}

function isPure(input: EtcdRequest, output: EtcdResult | null): boolean {
  if (input.kind === 'range') return true;
  if (output === null) return false;
  if (!output.ok) return true;
  const { kind } = output.response;
  return kind !== 'compaction' && kind !== 'lease' && !reportsWrite(output.response);
}

/**
 * Revisions never go back, and what a revision held never changes: only a compaction can come yet,
 * and that turns answers into errors, never errors into answers.
 */
function expired(state: EtcdState, _input: EtcdRequest, output: EtcdResult | null): boolean {
  return (
    output?.ok === true &&
    output.response.kind !== 'lease' &&
    output.response.revision <= state.revision
  );
}

function hashOf(state: EtcdState): number {
  let hash = mix(state.revision, state.compacted);
  for (const kv of entriesOf(state)) {
    hash = mix(hash, kv.modRevision);
    // One value is enough to tell candidates for the latest write apart; equality sees the rest.
    if (kv.modRevision === state.revision) hash = textHash(textHash(hash, kv.key), kv.value);
  }
  return hash;
}

function textHash(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

/** States of equal content differ for readers of the past if their pasts differ. */
function sameState(a: EtcdState, b: EtcdState, withPast: boolean): boolean {
  if (a.revision !== b.revision || a.compacted !== b.compacted) return false;
  if (!sameLeases(a, b)) return false;
  let left: EtcdState | null = a;
  let right: EtcdState | null = b;
  while (left !== right) {
    if (left === null || right === null) return false;
    if (left.revision !== right.revision || !sameKeys(left, right)) return false;
    if (!withPast) return true;
    left = left.previous;
    right = right.previous;
  }
  return true;
}

function sameKeys(left: EtcdState, right: EtcdState): boolean {
  if (left.keys === right.keys) return true;
  const a = entriesOf(left);
  const b = entriesOf(right);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameKeyValue(a[i]!, b[i]!)) return false;
  return true;
}

/** Which keys a lease holds is in the keys themselves. */
function sameLeases(a: EtcdState, b: EtcdState): boolean {
  if (a.leases === b.leases) return true;
  const left = keysOf(a.leases);
  const right = keysOf(b.leases);
  return left.length === right.length && left.every((lease, i) => lease === right[i]);
}

/** What the answers of a history say about writes, wherever these end up in the order. */
interface Evidence {
  /** Revisions that an answered write claims: nobody else wrote them. */
  readonly written: ReadonlySet<Revision>;
  /** A key as it was after the revision that last changed it. */
  readonly seen: ReadonlyMap<Revision, KeyValue>;
  /** Key, value and revision of unanswered puts that alone can have written what was seen. */
  readonly pins: ReadonlyMap<string, ReadonlyMap<string, Revision>>;
  readonly seesCompaction: boolean;
  readonly readsPast: boolean;
}

function gatherEvidence(history: readonly EtcdOperation[]): Evidence {
  const written = new Set<Revision>();
  const seen = new Map<Revision, KeyValue>();
  let seesCompaction = history.length === 0;
  let readsPast = history.length === 0;
  let silent = false;
  for (const { input, output, outcome } of history) {
    if (outcome === 'fail') continue;
    readsPast ||= readsRevision(input) || isSerializable(input);
    if (outcome === 'unknown' || output === null) silent = true;
    else if (!output.ok) seesCompaction ||= sameError(output.error, ErrCompacted);
  }
  // All of it serves to place operations without answer.
  if (!silent) return { written, seen, pins: new Map(), seesCompaction, readsPast };
  for (const { input, output, outcome } of history) {
    if (outcome !== 'ok' || output === null || !output.ok) continue;
    if (reportsWrite(output.response)) written.add(output.response.revision);
    const { kind } = output.response;
    if (kind !== 'compaction' && kind !== 'lease') collect(input, output.response, seen);
  }
  return { written, seen, pins: pinned(history, seen), seesCompaction, readsPast };
}

function readsRevision(request: EtcdRequest | RequestOp): boolean {
  if (request.kind === 'range') return request.revision > 0;
  if (request.kind !== 'txn') return false;
  return request.success.some(readsRevision) || request.failure.some(readsRevision);
}

/** Adds the full key-values that an answer shows. */
function collect(
  request: EtcdRequest | RequestOp,
  response: ResponseOp,
  seen: Map<Revision, KeyValue>,
): void {
  const add = (kv: KeyValue): void => {
    if (!seen.has(kv.modRevision)) seen.set(kv.modRevision, kv);
  };
  switch (response.kind) {
    case 'range':
      if (request.kind === 'range' && !request.keysOnly) response.kvs.forEach(add);
      return;
    case 'put':
      if (response.prevKv !== null) add(response.prevKv);
      return;
    case 'delete-range':
      response.prevKvs.forEach(add);
      return;
    case 'txn': {
      if (request.kind !== 'txn') return;
      const branch = response.succeeded ? request.success : request.failure;
      for (let i = 0; i < response.responses.length && i < branch.length; i++) {
        collect(branch[i]!, response.responses[i]!, seen);
      }
    }
  }
}

/** Empty if a put that keeps the value makes writers ambiguous. */
function pinned(
  history: readonly EtcdOperation[],
  seen: ReadonlyMap<Revision, KeyValue>,
): Map<string, Map<string, Revision>> {
  /** How many operations may write a value to a key, or that a silent put is the only one. */
  const writers = new Map<string, Map<string, number>>();
  let keepsValue = false;
  const count = (request: EtcdRequest | RequestOp): void => {
    if (request.kind === 'put') {
      keepsValue ||= request.ignoreValue;
      const values = writers.get(request.key) ?? new Map<string, number>();
      writers.set(request.key, values);
      values.set(request.value, (values.get(request.value) ?? 0) + 1);
    } else if (request.kind === 'txn') {
      request.success.forEach(count);
      request.failure.forEach(count);
    }
  };
  for (const { input, outcome } of history) if (outcome !== 'fail') count(input);

  const pins = new Map<string, Map<string, Revision>>();
  if (keepsValue) return pins;
  const silentPuts = new Map<string, Set<string>>();
  for (const { input, output, outcome } of history) {
    if (input.kind !== 'put' || outcome === 'fail') continue;
    if (outcome === 'ok' && output !== null) continue;
    const values = silentPuts.get(input.key) ?? new Set<string>();
    silentPuts.set(input.key, values.add(input.value));
  }
  for (const [revision, { key, value }] of seen) {
    if (writers.get(key)?.get(value) !== 1) continue;
    if (silentPuts.get(key)?.has(value) !== true) continue;
    const values = pins.get(key) ?? new Map<string, Revision>();
    pins.set(key, values);
    // Seen at two revisions it is a violation, which the search will find with either.
    if (!values.has(value)) values.set(value, revision);
  }
  return pins;
}

function describeState(state: EtcdState): string {
  const entries = entriesOf(state);
  const shown = entries
    .slice(0, KEYS_SHOWN)
    .map(
      ({ key, value, modRevision }) =>
        `${JSON.stringify(key)}=${JSON.stringify(value)}@${modRevision}`,
    )
    .join(', ');
  const rest = entries.length - KEYS_SHOWN;
  const compacted = state.compacted < 0 ? '' : `, compacted to ${state.compacted}`;
  return `revision ${state.revision}${compacted} [${shown}${rest > 0 ? ` and ${rest} more` : ''}]`;
}

function explain(state: EtcdState, input: EtcdRequest, output: EtcdResult | null): string {
  if (output === null) return `no answer explains it at revision ${state.revision + 1}`;
  if (!output.ok) {
    return `the store at revision ${state.revision} answers ${describeResult(evaluate(state, input).result)}`;
  }
  const { revision } = output.response;
  const needed = reportsWrite(output.response) ? revision - 1 : revision;
  if (needed > state.revision) {
    return `it answered at revision ${revision}, which the store at revision ${state.revision} has not reached`;
  }
  const past = stateAt(state, needed);
  if (past === null) return `it answered at revision ${revision}, which no store has after it`;
  const result = isSerializable(input) ? answerFrom(past, input) : evaluate(past, input).result;
  if (sameResult(result, output)) {
    return `it answered at revision ${revision}, but the store has passed to revision ${state.revision}`;
  }
  return `at revision ${needed} the store answers ${describeResult(result)}`;
}
