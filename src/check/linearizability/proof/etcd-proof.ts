// Violations of the etcd model that few answers prove, and their finder. Its abstraction is a store of
// which only the revision and single facts are known: operations in between may be missing, since a
// revision may rise by any number. What it keeps: linearizable answers show revisions in an order that
// real time allows, a write a new one; no two answers contradict each other about the past; what is
// shown as put by revision r can have been put by somebody.

import { mix } from '../../../base/hash.js';
import type { ByteString, Revision } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { describeRequest, describeResult } from '../models/etcd-response.js';
import type { EtcdState } from '../models/etcd-store.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import type { Absent, Compared, Fact, Held } from './etcd-facts.js';
import { contradict, factsOf, isImpossible, joined } from './etcd-facts.js';
import { orderOf } from './etcd-order.js';
import { contradiction } from './etcd-words.js';
import { EtcdWrites } from './etcd-writes.js';
import type { ProofRules } from './proof-rules.js';
import { valueWords } from './values.js';

type EtcdOperation = Operation<EtcdRequest, EtcdResult>;

/** What is known after some answers. */
interface Known {
  readonly revision: Revision;
  readonly facts: readonly Fact[];
}

export const ETCD_PROOF: ProofRules<EtcdState, EtcdRequest, EtcdResult> = {
  reduced,
  abstraction,
  conflict,
  contradiction,
  sight(input, output) {
    if (input.kind !== 'range' || input.rangeEnd !== '' || !output.ok) return null;
    const { response } = output;
    if (response.kind !== 'range' || input.countOnly || input.keysOnly) return null;
    const past = input.revision > 0 ? ` at revision ${input.revision}` : '';
    const saw = response.kvs.length === 0 ? 'nothing' : valueWords(response.kvs[0]!.value);
    return { what: `get ${valueWords(input.key)}${past}`, saw };
  },
};

/** Revisions only rise. */
function reduced(state: EtcdState, answered: readonly EtcdOperation[]): EtcdState | undefined {
  const isPast = answered.some(({ input, output }) => {
    const order = output === null ? null : orderOf(input, output);
    return order !== null && order.revision < state.revision + (order.writes ? 1 : 0);
  });
  return isPast ? undefined : state;
}

function abstraction(history: readonly EtcdOperation[]): Model<unknown, EtcdRequest, EtcdResult> {
  const writes = new EtcdWrites(history);
  const model: Model<Known, EtcdRequest, EtcdResult> = {
    name: 'etcd, of which only some answers are known',
    init: () => ({ revision: 0, facts: [] }),
    step(state, input, output) {
      if (output === null) return state;
      const all = [...state.facts];
      for (const shown of factsOf(input, output)) {
        const fact = shown.kind === 'held' ? writes.lasting(shown) : shown;
        if (isImpossible(fact) || !writes.canHaveMade(fact)) return undefined;
        for (const known of [...all]) {
          if (contradict(known, fact)) return undefined;
          const both = joined(known, fact);
          if (both !== null) all.push(both);
        }
        all.push(fact);
      }
      if (all.some((fact, i) => all.some((other, j) => j < i && contradict(fact, other)))) {
        return undefined;
      }
      const order = orderOf(input, output);
      if (order === null) return { revision: state.revision, facts: all };
      if (order.revision < state.revision + (order.writes ? 1 : 0)) return undefined;
      return { revision: order.revision, facts: all };
    },
    hash: ({ revision, facts }) => mix(revision, facts.length),
    equals: (a, b) => a.revision === b.revision && setOf(a.facts) === setOf(b.facts),
    describeOperation: (input, output) =>
      output === null
        ? describeRequest(input)
        : `${describeRequest(input)} -> ${describeResult(output)}`,
    describeState: ({ revision }) => `revision ${revision} or later`,
    explain: ({ revision }, _, output) =>
      output?.ok === true && output.response.revision < revision
        ? `it answered at revision ${output.response.revision}, after revision ${revision} had been seen`
        : 'it contradicts what was seen before',
  };
  return model as Model<unknown, EtcdRequest, EtcdResult>;
}

function setOf(facts: readonly Fact[]): string {
  return facts
    .map((fact) => JSON.stringify(fact))
    .sort()
    .join('\n');
}

// --- Finding ------------------------------------------------------------------------------------

/** Operations that the abstraction cannot order; the conflict that was complete first is found. */
interface Conflict {
  readonly operations: readonly EtcdOperation[];
  readonly completeUs: number;
}

/** O(n log n) for n facts, times the keys that ranges cover. */
function conflict(history: readonly EtcdOperation[]): readonly number[] | null {
  const answered = history
    .filter(({ outcome, output }) => outcome === 'ok' && output !== null)
    .sort((a, b) => a.returnUs - b.returnUs || a.callUs - b.callUs || a.id - b.id);
  const finder = new Finder();
  finder.realTime(answered);
  finder.facts(answered, new EtcdWrites(history));
  return finder.first === null ? null : finder.first.operations.map(({ id }) => id);
}

class Finder {
  first: Conflict | null = null;

  private found(...operations: readonly EtcdOperation[]): void {
    const completeUs = Math.max(...operations.map(({ returnUs }) => returnUs));
    if (this.first !== null && this.first.completeUs <= completeUs) return;
    this.first = { operations, completeUs };
  }

  /** `answered` in the order of returns. Compares each call with the highest revision returned before. */
  realTime(answered: readonly EtcdOperation[]): void {
    const calls = [...answered].sort((a, b) => a.callUs - b.callUs || a.id - b.id);
    let returned = 0;
    let highest: { operation: EtcdOperation; revision: Revision } | null = null;
    for (const operation of calls) {
      for (; answered[returned]!.returnUs < operation.callUs; returned++) {
        const before = answered[returned]!;
        const order = orderOf(before.input, before.output!);
        if (order === null || (highest !== null && order.revision <= highest.revision)) continue;
        highest = { operation: before, revision: order.revision };
      }
      const order = orderOf(operation.input, operation.output!);
      if (order === null || highest === null) continue;
      if (order.revision < highest.revision + (order.writes ? 1 : 0)) {
        this.found(highest.operation, operation);
      }
    }
  }

  facts(answered: readonly EtcdOperation[], writes: EtcdWrites): void {
    const versions = new Map<ByteString, Map<Revision, Span>>();
    const wrote = new Map<Revision, { fact: Fact; operation: EtcdOperation }>();
    const points: { fact: Absent | Compared; operation: EtcdOperation }[] = [];
    const holds: { fact: Held; operation: EtcdOperation }[] = [];
    for (const operation of answered) {
      for (const fact of factsOf(operation.input, operation.output!)) {
        if (isImpossible(fact) || !writes.canHaveMade(fact)) this.found(operation);
        if (fact.kind === 'held') holds.push({ fact: writes.lasting(fact), operation });
        else if (fact.kind !== 'wrote') points.push({ fact, operation });
        else {
          const other = wrote.get(fact.at);
          if (other === undefined) wrote.set(fact.at, { fact, operation });
          else this.found(other.operation, operation);
        }
      }
    }
    for (const { fact, operation } of holds) {
      const writer = wrote.get(fact.from);
      if (writer !== undefined && contradict(writer.fact, fact)) {
        this.found(writer.operation, operation);
      }
      this.hold(versions, fact, operation);
    }
    const spans = new Map<ByteString, readonly Span[]>();
    for (const [key, ofKey] of versions) {
      const list = [...ofKey.values()].sort((a, b) => a.from - b.from);
      spans.set(key, list);
      this.overlaps(list);
    }
    for (const { fact, operation } of points) this.point(spans, fact, operation);
  }

  /** Joins what is known of one version of a key. */
  private hold(
    versions: Map<ByteString, Map<Revision, Span>>,
    fact: Held,
    operation: EtcdOperation,
  ): void {
    const ofKey = versions.get(fact.key) ?? new Map<Revision, Span>();
    versions.set(fact.key, ofKey);
    let span = ofKey.get(fact.from);
    if (span === undefined) {
      span = { from: fact.from, witnesses: [], longest: { fact, operation } };
      ofKey.set(fact.from, span);
    }
    for (const known of span.witnesses) {
      if (contradict(known.fact, fact)) this.found(known.operation, operation);
    }
    if (fact.to > span.longest.fact.to) span.longest = { fact, operation };
    const isNews = span.witnesses.every(
      ({ fact: known }) =>
        (known.value === undefined && fact.value !== undefined) ||
        (known.version === undefined && fact.version !== undefined),
    );
    if (isNews) span.witnesses.push({ fact, operation });
  }

  private overlaps(list: readonly Span[]): void {
    for (let i = 1; i < list.length; i++) {
      const before = list[i - 1]!;
      const after = list[i]!;
      for (const a of [before.longest, ...before.witnesses]) {
        for (const b of after.witnesses) {
          if (contradict(a.fact, b.fact)) this.found(a.operation, b.operation);
        }
      }
    }
  }

  private point(
    spans: ReadonlyMap<ByteString, readonly Span[]>,
    fact: Absent | Compared,
    operation: EtcdOperation,
  ): void {
    const single = fact.kind === 'absent' && fact.rangeEnd === '';
    const keys = single
      ? [fact.key]
      : fact.kind === 'absent'
        ? spans.keys()
        : fact.compare.map(({ key }) => key);
    for (const key of keys) {
      const list = spans.get(key);
      const span = list === undefined ? undefined : lastFrom(list, fact.at);
      if (span === undefined) continue;
      for (const known of [span.longest, ...span.witnesses]) {
        const both = joined(known.fact, span.longest.fact);
        if (contradict(known.fact, fact)) this.found(known.operation, operation);
        else if (both !== null && contradict(both, fact)) {
          this.found(known.operation, span.longest.operation, operation);
        }
      }
    }
  }
}

/** One version of a key, as answers show it. */
interface Span {
  readonly from: Revision;
  /** Enough of the answers to show each field that any showed. */
  readonly witnesses: { readonly fact: Held; readonly operation: EtcdOperation }[];
  longest: { readonly fact: Held; readonly operation: EtcdOperation };
}

function lastFrom(list: readonly Span[], revision: Revision): Span | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.from <= revision) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}
