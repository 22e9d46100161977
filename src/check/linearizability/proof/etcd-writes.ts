// What the answers of a whole history say about who wrote what at which revision. In any legal order an
// answered write has the revision it answered with, so what it shows holds whatever else is unknown.

import type { ByteString, Revision } from '../../../base/ids.js';
import type { RequestOp, ResponseOp } from '../../../etcdpb/kv.js';
import type { Operation } from '../../history.js';
import { reportsWrite } from '../models/etcd-response.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { covers, type Fact, type Held } from './etcd-facts.js';

/** A put that some request asked for; null where the value was to be kept, or no answer came. */
interface Put {
  readonly value: ByteString | null;
  readonly revision: Revision | null;
  readonly operation: Operation<EtcdRequest, EtcdResult>;
  /** Another one of the key at that revision. */
  readonly other: Put | null;
}

interface Delete {
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
  readonly revision: Revision;
}

/** Puts of one key. */
interface PutsOfKey {
  readonly all: Put[];
  /** Answered ones by revision. */
  readonly at: Map<Revision, Put>;
  /** What unanswered ones put. */
  readonly open: Set<ByteString | null>;
}

export class EtcdWrites {
  private readonly puts = new Map<ByteString, PutsOfKey>();
  /** Revisions at which an answered write put the key, ascending. */
  private readonly putRevisions = new Map<ByteString, Revision[]>();
  private readonly deletes: Delete[] = [];
  /** Revisions that one answered write explains; its last is followed by an unexplained one. */
  private readonly explained = new Set<Revision>();
  /** Ends of the runs of explained revisions found so far, by where they were asked from. */
  private readonly runEnds = new Map<Revision, Revision>();

  constructor(history: readonly Operation<EtcdRequest, EtcdResult>[]) {
    for (const operation of history) {
      if (operation.outcome === 'fail') continue;
      const { input, output, outcome } = operation;
      const answered = outcome === 'ok' && output?.ok === true;
      this.ask(input, answered ? output.response.revision : null, operation);
      if (!answered || !reportsWrite(output.response)) continue;
      if (output.response.kind === 'compaction' || output.response.kind === 'lease') continue;
      const { revision } = output.response;
      this.explained.add(revision);
      this.answer(input, output.response, revision);
    }
    for (const revisions of this.putRevisions.values()) revisions.sort((a, b) => a - b);
    this.deletes.sort((a, b) => a.revision - b.revision);
  }

  /** False if no request of the history can have put what is shown. */
  canHaveMade(fact: Fact): boolean {
    if (fact.kind !== 'held') return true;
    const { key, value, from } = fact;
    const puts = this.puts.get(key);
    if (puts === undefined) return false;
    const { open } = puts;
    if (value === undefined ? open.size > 0 : open.has(value) || open.has(null)) return true;
    for (let put = puts.at.get(from) ?? null; put !== null; put = put.other) {
      if (value === undefined || put.value === null || put.value === value) return true;
    }
    return false;
  }

  /** Puts of the value shown, whenever they were. */
  putsOf({ key, value }: Held): readonly Put[] {
    return (this.puts.get(key)?.all ?? []).filter(
      (put) => put.value === null || value === undefined || put.value === value,
    );
  }

  /** Up to the revision at which the key was written next, or may have been. */
  lasting(held: Held): Held {
    if (held.from > held.to) return held;
    let end = this.runEnd(held.from);
    const put = firstAbove(this.putRevisions.get(held.key) ?? [], held.from);
    if (put !== undefined) end = Math.min(end, put - 1);
    for (let at = this.firstDeleteAbove(held.from); at < this.deletes.length; at++) {
      const { revision } = this.deletes[at]!;
      if (revision > end) break;
      if (covers(this.deletes[at]!, held.key)) end = revision - 1;
    }
    return end > held.to ? { ...held, to: end } : held;
  }

  private ask(
    request: EtcdRequest | RequestOp,
    revision: Revision | null,
    operation: Operation<EtcdRequest, EtcdResult>,
  ): void {
    if (request.kind === 'put') {
      const { key, ignoreValue } = request;
      let puts = this.puts.get(key);
      if (puts === undefined) {
        puts = { all: [], at: new Map(), open: new Set() };
        this.puts.set(key, puts);
      }
      const value = ignoreValue ? null : request.value;
      const other = revision === null ? null : (puts.at.get(revision) ?? null);
      const put = { value, revision, operation, other };
      puts.all.push(put);
      if (revision === null) puts.open.add(value);
      else puts.at.set(revision, put);
    } else if (request.kind === 'txn') {
      for (const part of request.success) this.ask(part, revision, operation);
      for (const part of request.failure) this.ask(part, revision, operation);
    }
  }

  private answer(request: EtcdRequest | RequestOp, response: ResponseOp, revision: Revision): void {
    if (request.kind === 'put') {
      const revisions = this.putRevisions.get(request.key) ?? [];
      this.putRevisions.set(request.key, revisions);
      revisions.push(revision);
    } else if (request.kind === 'delete-range') {
      this.deletes.push({ key: request.key, rangeEnd: request.rangeEnd, revision });
    } else if (request.kind === 'txn' && response.kind === 'txn') {
      const branch = response.succeeded ? request.success : request.failure;
      const operations = branch.filter(({ kind }) => kind !== 'empty');
      response.responses.forEach((answer, i) => {
        if (operations[i] !== undefined) this.answer(operations[i], answer, revision);
      });
    }
  }

  /** The last of the explained revisions that follow `from` without a gap. */
  private runEnd(from: Revision): Revision {
    const known = this.runEnds.get(from);
    if (known !== undefined) return known;
    let end = from;
    while (this.explained.has(end + 1)) end++;
    for (let at = from; at <= end; at++) this.runEnds.set(at, end);
    return end;
  }

  private firstDeleteAbove(revision: Revision): number {
    let low = 0;
    let high = this.deletes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.deletes[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function firstAbove(ascending: readonly Revision[], revision: Revision): Revision | undefined {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= revision) low = middle + 1;
    else high = middle;
  }
  return ascending[low];
}
