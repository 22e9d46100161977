// Exit codes: what a script may rely on. Not here: what the verdicts mean (scenario/result.ts).

import type { Verdict } from '../scenario/result.js';

export const EXIT = {
  ok: 0,
  violation: 1,
  usage: 2,
  nondeterminism: 3,
  liveness: 4,
  vacuous: 5,
  undecided: 6,
  /** A bug in simquake itself. */
  harness: 70,
  interrupted: 130,
  terminated: 143,
} as const;

const BY_VERDICT: Readonly<Record<Verdict, number>> = {
  pass: EXIT.ok,
  violation: EXIT.violation,
  liveness: EXIT.liveness,
  nondeterminism: EXIT.nondeterminism,
  vacuous: EXIT.vacuous,
  undecided: EXIT.undecided,
};

/** Worst first. Nondeterminism outranks a violation: the finding is not trustworthy then. */
const PRECEDENCE = [
  EXIT.harness,
  EXIT.nondeterminism,
  EXIT.violation,
  // Of several histories one could not be read: that is worse than one nobody could decide.
  EXIT.usage,
  EXIT.liveness,
  EXIT.undecided,
  EXIT.vacuous,
];

export function exitCodeOf(verdict: Verdict): number {
  return BY_VERDICT[verdict];
}

/** The code of a command that met all of `codes`. */
export function worst(codes: Iterable<number>): number {
  const met = new Set(codes);
  return PRECEDENCE.find((code) => met.has(code)) ?? EXIT.ok;
}
