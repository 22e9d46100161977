// The parts of the harness that commands use, brought by main.ts, so that tests can bring others.
// Not here: the parts themselves.

import type { Engine } from '../fuzz/engine.js';

export interface Tools {
  readonly engine: Engine;
  /** Whether worker threads, which bring the real engine, may run plans in its place. */
  readonly threads: boolean;
  /** What an invariant means, in a sentence or two for the report; empty if unknown. */
  explain(invariant: string): string;
}
