// What is inferred from a history before cycles are sought: the contract of list-append and rw-register.

import type { Dependency, Finding } from './finding.js';
import type { ArcList } from './graph.js';

export interface InferenceOptions {
  /**
   * Every write there ever was is in the history: then a value nobody wrote is an anomaly. Else, as
   * in Elle, somebody unseen may have written it.
   */
  readonly closed: boolean;
}

export interface Inference {
  /** Vertices are positions in the history. */
  readonly arcs: ArcList;
  /** 1 for transactions that took effect: those answered, and those whose writes were read. */
  readonly counts: Uint8Array;
  /** What is wrong whatever the order. */
  readonly findings: readonly Finding[];
  /** Why the history cannot be judged; empty if it can. */
  readonly unusable: string;
  /** The evidence for an arc. */
  readonly explain: (arc: number) => Dependency;
}
