// What a mutant is: one textual change to the node's source that plants a known bug. The text to find
// must occur exactly once, so that a mutant cannot silently stop being one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Mutant {
  readonly id: string;
  /** What goes wrong, in one sentence. */
  readonly bug: string;
  /** Where the bug was met in the wild, or the rule it breaks. */
  readonly reference: string;
  /** Path below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly scenario: string;
  /** Ids of invariants that may catch it; the first is the one expected. */
  readonly caughtBy: readonly string[];
  /** Seeds tried before it counts as not found. */
  readonly seedsMax: number;
}

/** The mutated source. Throws unless the text to find occurs exactly once. */
export function mutate(mutant: Mutant): string {
  const text = readFileSync(join(ROOT, 'src', mutant.file), 'utf8');
  const occurrences = text.split(mutant.find).length - 1;
  if (occurrences !== 1) {
    throw new Error(
      `mutant ${mutant.id}: the text to replace occurs ${occurrences} times in src/${mutant.file}, not once`,
    );
  }
  return text.replace(mutant.find, () => mutant.replace);
}
