// simquake's own format: JSON lines, an operation a line, perhaps after a header that names the model. It
// loses nothing of an operation, so a history that was written is judged as the one that was recorded.

import type * as z from 'zod';
import type { Operation } from '../history.js';
import { IdSet } from './id-set.js';
import type { Json, JsonObject } from './json.js';
import { FormatError } from './line-scanner.js';
import { isInteger, isObjectOf, isTimeUs } from './schema/complete.js';
import {
  type CompleteValues,
  HEADER,
  HEADER_VERSION,
  headerSchema,
  lineSchema,
  type OperationSchema,
} from './schema/operation-schema.js';

/** Kinds of inputs that etcd does not have, or has in another shape. */
const MODEL_OF_KIND: Readonly<Record<string, string>> = {
  read: 'register',
  write: 'register',
  cas: 'cas-register',
  get: 'kv',
  append: 'kv',
  acquire: 'mutex',
  release: 'mutex',
  enqueue: 'queue',
  dequeue: 'queue',
  add: 'set',
  remove: 'set',
};

/** A place in the text, for errors. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Whether a line is the header. */
export function isHeader(json: Json): boolean {
  return isObject(json) && json.format === HEADER;
}

/** Whether a line looks like one of this format, right or wrong. */
export function isOperationLine(json: Json): boolean {
  return isObject(json) && ('input' in json || 'callUs' in json);
}

/** The model that an operation is for if no header names one: the first whose kinds have this one. */
export function guessOfLine(json: Json): string {
  const input = isObject(json) ? json.input : undefined;
  const kind = input !== undefined && isObject(input) ? input.kind : undefined;
  return MODEL_OF_KIND[typeof kind === 'string' ? kind : ''] ?? 'etcd';
}

/** The model that a header names. Throws FormatError. */
export function modelOfHeader(json: Json, place: Place): string {
  return parsed(headerSchema, json, place).model;
}

/** Reads the operations of one model, line by line. Holds none. */
export class OperationLines<I, O> {
  private readonly ids = new IdSet();
  private readonly schema: z.ZodType<z.output<ReturnType<typeof lineSchema<I, O>>>>;
  private readonly complete: CompleteValues | null;

  constructor(schema: OperationSchema<I, O>) {
    this.schema = lineSchema(schema) as never;
    this.complete = schema.complete ?? null;
  }

  /** The operation that a line says. Throws FormatError. */
  read(json: Json, place: Place): Operation<I, O> {
    const { complete } = this;
    const line = (
      complete !== null && isCompleteLine(json, complete) ? json : parsed(this.schema, json, place)
    ) as Line<I, O>;
    const returnUs = line.returnUs ?? Infinity;
    const fail = (message: string): never => {
      throw new FormatError(message, place);
    };
    if (!this.ids.add(line.id)) fail(`operation ${line.id} is in the history already`);
    if (returnUs < line.callUs) {
      fail(`returnUs: expected ${line.callUs} or later, as callUs is, but found ${returnUs}`);
    }
    const { id, client, input, output, callUs, outcome } = line;
    return { id, client, input, output, callUs, returnUs, outcome };
  }
}

type Line<I, O> = Omit<Operation<I, O>, 'returnUs'> & { readonly returnUs: number | null };

/** Whether the schema of a line would return it as it is. */
function isCompleteLine(json: Json, complete: CompleteValues): boolean {
  if (!isObjectOf(json, 7)) return false;
  const { id, client, input, output, callUs, returnUs, outcome } = json;
  return (
    isInteger(id) &&
    id >= 0 &&
    isInteger(client) &&
    client >= 0 &&
    isTimeUs(callUs) &&
    (returnUs === null || isTimeUs(returnUs)) &&
    (outcome === 'ok' || outcome === 'fail' || outcome === 'unknown') &&
    input !== undefined &&
    complete.input(input) &&
    output !== undefined &&
    (output === null || complete.output(output))
  );
}

/** The text of a history. `model` is named in the header. */
export function formatOperations(
  model: string,
  operations: readonly Operation<unknown, unknown>[],
): string {
  const lines: object[] = [{ format: HEADER, version: HEADER_VERSION, model }];
  for (const { id, client, input, output, callUs, returnUs, outcome } of operations) {
    const end = returnUs === Infinity ? null : returnUs;
    lines.push({ id, client, input, output, callUs, returnUs: end, outcome });
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function parsed<T>(schema: z.ZodType<T>, json: Json, place: Place): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  throw new FormatError(`${where}${message[0]!.toLowerCase()}${message.slice(1)}`, place);
}

function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
