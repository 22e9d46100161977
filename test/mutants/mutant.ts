// What a mutant is: a textual change to the node's source that plants a known bug. The text to find
// must occur exactly once, so that a mutant cannot silently stop being one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const ROOT = join(import.meta.dirname, '..', '..');

/** One replacement in one file. */
export interface Change {
  /** Path below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly id: string;
  /** What goes wrong, in one sentence. */
  readonly bug: string;
  /** Where the bug was met in the wild, or the rule it breaks; letters and digits: bug catalogue. */
  readonly reference: string;
  readonly changes: readonly Change[];
  /**
   * Changes that are no bugs, but without which this one stays hidden: an assertion of the node that
   * would end the run before any invariant is asked, or a second line of defence. With these alone the
   * node passes.
   */
  readonly harmless?: readonly Change[];
  /** Why it shows as it does, where one may wonder. */
  readonly note?: string;
  readonly scenario: string;
  /** Ids of invariants that may catch it; the first is the one expected. */
  readonly caughtBy: readonly string[];
  /** Seeds tried before it counts as not found. */
  readonly seedsMax: number;
}

/** A bug that no run can show in this node, and why. */
export interface HiddenMutant {
  readonly id: string;
  readonly bug: string;
  readonly reference: string;
  readonly changes: readonly Change[];
  readonly because: string;
  readonly scenario: string;
}

/** Mutated sources by the URL of the built file they replace. Throws unless each text occurs once. */
export function mutate(id: string, changes: readonly Change[]): Record<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of changes) {
    const text = texts.get(file) ?? readFileSync(join(ROOT, 'src', file), 'utf8');
    const occurrences = text.split(find).length - 1;
    if (occurrences !== 1) {
      throw new Error(
        `mutant ${id}: the text to replace occurs ${occurrences} times in src/${file}, not once:\n${find}`,
      );
    }
    texts.set(
      file,
      text.replace(find, () => replace),
    );
  }
  const sources: Record<string, string> = {};
  for (const [file, text] of texts) {
    const built = join(ROOT, 'dist', file.replace(/\.ts$/, '.js'));
    sources[pathToFileURL(built).href] = text;
  }
  return sources;
}
