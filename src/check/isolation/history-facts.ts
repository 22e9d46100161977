// What a history says for itself, asked one fact at a time: for the verifier, which believes nothing else.
// Naive on purpose and independent of the judge. Times are closed, as everywhere.

import type { Dependency, Finding, VersionReason, VersionStep } from './finding.js';
import type { Key, Transaction, Value } from './transaction.js';
import type { TransactionHistory } from './transaction-events.js';
import type { VersionAssumptions } from './version-order.js';

type Step = readonly [f: 'append' | 'w' | 'r', Key, Value | readonly Value[] | null];
type Direct = Extract<Finding, { kind: 'direct' }>;

interface Read {
  readonly id: number;
  readonly at: number;
  readonly list: readonly Value[];
}

export class HistoryFacts {
  readonly byId = new Map<number, Transaction<Step>>();
  private readonly over: TransactionHistory['over'];
  private readonly transactions: readonly Transaction<Step>[];
  private readonly assume: VersionAssumptions;
  /** Every read that was answered, by key; a register is a list of at most one value here. */
  private readonly reads = new Map<Key, Read[]>();
  private readonly longest = new Map<Key, readonly Value[]>();
  private readonly readValues = new Map<Key, Set<Value>>();
  private readonly writers = new Map<Key, Map<Value, number>>();
  private readonly read = new Set<number>();

  constructor(history: TransactionHistory, assume: VersionAssumptions) {
    this.over = history.over;
    this.assume = assume;
    this.transactions = history.transactions as readonly Transaction<Step>[];
    for (const transaction of this.transactions) {
      const { id, operations } = transaction;
      this.byId.set(id, transaction);
      for (const [f, key, value] of operations) {
        if (f !== 'r') entry(this.writers, key, () => new Map()).set(value as Value, id);
      }
    }
    for (const { id, operations, outcome } of this.transactions) {
      if (outcome !== 'ok') continue;
      for (const [at, [f, key, value]] of operations.entries()) {
        if (f !== 'r') continue;
        const list = asList(value);
        entry(this.reads, key, () => []).push({ id, at, list });
        if (list.length > (this.longest.get(key)?.length ?? 0)) this.longest.set(key, list);
      }
    }
    for (const [key, reads] of this.reads) {
      const values = new Set<Value>();
      const sources =
        this.over === 'lists' ? [this.longest.get(key) ?? []] : reads.map((r) => r.list);
      for (const list of sources) for (const value of list) values.add(value);
      this.readValues.set(key, values);
      for (const value of values) {
        const writer = this.writers.get(key)?.get(value);
        if (writer !== undefined) this.read.add(writer);
      }
    }
  }

  /** Answered, or without an answer but read by others. */
  tookEffect(id: number): boolean {
    const outcome = this.byId.get(id)?.outcome;
    return outcome === 'ok' || (outcome === 'unknown' && this.read.has(id));
  }

  /** A read of what had failed, or of what its writer went on to overwrite; null if there is none. */
  uncommittedRead(): string | null {
    for (const [key, reads] of this.reads) {
      for (const { id, list } of reads) {
        for (const [at, value] of list.entries()) {
          const writer = this.writers.get(key)?.get(value);
          if (writer === undefined || writer === id) continue;
          if (this.byId.get(writer)!.outcome === 'fail')
            return `T${id} read ${String(value)}, which failed`;
          if (at === list.length - 1 && this.lastWrite(writer, key) !== value) {
            return `T${id} read ${String(value)}, which T${writer} overwrote`;
          }
        }
      }
    }
    return null;
  }

  /** Whether a step of a cycle holds. */
  holds(step: Dependency): boolean {
    const a = this.byId.get(step.from);
    const b = this.byId.get(step.to);
    if (a === undefined || b === undefined) return false;
    if (!this.tookEffect(a.id) || !this.tookEffect(b.id)) return false;
    switch (step.relation) {
      case 'realtime':
        return a.outcome === 'ok' && a.returnedAt < b.calledAt;
      case 'process':
        return a.outcome === 'ok' && a.process === b.process && this.precedes(a, b);
      case 'wr':
        return (
          this.writers.get(step.key)?.get(step.value) === a.id &&
          this.readsOf(b.id, step.key).some((list) => list[list.length - 1] === step.value)
        );
      case 'ww':
        return (
          this.writers.get(step.key)?.get(step.value) === a.id &&
          this.writers.get(step.key)?.get(step.next) === b.id &&
          this.follows(step.key, step.value, step.next, step.because)
        );
      case 'rw':
        return (
          this.writers.get(step.key)?.get(step.next) === b.id &&
          this.readsOf(a.id, step.key).some(
            (list) => (list[list.length - 1] ?? null) === step.value && !list.includes(step.next),
          ) &&
          this.follows(step.key, step.value, step.next, step.because)
        );
    }
  }

  /** Whether a rule that is assumed puts `after` behind `before`. */
  versionFollows(
    key: Key,
    before: Value | null,
    after: Value | null,
    because: VersionReason,
  ): boolean {
    const { source, transactions } = because;
    const [a, b] = transactions.map((id) => this.byId.get(id));
    switch (source) {
      case 'initial-state':
        return before === null && after !== null;
      case 'wfr-keys':
        return (
          this.assume.wfrKeys === true &&
          a?.outcome === 'ok' &&
          this.met(a.id, key)?.[0] === before &&
          this.lastWrite(a.id, key) === after
        );
      case 'sequential-keys':
      case 'linearizable-keys': {
        if (a === undefined || b === undefined || a.outcome !== 'ok') return false;
        if (this.left(a.id, key) !== before || this.met(b.id, key)?.[0] !== after) return false;
        if (source === 'linearizable-keys') {
          return this.assume.linearizableKeys === true && a.returnedAt < b.calledAt;
        }
        return (
          this.assume.sequentialKeys === true && a.process === b.process && this.precedes(a, b)
        );
      }
      case 'transaction-order': {
        const rank = this.assume.transactionOrder;
        if (rank === undefined || a === undefined || b === undefined) return false;
        return (
          this.lastWrite(a.id, key) === before &&
          this.lastWrite(b.id, key) === after &&
          (rank.get(a.id) ?? 0) < (rank.get(b.id) ?? 0)
        );
      }
    }
  }

  /** All dependencies of the data, however far apart: more than the judge makes, and what follows from them. */
  dependencies(): readonly { relation: 'ww' | 'wr' | 'rw'; from: number; to: number }[] {
    const out: { relation: 'ww' | 'wr' | 'rw'; from: number; to: number }[] = [];
    const add = (
      relation: 'ww' | 'wr' | 'rw',
      from: number | undefined,
      to: number | undefined,
    ): void => {
      if (from === undefined || to === undefined || from === to) return;
      if (this.tookEffect(from) && this.tookEffect(to)) out.push({ relation, from, to });
    };
    const keys = new Set([...this.reads.keys(), ...this.writers.keys()]);
    for (const key of keys) {
      const writers = this.writers.get(key) ?? new Map<Value, number>();
      const reads = this.reads.get(key) ?? [];
      if (this.over === 'lists') {
        const longest = this.longest.get(key) ?? [];
        const shown = new Set(longest);
        const unread = [...writers].filter(([value]) => !shown.has(value));
        const chain = longest
          .map((value) => writers.get(value))
          .filter((id) => id !== undefined && this.tookEffect(id));
        for (let i = 1; i < chain.length; i++) add('ww', chain[i - 1], chain[i]);
        for (const [, id] of unread) add('ww', chain[chain.length - 1], id);
        for (const { id, list } of reads) {
          if (list.length > 0 && writers.get(list[list.length - 1]!) === id) continue;
          if (list.length > 0) add('wr', writers.get(list[list.length - 1]!), id);
          const next = longest
            .slice(list.length)
            .map((value) => writers.get(value))
            .find((w) => w !== undefined && this.tookEffect(w));
          if (next !== undefined) add('rw', id, next);
          else for (const [, writer] of unread) add('rw', id, writer);
        }
        continue;
      }
      for (const { id, at, list } of reads) {
        if (
          this.isExternal(id, at) &&
          list.length > 0 &&
          this.lastWrite(writers.get(list[0]!), key) === list[0]
        ) {
          add('wr', writers.get(list[0]!), id);
        }
      }
      this.registerOrder(key, (before, after) => {
        if (after === null) return;
        const to =
          this.lastWrite(writers.get(after), key) === after ? writers.get(after) : undefined;
        if (before !== null && this.lastWrite(writers.get(before), key) === before) {
          add('ww', writers.get(before), to);
        }
        for (const { id, at, list } of reads) {
          if (this.isExternal(id, at) && (list[0] ?? null) === before) add('rw', id, to);
        }
      });
    }
    return out;
  }

  /** Pairs of transactions in order of process or real time, each only with those right behind it. */
  timePairs(time: 'process' | 'realtime'): [number, number][] {
    const pairs: [number, number][] = [];
    const live = this.transactions.filter(({ id }) => this.tookEffect(id));
    for (const a of live) {
      if (a.outcome !== 'ok') continue;
      for (const b of live) {
        if (a === b || (time === 'process' && a.process !== b.process)) continue;
        if (time === 'process' ? this.precedes(a, b) : a.returnedAt < b.calledAt)
          pairs.push([a.id, b.id]);
      }
    }
    return pairs;
  }

  /** Whether an anomaly that needs no order shows in the transactions it names. */
  isDirect(finding: Direct): boolean {
    const { anomaly, key, value } = finding;
    const [a, b, c] = finding.transactions.map((id) => this.byId.get(id));
    if (a === undefined) return false;
    const reads = this.readsOf(a.id, key);
    const wrote = (one: Transaction<Step> | undefined, written: Value | null): boolean =>
      one !== undefined && written !== null && this.writers.get(key)?.get(written) === one.id;
    switch (anomaly) {
      case 'G1a':
        return (
          b?.outcome === 'fail' && wrote(b, value) && reads.some((list) => list.includes(value!))
        );
      case 'G1b':
        return (
          b !== undefined &&
          a !== b &&
          wrote(b, value) &&
          this.lastWrite(b.id, key) !== value &&
          reads.some((list) => list[list.length - 1] === value)
        );
      case 'duplicate-elements':
        return reads.some((list) => list.filter((one) => one === value).length > 1);
      case 'incompatible-order':
        return (
          b !== undefined &&
          reads.some((one) =>
            this.readsOf(b.id, key).some(
              (other) => !isBeginning(one, other) && !isBeginning(other, one),
            ),
          )
        );
      case 'unwritten-read':
        return (
          this.writers.get(key)?.has(value!) !== true && reads.some((list) => list.includes(value!))
        );
      case 'dirty-update':
        return (
          a.outcome === 'fail' &&
          wrote(a, value) &&
          b?.outcome === 'ok' &&
          c !== undefined &&
          this.readsOf(c.id, key).some((list) =>
            list
              .slice(list.indexOf(value!) + 1)
              .some((later) => list.includes(value!) && wrote(b, later)),
          )
        );
      case 'lost-update': {
        if (b === undefined || a === b || a.outcome !== 'ok' || b.outcome !== 'ok') return false;
        const both = [a, b].map(({ id }) => ({
          met: this.met(id, key),
          wrote: this.lastWrite(id, key),
        }));
        const first = both[0]!.met;
        const second = both[1]!.met;
        if (
          both.some((one) => one.wrote === undefined) ||
          first === undefined ||
          second === undefined
        )
          return false;
        return (
          this.readFirst(a.id, key) &&
          this.readFirst(b.id, key) &&
          first.length === second.length &&
          first.every((one, i) => one === second[i])
        );
      }
      case 'future-read':
        return a.operations.some(
          ([f, k, read], at) =>
            f === 'r' &&
            k === key &&
            asList(read).includes(value!) &&
            a.operations
              .slice(at + 1)
              .some(([g, l, written]) => g !== 'r' && l === key && written === value),
        );
      case 'internal':
        return this.contradictsItself(a, key);
      default:
        return false;
    }
  }

  private follows(
    key: Key,
    value: Value | null,
    next: Value,
    because: readonly VersionStep[] | undefined,
  ): boolean {
    if (this.over === 'registers') {
      if (because === undefined || because.length === 0) return false;
      const joins = because.every(
        (step, i) => step.before === (i === 0 ? value : because[i - 1]!.after),
      );
      return (
        joins &&
        because[because.length - 1]!.after === next &&
        because.every((step) => this.versionFollows(key, step.before, step.after, step))
      );
    }
    if (value === null) return true;
    const longest = this.longest.get(key) ?? [];
    const at = longest.indexOf(value);
    if (at === -1) return false;
    const then = longest.indexOf(next);
    return then === -1 ? this.readValues.get(key)?.has(next) !== true : at < then;
  }

  /** Every pair of versions that some rule orders. */
  private registerOrder(key: Key, add: (before: Value | null, after: Value | null) => void): void {
    const touching = this.transactions.filter(
      ({ id, outcome }) =>
        outcome !== 'fail' &&
        (this.lastWrite(id, key) !== undefined ||
          (outcome === 'ok' && this.readsOf(id, key).length > 0)),
    );
    for (const { id } of touching) {
      const written = this.lastWrite(id, key);
      if (written !== undefined) add(null, written);
    }
    const rules: VersionReason['source'][] = [
      'wfr-keys',
      'sequential-keys',
      'linearizable-keys',
      'transaction-order',
    ];
    for (const source of rules) {
      for (const a of touching) {
        if (source === 'wfr-keys') {
          const read = this.readFirst(a.id, key) ? (this.met(a.id, key)?.[0] ?? null) : null;
          const written = this.lastWrite(a.id, key);
          if (
            read !== null &&
            written !== undefined &&
            this.versionFollows(key, read, written, { source, transactions: [a.id] })
          )
            add(read, written);
          continue;
        }
        for (const b of touching) {
          if (a === b) continue;
          const before =
            source === 'transaction-order' ? this.lastWrite(a.id, key) : this.left(a.id, key);
          const after =
            source === 'transaction-order'
              ? this.lastWrite(b.id, key)
              : (this.met(b.id, key)?.[0] ?? null);
          if (before === undefined || after === undefined || before === after) continue;
          if (this.versionFollows(key, before, after, { source, transactions: [a.id, b.id] }))
            add(before, after);
        }
      }
    }
  }

  private precedes(a: Transaction<Step>, b: Transaction<Step>): boolean {
    if (a.calledAt !== b.calledAt) return a.calledAt < b.calledAt;
    return this.transactions.indexOf(a) < this.transactions.indexOf(b);
  }

  private readsOf(id: number, key: Key): (readonly Value[])[] {
    const { operations, outcome } = this.byId.get(id)!;
    if (outcome !== 'ok') return [];
    return operations
      .filter(([f, k]) => f === 'r' && k === key)
      .map(([, , value]) => asList(value));
  }

  /** No operation on the key came before it in its transaction. */
  private isExternal(id: number, at: number): boolean {
    const { operations } = this.byId.get(id)!;
    return operations.findIndex(([, key]) => key === operations[at]![1]) === at;
  }

  private readFirst(id: number, key: Key): boolean {
    return this.byId.get(id)!.operations.find(([, k]) => k === key)?.[0] === 'r';
  }

  /** What a transaction met first under a key, as a list. */
  private met(id: number, key: Key): readonly (Value | null)[] | undefined {
    const { operations, outcome } = this.byId.get(id)!;
    const step = operations.find(([f, k]) => k === key && (f !== 'r' || outcome === 'ok'));
    if (step === undefined) return undefined;
    if (step[0] !== 'r') return [this.lastWrite(id, key)!];
    return this.over === 'registers' ? [step[2] as Value | null] : asList(step[2]);
  }

  /** What a transaction left under a key: its last write, or what it read. */
  private left(id: number, key: Key): Value | null | undefined {
    return this.lastWrite(id, key) ?? this.met(id, key)?.[0];
  }

  private lastWrite(id: number | undefined, key: Key): Value | undefined {
    if (id === undefined) return undefined;
    let last: Value | undefined;
    for (const [f, k, value] of this.byId.get(id)!.operations) {
      if (f !== 'r' && k === key) last = value as Value;
    }
    return last;
  }

  private contradictsItself(one: Transaction<Step>, key: Key): boolean {
    let known: readonly Value[] | null = null;
    let appended: readonly Value[] = [];
    for (const [f, k, value] of one.operations) {
      if (k !== key) continue;
      if (f === 'w') known = [value as Value];
      else if (f === 'append') {
        if (known === null) appended = [...appended, value as Value];
        else known = [...known, value as Value];
      } else {
        const list = asList(value);
        if (known !== null && (!isBeginning(known, list) || !isBeginning(list, known))) return true;
        const tail = list.slice(Math.max(0, list.length - appended.length));
        if (known === null && !isBeginning(appended, tail)) return true;
        known = list;
      }
    }
    return false;
  }
}

function asList(value: Value | readonly Value[] | null): readonly Value[] {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

function isBeginning(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length <= b.length && a.every((value, i) => value === b[i]);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
