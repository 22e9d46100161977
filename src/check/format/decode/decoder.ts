// How the events of clients become operations of one model: the interface that each model's decoder fills.
// Not here: the pairing of calls with returns (event-operations.ts).

import type { ClientEvent } from '../client-events.js';
import { type Datum, formatDatum, Keyword } from '../datum.js';
import { FormatError } from '../line-scanner.js';

/** What a completion says. An `ok` whose output is null took effect, but nobody saw the answer. */
export type Answer<O> =
  | { readonly outcome: 'ok'; readonly output: O | null }
  | { readonly outcome: 'fail' };

export const FAILED = { outcome: 'fail' } as const;

/** Both throw FormatError if the event is not one of the model. */
export interface EventDecoder<I, O> {
  /** What an `invoke` asks. */
  input(call: ClientEvent): I;
  /** What an `ok` answers. */
  answer(input: I, end: ClientEvent): Answer<O>;
  /** What a `fail` answers; without this, that nothing happened. */
  refusal?(input: I, end: ClientEvent): Answer<O>;
}

export function failAt(event: ClientEvent, message: string): never {
  throw new FormatError(message, event);
}

export function wrongFunction(event: ClientEvent, model: string, expected: string): never {
  const found = event.f === null ? 'an event without a function' : `:${event.f}`;
  return failAt(event, `expected a function of ${model}, ${expected}, but found ${found}`);
}

export function integerOf(event: ClientEvent, datum: Datum, what: string): number {
  if (Number.isSafeInteger(datum)) return datum as number;
  return failAt(event, `expected ${what}, an integer below 2^53, but found ${formatDatum(datum)}`);
}

/** A number or a text; a keyword counts as its text with the colon. */
export function scalarOf(event: ClientEvent, datum: Datum, what: string): number | string {
  if (typeof datum === 'number' || typeof datum === 'string') return datum;
  if (typeof datum === 'bigint' || datum instanceof Keyword) return formatDatum(datum);
  return failAt(event, `expected ${what}, a number or a text, but found ${formatDatum(datum)}`);
}
