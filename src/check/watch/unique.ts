// Unique: an event comes once. A revision holds one event of a key, or as many as the log has: etcd lets a
// transaction put a key and delete it through an open range.

import type { ByteString, Revision } from '../../base/ids.js';
import type { ReplayedLog } from '../replayed-log.js';
import { firstEventAt } from '../replayed-log.js';
import type { Place, WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';

export const unique: WatchCheck = ({ received, log, uniqueRevisions }) => {
  const seen = new Map<string, Place[]>();
  for (const { event, place } of received) {
    const { key, modRevision } = event.kv;
    const name = uniqueRevisions ? `${modRevision}` : `${modRevision} ${key}`;
    const places = seen.get(name) ?? [];
    seen.set(name, places);
    places.push(place);
    if (places.length < 2) continue;
    if (!uniqueRevisions && places.length <= loggedTimes(log, modRevision, key)) continue;
    const what = uniqueRevisions
      ? `revision ${modRevision} came again with`
      : `the key was already sent for that revision before`;
    return { places: [...places], due: null, reason: `${what} ${nameEvent(event)}` };
  }
  return null;
};

/** How often the log changes a key within one revision. */
function loggedTimes(log: ReplayedLog, revision: Revision, key: ByteString): number {
  let times = 0;
  for (let at = firstEventAt(log, revision); at < log.events.length; at++) {
    const { kv } = log.events[at]!;
    if (kv.modRevision !== revision) break;
    if (kv.key === key) times++;
  }
  return times;
}
