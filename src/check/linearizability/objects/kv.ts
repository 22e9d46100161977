// What a key-value store with append is asked, what it answers, and what it holds.

export type KvInput =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'put' | 'append'; readonly key: string; readonly value: string };

/** What a get read; null for a put or an append, whose answer says only that it was done. */
export interface KvOutput {
  readonly value: string | null;
}

export interface KvEntry {
  readonly key: string;
  readonly value: string;
  /** What the last put wrote; null if there was none. */
  readonly base: string | null;
  readonly hash: number;
}

/** Entries in the order of their keys; a key without entry is ''. */
export interface KvState {
  readonly entries: readonly KvEntry[];
  readonly hash: number;
}
