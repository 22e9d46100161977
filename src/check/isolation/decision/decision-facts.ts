// What a history says by itself, for the verifiers of decisions: who took effect, who wrote a value, what a
// transaction read of others. Shares nothing with the deciders but types.

import type { Key, RegisterTransaction, Value } from '../transaction.js';

/** A read of another's value: key and writer, null for the initial state. */
export interface ReadSource {
  readonly key: Key;
  readonly source: number | null;
}

export class DecisionFacts {
  readonly byId = new Map<number, RegisterTransaction>();
  /** Those that took effect. */
  readonly live: readonly RegisterTransaction[];
  private readonly living: ReadonlySet<RegisterTransaction>;
  private readonly writerOf = new Map<Key, Map<Value, RegisterTransaction>>();
  private readonly writersByKey = new Map<Key, RegisterTransaction[]>();
  private readonly keysBy = new Map<RegisterTransaction, ReadonlySet<Key>>();
  private readonly sourcesBy = new Map<RegisterTransaction, readonly ReadSource[]>();
  private readonly previousBy = new Map<RegisterTransaction, RegisterTransaction>();

  constructor(history: readonly RegisterTransaction[]) {
    for (const one of history) {
      this.byId.set(one.id, one);
      const written = one.operations.filter(([f]) => f === 'w');
      this.keysBy.set(one, new Set(written.map(([, key]) => key)));
      for (const [, key, value] of written) {
        const writers = this.writerOf.get(key) ?? new Map<Value, RegisterTransaction>();
        if (!writers.has(value!)) writers.set(value!, one);
        this.writerOf.set(key, writers);
      }
    }
    const observed = new Set<RegisterTransaction>();
    for (const one of history) {
      if (one.outcome !== 'ok') continue;
      for (const [f, key, value] of one.operations) {
        const writer = f === 'r' && value !== null ? this.writer(key, value) : undefined;
        if (writer !== undefined && writer !== one) observed.add(writer);
      }
    }
    this.live = history.filter(
      (one) => one.outcome === 'ok' || (one.outcome === 'unknown' && observed.has(one)),
    );
    this.living = new Set(this.live);
    const sessions = new Map<number, RegisterTransaction[]>();
    for (const one of this.live) {
      for (const key of this.keysWritten(one)) {
        const writers = this.writersByKey.get(key);
        if (writers === undefined) this.writersByKey.set(key, [one]);
        else writers.push(one);
      }
      const session = sessions.get(one.process);
      if (session === undefined) sessions.set(one.process, [one]);
      else session.push(one);
    }
    for (const session of sessions.values()) {
      session.sort((a, b) => (a.calledAt < b.calledAt ? -1 : a.calledAt > b.calledAt ? 1 : 0));
      for (const [at, one] of session.entries()) {
        if (at > 0) this.previousBy.set(one, session[at - 1]!);
      }
    }
  }

  isLive(one: RegisterTransaction): boolean {
    return this.living.has(one);
  }

  writer(key: Key, value: Value): RegisterTransaction | undefined {
    return this.writerOf.get(key)?.get(value);
  }

  writes(one: RegisterTransaction, key: Key): boolean {
    return this.keysWritten(one).has(key);
  }

  keysWritten(one: RegisterTransaction): ReadonlySet<Key> {
    return this.keysBy.get(one)!;
  }

  /** Of those that took effect. */
  writersOf(key: Key): readonly RegisterTransaction[] {
    return this.writersByKey.get(key) ?? [];
  }

  /** What a transaction read of others' under a key, in order. */
  outside(id: number, key: Key): (Value | null)[] {
    const values: (Value | null)[] = [];
    const { operations, outcome } = this.byId.get(id)!;
    if (outcome !== 'ok') return values;
    for (const [f, k, value] of operations) {
      if (k !== key) continue;
      if (f === 'w') break;
      values.push(value);
    }
    return values;
  }

  /** Reads of others' values, in order. */
  sources(one: RegisterTransaction): readonly ReadSource[] {
    const known = this.sourcesBy.get(one);
    if (known !== undefined) return known;
    const out: ReadSource[] = [];
    const own = new Set<Key>();
    for (const [f, key, value] of one.outcome === 'ok' ? one.operations : []) {
      if (f === 'w') own.add(key);
      else if (!own.has(key)) {
        out.push({ key, source: value === null ? null : (this.writer(key, value)?.id ?? null) });
      }
    }
    this.sourcesBy.set(one, out);
    return out;
  }

  isBeforeInSession(a: number, b: number): boolean {
    const first = this.byId.get(a)!;
    const second = this.byId.get(b)!;
    return first.process === second.process && first.calledAt < second.calledAt;
  }

  /** The last that took effect before it in its session; null if it is the first. */
  previousInSession(one: RegisterTransaction): RegisterTransaction | null {
    return this.previousBy.get(one) ?? null;
  }

  isWrong(anomaly: string, ids: readonly number[], key: Key, value: Value | null): boolean {
    const reader = this.byId.get(ids[0]!)!;
    const at = reader.operations.findIndex(([f, k, v]) => f === 'r' && k === key && v === value);
    if (at === -1 || reader.outcome !== 'ok') return false;
    const own = reader.operations.slice(0, at).findLast(([f, k]) => f === 'w' && k === key);
    // Of several equal reads the one that is wrong may be a later one.
    if (anomaly === 'internal') {
      return reader.operations.some(([f, k, v], i) => {
        const written = reader.operations.slice(0, i).findLast(([g, l]) => g === 'w' && l === key);
        return (
          f === 'r' && k === key && v === value && written !== undefined && written[2] !== value
        );
      });
    }
    if (own !== undefined) return false;
    const writer = value === null ? undefined : this.writer(key, value);
    switch (anomaly) {
      case 'unwritten-read':
        return value !== null && writer === undefined;
      case 'future-read':
        return writer === reader;
      case 'G1a':
        return writer?.outcome === 'fail' && writer.id === ids[1];
      case 'G1b':
        return (
          writer !== undefined &&
          writer !== reader &&
          writer.id === ids[1] &&
          writer.operations.findLast(([f, k]) => f === 'w' && k === key)?.[2] !== value
        );
      default:
        return false;
    }
  }
}
