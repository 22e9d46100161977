// A record of the corpus: a plan worth keeping, why, and the bytes it is stored as. A checksum over key and content
// tells a damaged record: LMDB has none. Not here: the store (corpus.ts).

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { crc32c } from '../base/crc32c.js';
import { type Plan, planSchema } from '../scenario/plan.js';
import { VERDICTS } from '../scenario/result.js';

/** Raise when a field changes meaning. */
export const CORPUS_FORMAT = 1;

const count = z.int().min(0);

const findingSchema = z.strictObject({
  verdict: z.enum(VERDICTS).exclude(['pass']),
  /** Invariant, or the verdict where none is broken: the name of its bucket. */
  name: z.string().min(1),
  /** The message without what differs from run to run. */
  signature: z.string(),
  /** What the failing run had done by then; a run that does less tests something else. */
  exercised: z.strictObject({ faults: count, operations: count }),
  /**
   * What its last run said: `fails`, `mended` (it did what it was made for, and nothing is broken), or `stale`
   * (it no longer does what it was made for).
   */
  state: z.enum(['fails', 'mended', 'stale']),
});

const envelopeSchema = z.strictObject({
  format: z.literal(CORPUS_FORMAT),
  /** Version of simquake. */
  simquake: z.string(),
  /** Commit of simquake's sources; null where they come from a package. */
  commit: z.string().nullable(),
  dirty: z.boolean(),
  /** What it broke; null if it was kept for what it reached. */
  finding: findingSchema.nullable(),
  /** Names of what its run reached, such as marks. */
  reached: z.array(z.string()),
  /** Not looked into: a plan of another version may be of another shape. */
  plan: z.unknown(),
});

export type CorpusFinding = z.infer<typeof findingSchema>;
export type CorpusRecord = z.infer<typeof envelopeSchema>;

const CHECKSUM_BYTES = 4;

/** JSON with the fields of every object in order of their names: equal plans, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** 64 hex digits: SHA-256 of the plan's canonical JSON. */
export function planKey(plan: unknown): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

/** Checksum, then JSON. */
export function sealBytes(key: string, value: unknown): Uint8Array {
  const content = Buffer.from(canonicalJson(value), 'utf8');
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + content.length);
  content.copy(bytes, CHECKSUM_BYTES);
  bytes.writeUInt32LE(crc32c(content, crc32c(Buffer.from(key, 'utf8'))));
  return bytes;
}

/** The checksum that was stored, true or not. */
export function storedChecksum(bytes: Uint8Array): number {
  return bytes.length < CHECKSUM_BYTES ? 0 : Buffer.from(bytes).readUInt32LE();
}

/** The value that was sealed under this key; undefined if the bytes are damaged. */
export function openSealed(key: string, bytes: Uint8Array): unknown {
  if (bytes.length < CHECKSUM_BYTES) return undefined;
  const content = bytes.subarray(CHECKSUM_BYTES);
  const actual = crc32c(content, crc32c(Buffer.from(key, 'utf8')));
  if (actual !== storedChecksum(bytes)) return undefined;
  return JSON.parse(Buffer.from(content).toString('utf8'));
}

/** The record of these bytes; null if they are damaged, or of another format. */
export function decodeRecord(key: string, bytes: Uint8Array): CorpusRecord | null {
  const parsed = envelopeSchema.safeParse(openSealed(key, bytes));
  return parsed.success ? parsed.data : null;
}

/** The plan, if this version of simquake can run it as it was meant; null if the record is stale. */
export function runnablePlan(record: CorpusRecord, version: string): Plan | null {
  if (record.simquake !== version || record.finding?.state === 'stale') return null;
  const parsed = planSchema.safeParse(record.plan);
  return parsed.success ? parsed.data : null;
}
