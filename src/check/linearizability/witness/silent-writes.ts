// The writes nobody saw an answer to, so that those which can have made a given revision are found
// without going through all of them.
// Not here: which of them to take (revision-replay.ts).

import type { ByteString, Micros } from '../../../base/ids.js';
import type { PutRequest, RequestOp } from '../../../etcdpb/kv.js';
import type { EtcdOperation, EtcdRequest } from '../objects/etcd.js';

/** - `wanted`: its value was seen, and others could have written it. - `reserved`: no other could. */
export type Standing = 'plain' | 'wanted' | 'reserved';

/** Operations are held in call order, and are taken and put back like a stack. */
export class SilentWrites {
  /** Puts that differ in their value alone, by key: without an observation any serves as well. */
  private readonly plain = new Map<ByteString, EtcdOperation[]>();
  private readonly others: EtcdOperation[] = [];
  /** Every put, those in transactions included, by key and value. */
  private readonly byValue = new Map<ByteString, Map<ByteString, EtcdOperation[]>>();
  private readonly byId = new Map<number, EtcdOperation>();
  private readonly used = new Set<number>();
  /** Ids taken, but for the first `settled`. */
  private readonly taken: number[] = [];
  private settled = 0;

  get size(): number {
    return this.byId.size - this.used.size;
  }

  add(operation: EtcdOperation): void {
    const { id, input } = operation;
    this.byId.set(id, operation);
    if (isPlainPut(input)) append(this.plain, input.key, operation);
    else if (input.kind !== 'range') insert(this.others, operation);
    this.index(operation, input);
  }

  /** The unused operation with this id, or null. */
  find(id: number): EtcdOperation | null {
    return this.used.has(id) ? null : (this.byId.get(id) ?? null);
  }

  take(id: number): void {
    this.used.add(id);
    this.taken.push(id);
  }

  /** How many have been taken; hand it to `putBack`. */
  mark(): number {
    return this.settled + this.taken.length;
  }

  putBack(mark: number): void {
    while (this.mark() > mark) this.used.delete(this.taken.pop()!);
  }

  /** Those that may write this value to this key. */
  writersOf(key: ByteString, value: ByteString): readonly EtcdOperation[] {
    return this.byValue.get(key)?.get(value) ?? [];
  }

  /**
   * Unused operations called by a deadline that may serve where nobody saw what was written: of plain
   * puts to one key the first, and those besides that are wanted elsewhere.
   */
  calledBy(
    deadlineUs: Micros,
    standingOf: (operation: EtcdOperation) => Standing,
  ): EtcdOperation[] {
    const found: EtcdOperation[] = [];
    for (const puts of this.plain.values()) {
      let hasPlain = false;
      for (const put of puts) {
        if (put.callUs > deadlineUs) break;
        if (this.used.has(put.id)) continue;
        const standing = standingOf(put);
        if (standing === 'reserved' || (standing === 'plain' && hasPlain)) continue;
        hasPlain ||= standing === 'plain';
        found.push(put);
      }
    }
    for (const other of this.others) {
      if (other.callUs > deadlineUs) break;
      if (!this.used.has(other.id)) found.push(other);
    }
    return found;
  }

  /** Every unused operation called by a deadline. */
  allCalledBy(deadlineUs: Micros): EtcdOperation[] {
    const found: EtcdOperation[] = [];
    for (const operation of this.byId.values()) {
      if (operation.callUs <= deadlineUs && !this.used.has(operation.id)) found.push(operation);
    }
    return found;
  }

  /** Makes what was taken before `mark` irrevocable, and lets go of it. */
  settle(mark = this.mark()): void {
    if (mark <= this.settled) return;
    for (const id of this.taken.splice(0, mark - this.settled)) {
      const operation = this.byId.get(id);
      this.byId.delete(id);
      this.used.delete(id);
      if (operation !== undefined) this.drop(operation);
    }
    this.settled = mark;
  }

  private drop(operation: EtcdOperation): void {
    const { input } = operation;
    if (isPlainPut(input)) {
      const puts = this.plain.get(input.key)!;
      puts.splice(puts.indexOf(operation), 1);
      if (puts.length === 0) this.plain.delete(input.key);
    } else if (input.kind !== 'range') {
      this.others.splice(this.others.indexOf(operation), 1);
    }
    this.unindex(operation, input);
  }

  unused(): EtcdOperation[] {
    return [...this.byId.values()].filter(({ id }) => !this.used.has(id));
  }

  private index(operation: EtcdOperation, request: EtcdRequest | RequestOp): void {
    if (request.kind === 'put') {
      const values = this.byValue.get(request.key) ?? new Map<ByteString, EtcdOperation[]>();
      this.byValue.set(request.key, values);
      append(values, request.value, operation);
    } else if (request.kind === 'txn') {
      for (const inner of request.success) this.index(operation, inner);
      for (const inner of request.failure) this.index(operation, inner);
    }
  }

  private unindex(operation: EtcdOperation, request: EtcdRequest | RequestOp): void {
    if (request.kind === 'put') {
      const values = this.byValue.get(request.key);
      const left = values?.get(request.value)?.filter(({ id }) => id !== operation.id) ?? [];
      if (left.length > 0) values?.set(request.value, left);
      else values?.delete(request.value);
      if (values?.size === 0) this.byValue.delete(request.key);
    } else if (request.kind === 'txn') {
      for (const inner of request.success) this.unindex(operation, inner);
      for (const inner of request.failure) this.unindex(operation, inner);
    }
  }
}

function isPlainPut(request: EtcdRequest): request is PutRequest {
  return (
    request.kind === 'put' && request.lease === 0 && !request.ignoreValue && !request.ignoreLease
  );
}

function append<K>(lists: Map<K, EtcdOperation[]>, key: K, operation: EtcdOperation): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [operation]);
  else insert(list, operation);
}

/** Keeps a list in call order; most come in it. */
function insert(list: EtcdOperation[], operation: EtcdOperation): void {
  let place = list.length;
  while (place > 0 && list[place - 1]!.callUs > operation.callUs) place--;
  if (place === list.length) list.push(operation);
  else list.splice(place, 0, operation);
}
