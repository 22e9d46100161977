// Reads, writes and compare-and-sets of a register. What a failed compare-and-set and a read of nil say
// depends on who wrote the history, so that is an option.

import type { RegisterInput, RegisterOutput } from '../../linearizability/objects/register.js';
import type { ClientEvent } from '../client-events.js';
import { formatDatum } from '../datum.js';
import { type EventDecoder, FAILED, failAt, integerOf, wrongFunction } from './decoder.js';

export interface RegisterDialect {
  /** A `fail` of cas says that the register held another value. Else it says only that nothing happened. */
  readonly failedCasAnswers: boolean;
  /** A read of nil found an unwritten register. Else it says nothing about what it found. */
  readonly nilIsValue: boolean;
}

/** Of Jepsen's old console log. */
export const LOG_DIALECT: RegisterDialect = { failedCasAnswers: true, nilIsValue: true };
/** Of Knossos and of Jepsen's own histories. */
export const KNOSSOS_DIALECT: RegisterDialect = { failedCasAnswers: false, nilIsValue: false };

export function registerDecoder(
  dialect: RegisterDialect,
): EventDecoder<RegisterInput, RegisterOutput> {
  return {
    input,
    answer(called, end) {
      expectSame(called, end);
      if (called.kind === 'write') return { outcome: 'ok', output: { kind: 'write' } };
      if (called.kind === 'cas') return { outcome: 'ok', output: { kind: 'cas', swapped: true } };
      const unwritten = end.value === null;
      if (unwritten && !dialect.nilIsValue) return { outcome: 'ok', output: null };
      const value = unwritten ? null : integerOf(end, end.value, 'the value that was read');
      return { outcome: 'ok', output: { kind: 'read', value } };
    },
    refusal(called, end) {
      expectSame(called, end);
      if (called.kind !== 'cas' || !dialect.failedCasAnswers) return FAILED;
      return { outcome: 'ok', output: { kind: 'cas', swapped: false } };
    },
  };
}

function input(call: ClientEvent): RegisterInput {
  const { f, value } = call;
  if (f === 'read') return { kind: 'read' };
  if (f === 'write') {
    return { kind: 'write', value: integerOf(call, value, 'the value to write') };
  }
  if (f !== 'cas') return wrongFunction(call, 'a register', 'one of read, write and cas');
  if (!Array.isArray(value) || value.length !== 2) {
    return failAt(call, `expected [old new] as the value of cas, but found ${formatDatum(value)}`);
  }
  const from = integerOf(call, value[0], 'the old value');
  return { kind: 'cas', from, to: integerOf(call, value[1], 'the new value') };
}

/** A return repeats what was called, if it says it at all. */
function expectSame(called: RegisterInput, end: ClientEvent): void {
  if (end.f !== called.kind) failAt(end, `process ${end.process} has called ${called.kind}`);
  if (called.kind === 'read' || end.value === null) return;
  const again = input(end);
  const same =
    again.kind === 'cas' && called.kind === 'cas'
      ? again.from === called.from && again.to === called.to
      : again.kind === 'write' && called.kind === 'write' && again.value === called.value;
  if (!same) failAt(end, 'the return names other values than the call');
}
