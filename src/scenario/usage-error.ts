// The user's mistake: a wrong flag, name, file or scenario. Nothing ran, and nothing is half-written.
// Not here: bugs (AssertionFailure), and what a run finds (verdicts are values, never exceptions).

/** Its message is one line: place, what is wrong, what to do. The command prints it and exits 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The name nearest to `word` by edit distance, if any is near enough to be a typo of it. */
export function nearest(word: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(word, name);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance. O(a.length * b.length). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
