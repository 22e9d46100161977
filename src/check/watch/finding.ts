// One broken guarantee of one watch, with the places that show it.
// Not here: the checks that find it, and the verifier that looks at the places again.

import type { Revision } from '../../base/ids.js';
import type { ReplayedLog } from '../replayed-log.js';
import type { WatchEvent, WatchStream } from './watch-stream.js';

/** etcd's guarantees of a watch, in the order in which its robustness tests check them. */
export const WATCH_CHECKS = [
  'filter',
  'ordered',
  'unique',
  'atomic',
  'bookmarkable',
  'resumable',
  'is-create',
  'reliable',
  'prev-kv',
] as const;

export type WatchCheckName = (typeof WATCH_CHECKS)[number];

/** Where in a stream: a response, and an event in it or null for the response itself. */
export interface Place {
  readonly response: number;
  readonly event: number | null;
}

export interface WatchFinding {
  readonly check: WatchCheckName;
  /** Id of the stream. */
  readonly stream: number;
  /** The responses and events that contradict the log or each other, in the order received. */
  readonly places: readonly Place[];
  /** The logged event that was due, as a position among the events of the log; null if none was. */
  readonly due: number | null;
  /** A clause with values. */
  readonly reason: string;
}

export interface WatchContext {
  readonly stream: WatchStream;
  readonly log: ReplayedLog;
  /** Every event received, in order. */
  readonly received: readonly ReceivedEvent[];
  /** The log is known to change one key a revision. */
  readonly uniqueRevisions: boolean;
}

export interface ReceivedEvent {
  readonly event: WatchEvent;
  readonly place: Place;
}

/** Returns the first break of one guarantee, or null. */
export type WatchCheck = (context: WatchContext) => Omit<WatchFinding, 'check' | 'stream'> | null;

/** Every event of a stream with its place. */
export function receivedEvents(stream: WatchStream): ReceivedEvent[] {
  const received: ReceivedEvent[] = [];
  for (const [response, { events }] of stream.responses.entries()) {
    for (const [event, content] of events.entries()) {
      received.push({ event: content, place: { response, event } });
    }
  }
  return received;
}

/** For example `put "a"="1" at revision 4`. */
export function nameEvent({ kind, kv }: Pick<WatchEvent, 'kind' | 'kv'>): string {
  const value = kind === 'put' ? `=${JSON.stringify(kv.value)}` : '';
  return `${kind} ${JSON.stringify(kv.key)}${value} at revision ${kv.modRevision}`;
}

/** The last revision of which the watch has seen an event or a progress notification; 0 if none. */
export function lastSeenRevision(stream: WatchStream): Revision {
  let last = 0;
  for (const { events, progressRevision } of stream.responses) {
    if (progressRevision !== null) last = Math.max(last, progressRevision);
    for (const { kv } of events) last = Math.max(last, kv.modRevision);
  }
  return last;
}
