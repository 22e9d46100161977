// Ordered: events come in the order of their revisions.

import type { ReceivedEvent, WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';

export const ordered: WatchCheck = ({ received }) => {
  let previous: ReceivedEvent | null = null;
  for (const current of received) {
    if (previous !== null && current.event.kv.modRevision < previous.event.kv.modRevision) {
      return {
        places: [previous.place, current.place],
        due: null,
        reason: `${nameEvent(current.event)} came after ${nameEvent(previous.event)}`,
      };
    }
    previous = current;
  }
  return null;
};
