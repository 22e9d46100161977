// What an invariant is: an id, where it comes from, a sentence for people, and a way to say it is broken.
// Each file of this folder holds one invariant, or two that share their bookkeeping; every one has a
// planted bug in test/mutants that proves it can fire.

/** The public face of an invariant. */
export interface Invariant {
  readonly id: string;
  /** Paper section, figure or manual that states it. */
  readonly source: string;
  /** What it means, in one sentence. */
  readonly explain: string;
}

/**
 * A rule of the protocol that was broken, perhaps without harm this time: the run goes on, and what comes of it is
 * told first.
 */
export interface BrokenRule {
  readonly invariant: Invariant;
  readonly message: string;
}

/** Thrown by a checker at the first event that breaks an invariant; ends the run. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/**
 * Throws {@link BrokenInvariant} unless `condition` holds; the message is built only then. Its closure,
 * and what it captures, is allocated whatever holds: what is asked after every event tests the condition
 * and throws itself.
 */
export function hold(
  condition: boolean,
  invariant: Invariant,
  message: () => string,
): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant, message());
}
