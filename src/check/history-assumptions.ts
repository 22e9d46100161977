// What must be true of a recording before a log may patch it and a verdict may rest on it.
// Not here: the patching (history-patch.ts).

import type { EtcdOperation } from './linearizability/objects/etcd.js';

/**
 * Returns what is wrong with a history, empty if nothing: some answer must show the empty store at
 * revision 1, so that the log can be replayed from nothing, and no client may call before its last
 * answer came. A client whose outcome is unknown may go on: what it left behind never returns. O(n log n).
 */
export function brokenAssumptions(history: readonly EtcdOperation[]): string[] {
  const broken: string[] = [];
  const sawEmpty = history.some(
    ({ input, output, outcome }) =>
      outcome === 'ok' &&
      output?.ok === true &&
      input.kind === 'range' &&
      output.response.revision === 1,
  );
  if (!sawEmpty) broken.push('no read saw the store at revision 1: it may not have begun empty');

  const returned = new Map<number, { id: number; returnUs: number }>();
  const inOrder = [...history].sort((a, b) => a.callUs - b.callUs || a.returnUs - b.returnUs);
  for (const { id, client, callUs, returnUs, outcome } of inOrder) {
    const last = returned.get(client);
    if (last !== undefined && callUs < last.returnUs) {
      const when = `operation ${id} was called at ${callUs} µs`;
      const then = `operation ${last.id} of the same client returned at ${last.returnUs} µs`;
      broken.push(`client ${client} overlaps itself: ${when}, ${then}`);
    }
    if (outcome !== 'unknown') returned.set(client, { id, returnUs });
  }
  return broken;
}
