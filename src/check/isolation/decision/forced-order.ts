// The order of commits that a history forces at a level from read committed to causal consistency, edge by
// edge with the reason for each; a cycle proves a violation, and none the contrary (Biswas & Enea 2019).

import type { Key } from '../transaction.js';
import { Reachability } from './reachability.js';
import { INITIAL, type Sessions, type SessionTransaction } from './sessions.js';
import { StepBudget } from './step-budget.js';

/** So many edges are looked at for a shorter cycle. */
const CYCLES_TRIED = 2_000;

export type PolynomialLevel = 'read-committed' | 'repeatable-read' | 'read-atomic' | 'causal';

/** Why `before` commits before `after`; positions in the traced history. */
export interface ForcedEdge {
  readonly before: number;
  readonly after: number;
  readonly because:
    | 'initial'
    | 'session'
    | 'read'
    /** `reader` read `key` from `source`; `other`, which wrote the key too, precedes the reader, so the source. */
    | {
        readonly key: Key;
        readonly source: number;
        readonly reader: number;
        readonly other: number;
      };
}

export interface ForcedOrder {
  /** In the order in which they follow from each other. */
  readonly edges: readonly ForcedEdge[];
  /** Positions of edges that make a cycle; empty if there is none. */
  readonly cycle: readonly number[];
  /** Positions of transactions, if there is no cycle: all edges lead forwards. */
  readonly order: readonly number[];
  readonly steps: number;
}

/** O(n^2) for n transactions and as many reads of each, and for causal consistency O(n * edges). */
export function forcedOrder(sessions: Sessions, level: PolynomialLevel): ForcedOrder {
  const forcing = new Forcing(sessions, level);
  return forcing.run();
}

class Forcing {
  private readonly transactions: readonly SessionTransaction[];
  private readonly sessions: Sessions;
  private readonly level: PolynomialLevel;
  private readonly edges: ForcedEdge[] = [];
  private readonly known = new Set<number>();
  private readonly count: number;
  /** Who wrote each key. */
  private readonly writers = new Map<Key, number[]>();
  private steps = 0;

  constructor(sessions: Sessions, level: PolynomialLevel) {
    this.sessions = sessions;
    this.transactions = sessions.transactions;
    this.level = level;
    this.count = sessions.transactions.length;
    for (const [t, { writes }] of this.transactions.entries()) {
      for (const key of writes) {
        const list = this.writers.get(key);
        if (list === undefined) this.writers.set(key, [t]);
        else list.push(t);
      }
    }
  }

  run(): ForcedOrder {
    this.base();
    const { level } = this;
    if (level === 'read-committed' || level === 'repeatable-read') this.monotone();
    else if (level === 'read-atomic') this.overwritten(this.direct());
    else this.causal();
    const order = this.topological();
    const cycle = order.length === this.count ? [] : this.cycle(order);
    return { edges: this.edges, cycle, order, steps: this.steps };
  }

  private base(): void {
    for (let t = 0; t < this.count; t++) this.add(INITIAL, t, 'initial');
    for (const session of this.sessions.sessions) {
      for (let i = 1; i < session.length; i++) this.add(session[i - 1]!, session[i]!, 'session');
    }
    for (const [t, { reads }] of this.transactions.entries()) {
      for (const { source } of reads) this.add(source, t, 'read');
    }
  }

  /** What a transaction read before does not go back: read committed. */
  private monotone(): void {
    for (const [reader, { reads }] of this.transactions.entries()) {
      for (let i = 0; i < reads.length; i++) {
        const { key, source } = reads[i]!;
        for (let j = 0; j < i; j++) {
          const other = reads[j]!.source;
          if (this.writes(other, key)) this.overwrite(key, source, reader, other);
        }
      }
    }
  }

  /** Whoever `precedes` a reader and wrote what it read precedes whom it read from. */
  private overwritten(precedes: (a: number, b: number) => boolean): void {
    for (const [reader, { reads }] of this.transactions.entries()) {
      for (const { key, source } of reads) {
        for (const other of this.writers.get(key) ?? []) {
          this.steps++;
          if (other === reader || !precedes(other, reader)) continue;
          // It comes before the source as it is.
          if (source !== INITIAL && precedes(other, source)) continue;
          this.overwrite(key, source, reader, other);
        }
      }
    }
  }

  private overwrite(key: Key, source: number, reader: number, other: number): void {
    if (other === source) return;
    this.add(other, source, { key, source, reader, other });
  }

  private writes(t: number, key: Key): boolean {
    return t !== INITIAL && this.transactions[t]!.writes.has(key);
  }

  private add(before: number, after: number, because: ForcedEdge['because']): void {
    if (before === after) return;
    const pair = (before + 1) * (this.count + 1) + after + 1;
    if (this.known.has(pair)) return;
    this.known.add(pair);
    this.edges.push({ before, after, because });
  }

  /** Earlier in the session, or read from. */
  private direct(): (a: number, b: number) => boolean {
    const read = new Set<number>();
    for (const { before, after, because } of this.edges) {
      if (because === 'read') read.add((before + 1) * (this.count + 1) + after + 1);
    }
    const at = new Map<number, number>();
    for (const session of this.sessions.sessions)
      for (const [i, t] of session.entries()) at.set(t, i);
    return (a, b) => {
      const sameSession = this.transactions[a]!.session === this.transactions[b]!.session;
      if (sameSession && at.get(a)! < at.get(b)!) return true;
      return read.has((a + 1) * (this.count + 1) + b + 1);
    };
  }

  /** Whoever is read from, directly or through others, precedes: causal consistency. */
  private causal(): void {
    const order = this.topological();
    // Whatever else follows, there is a cycle.
    if (order.length < this.count) return;
    const budget = new StepBudget(Number.POSITIVE_INFINITY);
    const moments = { count: this.count, momentsCount: this.count };
    const reachability = new Reachability(moments, budget);
    const arcs = this.edges.map(({ before, after }) => ({ from: before, to: after }));
    reachability.fill(
      arcs.filter(({ from }) => from !== INITIAL),
      order,
    );
    this.steps += budget.used;
    this.overwritten((a, b) => reachability.has(a, b));
  }

  /** By position plus one: the initial state is 0. */
  private targets(): number[][] {
    const next: number[][] = Array.from({ length: this.count + 1 }, () => []);
    for (const { before, after } of this.edges) next[before + 1]!.push(after + 1);
    return next;
  }

  /** The shortest of some cycles among those that are not in `order`. */
  private cycle(order: readonly number[]): number[] {
    const placed = new Set(order);
    let best: number[] = [];
    let tried = 0;
    for (const [first, { before, after }] of this.edges.entries()) {
      if (placed.has(before) || placed.has(after)) continue;
      if (best.length === 2 || (best.length > 0 && tried++ > CYCLES_TRIED)) break;
      const path = this.path(after, before);
      if (path !== null && (best.length === 0 || path.length + 1 < best.length)) {
        best = [first, ...path];
      }
    }
    return best;
  }

  /** Positions of edges that lead from a to b, the fewest. */
  private path(a: number, b: number): number[] | null {
    const by = new Map<number, number>();
    const outgoing = this.outgoing();
    const queue = [a];
    for (const v of queue) {
      if (v === b) break;
      for (const edge of outgoing[v + 1]!) {
        const { after } = this.edges[edge]!;
        if (after === a || by.has(after)) continue;
        by.set(after, edge);
        queue.push(after);
      }
    }
    if (!by.has(b)) return null;
    const path: number[] = [];
    for (let v = b; v !== a; v = this.edges[by.get(v)!]!.before) path.push(by.get(v)!);
    return path.reverse();
  }

  private outgoingEdges: readonly (readonly number[])[] | null = null;

  private outgoing(): readonly (readonly number[])[] {
    if (this.outgoingEdges === null) {
      const out: number[][] = Array.from({ length: this.count + 1 }, () => []);
      for (const [i, { before }] of this.edges.entries()) out[before + 1]!.push(i);
      this.outgoingEdges = out;
    }
    return this.outgoingEdges;
  }

  /** Positions of all transactions, or where there is a cycle of those that none precedes. */
  private topological(): number[] {
    const missing = new Int32Array(this.count + 1);
    const next = this.targets();
    for (const targets of next) for (const w of targets) missing[w]!++;
    const order = missing[0] === 0 ? [0] : [];
    for (const v of order) for (const w of next[v]!) if (--missing[w]! === 0) order.push(w);
    return order.slice(1).map((v) => v - 1);
  }
}
