// A run's result as the failure file holds it.

import type { Failure } from '../report/failure.js';
import type { RunResult } from '../scenario/result.js';

/** The mutable copy that the schema's inferred type asks for. */
export function plainResult(result: RunResult): Failure['original']['result'] {
  const { operations, faults, hashChain, draws, violation, ...rest } = result;
  return {
    ...rest,
    violation: violation && { ...violation },
    operations: { ...operations },
    faults: { ...faults },
    hashChain: [...hashChain],
    draws: { ...draws },
  };
}
