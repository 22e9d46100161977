// The cases of etcd's robustness tests (etcd-io/etcd, tests/robustness) as JSON, with Go's names of fields.
// A field that Go has at its zero may be absent. What a case holds says what it is for.

import * as z from 'zod';
import type { Json } from '../json.js';

const revision = z.int().default(0);
/** A long value is kept as a hash. */
const value = z.strictObject({ Value: z.string().default(''), Hash: z.int().default(0) });

const range = z.strictObject({
  Start: z.string(),
  End: z.string().default(''),
  Limit: z.int().default(0),
  Revision: revision,
});
const operation = z.strictObject({
  Type: z.enum(['range-operation', 'put-operation', 'delete-operation']),
  Range: range.optional(),
  Put: z.strictObject({ Key: z.string(), Value: value, LeaseID: z.int().default(0) }).optional(),
  Delete: z.strictObject({ Key: z.string() }).optional(),
});
const operations = z.array(operation).default([]);
const condition = z.strictObject({
  Key: z.string(),
  ExpectedRevision: revision,
  ExpectedVersion: z.int().default(0),
});
const lease = z.strictObject({ LeaseID: z.int() });

const request = z.strictObject({
  Type: z.enum(['range', 'txn', 'leaseGrant', 'leaseRevoke', 'compact', 'defragment']),
  Range: range.optional(),
  Txn: z
    .strictObject({
      Conditions: z.array(condition).default([]),
      OperationsOnSuccess: operations,
      OperationsOnFailure: operations,
    })
    .optional(),
  LeaseGrant: lease.optional(),
  LeaseRevoke: lease.optional(),
  Compact: z.strictObject({ Revision: revision }).optional(),
  Defragment: z.strictObject({}).optional(),
});

const keyValue = z.strictObject({
  Key: z.string(),
  Value: value,
  ModRevision: revision,
  Version: z.int().default(0),
});
const answeredRange = z.strictObject({
  KVs: z.array(keyValue).default([]),
  Count: z.int().default(0),
});
const nothing = z.strictObject({});

/** `Error`: nobody knows what became of it. `Persisted`: it happened, and nobody saw the answer. */
const response = z.strictObject({
  Error: z.string().default(''),
  ClientError: z.string().default(''),
  Persisted: z.boolean().default(false),
  PersistedRevision: revision,
  Revision: revision,
  Range: answeredRange.optional(),
  Txn: z
    .strictObject({
      Failure: z.boolean().default(false),
      Results: z
        .array(
          z.strictObject({
            KVs: z.array(keyValue).default([]),
            Count: z.int().default(0),
            Deleted: z.int().default(0),
          }),
        )
        .default([]),
    })
    .optional(),
  LeaseGrant: nothing.optional(),
  LeaseRevoke: nothing.optional(),
  Compact: nothing.optional(),
  Defragment: nothing.optional(),
});

const watch = z.strictObject({
  client: z.int().default(0),
  Request: z
    .strictObject({
      Key: z.string().default(''),
      Revision: revision,
      WithPrefix: z.boolean().default(false),
      WithProgressNotify: z.boolean().default(false),
      WithPrevKV: z.boolean().default(false),
    })
    .prefault({}),
  Responses: z.array(
    z.strictObject({
      IsProgressNotify: z.boolean().default(false),
      Revision: revision,
      Time: z.int().default(0),
      Error: z.string().default(''),
      Events: z
        .array(
          z.strictObject({
            Event: z.strictObject({
              Type: z.enum(['put-operation', 'delete-operation']),
              Key: z.string(),
              Value: value.optional(),
            }),
            Revision: revision,
            IsCreate: z.boolean().default(false),
            PrevValue: z
              .strictObject({ Value: value, ModRevision: revision, Version: z.int().default(0) })
              .optional(),
          }),
        )
        .default([]),
    }),
  ),
});

const log = z.array(request).default([]);
const name = z.string().default('');
const expectError = z.string().optional();

/** Steps of the model in order, and which of them it must refuse. */
const steps = z.strictObject({
  name,
  operations: z.array(
    z.strictObject({ req: request, resp: response, legal: z.boolean().optional() }),
  ),
});

/** Reads of the past. */
const reads = z.strictObject({
  name,
  persistedRequests: log,
  operations: z.array(z.strictObject({ Input: request, Output: response })),
  expectError,
});

const watches = z.strictObject({
  name,
  persistedRequests: log,
  watch: z.array(watch),
  config: z.strictObject({ ExpectRevisionUnique: z.boolean().default(false) }).prefault({}),
  expectError,
});

/** All that several recorders kept. */
const whole = z.strictObject({
  name,
  persistedRequests: log,
  reports: z.array(
    z.strictObject({
      KeyValue: z
        .array(
          z.strictObject({
            ClientId: z.int(),
            Input: request,
            Output: response,
            Call: z.int(),
            Return: z.int(),
          }),
        )
        .default([]),
      Watch: z.array(watch).default([]),
    }),
  ),
  config: z.strictObject({ ExpectRevisionUnique: z.boolean().default(false) }).prefault({}),
  expectError,
});

/** A call of etcd's recorder: its arguments by position. */
const recorded = z.strictObject({
  call: z.enum([
    'AppendRange',
    'AppendPut',
    'AppendPutWithLease',
    'AppendDelete',
    'AppendCompact',
    'AppendTxn',
  ]),
  args: z.array(z.json()),
});

/** What is left of a history once the log has settled what clients do not know. */
const patch = z.strictObject({
  name,
  historyFunc: z.strictObject({ steps: z.array(recorded) }),
  persistedRequest: log,
  watchOperations: z.array(watch).default([]),
  expectedRemainingOperations: z
    .array(z.strictObject({ Return: z.union([z.int(), z.literal('infinite')]), Output: response }))
    .optional(),
});

export const ROBUSTNESS_SCHEMAS = { steps, reads, watches, whole, patch } as const;
export type RobustnessKind = keyof typeof ROBUSTNESS_SCHEMAS;

export type RecordedRequest = z.output<typeof request>;
export type RecordedOperation = z.output<typeof operation>;
export type RecordedResponse = z.output<typeof response>;
export type RecordedValue = z.output<typeof value>;
export type RecordedRange = z.output<typeof range>;
export type RecordedKeyValues = z.output<typeof answeredRange>;
export type RecordedWatch = z.output<typeof watch>;
export type RecordedCall = z.output<typeof recorded>;
export type StepsCase = z.output<typeof steps>;
export type ReadsCase = z.output<typeof reads>;
export type WatchesCase = z.output<typeof watches>;
export type WholeCase = z.output<typeof whole>;
export type PatchCase = z.output<typeof patch>;

/** What a value looks like, right or wrong; null if it is no case of these. */
export function robustnessKind(json: Json): RobustnessKind | null {
  if (typeof json !== 'object' || json === null) return null;
  if ('historyFunc' in json) return 'patch';
  if ('watch' in json) return 'watches';
  if ('reports' in json) return 'whole';
  if (!('operations' in json)) return null;
  return 'persistedRequests' in json ? 'reads' : 'steps';
}

export function isRobustnessCase(json: Json): boolean {
  return robustnessKind(json) !== null;
}
