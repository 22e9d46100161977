// PrevKV: the previous key-value of an event is the key at the revision before. It may be left out only of
// a watch that did not ask for it, or where a compaction can have taken that revision away.

import type { KeyValue } from '../../etcdpb/kv.js';
import { lookUp } from '../linearizability/models/etcd-store.js';
import { stateAtRevision } from '../replayed-log.js';
import type { WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';
import type { RecordedKeyValue } from './watch-stream.js';

export const prevKv: WatchCheck = ({ stream, log, received }) => {
  for (const { event, place } of received) {
    const revision = event.kv.modRevision - 1;
    const before = stateAtRevision(log, revision);
    if (before === null) continue;
    const due = lookUp(before, event.kv.key);
    const said = event.prevKv;
    if (said === null) {
      if (due === null || !stream.request.prevKv || revision < log.last.compacted) continue;
    } else if (due !== null && agrees(said, due)) continue;
    const reason = `${nameEvent(event)} names ${name(said)} as the key before, but that was ${name(due)}`;
    return { places: [place], due: null, reason };
  }
  return null;
};

function agrees(said: RecordedKeyValue, due: KeyValue): boolean {
  return (
    said.key === due.key &&
    said.value === due.value &&
    said.modRevision === due.modRevision &&
    (said.createRevision === null || said.createRevision === due.createRevision) &&
    (said.version === null || said.version === due.version) &&
    (said.lease === null || said.lease === due.lease)
  );
}

function name(kv: RecordedKeyValue | null): string {
  if (kv === null) return 'nothing';
  return `${JSON.stringify(kv.value)} (mod ${kv.modRevision}, version ${kv.version ?? 'unknown'})`;
}
