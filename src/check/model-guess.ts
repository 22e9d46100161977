// Which model the events of a history are for, told by what its clients do. Only what could not mean
// anything else decides; where functions fit several models, values do.

import type { ClientEvent } from './format/client-events.js';
import { type Datum, DatumMap, nameOf } from './format/datum.js';

/** Functions that only one model has. */
const BY_FUNCTION: Readonly<Record<string, string>> = {
  cas: 'cas-register',
  get: 'kv',
  put: 'kv',
  append: 'kv',
  acquire: 'mutex',
  release: 'mutex',
  enqueue: 'queue',
  dequeue: 'queue',
  transfer: 'bank',
};

/** Functions of the micro-operations of transactions. */
const BY_MICRO_OPERATION: Readonly<Record<string, string>> = {
  append: 'list-append',
  w: 'rw-register',
  read: 'multi-register',
  write: 'multi-register',
};

/** Looks at event after event until it is sure. */
export class ModelGuess {
  private adds = false;
  private writes = false;
  private reads = false;
  private readonly functions = new Set<string>();

  /** The model, or null if this event does not tell. */
  look(event: ClientEvent): string | null {
    const { f, value, type } = event;
    if (f !== null) this.functions.add(f);
    if (f === 'read' && readsMicro(value)) return 'long-fork';
    const micro = firstTelling(value);
    if (micro !== null) return micro;
    if (f === null) return null;
    const only = BY_FUNCTION[f];
    if (only !== undefined) return only;
    if (f === 'add' && Array.isArray(value)) return 'set-full';
    this.adds ||= f === 'add';
    this.writes ||= f === 'write';
    this.reads ||= f === 'read';
    if (f !== 'read' || type !== 'ok') return null;
    if (value instanceof DatumMap) return 'bank';
    if (!this.adds) return Array.isArray(value) ? 'comments' : null;
    return typeof value === 'number' ? 'counter' : 'set';
  }

  /** The model of a history of which no event told. */
  atEnd(): string | null {
    // To a set or to a counter: nobody read it.
    if (this.adds) return null;
    return this.writes || this.reads ? 'cas-register' : null;
  }

  /** For a message: the functions seen. */
  seen(): string {
    return [...this.functions].sort().join(', ');
  }
}

/** Reads of several keys at once that are not called transactions: `[[:r k v] ...]`. */
function readsMicro(value: Datum): boolean {
  const first: Datum | undefined = Array.isArray(value) ? value[0] : undefined;
  return Array.isArray(first) && nameOf(first[0]) === 'r';
}

function firstTelling(value: Datum): string | null {
  if (!Array.isArray(value)) return null;
  for (const micro of value as readonly Datum[]) {
    if (!Array.isArray(micro)) return null;
    const model = BY_MICRO_OPERATION[nameOf(micro[0]) ?? ''];
    if (model !== undefined) return model;
  }
  return null;
}
