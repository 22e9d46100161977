// Gets, puts and appends of texts under keys, as in the key-value histories of porcupine's test data: the
// event has a `key` besides its `value`.

import type { KvInput, KvOutput } from '../../linearizability/objects/kv.js';
import type { ClientEvent } from '../client-events.js';
import { formatDatum, nameOf } from '../datum.js';
import { type EventDecoder, failAt, wrongFunction } from './decoder.js';

export const kvDecoder: EventDecoder<KvInput, KvOutput> = {
  input(call) {
    const { f, value } = call;
    if (f !== 'get' && f !== 'put' && f !== 'append') {
      return wrongFunction(call, 'kv', 'one of get, put and append');
    }
    const key = keyOf(call);
    if (f !== 'get') return { kind: f, key, value: textOf(call, 'the value to write') };
    if (value !== null) return failAt(call, 'a call of get has the value nil');
    return { kind: 'get', key };
  },
  answer(called, end) {
    const { kind, key } = called;
    if (end.f !== kind || keyOf(end) !== key) {
      return failAt(end, `process ${end.process} has called ${kind} of key ${JSON.stringify(key)}`);
    }
    if (called.kind === 'get') {
      return { outcome: 'ok', output: { value: textOf(end, 'the value that was read') } };
    }
    if (end.value !== null && nameOf(end.value) !== called.value) {
      return failAt(end, 'the return names another value than the call');
    }
    return { outcome: 'ok', output: { value: null } };
  },
};

function keyOf(event: ClientEvent): string {
  const key = event.fields.get('key') ?? null;
  if (typeof key === 'string') return key;
  if (key === null) return failAt(event, 'expected a key');
  return formatDatum(key);
}

function textOf(event: ClientEvent, what: string): string {
  const { value } = event;
  if (typeof value === 'string') return value;
  return failAt(event, `expected ${what} in quotes, but found ${formatDatum(value)}`);
}
