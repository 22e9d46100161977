// Acquires and releases of a lock.

import type { MutexInput, MutexOutput } from '../../linearizability/objects/mutex.js';
import { type EventDecoder, failAt, wrongFunction } from './decoder.js';

export const mutexDecoder: EventDecoder<MutexInput, MutexOutput> = {
  input(call) {
    const { f } = call;
    if (f === 'acquire' || f === 'release') return { kind: f };
    return wrongFunction(call, 'a mutex', 'acquire or release');
  },
  answer(called, end) {
    if (end.f !== called.kind) failAt(end, `process ${end.process} has called ${called.kind}`);
    return { outcome: 'ok', output: { granted: true } };
  },
};
