// What a watcher asked for and what it was sent, as recorded at the client.
// Not here: what it should have been sent (replayed-log.ts), and the comparison (the checks beside).

import type { ByteString, Revision } from '../../base/ids.js';

/** A key-value as far as it was recorded: null where it was not. etcd's own key-values are such. */
export interface RecordedKeyValue {
  readonly key: ByteString;
  readonly value: ByteString;
  readonly modRevision: Revision;
  readonly createRevision: Revision | null;
  readonly version: number | null;
  readonly lease: number | null;
}

export interface WatchEvent {
  readonly kind: 'put' | 'delete';
  /** For a delete only key and revision mean something. */
  readonly kv: RecordedKeyValue;
  readonly prevKv: RecordedKeyValue | null;
  /** The event says that its put began a generation of the key. */
  readonly isCreate: boolean;
}

export interface WatchResponse {
  readonly events: readonly WatchEvent[];
  /** Everything up to this revision has been sent; null if the response is no progress notification. */
  readonly progressRevision: Revision | null;
  /** True if the next response carries more of the same. */
  readonly fragment: boolean;
  /** The revision below which history was gone when the server ended the watch; null if it did not. */
  readonly compactRevision: Revision | null;
}

export interface WatchRequest {
  readonly key: ByteString;
  /** '' = the single key, '\0' = all keys from `key` on, else [key, rangeEnd). */
  readonly rangeEnd: ByteString;
  /** 0 = from the revision after the one at which the watch was created. */
  readonly startRevision: Revision;
  readonly prevKv: boolean;
  readonly noPut: boolean;
  readonly noDelete: boolean;
}

export interface WatchStream {
  /** Unique within a history. */
  readonly id: number;
  readonly client: number;
  readonly request: WatchRequest;
  /** The header's revision in the answer that created the watch; null if it was not recorded. */
  readonly createdRevision: Revision | null;
  readonly responses: readonly WatchResponse[];
}

/** A watch of one key from the next revision on. */
export function watchOf(key: ByteString, options: Partial<WatchRequest> = {}): WatchRequest {
  return {
    key,
    rangeEnd: '',
    startRevision: 0,
    prevKv: false,
    noPut: false,
    noDelete: false,
    ...options,
  };
}

/** A response that carries events and nothing else. */
export function eventsOf(events: readonly WatchEvent[], fragment = false): WatchResponse {
  return { events, progressRevision: null, fragment, compactRevision: null };
}

/** A progress notification. */
export function progressOf(revision: Revision): WatchResponse {
  return { events: [], progressRevision: revision, fragment: false, compactRevision: null };
}

/** True if the watch wants events of this kind on this key. */
export function wants(
  request: WatchRequest,
  event: { readonly kind: 'put' | 'delete'; readonly kv: { readonly key: ByteString } },
): boolean {
  if (event.kind === 'put' ? request.noPut : request.noDelete) return false;
  const { key } = event.kv;
  if (request.rangeEnd === '') return key === request.key;
  return key >= request.key && (request.rangeEnd === '\0' || key < request.rangeEnd);
}

/** The first revision whose events the watch must be sent; null if nothing recorded tells. */
export function firstDueRevision({ request, createdRevision }: WatchStream): Revision | null {
  if (request.startRevision > 0) return request.startRevision;
  return createdRevision === null ? null : createdRevision + 1;
}
