// Values of a JSON text as a schema has them, or an error that names the place within the value.

import type * as z from 'zod';
import type { Json } from './json.js';
import { type JsonPath, valueAt } from './json-place.js';
import { FormatError } from './line-scanner.js';
import type { Place } from './operation-lines.js';

/** Where in the text the part of a value at a path begins. */
export type PlaceIn = (path: JsonPath) => Place;

/** Throws FormatError. */
export function parsed<T>(schema: z.ZodType<T>, json: Json, placeIn: PlaceIn): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  const lacks = valueAt(json, path) === undefined ? ', but there is nothing' : '';
  throw new FormatError(
    `${where}${message[0]!.toLowerCase()}${message.slice(1)}${lacks}`,
    placeIn(path),
  );
}
