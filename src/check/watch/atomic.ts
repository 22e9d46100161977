// Atomic: the events of a revision come in one response. Fragments of a response are one.

import type { ReceivedEvent, WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';

export const atomic: WatchCheck = ({ stream, received }) => {
  let previous: ReceivedEvent | null = null;
  for (const current of received) {
    if (
      previous !== null &&
      previous.event.kv.modRevision === current.event.kv.modRevision &&
      stream.responses
        .slice(previous.place.response, current.place.response)
        .some(({ fragment }) => !fragment)
    ) {
      return {
        places: [previous.place, current.place],
        due: null,
        reason: `${nameEvent(current.event)} came in another response than ${nameEvent(previous.event)}`,
      };
    }
    previous = current;
  }
  return null;
};
