// Registers in simquake's own format.

import * as z from 'zod';
import type { RegisterInput, RegisterOutput } from '../../linearizability/objects/register.js';
import type { OperationSchema } from './operation-schema.js';

export const registerSchema: OperationSchema<RegisterInput, RegisterOutput> = {
  input: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('read') }),
    z.strictObject({ kind: z.literal('write'), value: z.int() }),
    z.strictObject({ kind: z.literal('cas'), from: z.int(), to: z.int() }),
  ]),
  output: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('read'), value: z.int().nullable() }),
    z.strictObject({ kind: z.literal('write') }),
    z.strictObject({ kind: z.literal('cas'), swapped: z.boolean() }),
  ]),
};
