// What a proof about a register may leave out.

import type { Operation } from '../../history.js';
import type { RegisterInput, RegisterOutput, RegisterState } from '../objects/register.js';
import type { ProofRules } from './proof-rules.js';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

export const REGISTER_PROOF: ProofRules<RegisterState, RegisterInput, RegisterOutput> = {
  settles(input, output) {
    if (input.kind === 'write') return output.kind === 'write' ? input.value : undefined;
    if (input.kind === 'read') return output.kind === 'read' ? output.value : undefined;
    return output.kind === 'cas' && output.swapped ? input.to : undefined;
  },
  unseen,
  sight: (input, output) =>
    input.kind === 'read' && output.kind === 'read'
      ? { what: 'read', saw: String(output.value) }
      : null,
};

/**
 * An effect can be left out if no answer shows the value and no compare-and-set that is kept expects it:
 * until the next effect nothing but refused compares can follow it. Where one of those was answered, its
 * refusal may be owed to any value, so then all is kept.
 */
function unseen(
  optional: readonly RegisterOperation[],
  answered: readonly RegisterOperation[],
): ReadonlySet<number> {
  const needed = new Set<number | null>();
  for (const { input, output } of answered) {
    if (output?.kind === 'read') needed.add(output.value);
    if (input.kind !== 'cas') continue;
    if (output?.kind !== 'cas' || !output.swapped) return new Set();
    needed.add(input.from);
  }
  const left = new Set(optional);
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const operation of left) {
      const { input } = operation;
      if (input.kind !== 'read' && !needed.has(resultOf(input))) continue;
      left.delete(operation);
      if (input.kind === 'cas') needed.add(input.from);
    }
  }
  return new Set(Array.from(left, ({ id }) => id));
}

function resultOf(input: Exclude<RegisterInput, { kind: 'read' }>): number {
  return input.kind === 'write' ? input.value : input.to;
}
