// What a lock is asked, what it answers, and what it holds.

export interface MutexInput {
  readonly kind: 'acquire' | 'release';
}

export interface MutexOutput {
  readonly granted: boolean;
}

/** True while held. */
export type MutexState = boolean;
