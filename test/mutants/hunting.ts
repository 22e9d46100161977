// Sends a hunter after a mutant and brings back what it found.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Violation } from '../../src/scenario/result.js';
import { type Change, mutate, ROOT } from './mutant.js';

export interface Catch {
  /** The expected invariant that was broken, null if none was. */
  readonly invariant: string | null;
  readonly message: string;
  readonly seed: string;
  /** Seeds tried, this one included. */
  readonly seeds: number;
  /** Seeds before it with another verdict than a pass, by invariant or verdict. */
  readonly others: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
}

export interface Hunt {
  readonly id: string;
  readonly changes: readonly Change[];
  readonly scenario: string;
  readonly seedFrom: number;
  readonly seedTo: number;
  readonly caughtBy: readonly string[];
}

/**
 * Runs the plan in a regression file against changed sources; what broke, or null. With `otherSeeds` so many more
 * are tried until the invariant breaks.
 */
export async function rerun(
  id: string,
  changes: readonly Change[],
  { file, invariant, otherSeeds = 0 }: { file: string; invariant: string; otherSeeds?: number },
): Promise<Violation | null> {
  const sources = mutate(id, changes);
  const input = JSON.stringify({ root: ROOT, sources, file, invariant, otherSeeds });
  const running = promisify(execFile)(process.execPath, [join(import.meta.dirname, 'rerun.mjs')]);
  // Several sources together are too long for a command line.
  running.child.stdin!.end(input);
  const { stdout } = await running;
  return JSON.parse(stdout) as Violation | null;
}

/** Runs seeds against changed sources in a new process; needs the program built. */
export async function hunt({ id, changes, ...rest }: Hunt): Promise<Catch> {
  const input = JSON.stringify({ root: ROOT, sources: mutate(id, changes), ...rest });
  const hunter = join(import.meta.dirname, 'hunt.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [hunter, input], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Catch;
}
