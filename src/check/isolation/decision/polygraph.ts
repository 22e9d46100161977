// What a history says about the order of its transactions at a level, as arcs between moments: what precedes
// what for sure, and what follows once it is known which of two transactions that wrote a key came first.
// The level holds exactly if these choices can be made so that the arcs make no cycle (Papadimitriou 1979;
// for snapshot isolation Cerone & Gotsman 2018). Not here: making them.

import type { Key } from '../transaction.js';
import { INITIAL, type Sessions } from './sessions.js';

/** Levels that a history may satisfy in ways that have to be searched. */
export type SearchedLevel =
  | 'prefix'
  | 'snapshot-isolation'
  | 'serializable'
  | 'strict-serializable';

/** Why a moment precedes another; positions of transactions. */
export type ArcCause =
  | {
      readonly kind: 'own' | 'session' | 'read' | 'real-time';
      readonly before: number;
      readonly after: number;
    }
  /** Both wrote a key, and `before` is taken to come first. */
  | { readonly kind: 'writes'; readonly before: number; readonly after: number }
  /** `reader` read `key` from `source`, and so precedes `other`, which is taken to come after the source. */
  | {
      readonly kind: 'overwritten';
      readonly key: Key;
      readonly source: number;
      readonly reader: number;
      readonly other: number;
    };

export interface Arc {
  /** Moments: see {@link Polygraph.start} and {@link Polygraph.commit}. */
  readonly from: number;
  readonly to: number;
  readonly cause: ArcCause;
}

/** One read of another's write: `source` may be {@link INITIAL}. */
export interface OutsideRead {
  readonly key: Key;
  readonly source: number;
  readonly reader: number;
}

/**
 * The order in which an arc takes two transactions to have written, or null if it takes none. What read the
 * initial state precedes all that wrote the key, whatever is chosen.
 */
export function choiceOf(cause: ArcCause): readonly [before: number, after: number] | null {
  if (cause.kind === 'writes') return [cause.before, cause.after];
  if (cause.kind !== 'overwritten' || cause.source === INITIAL) return null;
  return [cause.source, cause.other];
}

/**
 * A transaction is one moment where nothing comes between its reads and its writes; else two, its start,
 * when all it read was current, and its commit. Under snapshot isolation who writes a key starts after all
 * that wrote it before have committed.
 */
export class Polygraph {
  /** Transactions: positions 0 to `count` - 1. */
  readonly count: number;
  readonly momentsCount: number;
  /** Added to a position: 0 where start and commit are one. */
  readonly commitOffset: number;
  /** Added to a position: the moment by which whoever wrote a key before has committed. */
  readonly conflictOffset: number;
  /** What precedes what, whatever is chosen; without reads of the initial state. */
  readonly certain: readonly Arc[];
  /** Each source of each key that a transaction read, once. */
  readonly reads: readonly OutsideRead[];
  /** In ascending order. */
  readonly writers: ReadonlyMap<Key, readonly number[]>;
  private readonly keysOf: readonly ReadonlySet<Key>[];
  private readonly readsBy: readonly (readonly OutsideRead[])[];
  /** By key, then by source. */
  private readonly readers = new Map<Key, Map<number, number[]>>();

  constructor(sessions: Sessions, level: SearchedLevel) {
    const { transactions } = sessions;
    const splits = level === 'prefix' || level === 'snapshot-isolation';
    this.count = transactions.length;
    this.commitOffset = splits ? this.count : 0;
    this.conflictOffset = level === 'prefix' ? this.count : 0;
    this.momentsCount = splits ? 2 * this.count : this.count;
    const writers = new Map<Key, number[]>();
    const reads: OutsideRead[] = [];
    const readsBy = transactions.map((): OutsideRead[] => []);
    for (const [t, transaction] of transactions.entries()) {
      for (const key of transaction.writes) listed(writers, key).push(t);
      for (const { key, source } of transaction.reads) {
        const bySource = this.readers.get(key) ?? new Map<number, number[]>();
        this.readers.set(key, bySource);
        const readers = listed(bySource, source);
        if (readers[readers.length - 1] === t) continue;
        readers.push(t);
        reads.push({ key, source, reader: t });
        readsBy[t]!.push({ key, source, reader: t });
      }
    }
    this.keysOf = transactions.map(({ writes }) => writes);
    this.writers = writers;
    this.reads = reads;
    this.readsBy = readsBy;
    this.certain = this.certainArcs(sessions, splits, level === 'strict-serializable');
  }

  start(transaction: number): number {
    return transaction;
  }

  commit(transaction: number): number {
    return transaction + this.commitOffset;
  }

  keysWritten(transaction: number): ReadonlySet<Key> {
    return this.keysOf[transaction]!;
  }

  /** Those of {@link reads} that it did. */
  readsOf(transaction: number): readonly OutsideRead[] {
    return this.readsBy[transaction]!;
  }

  /** Whom a moment is of. */
  owner(moment: number): number {
    return moment < this.count ? moment : moment - this.count;
  }

  /** That `before` wrote before `after`, which wrote a key that it wrote too. */
  writesArc(before: number, after: number): Arc {
    const cause = { kind: 'writes', before, after } as const;
    return { from: this.commit(before), to: after + this.conflictOffset, cause };
  }

  /** That who read what was overwritten by `other` precedes it. */
  overwrittenArc({ key, source, reader }: OutsideRead, other: number): Arc {
    const cause = { kind: 'overwritten', key, source, reader, other } as const;
    return { from: this.start(reader), to: this.commit(other), cause };
  }

  /** All that follows if `before` wrote before `after`. O(keys of `before` and readers of its writes). */
  arcsOf(before: number, after: number): Arc[] {
    const arcs = [this.writesArc(before, after)];
    for (const key of this.keysOf[before]!) {
      if (!this.keysOf[after]!.has(key)) continue;
      for (const reader of this.readers.get(key)?.get(before) ?? []) {
        if (reader === after) continue;
        arcs.push(this.overwrittenArc({ key, source: before, reader }, after));
      }
    }
    return arcs;
  }

  private certainArcs(
    { transactions, sessions }: Sessions,
    splits: boolean,
    inTime: boolean,
  ): Arc[] {
    const arcs: Arc[] = [];
    const precedes = (kind: 'session' | 'read' | 'real-time', before: number, after: number) => {
      const cause = { kind, before, after } as const;
      arcs.push({ from: this.commit(before), to: this.start(after), cause });
    };
    for (let t = 0; splits && t < this.count; t++) {
      const cause = { kind: 'own', before: t, after: t } as const;
      arcs.push({ from: this.start(t), to: this.commit(t), cause });
    }
    for (const session of sessions) {
      for (let i = 1; i < session.length; i++) precedes('session', session[i - 1]!, session[i]!);
    }
    for (const { source, reader } of this.reads) {
      if (source !== INITIAL) precedes('read', source, reader);
    }
    if (!inTime) return arcs;
    // Whoever returned before another was called that returned in time: all others follow through these.
    const byReturn = transactions.map((_, t) => t);
    byReturn.sort((a, b) => transactions[a]!.returnedAt - transactions[b]!.returnedAt || a - b);
    for (const [after, { calledAt }] of transactions.entries()) {
      let low = 0;
      for (let high = byReturn.length; low < high; ) {
        const middle = (low + high) >> 1;
        if (transactions[byReturn[middle]!]!.returnedAt < calledAt) low = middle + 1;
        else high = middle;
      }
      let calledLast = Number.NEGATIVE_INFINITY;
      for (let i = low - 1; i >= 0; i--) {
        const before = transactions[byReturn[i]!]!;
        if (before.returnedAt < calledLast) break;
        precedes('real-time', byReturn[i]!, after);
        calledLast = Math.max(calledLast, before.calledAt);
      }
    }
    return arcs;
  }
}

function listed<K>(lists: Map<K, number[]>, key: K): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
