// Sorts failures into buckets: the same invariant broken in the same way, whatever the numbers and members.
// Not here: shrinking the first of each, or printing them.

import type { RunResult } from '../scenario/result.js';

export interface Bucket {
  /** Verdict and invariant. */
  readonly finding: string;
  /** The message without what differs from run to run. */
  readonly signature: string;
  /** The run that opened it. */
  readonly first: RunResult;
  /** Failures in it. */
  count: number;
  /** `scenario seed` of the first few. */
  readonly runs: string[];
}

const RUNS_LISTED = 10;

export class Buckets {
  private readonly buckets = new Map<string, Bucket>();

  /**
   * Books a failure; true if it opens a bucket.
   *
   * @param varied exploration has changed the plan that the seed draws
   */
  add(result: RunResult, varied = false): boolean {
    const { verdict, violation, reason } = result;
    const finding = violation === null ? verdict : violation.invariant;
    const signature = signatureOf(violation === null ? reason : violation.message);
    const key = `${finding}\n${signature}`;
    const run = `${result.scenario} ${result.seed}${varied ? ' (varied)' : ''}`;
    const known = this.buckets.get(key);
    if (known === undefined) {
      this.buckets.set(key, { finding, signature, first: result, count: 1, runs: [run] });
      return true;
    }
    known.count += 1;
    if (known.runs.length < RUNS_LISTED) known.runs.push(run);
    return false;
  }

  /** In order of discovery. */
  list(): readonly Bucket[] {
    return [...this.buckets.values()];
  }
}

/** Longer messages differ where they go on about values. */
const SIGNATURE_CHARS = 120;

/** The message with numbers, members and quoted values taken out. */
export function signatureOf(message: string): string {
  return message
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/\[[^\]]*\]/g, '[…]')
    .replace(/\d+(?:\.\d+)*/g, '#')
    .slice(0, SIGNATURE_CHARS);
}
