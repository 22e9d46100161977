// Dependencies of transactions over lists. Values are appended once, so a read of a list shows the
// order of its versions and who wrote each (Kingsbury & Alvaro, Elle, VLDB 2020).
// Not here: cycles. Complete for what was read: appends nobody read are ordered only after those read.

import type { Dependency } from './finding.js';
import { FirstFindings } from './first-findings.js';
import { ArcList, RW, WR, WW } from './graph.js';
import type { Inference, InferenceOptions } from './inference.js';
import { type Key, type ListTransaction, showList, type Value } from './transaction.js';

/** What is known of one list. */
class ListState {
  readonly key: Key;
  readonly index: number;
  /** Position in the arrays of appends, by value. */
  readonly appends = new Map<Value, number>();
  longest: readonly Value[] = EMPTY;
  longestReader = -1;
  /** Append of each element of the longest read; -1 if nobody in the history appended it. */
  writers: Int32Array = NONE;
  /** For each place the first known writer at or after it, as a place; the length if there is none. */
  nextKnown: Int32Array = NONE;
  /** Number of leading elements without one whose transaction failed. */
  cleanLength = 0;
  /** Appends that no longest read shows and that took effect. */
  unread: number[] = [];
  /** First transaction that read so many elements before it appended: see lost update. */
  readonly updaters = new Map<number, number>();

  constructor(key: Key, index: number) {
    this.key = key;
    this.index = index;
  }
}

const EMPTY: readonly Value[] = [];
const NONE = new Int32Array(0);

/** Infers dependencies and what is wrong without any order. O(micro-operations + elements read). */
export function inferListAppend(
  transactions: readonly ListTransaction[],
  options: InferenceOptions,
): Inference {
  return new ListAppend(transactions, options).run();
}

class ListAppend {
  private readonly transactions: readonly ListTransaction[];
  private readonly options: InferenceOptions;
  private readonly lists: ListState[] = [];
  private readonly byKey = new Map<Key, ListState>();
  private readonly appendTransaction: number[] = [];
  private readonly appendValue: Value[] = [];
  private readonly appendIsFinal: boolean[] = [];
  private readonly counts: Uint8Array;
  private readonly arcs = new ArcList();
  private readonly findings: FirstFindings;

  constructor(transactions: readonly ListTransaction[], options: InferenceOptions) {
    this.transactions = transactions;
    this.findings = new FirstFindings(transactions);
    this.options = options;
    this.counts = new Uint8Array(transactions.length);
  }

  run(): Inference {
    const repeated = this.index();
    if (repeated !== null) return this.inference(repeated);
    for (const list of this.lists) this.orderVersions(list);
    for (const list of this.lists) this.linkVersions(list);
    for (let t = 0; t < this.transactions.length; t++) {
      if (this.transactions[t]!.outcome === 'ok') this.judgeTransaction(t);
    }
    return this.inference('');
  }

  private inference(unusable: string): Inference {
    return {
      arcs: this.arcs,
      counts: this.counts,
      findings: this.findings.all,
      unusable,
      explain: (arc) => this.explain(arc),
    };
  }

  private list(key: Key): ListState {
    let list = this.byKey.get(key);
    if (list === undefined) {
      list = new ListState(key, this.lists.length);
      this.byKey.set(key, list);
      this.lists.push(list);
    }
    return list;
  }

  /** Finds writers and longest reads; returns why the history cannot be judged, or null. */
  private index(): string | null {
    const { transactions } = this;
    for (let t = 0; t < transactions.length; t++) {
      const { operations, outcome, id } = transactions[t]!;
      if (outcome === 'ok') this.counts[t] = 1;
      for (const [f, key, value] of operations) {
        const list = this.list(key);
        if (f === 'append') {
          const append = this.appendTransaction.length;
          const other = list.appends.get(value);
          if (other !== undefined) {
            const writer = transactions[this.appendTransaction[other]!]!.id;
            return `${String(value)} was appended to ${String(key)} by T${writer} and by T${id}: where values repeat, reads do not tell who wrote`;
          }
          list.appends.set(value, append);
          this.appendTransaction.push(t);
          this.appendValue.push(value);
          this.appendIsFinal.push(isLastAppend(operations, key, value));
        } else if (outcome === 'ok' && value !== null && value.length > list.longest.length) {
          list.longest = value;
          list.longestReader = t;
        }
      }
    }
    return null;
  }

  /** Names the writer of each version of the longest read. */
  private orderVersions(list: ListState): void {
    const { longest } = list;
    const writers = new Int32Array(longest.length);
    list.writers = writers;
    list.cleanLength = longest.length;
    const seen = new Set<Value>();
    for (let place = 0; place < longest.length; place++) {
      const append = list.appends.get(longest[place]!) ?? -1;
      writers[place] = seen.has(longest[place]!) ? -1 : append;
      seen.add(longest[place]!);
      if (append === -1) {
        if (this.options.closed) this.unwritten(list, place);
        continue;
      }
      const t = this.appendTransaction[append]!;
      if (this.transactions[t]!.outcome === 'fail') {
        list.cleanLength = Math.min(list.cleanLength, place);
        writers[place] = -1;
      } else this.counts[t] = 1;
    }
    this.dirtyUpdate(list);
  }

  private linkVersions(list: ListState): void {
    const { longest, writers } = list;
    const next = new Int32Array(longest.length + 1);
    next[longest.length] = longest.length;
    for (let place = longest.length - 1; place >= 0; place--) {
      next[place] = writers[place] === -1 ? next[place + 1]! : place;
    }
    list.nextKnown = next;
    let before = -1;
    for (let place = next[0]!; place < longest.length; place = next[place + 1]!) {
      const t = this.appendTransaction[writers[place]!]!;
      if (before !== -1 && before !== t) this.arcs.add(before, t, WW, list.index, place);
      before = t;
    }
    if (list.appends.size === 0) return;
    const shown = new Set(longest);
    for (const [value, append] of list.appends) {
      const t = this.appendTransaction[append]!;
      if (this.counts[t] === 0 || shown.has(value)) continue;
      list.unread.push(append);
      if (before !== -1 && before !== t) {
        this.arcs.add(before, t, WW, list.index, longest.length + append);
      }
    }
  }

  private judgeTransaction(t: number): void {
    const { operations } = this.transactions[t]!;
    let touchedTwice = false;
    for (let i = 0; i < operations.length; i++) {
      const [f, key, value] = operations[i]!;
      let earlier = false;
      for (let j = 0; j < i && !earlier; j++) earlier = operations[j]![1] === key;
      touchedTwice ||= earlier;
      if (f === 'r') this.judgeRead(t, this.byKey.get(key)!, value ?? EMPTY, !earlier);
    }
    if (touchedTwice) this.judgeInside(t);
  }

  private judgeRead(t: number, list: ListState, read: readonly Value[], first: boolean): void {
    const { longest, writers } = list;
    let place = 0;
    if (read !== longest) {
      while (place < read.length && read[place] === longest[place]) place++;
      if (place < read.length) {
        this.incompatible(t, list, read);
        return;
      }
    }
    const { length } = read;
    if (t === list.longestReader) this.duplicates(t, list, read);
    if (length > list.cleanLength) this.aborted(t, list, read[list.cleanLength]!);
    const last = length === 0 ? -1 : writers[length - 1]!;
    if (last !== -1) {
      const writer = this.appendTransaction[last]!;
      if (writer === t) return;
      if (!this.appendIsFinal[last]) {
        this.findings.direct(
          'G1b',
          [t, writer],
          list.key,
          read[length - 1]!,
          () =>
            `${this.name(t)} read ${list.key} = ${showList(read)}, but ${this.name(writer)} went on to append to it after ${String(read[length - 1])}`,
        );
      }
      this.arcs.add(writer, t, WR, list.index, length - 1);
    }
    const next = list.nextKnown[length]!;
    if (next < longest.length) {
      const writer = this.appendTransaction[writers[next]!]!;
      if (writer !== t) this.arcs.add(t, writer, RW, list.index, next);
    } else {
      for (const append of list.unread) {
        const writer = this.appendTransaction[append]!;
        if (writer !== t) this.arcs.add(t, writer, RW, list.index, longest.length + append);
      }
    }
    if (first) this.lostUpdate(t, list, read);
  }

  // --- what is wrong without an order ------------------------------------------------------------

  private duplicates(t: number, list: ListState, read: readonly Value[]): void {
    const seen = new Set<Value>();
    for (const value of read) {
      if (seen.has(value)) {
        this.findings.direct(
          'duplicate-elements',
          [t],
          list.key,
          value,
          () =>
            `${this.name(t)} read ${list.key} = ${showList(read)}, with ${String(value)} in it twice, though it was appended once`,
        );
        return;
      }
      seen.add(value);
    }
  }

  private incompatible(t: number, list: ListState, read: readonly Value[]): void {
    this.duplicates(t, list, read);
    const other = list.longestReader;
    this.findings.direct(
      'incompatible-order',
      [t, other],
      list.key,
      null,
      () =>
        `${this.name(t)} read ${list.key} = ${showList(read)}, but ${this.name(other)} read ${showList(list.longest)}: neither is a beginning of the other`,
    );
    for (const value of read) {
      const append = list.appends.get(value);
      if (append === undefined) continue;
      if (this.transactions[this.appendTransaction[append]!]!.outcome === 'fail') {
        this.aborted(t, list, value);
      }
    }
  }

  private aborted(t: number, list: ListState, value: Value): void {
    const writer = this.appendTransaction[list.appends.get(value)!]!;
    this.findings.direct(
      'G1a',
      [t, writer],
      list.key,
      value,
      () =>
        `${this.name(t)} read ${String(value)} in ${list.key}, but ${this.name(writer)}, which appended it, had failed`,
    );
  }

  private unwritten(list: ListState, place: number): void {
    const t = list.longestReader;
    const value = list.longest[place]!;
    this.findings.direct(
      'unwritten-read',
      [t],
      list.key,
      value,
      () =>
        `${this.name(t)} read ${list.key} = ${showList(list.longest)}, but nobody ever appended ${String(value)}`,
    );
  }

  /** A transaction that took effect built on a version of one that failed. */
  private dirtyUpdate(list: ListState): void {
    const { longest, writers, cleanLength } = list;
    for (let place = cleanLength + 1; place < longest.length; place++) {
      const append = writers[place]!;
      if (append === -1) continue;
      const t = this.appendTransaction[append]!;
      if (this.transactions[t]!.outcome !== 'ok') continue;
      const failed = this.appendTransaction[list.appends.get(longest[cleanLength]!)!]!;
      this.findings.direct(
        'dirty-update',
        [failed, t, list.longestReader],
        list.key,
        longest[cleanLength]!,
        () =>
          `${this.name(t)} appended ${String(longest[place])} to ${list.key} after ${String(longest[cleanLength])}, which ${this.name(failed)} had appended and failed: ${list.key} = ${showList(longest)}`,
      );
      return;
    }
  }

  private lostUpdate(t: number, list: ListState, read: readonly Value[]): void {
    const { operations } = this.transactions[t]!;
    if (!operations.some(([f, key]) => f === 'append' && key === list.key)) return;
    const other = list.updaters.get(read.length);
    if (other === undefined) {
      list.updaters.set(read.length, t);
      return;
    }
    this.findings.direct(
      'lost-update',
      [other, t],
      list.key,
      read[read.length - 1] ?? null,
      () =>
        `${this.name(other)} and ${this.name(t)} both read ${list.key} = ${showList(read)} and then appended to it: one of them did not see the other`,
    );
  }

  /** Reads that contradict what the same transaction did before, or does later. */
  private judgeInside(t: number): void {
    const { operations } = this.transactions[t]!;
    const expected = new Map<Key, { known: boolean; values: Value[] }>();
    const readBefore = new Map<Key, readonly Value[]>();
    for (const [f, key, value] of operations) {
      const state = expected.get(key);
      if (f === 'append') {
        if (readBefore.get(key)?.includes(value) === true) {
          this.findings.direct(
            'future-read',
            [t],
            key,
            value,
            () => `${this.name(t)} read ${String(value)} in ${key} before it appended it itself`,
          );
        }
        if (state === undefined) expected.set(key, { known: false, values: [value] });
        else state.values.push(value);
        continue;
      }
      const read = value ?? EMPTY;
      readBefore.set(key, read);
      if (state !== undefined && !endsWith(read, state.values, state.known)) {
        const dots = state.known ? '' : '… ';
        this.findings.direct(
          'internal',
          [t],
          key,
          null,
          () =>
            `${this.name(t)} read ${key} = ${showList(read)}, but after its own operations should have read [${dots}${state.values.join(' ')}]`,
        );
        return;
      }
      expected.set(key, { known: true, values: [...read] });
    }
  }

  private name(t: number): string {
    return `T${this.transactions[t]!.id}`;
  }

  private explain(arc: number): Dependency {
    const from = this.transactions[this.arcs.from[arc]!]!.id;
    const to = this.transactions[this.arcs.to[arc]!]!.id;
    const list = this.lists[this.arcs.key[arc]!]!;
    const place = this.arcs.place[arc]!;
    const { key, longest, writers } = list;
    const at = (p: number): Value =>
      p < longest.length ? longest[p]! : this.appendValue[p - longest.length]!;
    if (this.arcs.relation[arc] === WR) return { relation: 'wr', from, to, key, value: at(place) };
    const next = at(place);
    if (this.arcs.relation[arc] === WW) {
      let before = Math.min(place, longest.length) - 1;
      while (writers[before] === -1) before--;
      return { relation: 'ww', from, to, key, value: longest[before]!, next };
    }
    const { operations } = this.transactions[this.arcs.from[arc]!]!;
    // Of several reads the one that leads to this place: the longest that does not reach it.
    let value: Value | null = null;
    let length = -1;
    for (const [f, k, read] of operations) {
      if (f !== 'r' || k !== key) continue;
      const size = read?.length ?? 0;
      if (size > length && size <= Math.min(place, longest.length)) {
        length = size;
        value = size === 0 ? null : read![size - 1]!;
      }
    }
    return { relation: 'rw', from, to, key, value, next };
  }
}

function isLastAppend(operations: ListTransaction['operations'], key: Key, value: Value): boolean {
  let last: Value | undefined;
  for (const operation of operations) {
    if (operation[0] === 'append' && operation[1] === key) last = operation[2];
  }
  return last === value;
}

function endsWith(read: readonly Value[], expected: readonly Value[], exact: boolean): boolean {
  const skip = read.length - expected.length;
  if (skip < 0 || (exact && skip !== 0)) return false;
  return expected.every((value, i) => read[skip + i] === value);
}
