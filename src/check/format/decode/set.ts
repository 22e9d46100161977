// Adds, removes and reads of a set. A read of nil says nothing about what it found.

import type { SetInput, SetOutput } from '../../linearizability/objects/set.js';
import { DatumSet, formatDatum } from '../datum.js';
import { type EventDecoder, failAt, scalarOf, wrongFunction } from './decoder.js';

export const setDecoder: EventDecoder<SetInput, SetOutput> = {
  input(call) {
    const { f, value } = call;
    if (f === 'read') return { kind: 'read' };
    if (f !== 'add' && f !== 'remove' && f !== 'contains') {
      return wrongFunction(call, 'a set', 'one of add, remove, contains and read');
    }
    return { kind: f, element: scalarOf(call, value, 'an element') };
  },
  answer(called, end) {
    const { kind } = called;
    if (end.f !== kind) failAt(end, `process ${end.process} has called ${kind}`);
    if (kind === 'add' || kind === 'remove') return { outcome: 'ok', output: { kind } };
    const { value } = end;
    if (value === null) return { outcome: 'ok', output: null };
    if (kind === 'contains') {
      if (typeof value === 'boolean') return { outcome: 'ok', output: { kind, found: value } };
      return failAt(end, `expected true or false, but found ${formatDatum(value)}`);
    }
    const items = value instanceof DatumSet ? value.items : value;
    if (!Array.isArray(items)) {
      return failAt(end, `expected the elements that were read, but found ${formatDatum(value)}`);
    }
    const elements = items.map((item) => scalarOf(end, item, 'an element'));
    return { outcome: 'ok', output: { kind: 'read', elements } };
  },
};
