// Sentences about answers of an etcd store that contradict each other.

import type { KeyValue, RequestOp } from '../../../etcdpb/kv.js';
import type { Operation } from '../../history.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { contradict, type Fact, factsOf, isImpossible } from './etcd-facts.js';
import { orderOf } from './etcd-order.js';
import { EtcdWrites } from './etcd-writes.js';
import { valueWords } from './values.js';

type EtcdOperation = Operation<EtcdRequest, EtcdResult>;

const KEYS_LISTED_MAX = 4;

/** What contradicts what, of one to three answers of `history`; null if they do not. */
export function contradiction(
  operations: readonly EtcdOperation[],
  history: readonly EtcdOperation[],
  nameOfClient: (client: number) => string,
): string | null {
  const words = new Words(nameOfClient, new EtcdWrites(history));
  const last = operations.reduce((a, b) => (b.returnUs > a.returnUs ? b : a));
  const others = operations.filter((operation) => operation !== last);
  const [first] = others;
  if (first === undefined) return words.alone(last);
  return words.outOfOrder(last, first) ?? words.disagree(last, others);
}

class Words {
  private readonly nameOfClient: (client: number) => string;
  private readonly writes: EtcdWrites;

  constructor(nameOfClient: (client: number) => string, writes: EtcdWrites) {
    this.nameOfClient = nameOfClient;
    this.writes = writes;
  }

  /** An answer that is wrong by itself. */
  alone(operation: EtcdOperation): string | null {
    for (const fact of factsOf(operation.input, operation.output!)) {
      if (fact.kind !== 'held') continue;
      const says = this.says(operation, fact);
      if (isImpossible(fact)) return `${says}, but that is later than revision ${fact.to}`;
      if (this.writes.canHaveMade(fact)) continue;
      const [put] = this.writes.putsOf(fact);
      const what = this.keyWords(fact);
      if (put === undefined) return `${says}, but nobody ever put ${what}`;
      const at = `was answered with revision ${put.revision}`;
      return `${says}, but ${asked(put.operation)} ${this.by(put.operation)}, which put it, ${at}`;
    }
    return null;
  }

  /** A revision that real time forbids. */
  outOfOrder(last: EtcdOperation, first: EtcdOperation): string | null {
    const order = orderOf(last.input, last.output!);
    const before = orderOf(first.input, first.output!);
    if (order === null || before === null || first.returnUs >= last.callUs) return null;
    if (order.revision >= before.revision + (order.writes ? 1 : 0)) return null;
    const done = before.writes
      ? `${asked(first)} ${this.by(first)} had completed at revision ${before.revision}`
      : `${asked(first)} ${this.by(first)} had ${answered(first)}`;
    const verb = asked(last).split(' ')[0]!;
    return `${asked(last)} ${this.by(last)} ${answered(last)}, but ${done} before the ${verb} was invoked`;
  }

  /** Two answers about the same past. */
  disagree(last: EtcdOperation, others: readonly EtcdOperation[]): string | null {
    const facts = (operation: EtcdOperation): readonly Fact[] =>
      factsOf(operation.input, operation.output!);
    const lasting = (fact: Fact): Fact => (fact.kind === 'held' ? this.writes.lasting(fact) : fact);
    for (const fact of facts(last)) {
      for (const other of others) {
        for (const otherFact of facts(other)) {
          if (contradict(fact, otherFact)) {
            return `${this.says(last, fact)}, but ${this.says(other, otherFact)}`;
          }
          if (!contradict(lasting(fact), lasting(otherFact))) continue;
          const held = fact.kind === 'held' ? fact : otherFact;
          const key = held.kind === 'held' ? valueWords(held.key) : 'it';
          return `${this.says(last, fact)}, but ${this.says(other, otherFact)} and nothing wrote ${key} in between`;
        }
      }
    }
    return `${asked(last)} ${this.by(last)} ${answered(last)}, but ${others
      .map((other) => `${asked(other)} ${this.by(other)} ${answered(other)}`)
      .join(' and ')}`;
  }

  private by({ client }: EtcdOperation): string {
    return `by ${this.nameOfClient(client)}`;
  }

  private keyWords({ key, value }: { readonly key: string; readonly value: string | undefined }) {
    return `${valueWords(key)}${value === undefined ? '' : `=${valueWords(value)}`}`;
  }

  private says(operation: EtcdOperation, fact: Fact): string {
    const subject = `${asked(operation)} ${this.by(operation)}`;
    switch (fact.kind) {
      case 'wrote':
        return `${subject} wrote revision ${fact.at}`;
      case 'absent': {
        const single = fact.rangeEnd === '' ? valueWords(fact.key) : 'other keys';
        return `${subject} found no ${single} at revision ${fact.at}`;
      }
      case 'compared': {
        const keys = listed(fact.compare.map(({ key }) => key));
        const held = fact.succeeded ? 'to hold' : 'not to hold';
        return `${subject} found its compare of ${keys} at revision ${fact.at} ${held}`;
      }
      case 'held': {
        const { version, from, to } = fact;
        const what = this.keyWords(fact);
        if (version === undefined) return `${subject} put ${what} at revision ${from}`;
        const still = to > from ? ` and in place at revision ${to}` : '';
        return `${subject} showed ${what} (version ${version}), put at revision ${from}${still}`;
      }
    }
  }
}

/** `get x`, `put x=2`, `txn of x, y`. */
function asked({ input }: EtcdOperation): string {
  switch (input.kind) {
    case 'put':
      return `put ${valueWords(input.key)}${input.ignoreValue ? '' : `=${valueWords(input.value)}`}`;
    case 'range': {
      const past = input.revision > 0 ? ` at revision ${input.revision}` : '';
      if (input.rangeEnd === '') return `get ${valueWords(input.key)}${past}`;
      return `range ${interval(input)}${past}`;
    }
    case 'delete-range':
      return `delete ${interval(input)}`;
    case 'txn':
      return `txn of ${listed([...keysOf(input)])}`;
    case 'compaction':
      return `compact to ${input.revision}`;
    default:
      return input.kind;
  }
}

/** `returned 1 at revision 7`. */
function answered({ input, output }: EtcdOperation): string {
  if (output?.ok !== true) return 'had no answer';
  const { response } = output;
  const at = `at revision ${response.revision}`;
  if (input.kind !== 'range' || response.kind !== 'range' || input.rangeEnd !== '') {
    return `answered ${at}`;
  }
  const kv: KeyValue | undefined = response.kvs[0];
  if (kv === undefined) return response.count === 0 ? `returned nothing ${at}` : `answered ${at}`;
  return `returned ${valueWords(kv.value)} ${at}`;
}

function keysOf(request: EtcdRequest | RequestOp): Set<string> {
  const keys = new Set<string>();
  if (request.kind === 'txn') {
    for (const { key } of request.compare) keys.add(key);
    for (const part of [...request.success, ...request.failure]) {
      for (const key of keysOf(part)) keys.add(key);
    }
  } else if ('key' in request) keys.add(request.key);
  return keys;
}

function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, KEYS_LISTED_MAX).map(valueWords).join(', ');
  return keys.length > KEYS_LISTED_MAX
    ? `${shown} and ${keys.length - KEYS_LISTED_MAX} more`
    : shown;
}

function interval({ key, rangeEnd }: { readonly key: string; readonly rangeEnd: string }): string {
  if (rangeEnd === '') return valueWords(key);
  return `${valueWords(key)} to ${rangeEnd === '\0' ? 'the end' : valueWords(rangeEnd)}`;
}
