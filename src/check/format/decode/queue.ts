// Enqueues and dequeues. A dequeue that failed found nothing, or was refused: that says nothing.

import type { QueueInput, QueueOutput } from '../../linearizability/objects/queue.js';
import { type EventDecoder, failAt, scalarOf, wrongFunction } from './decoder.js';

export const queueDecoder: EventDecoder<QueueInput, QueueOutput> = {
  input(call) {
    const { f, value } = call;
    if (f === 'dequeue') return { kind: 'dequeue' };
    if (f !== 'enqueue') return wrongFunction(call, 'a queue', 'enqueue or dequeue');
    return { kind: 'enqueue', value: scalarOf(call, value, 'the value to enqueue') };
  },
  answer(called, end) {
    if (end.f !== called.kind) failAt(end, `process ${end.process} has called ${called.kind}`);
    if (called.kind === 'enqueue') return { outcome: 'ok', output: { value: null } };
    const value = end.value === null ? null : scalarOf(end, end.value, 'what was dequeued');
    return { outcome: 'ok', output: { value } };
  },
};
