// What single answers of an etcd store say about its past, which never changes: a key-value that a read
// shows at revision 9 with mod revision 5 was in place at each revision from 5 to 9. Two answers that
// contradict each other cannot both be right, whatever else happened.
// Not here: order in time (etcd-proof.ts). Where an answer might be read in more than one way, as inside
// a transaction that writes, it says less.

import type { ByteString, Revision } from '../../../base/ids.js';
import type { Compare, KeyValue, RangeRequest, RequestOp, ResponseOp } from '../../../etcdpb/kv.js';
import { reportsWrite } from '../models/etcd-response.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';

/** A key-value in place at each revision from `from` to `to`; undefined fields were not shown. */
export interface Held {
  readonly kind: 'held';
  readonly key: ByteString;
  readonly from: Revision;
  readonly to: Revision;
  readonly value: ByteString | undefined;
  readonly version: number | undefined;
  readonly createRevision: Revision | undefined;
}

/** No key from `key` to `rangeEnd` was in place at revision `at`, but for those of `present`. */
export interface Absent {
  readonly kind: 'absent';
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly at: Revision;
  readonly present: readonly ByteString[];
}

/** One operation wrote revision `at`: these keys were put in it, and no others. */
export interface Wrote {
  readonly kind: 'wrote';
  readonly at: Revision;
  readonly puts: readonly ByteString[];
}

/** All of `compare` held at revision `at`, or not all. */
export interface Compared {
  readonly kind: 'compared';
  readonly at: Revision;
  readonly compare: readonly Compare[];
  readonly succeeded: boolean;
}

export type Fact = Held | Absent | Wrote | Compared;

/** What an answer says. Errors say nothing here. Linear in the size of the answer. */
export function factsOf(request: EtcdRequest, result: EtcdResult): readonly Fact[] {
  if (!result.ok) return [];
  const { response } = result;
  if (response.kind === 'compaction' || response.kind === 'lease') return [];
  const { revision } = response;
  const facts: Fact[] = [];
  if (!reportsWrite(response)) {
    collect(request, response, { facts, header: revision, before: revision, alone: true });
    return facts;
  }
  const puts: ByteString[] = [];
  collectPuts(request, response, puts);
  facts.push({ kind: 'wrote', at: revision, puts });
  const alone = request.kind !== 'txn';
  // A delete of all keys from one on may share keys with puts of its transaction (etcd-store.ts).
  if (!alone && deletesToTheEnd(request)) return facts;
  collect(request, response, { facts, header: revision, before: revision - 1, alone });
  return facts;
}

interface Collecting {
  readonly facts: Fact[];
  /** The revision after the whole request, and the one before it. */
  readonly header: Revision;
  readonly before: Revision;
  /** False among operations of a transaction that writes: a read may then see what others wrote. */
  readonly alone: boolean;
}

function collect(request: EtcdRequest | RequestOp, response: ResponseOp, into: Collecting): void {
  const { facts, header, before, alone } = into;
  if (request.kind === 'range' && response.kind === 'range') {
    const at = request.revision > 0 ? request.revision : alone ? header : before;
    const latest = alone || request.revision > 0 ? at : header;
    for (const kv of response.kvs) {
      const to = Math.max(at, Math.min(kv.modRevision, latest));
      addShown(facts, kv, to, request.keysOnly);
    }
    const whole = (alone || request.revision > 0) && !response.more && isUnfiltered(request);
    if (!whole) return;
    const present = response.kvs.map(({ key }) => key);
    facts.push({ kind: 'absent', key: request.key, rangeEnd: request.rangeEnd, at, present });
  } else if (request.kind === 'put' && response.kind === 'put') {
    const { key } = request;
    const value = request.ignoreValue ? undefined : request.value;
    facts.push({
      kind: 'held',
      key,
      from: header,
      to: header,
      value,
      version: undefined,
      createRevision: undefined,
    });
    if (response.prevKv !== null) addShown(facts, response.prevKv, before, false);
    else if (request.prevKv && alone) {
      facts.push({ kind: 'absent', key, rangeEnd: '', at: before, present: [] });
    }
  } else if (request.kind === 'delete-range' && response.kind === 'delete-range') {
    for (const kv of response.prevKvs) addShown(facts, kv, before, false);
    const { key, rangeEnd } = request;
    if (alone) facts.push({ kind: 'absent', key, rangeEnd, at: header, present: [] });
  } else if (request.kind === 'txn' && response.kind === 'txn') {
    const { compare } = request;
    const { succeeded } = response;
    if (compare.length > 0) facts.push({ kind: 'compared', at: before, compare, succeeded });
    const branch = succeeded ? request.success : request.failure;
    const operations = branch.filter(({ kind }) => kind !== 'empty');
    response.responses.forEach((answer, i) => {
      if (operations[i] !== undefined) collect(operations[i], answer, into);
    });
  }
}

function deletesToTheEnd(request: EtcdRequest | RequestOp): boolean {
  if (request.kind === 'delete-range') return request.rangeEnd === '\0';
  if (request.kind !== 'txn') return false;
  return request.success.some(deletesToTheEnd) || request.failure.some(deletesToTheEnd);
}

function addShown(facts: Fact[], kv: KeyValue, to: Revision, keysOnly: boolean): void {
  const { key, modRevision, version, createRevision } = kv;
  const value = keysOnly ? undefined : kv.value;
  facts.push({ kind: 'held', key, from: modRevision, to, value, version, createRevision });
}

function isUnfiltered(request: RangeRequest): boolean {
  return (
    !request.countOnly &&
    request.minModRevision === 0 &&
    request.maxModRevision === 0 &&
    request.minCreateRevision === 0 &&
    request.maxCreateRevision === 0
  );
}

function collectPuts(
  request: EtcdRequest | RequestOp,
  response: ResponseOp,
  puts: ByteString[],
): void {
  if (request.kind === 'put') puts.push(request.key);
  if (request.kind !== 'txn' || response.kind !== 'txn') return;
  const branch = response.succeeded ? request.success : request.failure;
  const operations = branch.filter(({ kind }) => kind !== 'empty');
  response.responses.forEach((answer, i) => {
    if (operations[i] !== undefined) collectPuts(operations[i], answer, puts);
  });
}

/** True if no store has such a past: what is shown was put after the revision it is shown at. */
export function isImpossible(fact: Fact): boolean {
  return fact.kind === 'held' && fact.from > fact.to;
}

/** True if no past of any store agrees with both. Facts of one answer or of two. */
export function contradict(a: Fact, b: Fact): boolean {
  if (a.kind === 'held') {
    if (b.kind === 'held') return holdsContradict(a, b);
    if (b.kind === 'absent') return absenceContradicts(a, b);
    if (b.kind === 'wrote') return a.from === b.at && !b.puts.includes(a.key);
    return comparisonContradicts(b, a);
  }
  if (b.kind === 'held') return contradict(b, a);
  if (a.kind === 'wrote' && b.kind === 'wrote') return a.at === b.at;
  if (a.kind === 'absent' && b.kind === 'compared') return absentComparison(b, a);
  return a.kind === 'compared' && b.kind === 'absent' && absentComparison(a, b);
}

/** All that two facts say of the same version of a key; null if they are not about one. */
export function joined(a: Fact, b: Fact): Held | null {
  if (a.kind !== 'held' || b.kind !== 'held') return null;
  if (a.key !== b.key || a.from !== b.from) return null;
  return {
    kind: 'held',
    key: a.key,
    from: a.from,
    to: Math.max(a.to, b.to),
    value: a.value ?? b.value,
    version: a.version ?? b.version,
    createRevision: a.createRevision ?? b.createRevision,
  };
}

function holdsContradict(a: Held, b: Held): boolean {
  if (a.key !== b.key) return false;
  if (a.from === b.from) {
    return (
      differ(a.value, b.value) ||
      differ(a.version, b.version) ||
      differ(a.createRevision, b.createRevision)
    );
  }
  const [earlier, later] = a.from < b.from ? [a, b] : [b, a];
  if (earlier.to >= later.from) return true;
  if (earlier.version === undefined || later.version === undefined) return false;
  if (earlier.createRevision !== later.createRevision) return false;
  // In one generation each revision puts the key at most once.
  const grown = later.version - earlier.version;
  return grown < 1 || grown > later.from - earlier.from;
}

function differ<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function absenceContradicts(held: Held, absent: Absent): boolean {
  if (absent.at < held.from || absent.at > held.to) return false;
  return covers(absent, held.key) && !absent.present.includes(held.key);
}

/** As etcd reads intervals: '' for the single key, '\0' for all keys from it on. */
export function covers(
  range: { readonly key: string; readonly rangeEnd: string },
  key: string,
): boolean {
  if (range.rangeEnd === '') return key === range.key;
  return key >= range.key && (range.rangeEnd === '\0' || key < range.rangeEnd);
}

function comparisonContradicts({ at, compare, succeeded }: Compared, held: Held): boolean {
  if (at < held.from || at > held.to) return false;
  const decided = compare
    .filter(({ key, rangeEnd }) => rangeEnd === '' && key === held.key)
    .map((one) => decide(one, held));
  if (succeeded) return decided.includes(false);
  return compare.length === 1 && decided[0] === true;
}

/** Whether the comparison holds for this key-value, or undefined if that was not shown. */
function decide({ target, result, number, value }: Compare, held: Held): boolean | undefined {
  if (target === 'LEASE') return undefined;
  if (target === 'VALUE')
    return held.value === undefined ? undefined : order(held.value, value, result);
  const shown =
    target === 'MOD' ? held.from : target === 'CREATE' ? held.createRevision : held.version;
  return shown === undefined ? undefined : order(shown, number, result);
}

/** A key that is absent compares as one of zeros, but not by its value. */
function absentComparison({ at, compare, succeeded }: Compared, absent: Absent): boolean {
  if (at !== absent.at) return false;
  const decided = compare
    .filter(({ key, rangeEnd }) => {
      return rangeEnd === '' && covers(absent, key) && !absent.present.includes(key);
    })
    .map(({ target, result, number }) => target !== 'VALUE' && order(0, number, result));
  if (succeeded) return decided.includes(false);
  return compare.length === 1 && decided[0] === true;
}

function order<T extends number | string>(left: T, right: T, result: Compare['result']): boolean {
  if (result === 'EQUAL') return left === right;
  if (result === 'NOT_EQUAL') return left !== right;
  return result === 'GREATER' ? left > right : left < right;
}
