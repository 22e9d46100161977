// Plans with nothing but what can have led to the violation of a run. Candidates, not conclusions: a fault outside
// of the causal past may have kept something away from it.
// Not here: what is in the past (scenario/causes.ts).

import type { Causes, ChosenOperations } from '../../scenario/causes.js';
import type { Plan } from '../../scenario/plan.js';

/** The plan with ever more left in it. Those that leave nothing out are not among them. */
export function causesOnly(plan: Plan, { faults, operations, core }: Causes): Plan[] {
  const ofPast = { ...plan, faults: plan.faults.filter((_, i) => faults.has(i)) };
  const candidates = [withOperations(ofPast, operations), ofPast, withOperations(plan, operations)];
  if (core !== null) {
    const sameKeys = onSameKeys(plan, core);
    candidates.unshift(
      withOperations(ofPast, core),
      withOperations(plan, core),
      withOperations(ofPast, sameKeys),
      withOperations(plan, sameKeys),
    );
  }
  return candidates.filter((candidate) => leavesOut(candidate, plan));
}

function withOperations(plan: Plan, chosen: ChosenOperations): Plan {
  const clients = plan.clients.map(({ operations, ...rest }, client) => ({
    ...rest,
    operations: operations.filter((_, position) => chosen[client]!.has(position)),
  }));
  return { ...plan, clients };
}

/** The setting of these operations: whatever names a key of theirs. */
function onSameKeys(plan: Plan, core: ChosenOperations): ChosenOperations {
  const keys = new Set<number>();
  for (const [client, { operations }] of plan.clients.entries()) {
    for (const position of core[client]!) {
      const operation = operations[position]!;
      keys.add(operation.key).add(operation.other);
    }
  }
  return plan.clients.map(({ operations }) => {
    const positions = operations.flatMap(({ key, other }, i) =>
      keys.has(key) || keys.has(other) ? [i] : [],
    );
    return new Set(positions);
  });
}

function leavesOut(candidate: Plan, plan: Plan): boolean {
  return (
    candidate.faults.length < plan.faults.length ||
    candidate.clients.some((client, i) => {
      return client.operations.length < plan.clients[i]!.operations.length;
    })
  );
}
