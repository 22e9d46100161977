// The verifier of verdicts on watches. It shares the replayed log with the judge, and no check: what conforms
// it lays beside the log event by event, what does not it looks up at the places named.

import type { KeyValue } from '../../etcdpb/kv.js';
import { lookUp } from '../linearizability/models/etcd-store.js';
import type { EtcdRequest } from '../linearizability/objects/etcd.js';
import type { LoggedEvent, ReplayedLog } from '../replayed-log.js';
import { replayLog, stateAtRevision } from '../replayed-log.js';
import type { WatchCertificate } from './certificate.js';
import type { WatchFinding } from './finding.js';
import type { RecordedKeyValue, WatchEvent, WatchResponse, WatchStream } from './watch-stream.js';

/** Returns null if the certificate proves its verdict, else what is wrong with it. O(streams × log). */
export function verifyWatches(
  streams: readonly WatchStream[],
  log: readonly EtcdRequest[],
  certificate: WatchCertificate,
): string | null {
  const replayed = replayLog(log);
  if (certificate.kind === 'conforms') {
    for (const stream of streams) {
      const difference = differs(stream, replayed);
      if (difference !== null) return `watch ${stream.id}: ${difference}`;
    }
    return null;
  }
  if (certificate.findings.length === 0) return 'a violation without findings';
  for (const finding of certificate.findings) {
    const stream = streams.find(({ id }) => id === finding.stream);
    if (stream === undefined) return `there is no watch ${finding.stream}`;
    if (!holds(finding, stream, replayed, certificate.uniqueRevisions)) {
      return `watch ${stream.id} is not seen to break ${finding.check}`;
    }
  }
  return null;
}

/** What keeps a stream from being the log's events, cut into responses between revisions. */
function differs(stream: WatchStream, log: ReplayedLog): string | null {
  const sent = stream.responses.flatMap(({ events }) => events);
  let start = stream.request.startRevision;
  if (start <= 0 && stream.createdRevision !== null) start = stream.createdRevision + 1;
  if (start <= 0) {
    const first = stream.responses.find((r) => r.events.length > 0 || r.progressRevision !== null);
    start = first?.events[0]?.kv.modRevision ?? (first?.progressRevision ?? 0) + 1;
  }
  let next = start;
  let end = 0;
  let open = false;
  for (const { events, progressRevision, fragment, compactRevision } of stream.responses) {
    for (const [at, { kv }] of events.entries()) {
      const continues = at > 0 || open;
      if (kv.modRevision < (continues ? next - 1 : next))
        return `revision ${kv.modRevision} came late`;
      next = kv.modRevision + 1;
      end = kv.modRevision;
    }
    if (events.length > 0) open = fragment;
    if (progressRevision !== null) {
      if (progressRevision < end || progressRevision > log.last.revision)
        return 'progress is wrong';
      next = Math.max(next, progressRevision + 1);
      end = progressRevision;
    }
    if (compactRevision !== null) {
      if (next >= compactRevision || compactRevision > log.last.compacted) return 'it was refused';
    }
  }
  const due = log.events.filter(
    (event) =>
      event.kv.modRevision >= start && event.kv.modRevision <= end && asksFor(stream, event),
  );
  const cut = stream.responses.at(-1)?.fragment === true;
  if (cut ? due.length < sent.length : due.length !== sent.length) {
    return `${sent.length} events came, ${due.length} were due`;
  }
  for (const [at, logged] of due.entries()) {
    const event = sent[at];
    if (event === undefined) {
      if (logged.kv.modRevision !== end) return `event ${at} is missing`;
    } else if (!isSame(event, logged) || !before(stream, event, log)) {
      return `event ${at} is not the log's`;
    }
  }
  return null;
}

function asksFor({ request }: WatchStream, { kind, kv }: Pick<WatchEvent, 'kind' | 'kv'>): boolean {
  const { key, rangeEnd } = request;
  const end = rangeEnd === '' ? `${key}\0` : rangeEnd;
  const inside = kv.key >= key && (end === '\0' || kv.key < end);
  return inside && !(kind === 'put' && request.noPut) && !(kind === 'delete' && request.noDelete);
}

function isSame({ kind, kv, isCreate }: WatchEvent, logged: LoggedEvent): boolean {
  if (kind !== logged.kind || isCreate !== logged.isCreate) return false;
  if (kind === 'put') return equals(kv, logged.kv);
  return kv.key === logged.kv.key && kv.modRevision === logged.kv.modRevision;
}

function equals(said: RecordedKeyValue, due: KeyValue): boolean {
  const fields = ['key', 'value', 'modRevision', 'createRevision', 'version', 'lease'] as const;
  return fields.every((field) => said[field] === null || said[field] === due[field]);
}

/** True if the previous key-value is right. */
function before({ request }: WatchStream, event: WatchEvent, log: ReplayedLog): boolean {
  const revision = event.kv.modRevision - 1;
  const then = stateAtRevision(log, revision);
  const due = then === null ? null : lookUp(then, event.kv.key);
  if (event.prevKv === null)
    return due === null || !request.prevKv || revision < log.last.compacted;
  return due !== null && equals(event.prevKv, due);
}

/** Looks at the places of a finding again. */
function holds(
  finding: WatchFinding,
  stream: WatchStream,
  log: ReplayedLog,
  uniqueRevisions: boolean,
): boolean {
  const { places } = finding;
  const responses: WatchResponse[] = [];
  const events: WatchEvent[] = [];
  for (const { response, event } of places) {
    const found = stream.responses[response];
    if (found === undefined) return false;
    responses.push(found);
    const content = event === null ? null : found.events[event];
    if (content === undefined) return false;
    if (content !== null) events.push(content);
  }
  for (const [at, place] of places.entries()) {
    if (at > 0 && !comesAfter(places[at - 1]!, place)) return false;
  }
  const revisions = events.map(({ kv }) => kv.modRevision);
  const due = finding.due === null ? null : log.events[finding.due];
  if (due === undefined) return false;
  switch (finding.check) {
    case 'filter':
      return events.length === 1 && !asksFor(stream, events[0]!);
    case 'ordered':
      return events.length === 2 && revisions[0]! > revisions[1]!;
    case 'unique': {
      const { key } = events[0]!.kv;
      if (events.length < 2 || revisions.some((revision) => revision !== revisions[0]))
        return false;
      if (uniqueRevisions) return true;
      const logged = log.events.filter(
        ({ kv }) => kv.modRevision === revisions[0] && kv.key === key,
      );
      return events.every(({ kv }) => kv.key === key) && events.length > logged.length;
    }
    case 'atomic': {
      const between = stream.responses.slice(places[0]!.response, places[1]?.response);
      return (
        revisions.length === 2 && revisions[0] === revisions[1] && between.some((r) => !r.fragment)
      );
    }
    case 'bookmarkable': {
      const marks = responses.map((r, at) =>
        places[at]!.event === null ? r.progressRevision : null,
      );
      if (places.length === 1) return marks[0] !== null && marks[0]! > log.last.revision;
      if (events.length === 1 && marks[0] !== null) return revisions[0]! <= marks[0]!;
      const earlier = marks[0] ?? revisions[0]!;
      return marks[1] !== null && marks[1]! < earlier;
    }
    case 'resumable':
      return events.length === 0
        ? isUnfounded(responses[0]!, stream, log)
        : beginsWrong(events[0]!, places[0]!, stream, due);
    case 'is-create': {
      const { kind, kv, isCreate } = events[0]!;
      const logged = log.events.find(
        (l) => l.kind === 'put' && l.kv.modRevision === kv.modRevision && l.kv.key === kv.key,
      );
      if (kind === 'delete') return isCreate;
      if (logged !== undefined) return logged.isCreate !== isCreate;
      const then = stateAtRevision(log, kv.modRevision - 1);
      return then !== null && (lookUp(then, kv.key) === null) !== isCreate;
    }
    case 'reliable':
      return differs(withoutPreviousKeys(stream), log) !== null;
    case 'prev-kv':
      return events.length === 1 && !before(stream, events[0]!, log);
  }
}

interface At {
  readonly response: number;
  readonly event: number | null;
}

/** A notification comes with its response, so before what is in the same. */
function comesAfter(a: At, b: At): boolean {
  return (
    b.response > a.response || (b.response === a.response && (b.event ?? -1) > (a.event ?? -1))
  );
}

/** The stream begins before its start, or the event due lies between its start and its first event. */
function beginsWrong(
  event: WatchEvent,
  place: At,
  stream: WatchStream,
  due: LoggedEvent | null,
): boolean {
  const earlier = stream.responses.slice(0, place.response).some(({ events }) => events.length > 0);
  if (earlier || place.event !== 0) return false;
  const { startRevision } = stream.request;
  const start = startRevision > 0 ? startRevision : (stream.createdRevision ?? -1) + 1;
  if (start <= 0) return false;
  if (due === null) return event.kv.modRevision < start;
  const isFirst = event.kv.modRevision === due.kv.modRevision && event.kv.key === due.kv.key;
  return due.kv.modRevision >= start && asksFor(stream, due) && !isFirst;
}

/** The stream was ended by a compaction that did not happen, or that took nothing it still needed. */
function isUnfounded(response: WatchResponse, stream: WatchStream, log: ReplayedLog): boolean {
  const { compactRevision } = response;
  if (compactRevision === null) return false;
  const { startRevision } = stream.request;
  let next = startRevision > 0 ? startRevision : (stream.createdRevision ?? -1) + 1;
  for (const { events, progressRevision } of stream.responses) {
    if (progressRevision !== null) next = Math.max(next, progressRevision + 1);
    for (const { kv } of events) next = Math.max(next, kv.modRevision + 1);
  }
  return compactRevision > log.last.compacted || compactRevision <= next;
}

/** The stream as if nobody had asked for previous keys, which are another guarantee. */
function withoutPreviousKeys(stream: WatchStream): WatchStream {
  const responses = stream.responses.map((response) => ({
    ...response,
    events: response.events.map((event) => ({ ...event, prevKv: null })),
  }));
  return { ...stream, request: { ...stream.request, prevKv: false }, responses };
}
