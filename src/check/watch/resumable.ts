// Resumable: a watch from a revision begins with the first event it wants at or after that revision, and
// is refused only if a compaction took that revision away.

import { firstEventAt } from '../replayed-log.js';
import type { WatchCheck, WatchContext } from './finding.js';
import { lastSeenRevision, nameEvent } from './finding.js';
import { firstDueRevision, wants } from './watch-stream.js';

export const resumable: WatchCheck = (context) => beginning(context) ?? refusal(context);

const beginning: WatchCheck = ({ stream, log, received }) => {
  const start = firstDueRevision(stream);
  const first = received[0];
  if (start === null || first === undefined) return null;
  const revision = first.event.kv.modRevision;
  if (revision < start) {
    const reason = `it began with ${nameEvent(first.event)}, before its start at revision ${start}`;
    return { places: [first.place], due: null, reason };
  }
  for (let at = firstEventAt(log, start); at < log.events.length; at++) {
    const due = log.events[at]!;
    if (!wants(stream.request, due)) continue;
    if (due.kv.modRevision === revision && due.kv.key === first.event.kv.key) return null;
    const reason = `from revision ${start} it began with ${nameEvent(first.event)}, but ${nameEvent(due)} was due`;
    return { places: [first.place], due: at, reason };
  }
  return null;
};

function refusal({ stream, log }: WatchContext): ReturnType<WatchCheck> {
  const next = Math.max(firstDueRevision(stream) ?? 0, lastSeenRevision(stream) + 1);
  for (const [response, { compactRevision }] of stream.responses.entries()) {
    if (compactRevision === null) continue;
    const places = [{ response, event: null }];
    if (compactRevision > log.last.compacted) {
      const reason = `it was ended by a compaction to revision ${compactRevision}, but the log compacts to ${log.last.compacted} at most`;
      return { places, due: null, reason };
    }
    if (next >= compactRevision) {
      const reason = `it was ended by a compaction to revision ${compactRevision}, but waited for revision ${next}`;
      return { places, due: null, reason };
    }
  }
  return null;
}
