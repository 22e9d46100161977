// The order of a register's versions, as far as it follows from assumptions the caller makes (those of
// Elle's rw-register checker). Assumptions that contradict each other are found, and the later ones not used.
// Not here: what follows for transactions (rw-register).

import type { VersionReason, VersionSource, VersionStep } from './finding.js';
import { adjacency, components } from './graph.js';
import type { RegisterTransaction, Value } from './transaction.js';

/** What may be assumed about the versions of a register, besides that it starts unwritten. */
export interface VersionAssumptions {
  /** A transaction that reads a key and writes it wrote a later version. */
  readonly wfrKeys?: boolean;
  /** Each process sees a key's versions in their order. */
  readonly sequentialKeys?: boolean;
  /** Each key by itself is linearizable. */
  readonly linearizableKeys?: boolean;
  /** Rank of each transaction, by id: versions come in the order of their writers' ranks. */
  readonly transactionOrder?: ReadonlyMap<number, number>;
}

/** How a transaction met a key: what it read before writing it, and what it left there. */
export interface Encounter {
  readonly transaction: number;
  /** Undefined if it did not read the key before writing it, or if nobody knows what it read. */
  readonly read: Value | null | undefined;
  readonly written: Value | undefined;
}

export interface VersionArc extends VersionReason {
  /** Positions in `versions`. */
  readonly before: number;
  readonly after: number;
}

export interface VersionOrder {
  /** The first is the unwritten state. */
  readonly versions: readonly (Value | null)[];
  readonly arcs: readonly VersionArc[];
  /** A cycle that the assumptions together would make; empty if there is none. */
  readonly cycle: readonly VersionStep[];
}

/** Orders the versions of one key. `encounters` holds transactions by position in the history. */
export function orderVersions(
  encounters: readonly Encounter[],
  transactions: readonly RegisterTransaction[],
  assume: VersionAssumptions,
): VersionOrder {
  const versions: (Value | null)[] = [null];
  const numbers = new Map<Value | null, number>([[null, 0]]);
  const number = (value: Value | null): number => {
    let known = numbers.get(value);
    if (known === undefined) {
      known = versions.length;
      numbers.set(value, known);
      versions.push(value);
    }
    return known;
  };
  for (const { read, written } of encounters) {
    if (read !== undefined) number(read);
    if (written !== undefined) number(written);
  }
  const id = (t: number): number => transactions[t]!.id;
  let arcs: VersionArc[] = [];
  for (let v = 1; v < versions.length; v++) {
    arcs.push({ before: 0, after: v, source: 'initial-state', transactions: [] });
  }
  let cycle: readonly VersionStep[] = [];
  const assumed: [VersionSource, (add: Add) => void][] = [];
  if (assume.wfrKeys === true) assumed.push(['wfr-keys', (add) => writesFollow(encounters, add)]);
  // Whether what precedes it precedes what follows it through it alone: what it read must precede what
  // it wrote, or be all it did.
  const joins = ({ read, written }: Encounter): boolean =>
    assume.wfrKeys === true || read === undefined || written === undefined;
  const all = { encounters, transactions, joins };
  if (assume.sequentialKeys === true) {
    assumed.push(['sequential-keys', (add) => sequential(all, add)]);
  }
  if (assume.linearizableKeys === true) {
    assumed.push(['linearizable-keys', (add) => linearizable(all, add)]);
  }
  const { transactionOrder } = assume;
  if (transactionOrder !== undefined) {
    assumed.push([
      'transaction-order',
      (add) => ranked(encounters, (t) => transactionOrder.get(id(t)) ?? 0, add),
    ]);
  }
  for (const [source, infer] of assumed) {
    const more = [...arcs];
    infer((before, after, because) => {
      if (before === after) return;
      const reason = { source, transactions: because.map(id) };
      more.push({ before: number(before), after: number(after), ...reason });
    });
    const found = versionCycle(versions, more);
    if (found.length === 0) arcs = more;
    else if (cycle.length === 0) cycle = found;
  }
  return { versions, arcs, cycle };
}

type Add = (before: Value | null, after: Value | null, transactions: readonly number[]) => void;

function writesFollow(encounters: readonly Encounter[], add: Add): void {
  for (const { transaction, read, written } of encounters) {
    if (read !== undefined && read !== null && written !== undefined) {
      add(read, written, [transaction]);
    }
  }
}

interface Encounters {
  readonly encounters: readonly Encounter[];
  readonly transactions: readonly RegisterTransaction[];
  readonly joins: (encounter: Encounter) => boolean;
}

function sequential({ encounters, transactions, joins }: Encounters, add: Add): void {
  const last = new Map<number, Encounter[]>();
  for (const encounter of byCall(encounters, transactions)) {
    const { process, outcome } = transactions[encounter.transaction]!;
    const before = last.get(process) ?? [];
    for (const one of before) link(one, encounter, add);
    if (outcome !== 'ok') continue;
    last.set(process, joins(encounter) ? [encounter] : [...before, encounter]);
  }
}

function linearizable({ encounters, transactions, joins }: Encounters, add: Add): void {
  const returned = encounters
    .filter(({ transaction }) => transactions[transaction]!.outcome === 'ok')
    .sort(
      (a, b) =>
        transactions[a.transaction]!.returnedAt - transactions[b.transaction]!.returnedAt ||
        a.transaction - b.transaction,
    );
  // Those that returned, without those that another joins to every call to come.
  let frontier: Encounter[] = [];
  let at = 0;
  for (const encounter of byCall(encounters, transactions)) {
    const { calledAt } = transactions[encounter.transaction]!;
    while (at < returned.length && transactions[returned[at]!.transaction]!.returnedAt < calledAt) {
      const next = returned[at++]!;
      const nextCall = transactions[next.transaction]!.calledAt;
      if (joins(next)) {
        frontier = frontier.filter((one) => transactions[one.transaction]!.returnedAt >= nextCall);
      }
      frontier.push(next);
    }
    for (const before of frontier) link(before, encounter, add);
  }
}

function ranked(
  encounters: readonly Encounter[],
  rank: (transaction: number) => number,
  add: Add,
): void {
  const writers = encounters
    .filter(({ written }) => written !== undefined)
    .sort((a, b) => rank(a.transaction) - rank(b.transaction));
  for (let i = 1; i < writers.length; i++) {
    const before = writers[i - 1]!;
    const after = writers[i]!;
    add(before.written!, after.written!, [before.transaction, after.transaction]);
  }
}

/** What the first left is not after what the second met. */
function link(before: Encounter, after: Encounter, add: Add): void {
  const left = before.written ?? before.read;
  const met = after.read !== undefined ? after.read : after.written;
  if (left === undefined || met === undefined) return;
  add(left, met, [before.transaction, after.transaction]);
}

function byCall(
  encounters: readonly Encounter[],
  transactions: readonly RegisterTransaction[],
): Encounter[] {
  const calledAt = (one: Encounter): number => transactions[one.transaction]!.calledAt;
  return [...encounters].sort((a, b) => {
    const first = calledAt(a);
    const second = calledAt(b);
    return first < second ? -1 : first > second ? 1 : a.transaction - b.transaction;
  });
}

/** Some cycle among versions, or nothing. */
function versionCycle(
  versions: readonly (Value | null)[],
  arcs: readonly VersionArc[],
): VersionStep[] {
  const graph = adjacency(
    versions.length,
    arcs.map((arc) => arc.before),
    arcs.map((arc) => arc.after),
    arcs.length,
  );
  const { of, cyclic } = components(graph);
  if (!cyclic) return [];
  const first = arcs.find((arc) => of[arc.before] === of[arc.after])!;
  const by = new Map<number, VersionArc>();
  const queue = [first.after];
  for (const v of queue) {
    if (v === first.before) break;
    for (let at = graph.offsets[v]!; at < graph.offsets[v + 1]!; at++) {
      const arc = arcs[graph.arcs[at]!]!;
      if (by.has(arc.after) || of[arc.after] !== of[v]) continue;
      by.set(arc.after, arc);
      queue.push(arc.after);
    }
  }
  const steps = [first];
  for (let v = first.before; v !== first.after; ) {
    const arc = by.get(v)!;
    steps.push(arc);
    v = arc.before;
  }
  return [first, ...steps.slice(1).reverse()].map(({ before, after, source, transactions }) => ({
    before: versions[before]!,
    after: versions[after]!,
    source,
    transactions,
  }));
}
