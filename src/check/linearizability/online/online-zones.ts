// Follows a register whose written values are all distinct while its history is made, as zones.ts decides it
// when it is complete: a value and its readers form a cluster, and no two clusters may have to come before
// each other. Exact at every answer. A value is forgotten once another one must have replaced it before
// anything under way was called: who reads it from then on is as wrong as who reads what nobody wrote. So a
// value may be written again later.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model, RegisterValue } from '../model.js';
import type { Invocation, OnlineChecker, OnlineVerdict } from './online-checker.js';

interface Cluster {
  readonly value: RegisterValue;
  /** The id of the write; null for the value the register starts with. */
  readonly write: number | null;
  readonly writeCallUs: Micros;
  /** The earliest return of the write and the reads; Infinity until it is certain that the value was written. */
  firstReturnUs: Micros;
  /** The latest call of the write and the reads. */
  lastCallUs: Micros;
}

/** How many returns lie between two times of looking for what can be forgotten. */
const FORGET_EVERY = 64;

export class OnlineZones<S, I, O> implements OnlineChecker<I, O> {
  verdict: OnlineVerdict = 'watching';
  reason = '';
  steps = 0;
  private readonly model: Model<S, I, O>;
  private readonly open = new Map<number, Invocation<I>>();
  private readonly clusters = new Map<RegisterValue, Cluster>();
  private returns = 0;
  /** The part of the object that is the register; null before the first operation, or without parts. */
  private part: string | number | null = null;

  constructor(model: Model<S, I, O>) {
    this.model = model;
    if (model.register === undefined) this.giveUp('the object has no registers');
  }

  /** How many values are held. */
  get held(): number {
    return this.clusters.size;
  }

  invoke(invocation: Invocation<I>): void {
    if (this.verdict !== 'watching') return;
    const { id, input, callUs } = invocation;
    const register = this.model.register!;
    if (this.clusters.size === 0 && this.returns === 0) {
      const value = register.valueIn(this.model.init(), input);
      const always = { writeCallUs: -Infinity, firstReturnUs: -Infinity, lastCallUs: -Infinity };
      this.clusters.set(value, { value, write: null, ...always });
    }
    if (!this.isOfOnePart(input)) {
      this.giveUp(`operation ${id} touches another part of the object`);
      return;
    }
    const access = register.accessOf(input, null);
    if (access === null) {
      this.giveUp(`operation ${id} is neither a read nor a write`);
      return;
    }
    this.open.set(id, invocation);
    if (access.kind === 'read') return;
    const { value } = access;
    if (this.clusters.has(value)) {
      this.giveUp(`operation ${id} writes a value that another one writes`);
      return;
    }
    const times = { writeCallUs: callUs, firstReturnUs: Infinity, lastCallUs: callUs };
    this.clusters.set(value, { value, write: id, ...times });
  }

  complete(
    id: number,
    outcome: Operation<I, O>['outcome'],
    output: O | null,
    returnUs: Micros,
  ): OnlineVerdict {
    const call = this.open.get(id);
    if (this.verdict !== 'watching' || call === undefined) return this.verdict;
    this.open.delete(id);
    const access = this.model.register!.accessOf(call.input, outcome === 'ok' ? output : null);
    if (access === null) return this.giveUp(`operation ${id} is neither a read nor a write`);
    if (outcome === 'fail') this.cancel(access.kind === 'write' ? access.value : undefined, call);
    else if (outcome === 'ok') {
      const { value } = access;
      if (value !== undefined) this.touch(value, call, access.kind, output, returnUs);
    }
    if (++this.returns % FORGET_EVERY === 0 && this.verdict === 'watching') this.forget(returnUs);
    return this.verdict;
  }

  finish(): OnlineVerdict {
    return this.verdict;
  }

  /** Whether all operations so far touch one and the same part, if the object has parts. */
  private isOfOnePart(input: I): boolean {
    if (this.model.touches === undefined) return true;
    const touched = this.model.touches(input);
    if (touched === null || touched.length === 0) return false;
    this.part ??= touched[0]!;
    return touched.every((part) => part === this.part);
  }

  /** A write that had no effect must not have been read. */
  private cancel(value: RegisterValue | undefined, call: Invocation<I>): void {
    const cluster = value === undefined ? undefined : this.clusters.get(value);
    if (cluster === undefined) return;
    this.clusters.delete(cluster.value);
    if (cluster.firstReturnUs < Infinity)
      this.fail(call, null, 'somebody read what it did not write');
  }

  private touch(
    value: RegisterValue,
    call: Invocation<I>,
    kind: 'read' | 'write',
    output: O | null,
    returnUs: Micros,
  ): void {
    const cluster = this.clusters.get(value);
    if (cluster === undefined) {
      // A forgotten write was real before: it returns once.
      if (kind === 'read') this.fail(call, output, 'its value was never written, or long replaced');
      return;
    }
    if (returnUs < cluster.writeCallUs) {
      this.fail(call, output, 'its value was written later');
      return;
    }
    if (returnUs < cluster.firstReturnUs) cluster.firstReturnUs = returnUs;
    if (call.callUs > cluster.lastCallUs) cluster.lastCallUs = call.callUs;
    for (const other of this.clusters.values()) {
      this.steps++;
      if (other === cluster) continue;
      if (mustPrecede(cluster, other) && mustPrecede(other, cluster)) {
        const both = [other.value, cluster.value].map((held) => JSON.stringify(held));
        this.fail(call, output, `the register must hold ${both[0]} before and after ${both[1]}`);
        return;
      }
    }
  }

  /**
   * Forgets values that whoever reads them from now on could not have seen. Any that has to come before one of
   * these, and is read again, has to come before the latest as well: so the conflict still shows.
   */
  private forget(nowUs: Micros): void {
    let earliestUs = nowUs;
    for (const { callUs } of this.open.values()) earliestUs = Math.min(earliestUs, callUs);
    const replacements: Cluster[] = [];
    for (const cluster of this.clusters.values()) {
      if (cluster.firstReturnUs < earliestUs) replacements.push(cluster);
    }
    // The one called last replaces the most.
    let latest: Cluster | undefined;
    for (const cluster of replacements) {
      if (latest === undefined || cluster.lastCallUs > latest.lastCallUs) latest = cluster;
    }
    if (latest === undefined) return;
    for (const cluster of replacements) {
      const isWritten = cluster.write === null || !this.open.has(cluster.write);
      if (cluster !== latest && isWritten && mustPrecede(cluster, latest)) {
        this.clusters.delete(cluster.value);
      }
    }
  }

  private fail({ id, client, input }: Invocation<I>, output: O | null, why: string): void {
    this.verdict = 'violation';
    const text = this.model.describeOperation(input, output);
    this.reason = `operation ${id} of client ${client} (${text}) cannot be placed: ${why}`;
  }

  private giveUp(reason: string): OnlineVerdict {
    this.verdict = 'blind';
    this.reason = reason;
    return this.verdict;
  }
}

function mustPrecede(a: Cluster, b: Cluster): boolean {
  return a.firstReturnUs < b.lastCallUs;
}
