// Bookmarkable: a progress notification for a revision comes after every event up to it, never goes back,
// and names a revision that exists.

import type { Place, WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';

export const bookmarkable: WatchCheck = ({ stream, log }) => {
  let progress: { revision: number; place: Place } | null = null;
  let newest: { revision: number; place: Place } | null = null;
  for (const [response, { events, progressRevision }] of stream.responses.entries()) {
    for (const [index, event] of events.entries()) {
      const place = { response, event: index };
      const revision = event.kv.modRevision;
      if (progress !== null && revision <= progress.revision) {
        const reason = `${nameEvent(event)} came after progress to revision ${progress.revision}`;
        return { places: [progress.place, place], due: null, reason };
      }
      if (newest === null || revision > newest.revision) newest = { revision, place };
    }
    if (progressRevision === null) continue;
    const place = { response, event: null };
    if (newest !== null && progressRevision < newest.revision) {
      const reason = `progress to revision ${progressRevision} came after revision ${newest.revision}`;
      return { places: [newest.place, place], due: null, reason };
    }
    if (progressRevision > log.last.revision) {
      const reason = `it was promised progress to revision ${progressRevision}, but the log ends at revision ${log.last.revision}`;
      return { places: [place], due: null, reason };
    }
    progress = { revision: progressRevision, place };
    newest = progress;
  }
  return null;
};
