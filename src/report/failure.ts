// The failure file: everything needed to have a failing run again, as one JSON document.
// Not here: writing and reading files (cli/failure-files.ts), and the report for people (html.ts).
// Its checksum tells a damaged or edited file from the run it claims to be.

import { z } from 'zod';
import { crc32c } from '../base/crc32c.js';
import { SEED_PATTERN } from '../base/random.js';
import { planSchema } from '../scenario/plan.js';
import { VERDICTS } from '../scenario/result.js';
import { UsageError } from '../scenario/usage-error.js';

/** Raise when a field changes meaning. */
export const FAILURE_FORMAT = 1;

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]+$/);

const resultSchema = z.strictObject({
  scenario: z.string(),
  seed: z.string(),
  verdict: z.enum(VERDICTS),
  violation: z
    .strictObject({ invariant: z.string(), message: z.string(), event: count, timeUs: count })
    .nullable(),
  reason: z.string(),
  events: count,
  virtualUs: count,
  operations: z.strictObject({ ok: count, fail: count, unknown: count }),
  faults: z.strictObject({ planned: count, effective: count }),
  traceHash: hash,
  /** The trace hash after every 1,000 events. */
  hashChain: z.array(hash),
  /** Draws per random stream. */
  draws: z.record(z.string(), count),
});

const recorded = z.strictObject({ plan: planSchema, result: resultSchema });

const failureSchema = z.strictObject({
  format: z.literal(FAILURE_FORMAT),
  /** Version of simquake. */
  simquake: z.string(),
  /** Commit of simquake's sources; null where they come from a package. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  /** The sources differed from that commit. */
  dirty: z.boolean(),
  /** `process.version`. */
  node: z.string(),
  scenario: z.string().min(1),
  seed: z.string().regex(SEED_PATTERN),
  /** Simulated messages were encoded and decoded. */
  wire: z.boolean(),
  original: recorded,
  /** The smallest plan found that breaks the same invariant. */
  shrunk: z
    .strictObject({
      ...recorded.shape,
      /** Runs spent to find it. */
      runs: count,
      /** Everything was tried; false if time ran out before. */
      finished: z.boolean(),
      /** By pass: candidates run, and how many of them failed alike. */
      tried: z.record(z.string(), z.strictObject({ runs: count, kept: count })),
      /** What led to the violation, in words. */
      story: z.array(z.string()),
    })
    .nullable(),
});

/** See {@link failureSchema}. */
export type Failure = z.infer<typeof failureSchema>;

/** The text of a failure file. */
export function formatFailure(failure: Failure): string {
  const { format, ...rest } = failure;
  return `${JSON.stringify({ format, checksum: checksum(failure), ...rest }, null, 1)}\n`;
}

/**
 * Reads the text of a failure file.
 *
 * @param place names the file in messages
 * @param version this simquake: plans of another one may mean something else
 * @throws UsageError for a file that is damaged, or of another format or version
 */
export function parseFailure(text: string, place: string, version: string): Failure {
  const document = parseJson(text, place);
  if (!isRecord(document) || !('format' in document)) {
    throw new UsageError(
      `${place}:1:1: not a failure file; give a failure.json that 'simquake run' wrote`,
    );
  }
  const { checksum: claimed, ...body } = document;
  const { format, simquake } = body;
  if (format !== FAILURE_FORMAT) {
    throw new UsageError(
      `${place}: failure format ${JSON.stringify(format)}, but simquake ${version} reads format ` +
        `${FAILURE_FORMAT}; ${otherVersion(simquake)}`,
    );
  }
  const actual = checksum(body);
  if (claimed !== actual) {
    throw new UsageError(
      `${place}: damaged: its content has checksum ${actual}, its checksum field says ` +
        `${JSON.stringify(claimed) ?? 'nothing'}; get an unchanged copy, or run the seed again`,
    );
  }
  if (simquake !== version) {
    throw new UsageError(
      `${place}: written by simquake ${String(simquake)}, this is ${version}; ${otherVersion(simquake)}`,
    );
  }
  const parsed = failureSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(
    `${place}: damaged: ${issue.path.join('.')}: ${issue.message}; ` +
      'get an unchanged copy, or run the seed again',
  );
}

function otherVersion(simquake: unknown): string {
  const known = typeof simquake === 'string' && /^\d+\.\d+\.\d+[\w.+-]*$/.test(simquake);
  return known
    ? `replay it with that one: npx simquake@${simquake} replay`
    : 'replay it with the simquake that wrote it';
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const before = text.slice(0, errorPosition(message, text));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    throw new UsageError(
      `${place}:${line}:${column}: damaged: not JSON from here on; ` +
        'get an unchanged copy, or run the seed again',
    );
  }
}

/** V8 gives a position, or ten characters on either side of the culprit, or has met the end. */
function errorPosition(message: string, text: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const context = /, (\.\.\.)?"([\s\S]*)"(?:\.\.\.)? is not valid JSON$/.exec(message);
  if (context === null) return text.length;
  const at = text.indexOf(context[2]!);
  return at === -1 ? 0 : at + (context[1] === undefined ? 0 : 10);
}

/** Over the compact JSON of all other fields, in their order: indentation does not matter. */
function checksum(body: object): string {
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  return crc32c(bytes).toString(16).padStart(8, '0');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
