// The key-value store with append in simquake's own format.

import * as z from 'zod';
import type { KvInput, KvOutput } from '../../linearizability/objects/kv.js';
import type { OperationSchema } from './operation-schema.js';

const key = z.string();

export const kvSchema: OperationSchema<KvInput, KvOutput> = {
  input: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('get'), key }),
    z.strictObject({ kind: z.enum(['put', 'append']), key, value: z.string() }),
  ]),
  output: z.strictObject({ value: z.string().nullable() }),
};
