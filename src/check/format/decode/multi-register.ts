// Transactions over several registers: a list of `[:read k v]` and `[:write k v]`. A read of nil says
// nothing about what it found.

import type {
  MultiRegisterAccess,
  MultiRegisterInput,
  MultiRegisterOutput,
} from '../../linearizability/objects/multi-register.js';
import type { ClientEvent } from '../client-events.js';
import { type Datum, formatDatum, nameOf } from '../datum.js';
import { type EventDecoder, failAt, scalarOf } from './decoder.js';

export const multiRegisterDecoder: EventDecoder<MultiRegisterInput, MultiRegisterOutput> = {
  input: (call) => ({ accesses: partsOf(call).map((part) => accessOf(call, part)) }),
  answer({ accesses }, end) {
    const parts = partsOf(end);
    if (parts.length !== accesses.length) {
      return failAt(end, `expected ${accesses.length} reads and writes, as in the call`);
    }
    const values = parts.map((part, i) => {
      const { kind, key } = accessOf(end, part);
      const asked = accesses[i]!;
      if (kind !== asked.kind || key !== asked.key) {
        return failAt(end, `expected ${asked.kind} of ${asked.key}, but found ${kind} of ${key}`);
      }
      const seen = part[2] ?? null;
      return kind === 'write' || seen === null ? undefined : scalarOf(end, seen, 'what was read');
    });
    return { outcome: 'ok', output: { values } };
  },
};

const EXPECTED = 'expected a list of [:read k v] and [:write k v]';

function partsOf(event: ClientEvent): readonly (readonly Datum[])[] {
  const { value } = event;
  if (Array.isArray(value) && value.every((part) => Array.isArray(part))) {
    return value as readonly (readonly Datum[])[];
  }
  return failAt(event, `${EXPECTED}, but found ${formatDatum(value)}`);
}

function accessOf(event: ClientEvent, part: readonly Datum[]): MultiRegisterAccess {
  const [f = null, name = null, value = null] = part;
  const kind = nameOf(f);
  const key = nameOf(name) ?? formatDatum(name);
  if (kind === 'read') return { kind, key, value: null };
  if (kind === 'write') return { kind, key, value: scalarOf(event, value, 'the value to write') };
  return failAt(event, `${EXPECTED}, but found ${formatDatum(part)}`);
}
