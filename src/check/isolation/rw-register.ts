// Dependencies of transactions over registers whose written values are distinct per key: who read whom
// is certain, the order of versions only as far as it can be inferred (after Elle's rw-register).
// Not here: cycles. Incomplete by nature: an order nothing implies makes no arcs.

import type { Dependency, VersionStep } from './finding.js';
import { FirstFindings } from './first-findings.js';
import { ArcList, RW, WR, WW, WW_SHOWN } from './graph.js';
import type { Inference, InferenceOptions } from './inference.js';
import type { Key, RegisterTransaction, Value } from './transaction.js';
import {
  type Encounter,
  orderVersions,
  type VersionArc,
  type VersionAssumptions,
  type VersionOrder,
} from './version-order.js';

/** What is known of one register. */
interface RegisterState {
  readonly key: Key;
  readonly index: number;
  /** Who wrote each value, and whether it wrote the key again later. */
  readonly writers: Map<Value, { readonly transaction: number; overwritten: boolean }>;
  /** Transactions that read a value before writing the key. */
  readonly readers: Map<Value | null, number[]>;
  /** First transaction that read a value and then wrote the key: see lost update. */
  readonly updaters: Map<Value | null, number>;
  readonly encounters: Encounter[];
  order: VersionOrder;
  paths: readonly VersionPath[];
}

/** From a version to one that a known transaction left, through versions of which none is. */
interface VersionPath {
  readonly before: number;
  readonly after: number;
  readonly steps: readonly VersionArc[];
}

const UNORDERED: VersionOrder = { versions: [null], arcs: [], cycle: [] };

/** Infers dependencies and what is wrong whatever the order. */
export function inferRegisters(
  transactions: readonly RegisterTransaction[],
  options: InferenceOptions & VersionAssumptions,
): Inference {
  return new Registers(transactions, options).run();
}

class Registers {
  private readonly transactions: readonly RegisterTransaction[];
  private readonly options: InferenceOptions & VersionAssumptions;
  private readonly byKey = new Map<Key, RegisterState>();
  private readonly registers: RegisterState[] = [];
  private readonly counts: Uint8Array;
  private readonly arcs = new ArcList();
  private readonly findings: FirstFindings;

  constructor(
    transactions: readonly RegisterTransaction[],
    options: InferenceOptions & VersionAssumptions,
  ) {
    this.transactions = transactions;
    this.findings = new FirstFindings(transactions);
    this.options = options;
    this.counts = new Uint8Array(transactions.length);
  }

  run(): Inference {
    const repeated = this.index();
    if (repeated === null) {
      for (let t = 0; t < this.transactions.length; t++) this.meet(t);
      for (const register of this.registers) this.order(register);
      const direct = new Set<number>();
      for (const register of this.registers) this.flow(register, direct);
      for (const register of this.registers) this.link(register, direct);
    }
    return {
      arcs: this.arcs,
      counts: this.counts,
      findings: this.findings.all,
      unusable: repeated ?? '',
      explain: (arc) => this.explain(arc),
    };
  }

  private register(key: Key): RegisterState {
    let state = this.byKey.get(key);
    if (state === undefined) {
      state = {
        key,
        index: this.registers.length,
        writers: new Map(),
        readers: new Map(),
        updaters: new Map(),
        encounters: [],
        order: UNORDERED,
        paths: [],
      };
      this.byKey.set(key, state);
      this.registers.push(state);
    }
    return state;
  }

  /** Finds who wrote what; returns why the history cannot be judged, or null. */
  private index(): string | null {
    for (let t = 0; t < this.transactions.length; t++) {
      const { operations, outcome, id } = this.transactions[t]!;
      if (outcome === 'ok') this.counts[t] = 1;
      const before = new Map<Key, Value>();
      for (const [f, key, value] of operations) {
        const { writers } = this.register(key);
        if (f !== 'w') continue;
        const other = writers.get(value);
        if (other !== undefined) {
          const first = this.transactions[other.transaction]!.id;
          return `${String(value)} was written to ${String(key)} by T${first} and by T${id}: where values repeat, reads do not tell who wrote`;
        }
        const earlier = before.get(key);
        if (earlier !== undefined) writers.get(earlier)!.overwritten = true;
        before.set(key, value);
        writers.set(value, { transaction: t, overwritten: false });
      }
    }
    return null;
  }

  /** Goes through one transaction: its reads, and how it met each key. */
  private meet(t: number): void {
    const { operations, outcome } = this.transactions[t]!;
    if (outcome === 'fail') return;
    const expected = new Map<Key, Value | null>();
    const reads = new Map<Key, Value | null>();
    const written = new Map<Key, Value>();
    for (const [f, key, value] of operations) {
      if (f === 'w') {
        written.set(key, value);
        expected.set(key, value);
        continue;
      }
      if (outcome !== 'ok') continue;
      const register = this.byKey.get(key)!;
      const known = expected.get(key);
      if (known !== undefined && known !== value) {
        this.findings.direct(
          'internal',
          [t],
          key,
          value,
          () =>
            `${this.name(t)} read ${key} = ${String(value)}, but after its own operations should have read ${String(known)}`,
        );
      }
      if (known === undefined) reads.set(key, value);
      expected.set(key, value);
      if (value !== null) this.judgeRead(t, register, value);
    }
    for (const key of new Set([...reads.keys(), ...written.keys()])) {
      const register = this.byKey.get(key)!;
      const read = reads.get(key);
      const value = written.get(key);
      if (read !== undefined) this.read(t, register, read, value !== undefined);
      if (outcome === 'ok' || value !== undefined) {
        register.encounters.push({ transaction: t, read, written: value });
      }
    }
  }

  private judgeRead(t: number, register: RegisterState, value: Value): void {
    const { key } = register;
    const writer = register.writers.get(value);
    if (writer === undefined) {
      if (!this.options.closed) return;
      this.findings.direct(
        'unwritten-read',
        [t],
        key,
        value,
        () => `${this.name(t)} read ${key} = ${String(value)}, which nobody ever wrote`,
      );
      return;
    }
    const { transaction, overwritten } = writer;
    if (transaction === t) {
      // The order of operations tells whether the write came first.
      const { operations } = this.transactions[t]!;
      const wrote = operations.findIndex(([f, k, v]) => f === 'w' && k === key && v === value);
      const read = operations.findIndex(([f, k, v]) => f === 'r' && k === key && v === value);
      if (read < wrote) {
        this.findings.direct(
          'future-read',
          [t],
          key,
          value,
          () => `${this.name(t)} read ${key} = ${String(value)} before it wrote that itself`,
        );
      }
      return;
    }
    // However often it read the key: one read shows that the write took effect.
    if (this.transactions[transaction]!.outcome === 'unknown') this.counts[transaction] = 1;
    if (this.transactions[transaction]!.outcome === 'fail') {
      this.findings.direct(
        'G1a',
        [t, transaction],
        key,
        value,
        () =>
          `${this.name(t)} read ${key} = ${String(value)}, but ${this.name(transaction)}, which wrote it, had failed`,
      );
    } else if (overwritten) {
      this.findings.direct(
        'G1b',
        [t, transaction],
        key,
        value,
        () =>
          `${this.name(t)} read ${key} = ${String(value)}, but ${this.name(transaction)} went on to overwrite it`,
      );
    }
  }

  private read(t: number, register: RegisterState, value: Value | null, writes: boolean): void {
    const readers = register.readers.get(value);
    if (readers === undefined) register.readers.set(value, [t]);
    else readers.push(t);
    if (!writes) return;
    const other = register.updaters.get(value);
    if (other === undefined) {
      register.updaters.set(value, t);
      return;
    }
    this.findings.direct(
      'lost-update',
      [other, t],
      register.key,
      value,
      () =>
        `${this.name(other)} and ${this.name(t)} both read ${register.key} = ${String(value)} and then wrote it: one of them did not see the other`,
    );
  }

  private order(register: RegisterState): void {
    const order = orderVersions(register.encounters, this.transactions, this.options);
    register.order = order;
    if (order.cycle.length === 0) return;
    const transactions = [...new Set(order.cycle.flatMap((step) => step.transactions))];
    const { key } = register;
    const anomaly = 'cyclic-versions';
    this.findings.add({ kind: anomaly, anomaly, transactions, key, steps: order.cycle });
  }

  private link(register: RegisterState, direct: ReadonlySet<number>): void {
    const { order } = register;
    const writer = order.versions.map((value) => this.finalWriter(register, value));
    const paths = pathsThroughUnknown(order, writer);
    const ordered = new Uint8Array(order.versions.length);
    for (const { before, after } of paths) {
      if (before !== 0 && writer[before] !== -1) ordered[after] = 1;
    }
    register.paths = paths;
    for (let at = 0; at < paths.length; at++) {
      const { before, after } = paths[at]!;
      // What follows a version that somebody wrote follows the unwritten state through it.
      if (before === 0 && ordered[after] === 1) continue;
      const target = writer[after]!;
      const source = writer[before]!;
      if (source !== -1 && source !== target) {
        const shown = direct.has(source * this.counts.length + target);
        this.arcs.add(source, target, shown ? WW_SHOWN : WW, register.index, at);
      }
      for (const reader of register.readers.get(order.versions[before]!) ?? []) {
        if (reader !== target) this.arcs.add(reader, target, RW, register.index, at);
      }
    }
  }

  /** Adds the arcs from writers to readers, and their ends to `pairs`. */
  private flow(register: RegisterState, pairs: Set<number>): void {
    const { versions } = register.order;
    for (let v = 1; v < versions.length; v++) {
      const writer = this.finalWriter(register, versions[v]!);
      if (writer === -1) continue;
      for (const reader of register.readers.get(versions[v]!) ?? []) {
        if (reader === writer) continue;
        this.arcs.add(writer, reader, WR, register.index, v);
        pairs.add(writer * this.counts.length + reader);
      }
    }
  }

  /** Who left this value, if it took effect; -1 if nobody known. */
  private finalWriter(register: RegisterState, value: Value | null): number {
    const writer = value === null ? undefined : register.writers.get(value);
    if (writer === undefined || writer.overwritten) return -1;
    return this.counts[writer.transaction] === 1 ? writer.transaction : -1;
  }

  private name(t: number): string {
    return `T${this.transactions[t]!.id}`;
  }

  private explain(arc: number): Dependency {
    const from = this.transactions[this.arcs.from[arc]!]!.id;
    const to = this.transactions[this.arcs.to[arc]!]!.id;
    const { key, order, paths } = this.registers[this.arcs.key[arc]!]!;
    const place = this.arcs.place[arc]!;
    if (this.arcs.relation[arc] === WR) {
      return { relation: 'wr', from, to, key, value: order.versions[place]! };
    }
    const { before, after, steps } = paths[place]!;
    const value = order.versions[before]!;
    const next = order.versions[after]!;
    const because = steps.map(
      (step): VersionStep => ({
        source: step.source,
        transactions: step.transactions,
        before: order.versions[step.before]!,
        after: order.versions[step.after]!,
      }),
    );
    if (this.arcs.relation[arc] !== RW) {
      return { relation: 'ww', from, to, key, value: value!, next: next!, because };
    }
    return { relation: 'rw', from, to, key, value, next: next!, because };
  }
}

/** All paths, shortest first from each version; O(arcs) if every version has a known writer. */
function pathsThroughUnknown(order: VersionOrder, writer: readonly number[]): VersionPath[] {
  const outgoing: VersionArc[][] = order.versions.map(() => []);
  for (const arc of order.arcs) outgoing[arc.before]!.push(arc);
  const paths: VersionPath[] = [];
  for (let before = 0; before < order.versions.length; before++) {
    const seen = new Set([before]);
    const open: { readonly at: number; readonly steps: readonly VersionArc[] }[] = [
      { at: before, steps: [] },
    ];
    for (const { at, steps } of open) {
      for (const arc of outgoing[at]!) {
        if (seen.has(arc.after)) continue;
        seen.add(arc.after);
        const longer = [...steps, arc];
        if (writer[arc.after] !== -1) paths.push({ before, after: arc.after, steps: longer });
        else open.push({ at: arc.after, steps: longer });
      }
    }
  }
  return paths;
}
