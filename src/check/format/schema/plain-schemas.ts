// Queues, sets, locks and registers under transactions in simquake's own format.

import * as z from 'zod';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
} from '../../linearizability/objects/multi-register.js';
import type { MutexInput, MutexOutput } from '../../linearizability/objects/mutex.js';
import type { QueueInput, QueueOutput } from '../../linearizability/objects/queue.js';
import type { SetInput, SetOutput } from '../../linearizability/objects/set.js';
import type { OperationSchema } from './operation-schema.js';

const scalar = z.union([z.number(), z.string()]);

export const mutexSchema: OperationSchema<MutexInput, MutexOutput> = {
  input: z.strictObject({ kind: z.enum(['acquire', 'release']) }),
  output: z.strictObject({ granted: z.boolean() }),
};

export const queueSchema: OperationSchema<QueueInput, QueueOutput> = {
  input: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('enqueue'), value: scalar }),
    z.strictObject({ kind: z.literal('dequeue') }),
  ]),
  output: z.strictObject({ value: scalar.nullable() }),
};

export const setSchema: OperationSchema<SetInput, SetOutput> = {
  input: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['add', 'remove', 'contains']), element: scalar }),
    z.strictObject({ kind: z.literal('read') }),
  ]),
  output: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('add') }),
    z.strictObject({ kind: z.literal('remove') }),
    z.strictObject({ kind: z.literal('contains'), found: z.boolean() }),
    z.strictObject({ kind: z.literal('read'), elements: z.array(scalar) }),
  ]),
};

/** A value of null that was read is that of a register nobody has written. */
export const multiRegisterSchema: OperationSchema<MultiRegisterInput, MultiRegisterOutput> = {
  input: z.strictObject({
    accesses: z.array(
      z.strictObject({
        kind: z.enum(['read', 'write']),
        key: z.string(),
        value: scalar.nullable().default(null),
      }),
    ),
  }),
  output: z.strictObject({ values: z.array(scalar.nullable()) }),
};
