// Evidence for a verdict on reads of the past. Plain data.
// Not here: its verifier (verify.ts).

import type { Revision } from '../../base/ids.js';

/** A read whose answer no store that followed the log could give. */
export interface WrongRead {
  readonly operation: number;
  /** The revision whose state contradicts it; null if the log never reached it. */
  readonly revision: Revision | null;
  /** A clause with values. */
  readonly reason: string;
}

export type ReadCertificate =
  | { readonly kind: 'conforms' }
  | { readonly kind: 'reads'; readonly reads: readonly WrongRead[] };
