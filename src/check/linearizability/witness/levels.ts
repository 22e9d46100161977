// What answers say about each revision of a store: who made it, who saw it, and by when it was there.
// Not here: gathering it from a whole history (fixed-levels.ts) or while one is made
// (moving-levels.ts), and judging it (revision-replay.ts).

import type { Micros, Revision } from '../../../base/ids.js';
import type { EtcdOperation } from '../objects/etcd.js';

/** There is room for so many revisions at a time; no history that fits into memory makes as many. */
export const REVISIONS_MAX = 1 << 24;

export interface Levels {
  /** The lowest revision that is held. */
  readonly lowest: Revision;
  /** The highest revision an answer has named; 1 is the empty store. */
  readonly highest: Revision;
  /** The answered write that made a revision; null if none did, or if the revision is not held. */
  writer(revision: Revision): EtcdOperation | null;
  /** What leaves a revision as it is, in an order that real time allows; null for nothing. */
  reads(revision: Revision): readonly EtcdOperation[] | null;
  /** Serializable reads that show a revision; null for none. */
  shown(revision: Revision): readonly EtcdOperation[] | null;
  revokes(revision: Revision): readonly EtcdOperation[] | null;
  /** The earliest return of an operation at a revision or later; Infinity if none is known. */
  deadlineUs(revision: Revision): Micros;
}

/** Adds to the operations of a revision, of which few have any. */
export function addAt(
  lists: Map<Revision, EtcdOperation[]>,
  revision: Revision,
  operation: EtcdOperation,
): void {
  const list = lists.get(revision);
  if (list === undefined) lists.set(revision, [operation]);
  else list.push(operation);
}
