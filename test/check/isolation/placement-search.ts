// A complete search for an order of commits, by placing them one after another: the reference that the decision
// of levels is compared with on small histories. Prefix consistency, snapshot isolation, serializability and
// strict serializability. A transaction is placed whole, or as its reads (its snapshot) and its writes
// (Biswas & Enea 2019). What may come next depends only on the set of parts placed, so that is memorized.

import {
  INITIAL,
  type Sessions,
  type SessionTransaction,
} from '../../../src/check/isolation/decision/sessions.js';
import type { Key } from '../../../src/check/isolation/transaction.js';

export type SearchedLevel =
  | 'prefix'
  | 'snapshot-isolation'
  | 'serializable'
  | 'strict-serializable';

/** `reads` and `writes` of a transaction, or both at once; by position. */
export interface Part {
  readonly transaction: number;
  readonly does: 'reads' | 'writes' | 'both';
}

export type Placement =
  | { readonly kind: 'order'; readonly parts: readonly Part[]; readonly steps: number }
  | { readonly kind: 'none'; readonly steps: number }
  | { readonly kind: 'undecided'; readonly steps: number };

/** Places all parts, or shows that it is impossible; a step is one part tried. */
export function searchPlacement(
  sessions: Sessions,
  level: SearchedLevel,
  stepsMax: number,
): Placement {
  return new PlacementSearch(sessions, level, stepsMax).run();
}

class PlacementSearch {
  private readonly transactions: readonly SessionTransaction[];
  private readonly sessions: readonly (readonly number[])[];
  private readonly level: SearchedLevel;
  private readonly stepsMax: number;
  private readonly splits: boolean;
  private steps = 0;
  /** Parts placed, by session. */
  private readonly placed: number[];
  private readonly committed: Uint8Array;
  /** Reads not yet placed, by key and writer. */
  private readonly waiting = new Map<Key, Map<number, number>>();
  private readonly current = new Map<Key, number>();
  /** Transactions between their snapshot and their commit, by key they write. */
  private readonly active = new Map<Key, number>();
  private readonly seen = new Set<string>();
  private readonly parts: Part[] = [];

  constructor(sessions: Sessions, level: SearchedLevel, stepsMax: number) {
    this.transactions = sessions.transactions;
    this.sessions = sessions.sessions;
    this.level = level;
    this.stepsMax = stepsMax;
    this.splits = level === 'prefix' || level === 'snapshot-isolation';
    this.placed = sessions.sessions.map(() => 0);
    this.committed = new Uint8Array(this.transactions.length);
    for (const { reads } of this.transactions) {
      for (const { key, source } of distinct(reads)) this.count(key, source, 1);
    }
  }

  run(): Placement {
    // Depth first without recursion: each frame is the next session to try, and the part that led to it.
    const frames: {
      order: readonly number[];
      next: number;
      session: number;
      before: Map<Key, number | undefined> | null;
    }[] = [{ order: this.leastPlacedFirst(), next: 0, session: -1, before: null }];
    const total = this.transactions.length * (this.splits ? 2 : 1);
    while (frames.length > 0) {
      if (this.parts.length === total) {
        return { kind: 'order', parts: this.parts, steps: this.steps };
      }
      if (this.steps >= this.stepsMax) return { kind: 'undecided', steps: this.steps };
      const frame = frames[frames.length - 1]!;
      const { order } = frame;
      let at = frame.next;
      while (at < order.length && !this.canPlace(order[at]!)) at++;
      if (at < order.length) {
        const session = order[at]!;
        frame.next = at + 1;
        // What only reads helps whoever comes after, and hinders nobody: no other choice need be tried.
        if (this.onlyReads(session)) frame.next = this.sessions.length;
        const before = this.place(session);
        this.steps++;
        const state = this.placed.join(' ');
        if (this.seen.has(state)) this.unplace(session, before);
        else {
          this.seen.add(state);
          frames.push({ order: this.leastPlacedFirst(), next: 0, session, before });
        }
        continue;
      }
      frames.pop();
      if (frame.before !== null) this.unplace(frame.session, frame.before);
    }
    return { kind: 'none', steps: this.steps };
  }

  /** Sessions ran beside each other, so that one far ahead of the others is rarely right. */
  private leastPlacedFirst(): number[] {
    const { placed } = this;
    return placed.map((_, session) => session).sort((a, b) => placed[a]! - placed[b]! || a - b);
  }

  private partOf(session: number): Part | null {
    const at = this.placed[session]!;
    const transaction = this.sessions[session]![this.splits ? at >> 1 : at];
    if (transaction === undefined) return null;
    const does = !this.splits ? 'both' : at % 2 === 0 ? 'reads' : 'writes';
    return { transaction, does };
  }

  private onlyReads(session: number): boolean {
    const { transaction, does } = this.partOf(session)!;
    if (does === 'reads' && this.level === 'prefix') return true;
    return this.transactions[transaction]!.writes.size === 0;
  }

  private canPlace(session: number): boolean {
    const part = this.partOf(session);
    if (part === null) return false;
    const { transaction, does } = part;
    const { reads, writes, calledAt } = this.transactions[transaction]!;
    if (does !== 'writes') {
      for (const { key, source } of reads) {
        if (source !== INITIAL && this.committed[source] === 0) return false;
        // Two sources for one key, or one that was overwritten before it could be read.
        if ((this.current.get(key) ?? INITIAL) !== source) return false;
      }
      if (this.level === 'snapshot-isolation') {
        for (const key of writes) if ((this.active.get(key) ?? 0) > 0) return false;
      }
      if (this.level === 'strict-serializable' && !this.isTime(calledAt)) return false;
    }
    if (does === 'reads') return true;
    for (const key of writes) {
      const current = this.current.get(key) ?? INITIAL;
      const waiting = this.waiting.get(key)?.get(current) ?? 0;
      const own = does === 'both' && reads.some((read) => read.key === key) ? 1 : 0;
      if (waiting > own) return false;
    }
    return true;
  }

  /** Whoever returned before `calledAt` has been placed. */
  private isTime(calledAt: number): boolean {
    return this.transactions.every(
      ({ returnedAt }, t) => this.committed[t] === 1 || returnedAt >= calledAt,
    );
  }

  /** Returns what was current before, for {@link unplace}. */
  private place(session: number): Map<Key, number | undefined> {
    const part = this.partOf(session)!;
    const { transaction, does } = part;
    const { reads, writes } = this.transactions[transaction]!;
    const before = new Map<Key, number | undefined>();
    if (does !== 'writes') {
      for (const { key, source } of distinct(reads)) this.count(key, source, -1);
    }
    if (does === 'reads') for (const key of writes) this.activate(key, 1);
    else {
      for (const key of writes) {
        before.set(key, this.current.get(key));
        this.current.set(key, transaction);
        if (does === 'writes') this.activate(key, -1);
      }
      this.committed[transaction] = 1;
    }
    this.placed[session]!++;
    this.parts.push(part);
    return before;
  }

  private unplace(session: number, before: ReadonlyMap<Key, number | undefined>): void {
    this.placed[session]!--;
    const { transaction, does } = this.parts.pop()!;
    const { reads, writes } = this.transactions[transaction]!;
    if (does !== 'writes') {
      for (const { key, source } of distinct(reads)) this.count(key, source, 1);
    }
    if (does === 'reads') {
      for (const key of writes) this.activate(key, -1);
      return;
    }
    this.committed[transaction] = 0;
    for (const [key, current] of before) {
      if (current === undefined) this.current.delete(key);
      else this.current.set(key, current);
      if (does === 'writes') this.activate(key, 1);
    }
  }

  private activate(key: Key, by: number): void {
    this.active.set(key, (this.active.get(key) ?? 0) + by);
  }

  private count(key: Key, writer: number, by: number): void {
    const counts = this.waiting.get(key) ?? new Map<number, number>();
    this.waiting.set(key, counts);
    counts.set(writer, (counts.get(writer) ?? 0) + by);
  }
}

/** A transaction waits once for each key it reads from a writer. */
function distinct(reads: SessionTransaction['reads']): SessionTransaction['reads'] {
  return reads.filter(
    (read, at) =>
      reads.findIndex((other) => other.key === read.key && other.source === read.source) === at,
  );
}
