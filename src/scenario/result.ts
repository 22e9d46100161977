// What a run gives back. Plain data: it crosses worker threads and is printed as JSON.

import type { Micros } from '../base/ids.js';

/**
 * - `violation`: an invariant does not hold.
 * - `liveness`: after all faults, or the core, had healed, the cluster did not converge in time.
 * - `nondeterminism`: the same plan gave two different runs; nothing else can be trusted then.
 * - `vacuous`: the run tested nothing (too few operations, or no planned fault took effect).
 * - `undecided`: a checker's budget ran out. Never a pass.
 */
export const VERDICTS = [
  'pass',
  'violation',
  'liveness',
  'nondeterminism',
  'vacuous',
  'undecided',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A broken invariant, with the values that show it. */
export interface Violation {
  /** Id of the invariant, for example `RAFT-ELECTION-SAFETY`. */
  readonly invariant: string;
  readonly message: string;
  /** Ordinal of the engine event after which it was seen. */
  readonly event: number;
  readonly timeUs: Micros;
}

export interface RunResult {
  readonly scenario: string;
  readonly seed: string;
  readonly verdict: Verdict;
  /** Set for the verdicts `violation` and `liveness`. */
  readonly violation: Violation | null;
  /** One sentence why; for `pass` empty, unless a core made no progress and that was legal. */
  readonly reason: string;
  readonly events: number;
  readonly virtualUs: Micros;
  readonly operations: { readonly ok: number; readonly fail: number; readonly unknown: number };
  /** How many of the planned faults took effect. */
  readonly faults: { readonly planned: number; readonly effective: number };
  readonly traceHash: string;
  /** The trace hash after every 1,000 events. */
  readonly hashChain: readonly string[];
  /** Draws per random stream. */
  readonly draws: Readonly<Record<string, number>>;
}
