// What answers tell about keys, event by event: of each key in the order of revisions. All are held in a few long
// arrays, since an object for each costs more to keep than to look at, and their places are used again.
// Not here: what they mean (key-evidence.ts).

import type { ByteString, Revision } from '../../../base/ids.js';
import type { KeyValue } from '../../../etcdpb/kv.js';
import type { EtcdOperation } from '../objects/etcd.js';

/**
 * - `put`, `delete`: an answered write did so; `sweep`: it may have deleted the key.
 * - `seen`: the key held `kv`, last written at `modRevision`; `kv` is null if only that is known.
 * - `absent`: there was no such key.
 */
export interface KeyEvent {
  /** Twice the revision; observations follow the write of their revision. */
  readonly at: number;
  readonly kind: 'put' | 'delete' | 'sweep' | 'seen' | 'absent';
  readonly modRevision: Revision;
  readonly kv: KeyValue | null;
  readonly operation: EtcdOperation;
}

/** Where an event is in the arrays; another's once it has been forgotten. */
type EventPlace = number;

export class KeyEvents {
  private readonly ats: number[] = [];
  private readonly kinds: KeyEvent['kind'][] = [];
  private readonly modRevisions: Revision[] = [];
  private readonly kvs: (KeyValue | null)[] = [];
  /** Null where an event was forgotten. */
  private readonly operations: (EtcdOperation | null)[] = [];
  private readonly free: EventPlace[] = [];
  private readonly byKey = new Map<ByteString, EventPlace[]>();

  keys(): Iterable<ByteString> {
    return this.byKey.keys();
  }

  /** The places of a key's events. */
  of(key: ByteString): readonly EventPlace[] | undefined {
    return this.byKey.get(key);
  }

  at(place: EventPlace): number {
    return this.ats[place]!;
  }

  kind(place: EventPlace): KeyEvent['kind'] {
    return this.kinds[place]!;
  }

  modRevision(place: EventPlace): Revision {
    return this.modRevisions[place]!;
  }

  kv(place: EventPlace): KeyValue | null {
    return this.kvs[place]!;
  }

  operation(place: EventPlace): EtcdOperation {
    return this.operations[place]!;
  }

  /** Returns how many events of the key come before it. Linear in those after it, which are few. */
  add(
    key: ByteString,
    at: number,
    kind: KeyEvent['kind'],
    modRevision: Revision,
    kv: KeyValue | null,
    operation: EtcdOperation,
  ): number {
    const place = this.free.pop() ?? this.ats.length;
    this.ats[place] = at;
    this.kinds[place] = kind;
    this.modRevisions[place] = modRevision;
    this.kvs[place] = kv;
    this.operations[place] = operation;
    const events = this.byKey.get(key);
    if (events === undefined) {
      this.byKey.set(key, [place]);
      return 0;
    }
    let before = events.length;
    events.push(place);
    for (; before > 0 && this.ats[events[before - 1]!]! > at; before--) {
      events[before] = events[before - 1]!;
    }
    events[before] = place;
    return before;
  }

  /** How many of a key's events come before a moment. */
  countBefore(events: readonly EventPlace[], at: number): number {
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ats[events[middle]!]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets what lies before a moment. */
  forget(before: number): void {
    for (const [key, events] of this.byKey) {
      const count = this.countBefore(events, before);
      for (let i = 0; i < count; i++) {
        const place = events[i]!;
        this.operations[place] = null;
        this.kvs[place] = null;
        this.free.push(place);
      }
      if (count === events.length) this.byKey.delete(key);
      else if (count > 0) events.splice(0, count);
    }
  }
}
