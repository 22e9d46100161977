// Evidence for a verdict on watches. Plain data.
// Not here: its verifier (verify.ts).

import type { WatchFinding } from './finding.js';

/**
 * - `conforms`: each watch was sent the log's events, which the verifier sees by laying them side by side.
 * - `findings`: the responses and events that contradict the log or each other.
 */
export type WatchCertificate =
  | { readonly kind: 'conforms' }
  | {
      readonly kind: 'findings';
      readonly findings: readonly WatchFinding[];
      readonly uniqueRevisions: boolean;
    };
