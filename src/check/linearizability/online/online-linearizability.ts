// Follows the history of any object while it is made: each independent part of it by just-in-time
// linearization and, where it is a register of unique values, by its zones. A violation is one that no order
// of what has come explains; `watching` to the end means that one was found for every part, if nobody went
// blind, but leaves no evidence: for that, judge the whole history.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import type { Invocation, OnlineChecker, OnlineVerdict } from './online-checker.js';
import { OnlineSearch, type OnlineSearchOptions } from './online-search.js';
import { OnlineZones } from './online-zones.js';

/** What follows one part. They agree, but each may be blind to what the other sees. */
type Part<I, O> = readonly (OnlineChecker<I, O> & { readonly held: number })[];

export class OnlineLinearizability<S, I, O> implements OnlineChecker<I, O> {
  verdict: OnlineVerdict = 'watching';
  reason = '';
  private readonly model: Model<S, I, O>;
  private readonly options: OnlineSearchOptions;
  private readonly parts = new Map<string | number | null, Part<I, O>>();
  private readonly partOf = new Map<number, Part<I, O>>();

  constructor(model: Model<S, I, O>, options: OnlineSearchOptions = {}) {
    this.model = model;
    this.options = options;
  }

  get steps(): number {
    return this.sum(({ steps }) => steps);
  }

  /** How many possibilities and values are held. */
  get held(): number {
    return this.sum(({ held }) => held);
  }

  invoke(invocation: Invocation<I>): void {
    if (this.verdict !== 'watching') return;
    const { model } = this;
    const name = model.partition === undefined ? null : model.partition(invocation.input);
    if (name === null && model.partition !== undefined) {
      this.giveUp(`operation ${invocation.id} spans independent parts`);
      return;
    }
    let part = this.parts.get(name);
    if (part === undefined) {
      part = [new OnlineZones(model), new OnlineSearch(model, this.options)];
      this.parts.set(name, part);
    }
    this.partOf.set(invocation.id, part);
    for (const checker of part) checker.invoke(invocation);
    this.look(part);
  }

  complete(
    id: number,
    outcome: Operation<I, O>['outcome'],
    output: O | null,
    returnUs: Micros,
  ): OnlineVerdict {
    const part = this.partOf.get(id);
    if (this.verdict !== 'watching' || part === undefined) return this.verdict;
    this.partOf.delete(id);
    for (const checker of part) checker.complete(id, outcome, output, returnUs);
    this.look(part);
    return this.verdict;
  }

  finish(): OnlineVerdict {
    return this.verdict;
  }

  private look(part: Part<I, O>): void {
    const wrong = part.find(({ verdict }) => verdict === 'violation');
    if (wrong !== undefined) {
      this.verdict = 'violation';
      this.reason = wrong.reason;
    } else if (part.every(({ verdict }) => verdict === 'blind')) {
      this.giveUp(part.map(({ reason }) => reason).join('; '));
    }
  }

  private giveUp(reason: string): void {
    this.verdict = 'blind';
    this.reason = reason;
  }

  private sum(figure: (checker: Part<I, O>[number]) => number): number {
    let sum = 0;
    for (const part of this.parts.values()) for (const checker of part) sum += figure(checker);
    return sum;
  }
}
