// Reliable: from its first revision to the last one it saw, a watch is sent exactly the events it wants.

import type { LoggedEvent } from '../replayed-log.js';
import { firstEventAt } from '../replayed-log.js';
import type { WatchCheck, WatchContext } from './finding.js';
import { lastSeenRevision, nameEvent } from './finding.js';
import type { WatchEvent } from './watch-stream.js';
import { firstDueRevision, wants } from './watch-stream.js';

export const reliable: WatchCheck = (context) => {
  const { received, log } = context;
  const due = dueEvents(context);
  for (const [at, { event, place }] of received.entries()) {
    const position = due[at];
    const logged = position === undefined ? undefined : log.events[position]!;
    if (logged !== undefined && sameEvent(event, logged)) continue;
    const isDue = logged === undefined ? 'nothing was due' : `${nameLogged(logged)} was due`;
    const reason = `it was sent ${nameEvent(event)} where ${isDue}`;
    return { places: [place], due: position ?? null, reason };
  }
  const missing = due[received.length];
  if (missing === undefined) return null;
  const logged = log.events[missing]!;
  const { places, until } = lastPlace(context);
  if (endsInFragment(context) && logged.kv.modRevision === until) return null;
  const reason = `it saw revision ${until}, but was never sent ${nameLogged(logged)}`;
  return { places, due: missing, reason };
};

/** Positions in the log of the events due. */
function dueEvents({ stream, log, received }: WatchContext): number[] {
  const from = firstDueRevision(stream) ?? firstSeenRevision(stream, received);
  const until = lastSeenRevision(stream);
  const due: number[] = [];
  if (from === null) return due;
  for (let at = firstEventAt(log, from); at < log.events.length; at++) {
    const event = log.events[at]!;
    if (event.kv.modRevision > until) break;
    if (wants(stream.request, event)) due.push(at);
  }
  return due;
}

/** Where a watch from "now" began, as far as what it was sent first tells; null if that is nothing. */
function firstSeenRevision(
  { responses }: WatchContext['stream'],
  received: WatchContext['received'],
): number | null {
  for (const { events, progressRevision } of responses) {
    if (events.length > 0) return received[0]!.event.kv.modRevision;
    if (progressRevision !== null) return progressRevision + 1;
  }
  return null;
}

/** The response that shows how far the watch has come. */
function lastPlace({ stream }: WatchContext): {
  places: { response: number; event: null }[];
  until: number;
} {
  const until = lastSeenRevision(stream);
  const response = stream.responses.findIndex(
    ({ events, progressRevision }) =>
      progressRevision === until || events.some(({ kv }) => kv.modRevision === until),
  );
  return { places: [{ response, event: null }], until };
}

/** The rest of the last response was never read. */
function endsInFragment({ stream }: WatchContext): boolean {
  return stream.responses.at(-1)?.fragment === true;
}

function sameEvent(event: WatchEvent, logged: LoggedEvent): boolean {
  const { kv } = event;
  const due = logged.kv;
  if (event.kind !== logged.kind || kv.key !== due.key || kv.modRevision !== due.modRevision) {
    return false;
  }
  if (event.kind === 'delete') return true;
  return (
    kv.value === due.value &&
    event.isCreate === logged.isCreate &&
    (kv.createRevision === null || kv.createRevision === due.createRevision) &&
    (kv.version === null || kv.version === due.version) &&
    (kv.lease === null || kv.lease === due.lease)
  );
}

/** With all that tells two puts of one value apart. */
function nameLogged(logged: LoggedEvent): string {
  const { createRevision, version, lease } = logged.kv;
  if (logged.kind === 'delete') return nameEvent(logged);
  const leased = lease === 0 ? '' : `, lease ${lease}`;
  return `${nameEvent(logged)} (create ${createRevision}, version ${version}${leased})`;
}
