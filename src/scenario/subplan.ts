// The plans that keep only a part of a plan's faults and operations, ordered by fast-check's shrinker.
// Works on the plan itself, not on how it was drawn: a failure read from a file shrinks as well.

import fc from 'fast-check';
import type { Fault, Plan } from './plan.js';

/** A plan that can name smaller ones. */
export interface ShrinkablePlan {
  readonly plan: Plan;
  /** Smaller plans, most ambitious first. Lazy: take as many as the budget allows. */
  shrink(): Iterable<ShrinkablePlan>;
}

interface Parts {
  readonly faults: Fault[];
  readonly operations: Plan['clients'][number]['operations'][];
}

/** `plan`, able to shrink: first to fewer faults, then to fewer operations, client after client. */
export function shrinkable(plan: Plan): ShrinkablePlan {
  const arbitrary: fc.Arbitrary<Parts> = fc.record({
    // fast-check shrinks fields in this order.
    faults: fc.subarray([...plan.faults]),
    operations: fc.tuple(...plan.clients.map(({ operations }) => fc.subarray([...operations]))),
  });
  const whole: Parts = {
    faults: plan.faults,
    operations: plan.clients.map(({ operations }) => operations),
  };
  return node(plan, arbitrary, whole, undefined);
}

function node(
  plan: Plan,
  arbitrary: fc.Arbitrary<Parts>,
  parts: Parts,
  context: unknown,
): ShrinkablePlan {
  return {
    plan: {
      ...plan,
      faults: parts.faults,
      clients: parts.operations.map((operations) => ({ operations })),
    },
    *shrink() {
      for (const smaller of arbitrary.shrink(parts, context)) {
        yield node(plan, arbitrary, smaller.value, smaller.context);
      }
    },
  };
}
