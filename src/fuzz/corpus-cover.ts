// Which records of a corpus are enough: the fewest and smallest that still show every finding and reach everything.
// Not here: the store (corpus.ts).

import { type CorpusRecord, canonicalJson } from './corpus-record.js';

/** What a finding is told apart by. */
export function findingKey({ name, signature }: NonNullable<CorpusRecord['finding']>): string {
  return `${name}\n${signature}`;
}

/** What plans are compared by: how much there is to read. */
export function planSize(plan: unknown): number {
  return canonicalJson(plan).length;
}

/** Keys of the largest, so that `count` are left. Of those equally large the last by key go. */
export function largest(sizes: ReadonlyMap<string, number>, count: number): string[] {
  if (sizes.size <= count) return [];
  return [...sizes]
    .sort(([a, sizeA], [b, sizeB]) => sizeA - sizeB || (a < b ? -1 : 1))
    .slice(count)
    .map(([key]) => key);
}

/** Keys of failing plans beyond the smallest `count` of each finding, but for those that reached something. */
export function beyond(records: ReadonlyMap<string, CorpusRecord>, count: number): string[] {
  const sizes = new Map<string, Map<string, number>>();
  for (const [key, { finding, plan }] of records) {
    if (finding === null) continue;
    const of = findingKey(finding);
    if (!sizes.has(of)) sizes.set(of, new Map());
    sizes.get(of)!.set(key, planSize(plan));
  }
  const keys = [...sizes.values()].flatMap((ofFinding) => largest(ofFinding, count));
  return keys.filter((key) => records.get(key)!.reached.length === 0);
}

/**
 * Keys of records that show all that `records` show: of each finding the smallest plan, then greedily whichever
 * reaches most of what is still missing. The fewest possible is set cover, which is NP-hard; greed is within
 * ln(n) + 1 of it (Chvátal 1979). O(records² · reached).
 */
export function coveringKeys(records: ReadonlyMap<string, CorpusRecord>): Set<string> {
  const sizes = new Map<string, number>();
  for (const [key, { plan }] of records) sizes.set(key, planSize(plan));
  const smaller = (a: string, b: string) =>
    sizes.get(a)! - sizes.get(b)! || (a < b ? -1 : a > b ? 1 : 0);
  const bySize = [...records.keys()].sort(smaller);

  const kept = new Set<string>();
  const shown = new Set<string>();
  const missing = new Set([...records.values()].flatMap(({ reached }) => reached));
  const keep = (key: string) => {
    kept.add(key);
    for (const name of records.get(key)!.reached) missing.delete(name);
  };
  for (const key of bySize) {
    const { finding } = records.get(key)!;
    if (finding === null || shown.has(findingKey(finding))) continue;
    shown.add(findingKey(finding));
    keep(key);
  }
  while (missing.size > 0) {
    let best = '';
    let most = 0;
    for (const key of bySize) {
      const gain = new Set(records.get(key)!.reached.filter((name) => missing.has(name))).size;
      if (gain > most) [best, most] = [key, gain];
    }
    keep(best);
  }
  return kept;
}
