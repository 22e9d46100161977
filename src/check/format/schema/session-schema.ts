// DBCop's histories as JSON: sessions of transactions over registers, by themselves or as a test case with the
// levels that it is for. `["w" | "r", variable, version]`; no version stands for the initial state.

import * as z from 'zod';
import type { Json } from '../json.js';

const version = z.union([z.number(), z.null()]);
const operation = z.union(
  [
    z.tuple([z.enum(['w', 'r']), z.union([z.string(), z.number()]), version]),
    z.tuple([z.enum(['w', 'r']), z.union([z.string(), z.number()]), version, z.boolean()]),
  ],
  'expected ["w" or "r", variable, version]',
);
const transaction = z.strictObject({ committed: z.boolean(), ops: z.array(operation) });

export const sessionCaseSchema = z.strictObject({
  /** The name of the case. */
  test: z.string().optional(),
  sessions: z.array(z.array(transaction)),
  /** The levels that the case is for, and whether they hold. */
  expected: z.record(z.string(), z.boolean()).optional(),
});

export type SessionCase = z.output<typeof sessionCaseSchema>;

/** Whether a value looks like one of these, right or wrong. */
export function isSessionCase(json: Json): boolean {
  return typeof json === 'object' && json !== null && 'sessions' in json;
}
