// A lock: acquired while free, released while held. An answer of `granted: false` says that the lock
// was held (or, for a release, free), and is checked.
// Not here: who holds it. A history that names holders needs a model that knows them.

import type { Model } from '../model.js';
import type { MutexInput, MutexOutput, MutexState } from '../objects/mutex.js';

export function mutexModel(): Model<MutexState, MutexInput, MutexOutput> {
  return {
    name: 'mutex',
    init: () => false,
    step(held, { kind }, output) {
      const granted = held === (kind === 'release');
      if (output !== null && output.granted !== granted) return undefined;
      return granted ? !held : held;
    },
    hash: Number,
    equals: (a, b) => a === b,
    isPure: (_input, output) => output !== null && !output.granted,
    operationKey: describe,
    statesOf: () => [false, true],
    // Granted or refused, the answer says how the lock is afterwards.
    proof: { settles: ({ kind }) => kind === 'acquire' },
    describeOperation: describe,
    describeState: nameOf,
    explain: (held) => `the lock is ${nameOf(held)}`,
  };
}

function nameOf(held: MutexState): string {
  return held ? 'held' : 'free';
}

function describe({ kind }: MutexInput, output: MutexOutput | null): string {
  if (output === null) return kind;
  return output.granted ? `${kind} -> granted` : `${kind} -> refused`;
}
