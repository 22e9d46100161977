// Decides transactions over registers where every value is written once: each read tells whose write it saw, so to
// be linearizable is to be strictly serializable, which the decider of isolation levels finds out (isolation/decision).
// Exponential in the worst case, in the pairs of writers whose order nothing forces. Conditions, each checked: no
// value is written to a register twice, none is that which it holds at first, and they are not too many.

import { deadlineUs, type Operation } from '../../history.js';
import { mentioned } from '../../isolation/decision/refutation.js';
import { searchOrder } from '../../isolation/decision/search.js';
import { traceReads } from '../../isolation/decision/sessions.js';
import { StepBudget } from '../../isolation/decision/step-budget.js';
import type { RegisterOperation, RegisterTransaction } from '../../isolation/transaction.js';
import type { LayerAnswer } from '../layer.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
  MultiRegisterValue,
} from '../objects/multi-register.js';

type RegistersOperation = Operation<MultiRegisterInput, MultiRegisterOutput>;

/** Memory grows with the square. */
const OPERATIONS_MAX = 5000;
/** Arcs, clauses and words of bits looked at, before the search of the model is left to it. */
const STEPS_MAX = 50_000_000;

/** The verdict on operations without failed ones, or null if the conditions do not hold. */
export function checkByWriters(
  operations: readonly RegistersOperation[],
  initialOf: (key: string) => MultiRegisterValue,
): LayerAnswer | null {
  if (operations.length > OPERATIONS_MAX) return null;
  const transactions: RegisterTransaction[] = [];
  for (const [process, operation] of operations.entries()) {
    const transaction = transactionOf(operation, process, initialOf);
    if (transaction === null) return null;
    transactions.push(transaction);
  }
  const steps = operations.length;
  const traced = traceReads(transactions);
  if ('unusable' in traced) return null;
  if ('wrong' in traced) {
    const { text, transactions: core } = traced.wrong;
    return { verdict: 'violation', steps, reason: text, core };
  }
  const searched = searchOrder(traced.traced, 'strict-serializable', new StepBudget(STEPS_MAX));
  switch (searched.kind) {
    case 'undecided':
      return null;
    case 'order': {
      const all = traced.traced.transactions;
      const ids = searched.parts.map(({ transaction }) => all[transaction]!.id);
      return { verdict: 'ok', steps, ids };
    }
    case 'none': {
      const reason = 'whoever wrote first, what was read makes some transaction precede itself';
      return { verdict: 'violation', steps, reason, core: mentioned(searched.proof) };
    }
  }
}

/** Each is a process of its own: what precedes what, the times say. Null if the conditions do not hold. */
function transactionOf(
  operation: RegistersOperation,
  process: number,
  initialOf: (key: string) => MultiRegisterValue,
): RegisterTransaction | null {
  const { id, input, output, outcome, callUs } = operation;
  const operations: RegisterOperation[] = [];
  for (const [i, { kind, key, value }] of input.accesses.entries()) {
    if (kind === 'write') {
      if (value === null || value === initialOf(key)) return null;
      operations.push(['w', key, value]);
      continue;
    }
    const seen = output?.values[i];
    if (seen === undefined) continue;
    const initial = initialOf(key);
    // Null is to stand for what the register holds at first.
    if (seen === null && initial !== null) return null;
    operations.push(['r', key, seen === initial ? null : seen]);
  }
  return { id, process, operations, calledAt: callUs, returnedAt: deadlineUs(operation), outcome };
}
