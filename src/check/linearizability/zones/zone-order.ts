// The order of clusters of operations each of which lies in one piece in every legal order (Gibbons and Korach
// 1997). A cluster has two moments: the earliest return and the latest call of its operations. Cluster A has to
// come before B if A's earliest return is before B's latest call. An order of all exists exactly if no two have
// to come before each other. Not here: what makes a cluster.

/** By cluster, in microseconds. */
export interface Zones {
  readonly firstReturnUs: Float64Array;
  readonly lastCallUs: Float64Array;
}

/**
 * These clusters by the earlier of their moments; of equal ones those first whose latest call comes first.
 * Where an order of all exists, this is one. O(n log n).
 */
export function inOrder(clusters: number[], { firstReturnUs, lastCallUs }: Zones): number[] {
  const keys = new Float64Array(firstReturnUs.length);
  for (const cluster of clusters) {
    keys[cluster] = Math.min(firstReturnUs[cluster]!, lastCallUs[cluster]!);
  }
  const isForward = (cluster: number): number =>
    firstReturnUs[cluster]! < lastCallUs[cluster]! ? 1 : 0;
  return clusters.sort((a, b) => {
    // Infinities have no difference.
    if (keys[a]! !== keys[b]!) return keys[a]! < keys[b]! ? -1 : 1;
    return isForward(a) - isForward(b) || a - b;
  });
}

/** Two clusters that have to come before each other, in the order given, or null. O(n). */
export function firstConflict(
  order: readonly number[],
  { firstReturnUs, lastCallUs }: Zones,
): [number, number] | null {
  let latest = -1;
  for (const cluster of order) {
    if (latest >= 0 && firstReturnUs[cluster]! < lastCallUs[latest]!) return [latest, cluster];
    if (latest < 0 || lastCallUs[cluster]! > lastCallUs[latest]!) latest = cluster;
  }
  return null;
}
