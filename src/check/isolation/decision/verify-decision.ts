// Re-checks the evidence of a decision against the history alone: executes orders, follows forced edges
// one by one, and cycles arc by arc. Shares nothing with the deciders but types.

import type { Key, RegisterTransaction, Value } from '../transaction.js';
import type { DecidedLevel, DecisionCertificate, ForcedStep } from './decide.js';
import { DecisionFacts } from './decision-facts.js';
import { verifyRefutation } from './verify-refutation.js';

/** Returns null if `certificate` shows the verdict on `level`, else what it fails to show. */
export function verifyDecision(
  history: readonly RegisterTransaction[],
  level: DecidedLevel,
  certificate: DecisionCertificate,
): string | null {
  const facts = new DecisionFacts(history);
  switch (certificate.kind) {
    case 'commits':
      return verifyCommits(facts, level, certificate.order);
    case 'parts':
      return verifyParts(facts, level, certificate.parts);
    case 'wrong-read':
      return facts.isWrong(
        certificate.wrong.anomaly,
        certificate.wrong.transactions,
        certificate.wrong.key,
        certificate.wrong.value,
      )
        ? null
        : `${certificate.wrong.anomaly} does not show`;
    case 'unrepeatable': {
      const values = facts.outside(certificate.id, certificate.key);
      return new Set(values).size > 1 ? null : `T${certificate.id} read ${certificate.key} alike`;
    }
    case 'forced':
      return verifyForced(facts, certificate.level, certificate.steps, certificate.cycle);
    case 'refuted':
      return verifyRefutation(facts, certificate.level, certificate.steps);
  }
}

/** Each axiom, read by read: what the level says precedes a reader does not overwrite what it read. */
function verifyCommits(
  facts: DecisionFacts,
  level: DecidedLevel,
  order: readonly number[],
): string | null {
  const place = new Map(order.map((id, at) => [id, at] as const));
  for (const { id } of facts.live) if (!place.has(id)) return `T${id} is not in the order`;
  if (place.size !== facts.live.length || order.length !== place.size)
    return 'the order holds others';
  const at = (id: number | null): number => (id === null ? -1 : place.get(id)!);
  const before = causes(facts, level === 'causal');
  for (const reader of facts.live) {
    for (const { id } of facts.live) {
      if (facts.isBeforeInSession(id, reader.id) && at(id) >= at(reader.id)) {
        return `T${id} comes before T${reader.id} in its session, but not in the order`;
      }
    }
    const sources = facts.sources(reader);
    for (const [i, { key, source }] of sources.entries()) {
      if (at(source) >= at(reader.id)) return `T${reader.id} reads from a transaction after it`;
      for (const other of facts.writersOf(key)) {
        if (other === reader || other.id === source) continue;
        const precedes =
          level === 'read-committed' || level === 'repeatable-read'
            ? sources.slice(0, i).some((earlier) => earlier.source === other.id)
            : before.get(reader.id)!.has(other.id);
        if (precedes && at(other.id) >= at(source)) {
          return `T${other.id} precedes T${reader.id} and overwrote the ${key} it read`;
        }
      }
    }
  }
  return null;
}

/** Whom each transaction comes after by session and reads, directly or through others. */
function causes(facts: DecisionFacts, transitive: boolean): Map<number, Set<number>> {
  const direct = new Map<number, Set<number>>();
  for (const one of facts.live) {
    const set = new Set<number>();
    for (const { id } of facts.live) if (facts.isBeforeInSession(id, one.id)) set.add(id);
    for (const { source } of facts.sources(one)) if (source !== null) set.add(source);
    direct.set(one.id, set);
  }
  if (!transitive) return direct;
  return new Map(
    [...direct].map(([id, set]) => {
      const all = new Set(set);
      for (const cause of all) for (const further of direct.get(cause)!) all.add(further);
      return [id, all];
    }),
  );
}

/** Executes the parts on a store: a snapshot is what the store holds when the reads are placed. */
function verifyParts(
  facts: DecisionFacts,
  level: DecidedLevel,
  parts: readonly { id: number; does: 'reads' | 'writes' | 'both' }[],
): string | null {
  const run: Execution = { store: new Map(), open: new Set(), writing: new Map(), done: new Set() };
  for (const { id, does } of parts) {
    const one = facts.byId.get(id);
    if (one === undefined || !facts.isLive(one)) return `T${id} cannot be placed`;
    if (does !== 'writes') {
      if (run.done.has(one) || run.open.has(one)) return `T${id} is placed twice`;
      const wrong = begins(facts, level, one, run);
      if (wrong !== null) return wrong;
      run.open.add(one);
      for (const key of facts.keysWritten(one)) run.writing.set(key, one);
    }
    if (does === 'reads') continue;
    if (!run.open.delete(one)) return `T${id} commits before it begins`;
    for (const [f, key, value] of one.operations) if (f === 'w') run.store.set(key, value);
    for (const key of facts.keysWritten(one)) {
      if (run.writing.get(key) === one) run.writing.delete(key);
    }
    run.done.add(one);
  }
  if (run.open.size > 0) return 'a transaction does not commit';
  const missing = facts.live.find((one) => !run.done.has(one));
  return missing === undefined ? null : `T${missing.id} is not placed`;
}

interface Execution {
  readonly store: Map<Key, Value>;
  /** Who has begun and not committed. */
  readonly open: Set<RegisterTransaction>;
  /** By key, who of these began last. */
  readonly writing: Map<Key, RegisterTransaction>;
  readonly done: Set<RegisterTransaction>;
}

/** Whether a transaction may take its snapshot now; null if so. */
function begins(
  facts: DecisionFacts,
  level: DecidedLevel,
  one: RegisterTransaction,
  { store, open, writing, done }: Execution,
): string | null {
  const { id } = one;
  const earlier = facts.previousInSession(one);
  if (earlier !== null && !done.has(earlier)) {
    return `T${earlier.id} comes before T${id} in its session`;
  }
  if (level === 'strict-serializable') {
    for (const other of facts.live) {
      const returned = other.outcome === 'ok' && other.returnedAt < one.calledAt;
      if (returned && !done.has(other)) return `T${other.id} had returned when T${id} was called`;
    }
  }
  if (level === 'serializable' || level === 'strict-serializable') {
    if (open.size > 0) return `T${id} begins while another is open`;
  }
  if (level === 'snapshot-isolation') {
    for (const key of facts.keysWritten(one)) {
      const other = writing.get(key);
      if (other !== undefined) return `T${id} and T${other.id} write a key at the same time`;
    }
  }
  if (one.outcome !== 'ok') return null;
  const own = new Map<Key, Value>();
  for (const [f, key, value] of one.operations) {
    if (f === 'w') own.set(key, value);
    else {
      const seen = own.get(key) ?? store.get(key) ?? null;
      if (seen !== value) {
        return `T${id} read ${key} = ${String(value)}, but its snapshot holds ${String(seen)}`;
      }
    }
  }
  return null;
}

/** Each edge follows from the history or from edges before it; and some of them make a cycle. */
function verifyForced(
  facts: DecisionFacts,
  level: DecidedLevel,
  steps: readonly ForcedStep[],
  cycle: readonly number[],
): string | null {
  const before = causes(facts, level === 'causal');
  for (const at of cycle) {
    const step = steps[at]!;
    if (!follows(step, { facts, level, before })) {
      return `T${String(step.before)} need not precede T${String(step.after)}`;
    }
  }
  if (cycle.length === 0) return 'there is no cycle';
  for (const [i, at] of cycle.entries()) {
    const joins = steps[cycle[(i + 1) % cycle.length]!]!;
    if (steps[at]!.after !== joins.before) return 'the cycle does not join';
  }
  return null;
}

function follows(
  { before, after, because }: ForcedStep,
  context: {
    readonly facts: DecisionFacts;
    readonly level: DecidedLevel;
    readonly before: ReadonlyMap<number, ReadonlySet<number>>;
  },
): boolean {
  const { facts, level } = context;
  if (because === 'initial') return before === null && after !== null;
  const sources = (id: number): ReturnType<DecisionFacts['sources']> =>
    facts.sources(facts.byId.get(id)!);
  if (because === 'read') {
    return after !== null && sources(after).some(({ source }) => source === before);
  }
  if (because === 'session') {
    return before !== null && after !== null && facts.isBeforeInSession(before, after);
  }
  const { key, source, reader, other } = because;
  if (before !== other || after !== source || other === reader || other === source) return false;
  if (!facts.writes(facts.byId.get(other)!, key)) return false;
  const read = sources(reader);
  const at = read.findLastIndex((one) => one.key === key && one.source === source);
  if (at === -1) return false;
  if (level === 'read-committed' || level === 'repeatable-read') {
    return read.slice(0, at).some((earlier) => earlier.source === other);
  }
  return context.before.get(reader)!.has(other);
}
