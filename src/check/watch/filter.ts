// Filter: a watch is sent only events that it asked for.

import type { WatchCheck } from './finding.js';
import { nameEvent } from './finding.js';
import { wants } from './watch-stream.js';

export const filter: WatchCheck = ({ stream, received }) => {
  for (const { event, place } of received) {
    if (wants(stream.request, event)) continue;
    return { places: [place], due: null, reason: `it was sent ${nameEvent(event)}, not asked for` };
  }
  return null;
};
