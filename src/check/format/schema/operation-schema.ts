// What one line of simquake's own format holds. The input and the output are the model's business.

import * as z from 'zod';
import type { Json } from '../json.js';

/** Schemas of one model's inputs and outputs, as its own format writes them. */
export interface OperationSchema<I, O> {
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** Absent: every line goes through the schemas. */
  readonly complete?: CompleteValues;
}

/** Whether a value is as the schema would return it, so that the schema need not be asked. May say no too often. */
export interface CompleteValues {
  readonly input: (json: Json) => boolean;
  readonly output: (json: Json) => boolean;
}

export const HEADER = 'simquake-history';
export const HEADER_VERSION = 1;

/** The first line, which may be absent. */
export const headerSchema = z.strictObject({
  format: z.literal(HEADER),
  version: z.literal(HEADER_VERSION),
  model: z.string(),
});

const timeUs = z.number().nonnegative();

export function lineSchema<I, O>({ input, output }: OperationSchema<I, O>) {
  return z.strictObject({
    id: z.int().nonnegative(),
    client: z.int().nonnegative(),
    input,
    output: output.nullable().default(null),
    callUs: timeUs,
    /** Null: no answer came. JSON has no Infinity. */
    returnUs: timeUs.nullable().default(null),
    outcome: z.enum(['ok', 'fail', 'unknown']),
  });
}
