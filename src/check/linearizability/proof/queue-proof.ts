// What a proof about a queue may leave out.

import { endedAs, type Operation } from '../../history.js';
import type { QueueInput, QueueOutput, QueueState } from '../objects/queue.js';
import type { Part, ProofRules } from './proof-rules.js';

type QueueOperation = Operation<QueueInput, QueueOutput>;

export function queueProof(empty: QueueState): ProofRules<QueueState, QueueInput, QueueOutput> {
  return {
    settles: (input, output) =>
      input.kind === 'dequeue' && output.value === null ? empty : undefined,
    unseen,
    parts: { of: valuesOf, seen },
  };
}

function valuesOf({ input, output }: QueueOperation): readonly Part[] {
  if (input.kind === 'enqueue') return [input.value];
  return output === null || output.value === null ? [] : [output.value];
}

/** Without a value the others stand in line as they did, and what found the queue empty finds it so. */
function seen(operation: QueueOperation, values: ReadonlySet<Part>): QueueOperation | null {
  const { input, output, outcome } = operation;
  // Of a dequeue whose answer nobody saw, not even that it took one of these.
  if (input.kind === 'dequeue' && (outcome === 'unknown' || output === null)) {
    return endedAs<QueueInput, QueueOutput>(operation, 'unknown', null, Infinity);
  }
  return valuesOf(operation).every((value) => values.has(value)) ? operation : null;
}

/**
 * A value that no answer shows left the queue unseen or not at all. Without it, and without the dequeue
 * that may have taken it, all others leave as they did.
 */
function unseen(
  optional: readonly QueueOperation[],
  answered: readonly QueueOperation[],
): ReadonlySet<number> {
  const seen = new Set(
    answered.filter(({ input }) => input.kind === 'dequeue').map(({ output }) => output?.value),
  );
  // A dequeue that certainly happened may have taken any value.
  if (seen.has(undefined)) return new Set();
  const out = new Set<number>();
  for (const { id, input } of optional) {
    if (input.kind === 'enqueue' && !seen.has(input.value)) out.add(id);
  }
  return out;
}
