// The evidence for a verdict on isolation, as plain data: see verify.ts for how each kind is checked.

import type { Finding } from './finding.js';

/**
 * Which cycles are claimed not to exist:
 * - `all`: none at all, so every dependency leads forwards in `order`;
 * - `nonadjacent`: none without two anti-dependencies in a row, so every flow, and every flow followed by
 *   one anti-dependency, leads forwards;
 * - `single`: none with exactly one anti-dependency; there is no order that shows it;
 * - `flow`: none of ww and wr; `writes`: none of ww.
 */
export type Acyclic = 'all' | 'nonadjacent' | 'single' | 'flow' | 'writes';

export interface Claim {
  readonly acyclic: Acyclic;
  /** Whose order counts besides the data's: nobody's, each process's, or that of real time. */
  readonly time: 'none' | 'process' | 'realtime';
  /** The order executes: every read returns what the transactions before it left. */
  readonly serial: boolean;
  /** Ids of the transactions that took effect; empty for `single`. */
  readonly order: readonly number[];
}

export type IsolationCertificate =
  | {
      readonly kind: 'claims';
      /** Empty only where single anomalies were asked about and worse ones exist: nothing to re-check then. */
      readonly claims: readonly Claim[];
      /** Claimed besides: nobody read what had failed, or what its writer went on to overwrite. */
      readonly committedReads: boolean;
    }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] };
