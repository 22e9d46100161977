// Sends a hunter after a mutant and judges what it brings back.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Mutant, mutate, ROOT } from './mutant.js';

export interface Catch {
  readonly verdict: string;
  readonly invariant: string | null;
  readonly message: string;
  readonly seed: string;
  readonly seeds: number;
  readonly cpuSeconds: number;
}

/** Runs seeds against a mutant in a new process; needs the program built. */
export async function hunt(mutant: Mutant): Promise<Catch> {
  const built = join(ROOT, 'dist', mutant.file.replace(/\.ts$/, '.js'));
  const input = JSON.stringify({
    root: ROOT,
    url: pathToFileURL(built).href,
    source: mutate(mutant),
    scenario: mutant.scenario,
    seedsMax: mutant.seedsMax,
  });
  const hunter = join(import.meta.dirname, 'hunt.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [hunter, input], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Catch;
}

export function isCaught(mutant: Mutant, found: Catch): boolean {
  return found.invariant !== null && mutant.caughtBy.includes(found.invariant);
}
