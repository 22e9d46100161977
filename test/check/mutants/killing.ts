// Sends the battery after a planted bug of the checkers, in a process of its own.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Change, mutate, ROOT } from '../../mutants/mutant.js';
import type { CheckName, Found } from './battery.js';
import type { IsolationCheckName } from './isolation-battery.js';

export interface Kill {
  /** What the battery found; null if the bug got away. */
  readonly found: Found | null;
  readonly cpuSeconds: number;
}

/** Which battery, and where in it the bug shows soonest. */
export type Look =
  | { readonly battery: 'battery'; readonly first?: CheckName; readonly subject?: string }
  | { readonly battery: 'isolation-battery'; readonly first?: IsolationCheckName };

/** Needs the program built. */
export async function kill(
  id: string,
  changes: readonly Change[],
  look: Look = { battery: 'battery' },
): Promise<Kill> {
  const root = pathToFileURL(ROOT).href;
  const input = JSON.stringify({ root, sources: mutate(id, changes), ...look });
  const killer = join(import.meta.dirname, 'kill.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [killer, input], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Kill;
}
