// What registers under short transactions are asked, what they answer, and what they hold.

export type MultiRegisterValue = string | number | null;

export interface MultiRegisterAccess {
  readonly kind: 'read' | 'write';
  readonly key: string;
  /** What to write; null and meaningless for a read. */
  readonly value: MultiRegisterValue;
}

export interface MultiRegisterInput {
  readonly accesses: readonly MultiRegisterAccess[];
}

export interface MultiRegisterOutput {
  /** What each access read, in order; `undefined` for a write, or where the client did not say. */
  readonly values: readonly (MultiRegisterValue | undefined)[];
}

export interface Register {
  readonly key: string;
  readonly value: MultiRegisterValue;
  readonly hash: number;
}

/** Registers in the order of their keys; the others hold what they held at first. */
export interface MultiRegisterState {
  readonly registers: readonly Register[];
  readonly hash: number;
}
