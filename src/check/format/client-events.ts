// The events of Jepsen, Knossos and Elle histories: a map an event, with `process`, `type`, `f` and `value`,
// in EDN or in JSON, one after another or in a vector. What clients do not do (a nemesis) is left out.
// Not here: what `f` and `value` mean (each model's reader), and the pairing of calls with returns.

import type { TextPosition } from './chunked-text.js';
import { type Datum, DatumMap, formatDatum, nameOf, Tagged } from './datum.js';
import { EdnReader } from './edn.js';
import { datumOf, JsonReader } from './json-text.js';
import { FormatError } from './line-scanner.js';

export const EVENT_TYPES = ['invoke', 'ok', 'fail', 'info'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface ClientEvent {
  readonly type: EventType;
  /** Null if the event names no process. */
  readonly process: number | null;
  /** The name of the function, such as `cas`; null if there is none, as in some Elle histories. */
  readonly f: string | null;
  /** Null if absent. */
  readonly value: Datum;
  /** `:index`; null if absent. */
  readonly index: number | null;
  /** All of the event. */
  readonly fields: DatumMap;
  /** Where the event begins in the text; both count from 1. */
  readonly line: number;
  readonly column: number;
}

export type EventSyntax = 'edn' | 'json';

/** Events one by one, from text that is pushed in chunks. Throws FormatError. */
export class ClientEventReader {
  /** Events left out so far, which no client had. */
  others = 0;
  private readonly source: EdnReader | JsonReader;

  constructor(syntax: EventSyntax) {
    this.source = syntax === 'edn' ? new EdnReader({ spread: true }) : new JsonReader();
  }

  push(chunk: string): void {
    this.source.push(chunk);
  }

  end(): void {
    this.source.end();
  }

  /** The next event of a client, or undefined if there is none (yet, unless the text has ended). */
  next(): ClientEvent | undefined {
    while (true) {
      const { source } = this;
      const value = source instanceof EdnReader ? source.next() : asDatum(source.next());
      if (value === undefined) return undefined;
      const event = clientEventOf(value, source.position());
      if (event !== null) return event;
      this.others++;
    }
  }
}

/** The event that a map says; null for one of the nemesis. Throws FormatError. */
export function clientEventOf(datum: Datum, { line, column }: TextPosition): ClientEvent | null {
  const fail = (message: string): never => {
    throw new FormatError(message, { line, column });
  };
  // A record, as Jepsen prints it: #jepsen.history.Op{...}.
  const fields = datum instanceof Tagged ? datum.value : datum;
  if (!(fields instanceof DatumMap)) {
    return fail(`expected a map with process, type, f and value, but found ${shown(datum)}`);
  }
  const process = fields.get('process') ?? null;
  if (process !== null && !isCount(process)) {
    if (nameOf(process) !== null) return null;
    return fail(`expected a process number, but found ${shown(process)}`);
  }
  const name = nameOf(fields.get('type'));
  const type = EVENT_TYPES.find((known) => known === name);
  if (type === undefined) {
    const found = fields.get('type');
    const what = found === undefined ? 'there is none' : `found ${shown(found)}`;
    return fail(`expected a type, one of ${EVENT_TYPES.join(', ')}, but ${what}`);
  }
  const index = fields.get('index') ?? null;
  if (index !== null && !isCount(index)) {
    return fail(`expected an index, a whole number, but found ${shown(index)}`);
  }
  const f = nameOf(fields.get('f'));
  const value = fields.get('value') ?? null;
  return { type, process, f, value, index, fields, line, column };
}

/** All events of a text, as {@link ClientEventReader} gives them. */
export function parseClientEvents(text: string, syntax: EventSyntax): ClientEvent[] {
  const reader = new ClientEventReader(syntax);
  reader.push(text);
  reader.end();
  const events: ClientEvent[] = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) events.push(event);
  return events;
}

function asDatum(json: ReturnType<JsonReader['next']>): Datum | undefined {
  return json === undefined ? undefined : datumOf(json);
}

function isCount(datum: Datum): datum is number {
  return Number.isSafeInteger(datum) && (datum as number) >= 0;
}

function shown(datum: Datum): string {
  const text = formatDatum(datum);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
