// The register by the name that histories of compare-and-set tests use. The object is the same: see
// register-model.ts.

import type { Model } from '../model.js';
import type { RegisterInput, RegisterOutput, RegisterState } from '../objects/register.js';
import { registerModel } from './register-model.js';

/** A register that holds `initial` at first. */
export function casRegisterModel(
  initial: RegisterState = null,
): Model<RegisterState, RegisterInput, RegisterOutput> {
  return { ...registerModel(initial), name: 'cas-register' };
}
