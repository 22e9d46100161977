// A register with read, write and compare-and-set over integers; null before the first write.
// A compare-and-set that found another value answers `swapped: false`: that answer is checked, unlike
// a failed operation, which says nothing.

import { mix } from '../../../base/hash.js';
import type { Operation } from '../../history.js';
import type { Model, RegisterAccess } from '../model.js';
import type { RegisterInput, RegisterOutput, RegisterState } from '../objects/register.js';
import { REGISTER_PROOF } from '../proof/register-proof.js';

/** A register that holds `initial` at first. */
export function registerModel(
  initial: RegisterState = null,
): Model<RegisterState, RegisterInput, RegisterOutput> {
  return {
    name: 'register',
    init: () => initial,
    step,
    hash: (state) => (state === null ? -1 : mix(1, state)),
    equals: (a, b) => a === b,
    isPure,
    isBlind: (input, output) => accessOf(input, output)?.kind === 'write',
    isNeedless: (input) => isPure(input, null),
    register: { accessOf, valueIn: (state) => state },
    statesOf,
    operationKey: describe,
    proof: REGISTER_PROOF,
    describeOperation: describe,
    describeState: (state) => String(state),
    explain: (state) => `the register holds ${String(state)}`,
  };
}

function step(
  state: RegisterState,
  input: RegisterInput,
  output: RegisterOutput | null,
): RegisterState | undefined {
  switch (input.kind) {
    case 'read':
      if (output === null) return state;
      return output.kind === 'read' && output.value === state ? state : undefined;
    case 'write':
      return output === null || output.kind === 'write' ? input.value : undefined;
    case 'cas': {
      const matches = state === input.from;
      if (output !== null && !(output.kind === 'cas' && output.swapped === matches)) {
        return undefined;
      }
      return matches ? input.to : state;
    }
  }
}

function accessOf(input: RegisterInput, output: RegisterOutput | null): RegisterAccess | null {
  if (output !== null && output.kind !== input.kind) return null;
  if (input.kind === 'write') return input;
  if (input.kind === 'cas') return null;
  return { kind: 'read', value: output?.kind === 'read' ? output.value : undefined };
}

function statesOf(
  operations: readonly Operation<RegisterInput, RegisterOutput>[],
): RegisterState[] {
  const states = new Set<RegisterState>();
  for (const { input } of operations) {
    if (input.kind === 'write') states.add(input.value);
    if (input.kind === 'cas') states.add(input.to);
  }
  return [...states];
}

function isPure(input: RegisterInput, output: RegisterOutput | null): boolean {
  if (input.kind === 'read') return true;
  if (input.kind === 'write') return false;
  if (input.from === input.to) return true;
  return output !== null && output.kind === 'cas' && !output.swapped;
}

function describe(input: RegisterInput, output: RegisterOutput | null): string {
  const answer = output === null ? '' : ` -> ${describeOutput(output)}`;
  switch (input.kind) {
    case 'read':
      return `read${answer}`;
    case 'write':
      return `write ${input.value}${answer}`;
    case 'cas':
      return `cas ${input.from} to ${input.to}${answer}`;
  }
}

function describeOutput(output: RegisterOutput): string {
  if (output.kind === 'read') return String(output.value);
  if (output.kind === 'write') return 'done';
  return output.swapped ? 'swapped' : 'not swapped';
}
