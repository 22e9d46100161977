// IsCreate: a put says that it created its key exactly if it did.

import { lookUp } from '../linearizability/models/etcd-store.js';
import { firstEventAt, stateAtRevision } from '../replayed-log.js';
import type { WatchCheck, WatchContext } from './finding.js';
import { nameEvent } from './finding.js';
import type { WatchEvent } from './watch-stream.js';

export const isCreate: WatchCheck = ({ received, log }) => {
  for (const { event, place } of received) {
    const creates = created(log, event);
    if (creates === null || creates === event.isCreate) continue;
    const said = event.isCreate ? 'created its key' : 'did not create its key';
    const reason = `${nameEvent(event)} says that it ${said}`;
    return { places: [place], due: null, reason };
  }
  return null;
};

/** Null if the log does not reach the revision, which is for another check to say. */
function created(log: WatchContext['log'], { kind, kv }: WatchEvent): boolean | null {
  if (kind === 'delete') return false;
  for (let at = firstEventAt(log, kv.modRevision); at < log.events.length; at++) {
    const logged = log.events[at]!;
    if (logged.kv.modRevision !== kv.modRevision) break;
    if (logged.kind === 'put' && logged.kv.key === kv.key) return logged.isCreate;
  }
  const before = stateAtRevision(log, kv.modRevision - 1);
  return before === null ? null : lookUp(before, kv.key) === null;
}
