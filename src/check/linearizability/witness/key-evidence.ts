// What answers tell about each key, by revision: who wrote it, and what it held. Serves to tell which
// unanswered writes can have made a revision that nobody claims, and which must have.
// Not here: choosing among them (revision-replay.ts), and judging answers: evidence that is missing only
// costs a choice, never a verdict.

import type { ByteString, Revision } from '../../../base/ids.js';
import type { KeyValue, RequestOp, ResponseOp } from '../../../etcdpb/kv.js';
import type { EtcdOperation } from '../objects/etcd.js';
import { type KeyEvent, KeyEvents } from './key-events.js';
import { revisionOf } from './place.js';

/** What must hold after a revision that nobody claims. */
export interface Pin {
  readonly key: ByteString;
  /** Null if only that the key was written is known. */
  readonly kv: KeyValue | null;
  /** The write created the key. */
  readonly creates: boolean;
  readonly keysOnly: boolean;
  readonly operation: EtcdOperation;
}

/** A write that contradicts what was seen of a key has none of these. */
export const FREE = 1e15;
/** Fits only if unanswered deletes help. */
export const UNLIKELY = 2e15;

/** Two answers that contradict each other whatever the rest of the history is. */
export interface Contradiction {
  readonly key: ByteString;
  readonly seen: EtcdOperation;
  readonly at: Revision;
  readonly modRevision: Revision;
  readonly other: EtcdOperation;
  readonly otherRevision: Revision;
}

export class KeyEvidence {
  private readonly events = new KeyEvents();
  private readonly pins = new Map<Revision, Pin[]>();
  private readonly isClaimed: (revision: Revision) => boolean;
  private found: Contradiction | null = null;
  /** True if an answer may depend on the value of a key in other ways than by showing it. */
  dependsOnValues = false;

  constructor(isClaimed: (revision: Revision) => boolean) {
    this.isClaimed = isClaimed;
  }

  /** Takes in an answered operation at its revision; returns a contradiction if it makes one. */
  add(operation: EtcdOperation, writes: boolean): Contradiction | null {
    const { input, output } = operation;
    if (output?.ok !== true) return null;
    const { response } = output;
    if (response.kind === 'compaction' || response.kind === 'lease') return null;
    if (input.kind === 'compaction' || input.kind.startsWith('lease-')) return null;
    this.found = null;
    this.take(operation, input as RequestOp, response, revisionOf(operation), writes, true);
    return this.found;
  }

  /** Takes in what an unanswered request may depend on. */
  addSilent(request: RequestOp | { readonly kind: string }): void {
    if (request.kind === 'put')
      this.dependsOnValues ||= (request as { ignoreValue: boolean }).ignoreValue;
    else if (request.kind === 'txn') this.compares(request as RequestOp & { kind: 'txn' });
  }

  /** Forgets what lies before a revision. */
  forget(before: Revision): void {
    this.events.forget(2 * before);
    for (const revision of this.pins.keys()) if (revision < before) this.pins.delete(revision);
  }

  pinsAt(revision: Revision): readonly Pin[] {
    return this.pins.get(revision) ?? [];
  }

  /** Revisions whose writer was seen by what it wrote. */
  pinned(): ReadonlyMap<Revision, readonly Pin[]> {
    return this.pins;
  }

  /**
   * What is known of a key after a write of it at `revision`, which leaves `after`: -1 if that write
   * cannot be; else by which revision the key needs such a write, FREE if it does not, or UNLIKELY.
   */
  outlook(
    key: ByteString,
    revision: Revision,
    before: KeyValue | null,
    after: KeyValue | null,
  ): number {
    const { events } = this;
    const places = events.of(key);
    if (places === undefined) return FREE;
    let puts = 0;
    for (let i = events.countBefore(places, 2 * revision); i < places.length; i++) {
      const place = places[i]!;
      switch (events.kind(place)) {
        case 'put':
          puts++;
          break;
        case 'delete':
        case 'sweep':
          return FREE;
        case 'absent':
          return after !== null || puts > 0 ? UNLIKELY : Math.floor(events.at(place) / 2);
        case 'seen':
          return this.compare(place, revision, before, after, puts);
      }
    }
    return FREE;
  }

  private compare(
    seen: number,
    revision: Revision,
    before: KeyValue | null,
    after: KeyValue | null,
    puts: number,
  ): number {
    const modRevision = this.events.modRevision(seen);
    const kv = this.events.kv(seen);
    if (modRevision < revision) return -1;
    if (kv === null || modRevision === revision) return FREE;
    if (kv.createRevision > revision) {
      if (after === null) return before === null ? FREE : kv.createRevision;
      return UNLIKELY;
    }
    if (after === null) return -1;
    if (kv.createRevision === revision) return after.createRevision === revision ? FREE : -1;
    const unclaimed = this.isClaimed(modRevision) ? 0 : 1;
    return after.version + puts + unclaimed > kv.version ? -1 : modRevision;
  }

  private take(
    operation: EtcdOperation,
    request: RequestOp,
    response: ResponseOp,
    revision: Revision,
    writes: boolean,
    top: boolean,
  ): void {
    switch (response.kind) {
      case 'range': {
        if (request.kind !== 'range') return;
        // Inside a transaction that writes, a read may see the half-made revision.
        const level = request.revision > 0 ? request.revision : revision;
        const settled = top || !writes || request.revision > 0;
        for (const kv of response.kvs)
          this.see(operation, kv, settled ? level : 0, request.keysOnly);
        if (settled && request.rangeEnd === '' && response.count === 0) {
          this.push(request.key, 2 * level + 1, 'absent', 0, null, operation);
        }
        return;
      }
      case 'put':
        if (request.kind !== 'put') return;
        this.dependsOnValues ||= request.ignoreValue;
        this.push(request.key, 2 * revision, 'put', revision, null, operation);
        if (!request.prevKv) return;
        if (response.prevKv !== null)
          this.see(operation, response.prevKv, top ? revision - 1 : 0, false);
        else if (top) this.push(request.key, 2 * revision - 1, 'absent', 0, null, operation);
        return;
      case 'delete-range':
        if (request.kind === 'delete-range')
          this.takeDelete(operation, request, response, revision, top);
        return;
      case 'txn': {
        if (request.kind !== 'txn') return;
        this.compares(request);
        if (top && response.succeeded)
          this.takeCompares(operation, request, writes ? revision - 1 : revision);
        const branch = response.succeeded ? request.success : request.failure;
        for (let i = 0; i < branch.length && i < response.responses.length; i++) {
          this.take(operation, branch[i]!, response.responses[i]!, revision, writes, false);
        }
      }
    }
  }

  private takeDelete(
    operation: EtcdOperation,
    request: RequestOp & { kind: 'delete-range' },
    response: ResponseOp & { kind: 'delete-range' },
    revision: Revision,
    top: boolean,
  ): void {
    const { key, rangeEnd } = request;
    for (const kv of response.prevKvs) this.see(operation, kv, top ? revision - 1 : 0, false);
    if (rangeEnd === '') {
      if (response.deleted > 0) this.push(key, 2 * revision, 'delete', revision, null, operation);
      else if (top) this.push(key, 2 * revision + 1, 'absent', 0, null, operation);
      return;
    }
    if (response.deleted === 0) return;
    if (response.prevKvs.length > 0) {
      for (const kv of response.prevKvs) {
        this.push(kv.key, 2 * revision, 'delete', revision, null, operation);
      }
      return;
    }
    for (const other of this.events.keys()) {
      if (other < key || (rangeEnd !== '\0' && other >= rangeEnd)) continue;
      this.push(other, 2 * revision, 'sweep', revision, null, operation);
    }
  }

  private takeCompares(
    operation: EtcdOperation,
    request: RequestOp & { kind: 'txn' },
    level: Revision,
  ): void {
    for (const { key, rangeEnd, target, result, number } of request.compare) {
      if (rangeEnd !== '' || target !== 'MOD' || result !== 'EQUAL') continue;
      if (number === 0) this.push(key, 2 * level + 1, 'absent', 0, null, operation);
      else {
        this.push(key, 2 * level + 1, 'seen', number, null, operation);
        if (!this.isClaimed(number)) {
          this.pin(number, { key, kv: null, creates: false, keysOnly: true, operation });
        }
      }
    }
  }

  private compares(request: RequestOp & { kind: 'txn' }): void {
    this.dependsOnValues ||= request.compare.some(({ target }) => target === 'VALUE');
    for (const operation of [...request.success, ...request.failure]) this.addSilent(operation);
  }

  private see(operation: EtcdOperation, kv: KeyValue, level: Revision, keysOnly: boolean): void {
    const { key, modRevision, createRevision } = kv;
    if (level > 0) this.push(key, 2 * level + 1, 'seen', modRevision, kv, operation);
    if (!this.isClaimed(modRevision))
      this.pin(modRevision, { key, kv, creates: false, keysOnly, operation });
    if (createRevision !== modRevision && !this.isClaimed(createRevision)) {
      this.pin(createRevision, { key, kv: null, creates: true, keysOnly, operation });
    }
  }

  private pin(revision: Revision, pin: Pin): void {
    const pins = this.pins.get(revision);
    if (pins === undefined) this.pins.set(revision, [pin]);
    else if (!pins.some((other) => saysAll(other, pin))) pins.push(pin);
  }

  private push(
    key: ByteString,
    at: number,
    kind: KeyEvent['kind'],
    modRevision: Revision,
    kv: KeyValue | null,
    operation: EtcdOperation,
  ): void {
    const before = this.events.add(key, at, kind, modRevision, kv, operation);
    this.found ??= this.contradicted(key, before);
  }

  /** What is written of a key never becomes older from one event to the next; `added` is where one came. */
  private contradicted(key: ByteString, added: number): Contradiction | null {
    const { events } = this;
    const places = events.of(key)!;
    const event = places[added]!;
    if (!this.tellsWrite(event)) return null;
    const before = this.nearest(places, added - 1, -1);
    const after = this.nearest(places, added + 1, 1);
    const modRevision = events.modRevision(event);
    const older =
      events.kind(event) === 'seen' && before !== null && events.modRevision(before) > modRevision;
    const newer =
      after !== null && events.kind(after) === 'seen' && events.modRevision(after) < modRevision;
    if (!older && !newer) return null;
    const [seen, other] = older ? [event, before] : [after!, event];
    return {
      key,
      seen: events.operation(seen),
      at: Math.floor(events.at(seen) / 2),
      modRevision: events.modRevision(seen),
      other: events.operation(other),
      otherRevision: events.modRevision(other),
    };
  }

  /** The next event in a direction that tells when the key was last written. */
  private nearest(places: readonly number[], from: number, step: 1 | -1): number | null {
    for (let i = from; i >= 0 && i < places.length; i += step) {
      if (this.tellsWrite(places[i]!)) return places[i]!;
    }
    return null;
  }

  private tellsWrite(event: number): boolean {
    return this.events.modRevision(event) > 0 && this.events.kind(event) !== 'sweep';
  }
}

function saysAll(known: Pin, pin: Pin): boolean {
  if (known.key !== pin.key || (pin.creates && !known.creates)) return false;
  return (
    pin.kv === null ||
    (known.kv !== null &&
      (!known.keysOnly || pin.keysOnly) &&
      known.kv.value === pin.kv.value &&
      known.kv.version === pin.kv.version)
  );
}
