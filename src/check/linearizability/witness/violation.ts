// What the witness answers where no order of a history is legal. Plain data.

/** Why no order of a history is legal. */
export interface WitnessViolation {
  /**
   * - `real-time`: an answer older than one that had come before the request.
   * - `two-writers`: two answered writes at one revision.
   * - `no-writer`: a revision that no request can have made.
   * - `wrong-value`: an answer that the store at its revision does not give.
   * - `went-back`: an answer shows an older write of a key than an earlier revision has.
   */
  readonly kind: 'real-time' | 'two-writers' | 'no-writer' | 'wrong-value' | 'went-back';
  /** One sentence with values. */
  readonly reason: string;
  /** The operation that cannot be placed comes first. */
  readonly core: readonly number[];
}
