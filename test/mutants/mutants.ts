// The planted bugs. Each is one that real systems had; each must be caught by the invariant one expects.

import type { HiddenMutant, Mutant } from './mutant.js';
import { NODE_MUTANTS } from './node-mutants.js';
import { HIDDEN_RAFT_MUTANTS, RAFT_MUTANTS } from './raft-mutants.js';
import { HIDDEN_STORAGE_MUTANTS, STORAGE_MUTANTS } from './storage-mutants.js';
import { STORE_MUTANTS } from './store-mutants.js';

export const MUTANTS: readonly Mutant[] = [
  ...RAFT_MUTANTS,
  ...STORAGE_MUTANTS,
  ...STORE_MUTANTS,
  ...NODE_MUTANTS,
];

/** Bugs that no run can show, and why. */
export const HIDDEN: readonly HiddenMutant[] = [...HIDDEN_RAFT_MUTANTS, ...HIDDEN_STORAGE_MUTANTS];
