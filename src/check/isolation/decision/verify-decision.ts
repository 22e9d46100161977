// Re-checks the evidence of a decision against the history alone: executes orders, follows forced edges
// one by one, and tries all orders again by executing them. Shares nothing with the deciders but types.

import type { Key, RegisterTransaction, Value } from '../transaction.js';
import type { DecidedLevel, DecisionCertificate, ForcedStep } from './decide.js';

/** Executions tried before "all orders fail" counts as not re-checked. */
const TRIES_MAX = 500_000;

/** How the answer begins if there were more. */
export const NOT_RECHECKED = 'not re-checked';

type Store = ReadonlyMap<Key, Value>;

/** Returns null if `certificate` shows the verdict on `level`, else what it fails to show. */
export function verifyDecision(
  history: readonly RegisterTransaction[],
  level: DecidedLevel,
  certificate: DecisionCertificate,
): string | null {
  const facts = new Facts(history);
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
    case 'exhausted': {
      const among = history.filter(({ id }) => certificate.among.includes(id));
      return readsFromOthers(facts, among) ?? tryAll(new Facts(among), level);
    }
  }
}

/** What is left out of a history may not be what others read from; null if it is not. */
function readsFromOthers(facts: Facts, among: readonly RegisterTransaction[]): string | null {
  for (const one of among) {
    for (const { key, source } of facts.sources(one)) {
      if (source === null || among.some(({ id }) => id === source)) continue;
      return `T${one.id} reads ${key} from T${source}, which is left out`;
    }
  }
  return null;
}

class Facts {
  readonly byId = new Map<number, RegisterTransaction>();
  readonly live: readonly RegisterTransaction[];
  private readonly history: readonly RegisterTransaction[];

  constructor(history: readonly RegisterTransaction[]) {
    this.history = history;
    for (const one of history) this.byId.set(one.id, one);
    this.live = history.filter(
      (one) =>
        one.outcome === 'ok' ||
        (one.outcome === 'unknown' &&
          one.operations.some(
            ([f, key, value]) =>
              f === 'w' &&
              history.some(
                (other) => other.outcome === 'ok' && other !== one && reads(other, key, value),
              ),
          )),
    );
  }

  writer(key: Key, value: Value): RegisterTransaction | undefined {
    return this.history.find(({ operations }) =>
      operations.some(([f, k, v]) => f === 'w' && k === key && v === value),
    );
  }

  writes(one: RegisterTransaction, key: Key): boolean {
    return one.operations.some(([f, k]) => f === 'w' && k === key);
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

  /** Reads of others' values, in order: key and writer, null for the initial state. */
  sources(one: RegisterTransaction): { key: Key; source: number | null }[] {
    const out: { key: Key; source: number | null }[] = [];
    if (one.outcome !== 'ok') return out;
    const own = new Set<Key>();
    for (const [f, key, value] of one.operations) {
      if (f === 'w') own.add(key);
      else if (!own.has(key)) {
        out.push({ key, source: value === null ? null : (this.writer(key, value)?.id ?? null) });
      }
    }
    return out;
  }

  isBeforeInSession(a: number, b: number): boolean {
    const first = this.byId.get(a)!;
    const second = this.byId.get(b)!;
    return first.process === second.process && first.calledAt < second.calledAt;
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

function reads(one: RegisterTransaction, key: Key, value: Value | null): boolean {
  return one.operations.some(([f, k, v]) => f === 'r' && k === key && v === value);
}

/** Each axiom, read by read: what the level says precedes a reader does not overwrite what it read. */
function verifyCommits(facts: Facts, level: DecidedLevel, order: readonly number[]): string | null {
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
      for (const other of facts.live) {
        if (other === reader || other.id === source || !facts.writes(other, key)) continue;
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
function causes(facts: Facts, transitive: boolean): Map<number, Set<number>> {
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
  facts: Facts,
  level: DecidedLevel,
  parts: readonly { id: number; does: 'reads' | 'writes' | 'both' }[],
): string | null {
  const store = new Map<Key, Value>();
  const open = new Map<number, RegisterTransaction>();
  const done: RegisterTransaction[] = [];
  for (const { id, does } of parts) {
    const one = facts.byId.get(id);
    if (one === undefined || one.outcome === 'fail') return `T${id} cannot be placed`;
    if (does !== 'writes') {
      if (done.includes(one) || open.has(id)) return `T${id} is placed twice`;
      const wrong = begins(facts, level, one, store, open, done);
      if (wrong !== null) return wrong;
      open.set(id, one);
    }
    if (does === 'reads') continue;
    if (!open.delete(id)) return `T${id} commits before it begins`;
    for (const [f, key, value] of one.operations) if (f === 'w') store.set(key, value);
    done.push(one);
  }
  if (open.size > 0) return 'a transaction does not commit';
  const missing = facts.live.find((one) => !done.includes(one));
  return missing === undefined ? null : `T${missing.id} is not placed`;
}

/** Whether a transaction may take its snapshot now; null if so. */
function begins(
  facts: Facts,
  level: DecidedLevel,
  one: RegisterTransaction,
  store: Store,
  open: ReadonlyMap<number, RegisterTransaction>,
  done: readonly RegisterTransaction[],
): string | null {
  const { id } = one;
  for (const other of facts.live) {
    if (facts.isBeforeInSession(other.id, id) && !done.includes(other)) {
      return `T${other.id} comes before T${id} in its session`;
    }
    const returned = other.outcome === 'ok' && other.returnedAt < one.calledAt;
    if (level === 'strict-serializable' && returned && !done.includes(other)) {
      return `T${other.id} had returned when T${id} was called`;
    }
  }
  if (level === 'serializable' || level === 'strict-serializable') {
    if (open.size > 0) return `T${id} begins while another is open`;
  }
  if (level === 'snapshot-isolation') {
    for (const other of open.values()) {
      if (one.operations.some(([f, key]) => f === 'w' && facts.writes(other, key))) {
        return `T${id} and T${other.id} write a key at the same time`;
      }
    }
  }
  if (one.outcome !== 'ok') return null;
  const view = new Map(store);
  for (const [f, key, value] of one.operations) {
    if (f === 'w') view.set(key, value);
    else if ((view.get(key) ?? null) !== value) {
      return `T${id} read ${key} = ${String(value)}, but its snapshot holds ${String(view.get(key) ?? null)}`;
    }
  }
  return null;
}

/** Each edge follows from the history or from edges before it; and some of them make a cycle. */
function verifyForced(
  facts: Facts,
  level: DecidedLevel,
  steps: readonly ForcedStep[],
  cycle: readonly number[],
): string | null {
  const before = causes(facts, level === 'causal');
  const next = new Map<number | null, Set<number | null>>();
  const reaches = (a: number | null, b: number | null): boolean => {
    const seen = new Set(next.get(a) ?? []);
    for (const v of seen) for (const w of next.get(v) ?? []) seen.add(w);
    return seen.has(b);
  };
  for (const step of steps) {
    if (!follows(step, { facts, level, before, reaches })) {
      return `T${String(step.before)} need not precede T${String(step.after)}`;
    }
    next.set(step.before, (next.get(step.before) ?? new Set()).add(step.after));
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
    readonly facts: Facts;
    readonly level: DecidedLevel;
    readonly before: ReadonlyMap<number, ReadonlySet<number>>;
    readonly reaches: (a: number | null, b: number | null) => boolean;
  },
): boolean {
  const { facts, level } = context;
  if (because === 'initial') return before === null && after !== null;
  if (after === null) {
    if (typeof because === 'string' || because.rule !== 'overwritten') return false;
  }
  const sources = (id: number): ReturnType<Facts['sources']> => facts.sources(facts.byId.get(id)!);
  if (because === 'read') return sources(after!).some(({ source }) => source === before);
  if (typeof because === 'string') {
    if (before === null) return false;
    const [a, b] = [facts.byId.get(before)!, facts.byId.get(after!)!];
    if (because === 'session') return facts.isBeforeInSession(before, after!);
    return level === 'strict-serializable' && a.outcome === 'ok' && a.returnedAt < b.calledAt;
  }
  const { rule, key, source, reader, other } = because;
  if (other === reader || other === source || !facts.writes(facts.byId.get(other)!, key))
    return false;
  const read = sources(reader);
  const at = read.findLastIndex((one) => one.key === key && one.source === source);
  if (at === -1) return false;
  if (rule === 'overtaken') {
    const serial = level === 'serializable' || level === 'strict-serializable';
    return serial && before === reader && after === other && context.reaches(source, other);
  }
  if (before !== other || after !== source) return false;
  if (level === 'read-committed' || level === 'repeatable-read') {
    return read.slice(0, at).some((earlier) => earlier.source === other);
  }
  if (level === 'read-atomic' || level === 'causal') return context.before.get(reader)!.has(other);
  return context.reaches(other, reader);
}

/** Tries every order by executing it; states met before are not tried again. */
function tryAll(facts: Facts, level: DecidedLevel): string | null {
  const seen = new Set<string>();
  let tries = 0;
  const splits = level === 'prefix' || level === 'snapshot-isolation';
  const attempt = (
    store: Store,
    open: ReadonlyMap<number, RegisterTransaction>,
    done: readonly RegisterTransaction[],
  ): boolean => {
    if (done.length === facts.live.length) return true;
    const values = [...store].map(([key, value]) => `${key}=${String(value)}`).sort();
    const state = `${done
      .map(({ id }) => id)
      .sort()
      .join()}|${[...open.keys()].sort().join()}|${values.join()}`;
    if (seen.has(state) || ++tries > TRIES_MAX) return false;
    seen.add(state);
    for (const one of facts.live) {
      if (done.includes(one)) continue;
      const isOpen = open.has(one.id);
      if (!isOpen && begins(facts, level, one, store, open, done) !== null) continue;
      if (splits && !isOpen) {
        if (attempt(store, new Map(open).set(one.id, one), done)) return true;
        continue;
      }
      const after = new Map(store);
      for (const [f, key, value] of one.operations) if (f === 'w') after.set(key, value);
      const still = new Map(open);
      still.delete(one.id);
      if (attempt(after, still, [...done, one])) return true;
    }
    return false;
  };
  if (attempt(new Map(), new Map(), [])) return `an order satisfies ${level}`;
  return tries > TRIES_MAX ? `${NOT_RECHECKED}: more than ${TRIES_MAX} executions` : null;
}
