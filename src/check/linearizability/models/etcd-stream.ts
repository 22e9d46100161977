// etcd's store for histories that are judged while they are read: of the past, only so many revisions stay
// readable, and what looks back further is refused rather than answered wrongly.
// Not here: the store (etcd-store.ts), and the checker (../witness/online-witness.ts).

import type { Revision } from '../../../base/ids.js';
import type { RequestOp } from '../../../etcdpb/kv.js';
import type { EtcdRequest, EtcdResult } from '../objects/etcd.js';
import type { StreamedObject } from '../online/online-checker.js';
import { OnlineWitness } from '../witness/online-witness.js';
import { etcdModel } from './etcd-model.js';
import type { EtcdState } from './etcd-store.js';
import { forgetBefore } from './etcd-store.js';

/** How many revisions of the past stay readable at least. */
const PAST_REVISIONS = 1 << 10;

export function etcdStream(): StreamedObject<EtcdState, EtcdRequest, EtcdResult> {
  const model = etcdModel();
  let heldFrom: Revision = 0;
  /** The past before this revision goes next, when it is far enough behind. */
  let nextFrom: Revision = 0;
  return {
    model: {
      ...model,
      step: (state, input, output) =>
        looksBackTo(input) < heldFrom ? undefined : model.step(state, input, output),
    },
    release(state) {
      if (state.revision - nextFrom < PAST_REVISIONS) return;
      if (nextFrom > 0) {
        forgetBefore(state, nextFrom);
        heldFrom = nextFrom;
      }
      nextFrom = state.revision;
    },
    checker: (onPlaced) => new OnlineWitness({ onPlaced, pastRevisionsMax: PAST_REVISIONS }),
  };
}

/** The lowest revision that a request names to read from; Infinity if it names none. */
function looksBackTo(request: EtcdRequest | RequestOp): Revision {
  if (request.kind === 'range') return request.revision > 0 ? request.revision : Infinity;
  if (request.kind !== 'txn') return Infinity;
  let lowest = Infinity;
  for (const inner of request.success) lowest = Math.min(lowest, looksBackTo(inner));
  for (const inner of request.failure) lowest = Math.min(lowest, looksBackTo(inner));
  return lowest;
}
